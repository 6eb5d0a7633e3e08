import { type AuditEntry, auditEntry } from '../audit.ts';
import type { Keyring } from '../keyring.ts';
import type { AuditLog } from '../store/audit-log.ts';
import { soundPruning } from './check-pruning.ts';
import { checkHead } from './check-segments.ts';
import { type Floor, makeFloor, type Pruning, signPruning, verifyFloor } from './pruning.ts';
import { digestsOf, follows, type Head, type Segment, type StoredRow } from './segment.ts';

/** About how many rows one transaction prunes: whole segments, at least one. */
const rowsAtOnce = 500;
const segmentsPerRead = 50;

/** The log does not agree with what was sealed: pruning it would remove the trace. `audit verify` names what is wrong. */
export class PruningRefused extends Error {
  override readonly name = 'PruningRefused';
}

export interface PruneParts {
  readonly auditLog: AuditLog;
  readonly keyring: Pick<Keyring, 'sign' | 'verifySignature' | 'mac' | 'verifyMac'>;
}

export interface PruneOrder {
  /** Unix milliseconds: segments that were sealed before it go. */
  readonly beforeMs: number;
  readonly nowMs: number;
  readonly actor: 'retention' | 'cli';
  /** Institutions in whose logs the pruning is written down. */
  readonly serviceIds: readonly string[];
  /** Gets the rows before they are deleted, and keeps them durably before it resolves. */
  readonly keep?: (rows: readonly StoredRow[]) => Promise<void>;
}

/** Rows pruned; `none`: nothing was left to prune; `elsewhere`: another process was faster. */
export type PruneStep = { readonly rows: number; readonly segments: number } | 'none' | 'elsewhere';

/** The statement that stands. @throws PruningRefused where it is not ours */
async function statementOf({ auditLog, keyring }: PruneParts): Promise<Pruning | null> {
  const { pruning, finding } = await soundPruning(auditLog, keyring);
  if (finding !== null) throw new PruningRefused('the statement of what was pruned is not ours');
  return pruning;
}

/** The next segments to go, oldest first, up to `limit` rows but at least one. */
async function segmentsToGo(
  auditLog: AuditLog,
  before: Pruning | null,
  beforeMs: number,
  limit: number,
): Promise<readonly Segment[]> {
  const chosen: Segment[] = [];
  let rows = 0;
  for (const segment of await auditLog.segments(before?.segmentId ?? 0, segmentsPerRead)) {
    rows += segment.rowCount;
    if (segment.sealedAtMs >= beforeMs || (chosen.length > 0 && rows > limit)) break;
    chosen.push(segment);
  }
  return chosen;
}

/** The rows of segments, after a check that each is as it was sealed. */
async function rowsOf(
  { auditLog, keyring }: PruneParts,
  before: Pruning | null,
  segments: readonly Segment[],
): Promise<readonly StoredRow[]> {
  const all: StoredRow[] = [];
  let last: Pick<Head, 'head'> | null = before === null ? null : { head: before.segmentHead };
  let afterId = before?.lastAuditId ?? null;
  for (const segment of segments) {
    const { segmentId, form, rowCount, rowDigests, lastAuditId } = segment;
    const rows = await auditLog.rows(afterId, rowCount + 1, lastAuditId);
    const digests = rows.length === rowCount ? digestsOf(rows, form) : null;
    const same = digests !== null && Buffer.compare(digests.rowDigests, rowDigests) === 0;
    const sound =
      same &&
      Buffer.compare(digests.rowsHash, segment.rowsHash) === 0 &&
      follows(segment, last) &&
      checkHead(segment, keyring) === null;
    if (!sound) throw new PruningRefused(`segment ${segmentId} is not as it was sealed`);
    for (const row of rows) all.push(row);
    last = segment;
    afterId = lastAuditId;
  }
  return all;
}

