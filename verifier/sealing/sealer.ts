import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Keyring, Random } from '../keyring.ts';
import type { AuditLog, Lease } from '../store/audit-log.ts';
import type { HeadsFile } from './heads-file.ts';
import { type Head, type StoredRow, sealRows } from './segment.ts';

export interface SealerParts {
  readonly auditLog: AuditLog;
  readonly heads: HeadsFile;
  readonly keyring: Pick<Keyring, 'sign'>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Pause between two rounds: no row waits for its seal much longer than this. Milliseconds. */
const pauseMs = 500;
/** Another process takes over when the one that seals has not done so for this long while there was something to seal. */
const leaseMs = 2_000;
const maxRows = 1_000;
/** Rows read at a time: few enough that requests need not wait for it. */
const rowsPerRead = 200;
const headsPerRead = 200;

/** `more`: there were more rows than one segment takes. `elsewhere`: another process seals. */
type Step = 'idle' | 'sealed' | 'more' | 'elsewhere';

/**
 * Seals the log. Of all processes on a database only the holder of the lease does, and sealing prolongs the lease, so that
 * an idle database is not written to. Reads committed rows only, so validations are not involved.
 */
export interface SealingTurn {
  /** Seals up to 1,000 committed rows as the next segment and puts its head into the file. */
  step(): Promise<Step>;
  release(): Promise<void>;
}

export function sealingTurn({ auditLog, heads, keyring, clock, random }: SealerParts): SealingTurn {
  const owner = Buffer.from(random(8)).toString('hex');
  // The file is behind if a process was killed between writing a segment and its line.
  let fileIsBehind = true;

  const counts = (lease: Lease | null): boolean => {
    const leftMs = (lease?.expiresAtMs ?? 0) - clock.nowMs();
    return leftMs > 0 && leftMs <= 2 * leaseMs;
  };

  async function bringFileUp(): Promise<void> {
    let lastId = (await heads.last())?.segmentId ?? 0;
    for (;;) {
      const missing = await auditLog.segments(lastId, headsPerRead);
      if (missing.length === 0) break;
      await heads.append(missing);
      lastId = missing.at(-1)?.segmentId ?? lastId;
    }
    fileIsBehind = false;
  }

  /** The rows of the next segment. */
  async function rowsAfter(auditId: number): Promise<readonly StoredRow[]> {
    const rows: StoredRow[] = [];
    for (;;) {
      const page = await auditLog.rows(rows.at(-1)?.audit_id ?? auditId, rowsPerRead);
      rows.push(...page);
      if (page.length < rowsPerRead || rows.length >= maxRows) return rows;
      await setImmediate();
    }
  }

  async function elected(): Promise<boolean> {
    const lease = await auditLog.lease();
    if (lease?.owner === owner) return true;
    if (counts(lease)) return false;
    const nowMs = clock.nowMs();
    if (!(await auditLog.claim({ owner, expiresAtMs: nowMs + leaseMs }, nowMs))) return false;
    fileIsBehind = true;
    return true;
  }

  return {
    async step() {
      const before = await auditLog.lastSegment();
      const waiting = await auditLog.rows(before?.lastAuditId ?? 0, 1);
      if (waiting.length === 0 && !fileIsBehind) return 'idle';
      if (!(await elected())) return 'elsewhere';
      // While the file cannot be written nothing is sealed: otherwise heads would exist in the database only.
      if (fileIsBehind) await bringFileUp();
      const last: Head | null = await auditLog.lastSegment();
      const rows = await rowsAfter(last?.lastAuditId ?? 0);
      if (rows.length === 0) return 'idle';
      const nowMs = clock.nowMs();
      const segment = sealRows(last, rows, nowMs, keyring);
      fileIsBehind = true;
      if (!(await auditLog.seal(segment, { owner, expiresAtMs: nowMs + leaseMs }))) return 'elsewhere';
      await heads.append([segment]);
      fileIsBehind = false;
      return rows.length === maxRows ? 'more' : 'sealed';
    },

    release: () => auditLog.release(owner),
  };
}

/** Seals all that is committed now, unless another process is sealing, which takes about a second for it. */
export async function sealNow(parts: SealerParts): Promise<void> {
  const last = await parts.auditLog.lastSegment();
  if ((await parts.auditLog.rows(last?.lastAuditId ?? 0, 1)).length === 0) return;
  const turn = sealingTurn(parts);
  while ((await turn.step()) === 'more');
  await turn.release();
}

export interface Sealer {
  /**
   * Stops once the rows that are committed now are sealed, by this process or another. Gives up if that takes longer than a
   * take-over or the database is away; a later start then seals them.
   */
  end(): Promise<void>;
}

/** Seals about every half second from now on. A failure is retried, and logged once until it works again. */
export function startSealer(parts: SealerParts, log: Logger): Sealer {
  const { auditLog, clock } = parts;
  const turn = sealingTurn(parts);
  const wake = new AbortController();
  let failing = false;

  async function sealAll(): Promise<void> {
    try {
      while ((await turn.step()) === 'more');
      if (failing) log.info('the audit log is sealed again');
      failing = false;
    } catch (error) {
      if (!failing) log.error({ reason: (error as Error).message }, 'the audit log cannot be sealed now');
      failing = true;
    }
  }

  const running = (async () => {
    while (!wake.signal.aborted) {
      await sealAll();
      await setTimeout(pauseMs, undefined, { signal: wake.signal, ref: false }).catch(() => {});
    }
  })();

  async function sealRest(): Promise<void> {
    const untilMs = clock.monotonicMs() + leaseMs + 2 * pauseMs;
    const sealedId = async () => (await auditLog.lastSegment())?.lastAuditId ?? 0;
    const { lastId } = await auditLog.rest(await sealedId());
    for (;;) {
      await sealAll();
      if ((await sealedId()) >= lastId || clock.monotonicMs() >= untilMs) break;
      await setTimeout(50);
    }
    await turn.release();
  }

  return {
    async end() {
      wake.abort();
      await running;
      try {
        await sealRest();
      } catch (error) {
        log.error({ reason: (error as Error).message }, 'the rest of the audit log is left to a later start');
      }
    },
  };
}