/** The tokens' floors once `rows` are gone. Checks that each token's rows are the next of its numbers, without gaps. */
async function floorsAfter(
  { auditLog, keyring }: PruneParts,
  before: Pruning | null,
  rows: readonly StoredRow[],
): Promise<readonly Floor[]> {
  const lastId = rows.at(-1)?.audit_id ?? 0;
  const standing = new Map<string, number>();
  const nameOf = (serviceId: unknown, tokenId: unknown) => JSON.stringify([serviceId, tokenId]);
  for (const floor of await auditLog.floorsAmong(before?.lastAuditId ?? Number.MIN_SAFE_INTEGER, lastId)) {
    const { serviceId, tokenId, number } = floor;
    if (!verifyFloor(floor, keyring)) throw new PruningRefused(`the floor of token ${tokenId} is not ours`);
    standing.set(nameOf(serviceId, tokenId), number);
  }
  const numbers = new Map<string, { readonly serviceId: string; readonly tokenId: string; readonly taken: number[] }>();
  for (const { service_id: serviceId, token_id: tokenId, token_number: number } of rows) {
    if (typeof serviceId !== 'string' || typeof tokenId !== 'string') continue;
    const name = nameOf(serviceId, tokenId);
    const token = numbers.get(name) ?? { serviceId, tokenId, taken: [] };
    numbers.set(name, token);
    token.taken.push(Number(number));
  }
  return [...numbers].map(([name, { serviceId, tokenId, taken }]) => {
    const floor = standing.get(name) ?? 0;
    taken.sort((one, other) => one - other);
    if (taken.some((number, i) => number !== floor + 1 + i))
      throw new PruningRefused(`numbers of token ${tokenId} are missing`);
    return makeFloor({ serviceId, tokenId, number: floor + taken.length }, keyring);
  });
}

/**
 * Prunes the oldest segments that were sealed before `beforeMs`, about 500 rows of them, in one transaction: their rows
 * and digests go, their heads stay, a signed statement says so. The first step of an order also writes it into the log
 * of each institution. Nothing goes that is not as it was sealed.
 * @throws PruningRefused where something is not; then nothing was changed
 */
export async function pruneStep(parts: PruneParts, order: PruneOrder): Promise<PruneStep> {
  const { auditLog, keyring } = parts;
  const { beforeMs, nowMs, actor, serviceIds, keep } = order;
  const before = await statementOf(parts);
  const segments = await segmentsToGo(auditLog, before, beforeMs, rowsAtOnce);
  const last = segments.at(-1);
  if (last === undefined) return 'none';
  let rows: readonly StoredRow[];
  let floors: readonly Floor[];
  try {
    rows = await rowsOf(parts, before, segments);
    floors = await floorsAfter(parts, before, rows);
  } catch (error) {
    // Rows may be missing because another process pruned them meanwhile.
    const moved = (await statementOf(parts))?.segmentId !== before?.segmentId;
    if (error instanceof PruningRefused && moved) return 'elsewhere';
    throw error;
  }
  const after = signPruning(
    {
      segmentId: last.segmentId,
      lastAuditId: last.lastAuditId,
      segmentHead: last.head,
      rowCount: (before?.rowCount ?? 0) + rows.length,
      beforeMs,
      prunedAtMs: nowMs,
      actor,
    },
    keyring,
  );
  const said = before !== null && before.beforeMs === beforeMs && before.actor === actor;
  const entry = { atMs: nowMs, actor, operation: 'pruneAudit', outcome: 'done' } as const;
  const note = `before ${new Date(beforeMs).toISOString()}`;
  const audits: readonly AuditEntry[] = said
    ? []
    : serviceIds.map((serviceId) => auditEntry({ ...entry, serviceId, note }));
  await keep?.(rows);
  const done = await auditLog.prune({ before, after, rows: rows.length, floors, audits });
  return done ? { rows: rows.length, segments: segments.length } : 'elsewhere';
}

/** What an order would prune: segments, rows, and the rows' IDs from the first to the last. Null where nothing. */
export async function pruneExtent(
  parts: PruneParts,
  beforeMs: number,
): Promise<{ readonly segments: number; readonly rows: number; readonly throughAuditId: number } | null> {
  const before = await statementOf(parts);
  let [segments, rows, throughAuditId] = [0, 0, 0];
  let afterId = before?.segmentId ?? 0;
  for (;;) {
    const page = await parts.auditLog.segments(afterId, segmentsPerRead);
    const stays = page.findIndex(({ sealedAtMs }) => sealedAtMs >= beforeMs);
    const going = stays < 0 ? page : page.slice(0, stays);
    for (const { rowCount, lastAuditId, segmentId } of going) {
      segments += 1;
      rows += rowCount;
      throughAuditId = lastAuditId;
      afterId = segmentId;
    }
    if (going.length < page.length || page.length === 0) break;
  }
  return segments === 0 ? null : { segments, rows, throughAuditId };
}
