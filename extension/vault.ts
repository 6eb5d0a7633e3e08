import { lockCodePattern, normaliseDigits } from '../shared/digits.ts';
import { codeOfStep, type OtpParameters, stepAt } from '../shared/otp.ts';
import { err, ok, type Result } from '../shared/result.ts';
import { type Bytes, fromBase64, randomBytes, toBase64 } from './bytes.ts';
import { clearTries, countTry, readTries, startWait } from './lock-code-tries.ts';
import type { VaultState } from './messages.ts';
import { createQueue } from './serially.ts';
import { displayName, importMasterKey, nextNumber, openRecord, sealRecord, type TokenRecord } from './token-record.ts';
import type { VaultDatabase } from './vault-database.ts';
import { type Argon2Cost, calibrateCost, makeLockCodeSlot, openLockCodeSlot } from './vault-slots.ts';

/** Tokens that one vault holds at most (M4). */
export const maximumTokens = 10;

/** What lives until the browser ends and is never written to disk: `storage.session`. */
export interface SessionArea {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(key: string): Promise<void>;
}

/** A token as it is added. */
export interface NewToken extends OtpParameters {
  readonly serviceId: string;
  readonly userId: string;
  readonly institution: { readonly ja: string; readonly en: string };
  readonly seed: Uint8Array;
  readonly origins: readonly string[];
  readonly fieldHints: readonly string[];
  readonly expiresAtMs: number | null;
}

/** A token of the open vault, without its seed. */
export interface VaultToken extends Omit<NewToken, 'seed' | 'algorithm'> {
  readonly id: string;
  readonly name: { readonly ja: string; readonly en: string };
  readonly autofill: boolean;
}

export type Opening =
  | { readonly outcome: 'opened' }
  /** `wait`: not tried and not counted, since the last wrong one is too short ago. */
  | { readonly outcome: 'wrong' | 'wait'; readonly failures: number; readonly waitMs: number };

export interface VaultParts {
  readonly database: VaultDatabase;
  readonly session: SessionArea;
  readonly clock: () => number;
  /** Time without use after which the vault closes. */
  readonly closeAfterMs: () => Promise<number>;
  /** Cost of a new lock-code slot; measured on this computer unless given. */
  readonly cost?: () => Promise<Argon2Cost>;
}

/** A clock may be set a little back while the vault is open; more than this and nobody knows how long it was idle. */
const clockToleranceMs = 60_000;
const sessionKey = 'vault';

export type Vault = ReturnType<typeof createVault>;

/**
 * The tokens of one browser profile. On disk they are ciphertext; the key that opens them lives in `session` alone
 * while the vault is open. Each call looks first whether the vault has been idle for too long.
 */
export function createVault({ database, session, clock, closeAfterMs, cost = calibrateCost }: VaultParts) {
  const serially = createQueue();

  async function openedSession(): Promise<{ readonly masterKey: string; readonly lastUsedMs: number } | null> {
    const stored = (await session.get(sessionKey))[sessionKey] as { masterKey: string; lastUsedMs: number } | undefined;
    if (stored === undefined) return null;
    const idleMs = clock() - stored.lastUsedMs;
    if (idleMs < (await closeAfterMs()) && idleMs >= -clockToleranceMs) return stored;
    await forget();
    return null;
  }

  async function masterKey(): Promise<CryptoKey | null> {
    const opened = await openedSession();
    return opened === null ? null : importMasterKey(fromBase64(opened.masterKey));
  }

  async function keepOpen(raw: Bytes): Promise<void> {
    await session.set({ [sessionKey]: { masterKey: toBase64(raw), lastUsedMs: clock() } });
    raw.fill(0);
  }

  async function records(key: CryptoKey): Promise<{ readonly id: string; readonly record: TokenRecord }[]> {
    const opened = [];
    for (const row of await database.getAll('tokens')) {
      const record = await openRecord(key, row);
      // A damaged row must not take the others with it.
      if (record !== null) opened.push({ id: row.id, record });
    }
    return opened.sort((a, b) => a.record.order - b.record.order);
  }

  /** Changes one token; false where the vault is closed. @throws Error where there is no such token */
  function change(id: string, next: (record: TokenRecord) => TokenRecord): Promise<boolean> {
    return serially(async () => {
      const key = await masterKey();
      if (key === null) return false;
      await database.put('tokens', await sealRecord(key, id, next(await recordOf(key, id))));
      return true;
    });
  }

  async function recordOf(key: CryptoKey, id: string): Promise<TokenRecord> {
    const row = await database.get('tokens', id);
    const record = row === undefined ? null : await openRecord(key, row);
    if (record === null) throw new Error('the vault holds no such token');
    return record;
  }

  async function forget(): Promise<void> {
    await session.remove(sessionKey);
  }

  return {
    async state(): Promise<VaultState> {
      if ((await database.count('slots')) === 0) return 'empty';
      return (await openedSession()) === null ? 'closed' : 'open';
    },

    /** Until a lock code may be tried, 0 where at once. */
    async waitMs(): Promise<number> {
      return (await readTries(database, clock())).waitMs;
    },

    /** A new vault, open; false where one exists already or the text is no lock code of 1 to 32 digits. */
    create(lockCode: string): Promise<boolean> {
      return serially(async () => {
        const digits = normaliseDigits(lockCode);
        if (!lockCodePattern.test(digits) || (await database.count('slots')) > 0) return false;
        const raw = randomBytes(32);
        await database.put('slots', await makeLockCodeSlot(raw, digits, await cost()));
        await keepOpen(raw);
        return true;
      });
    },

    /**
     * Opens with the lock code. A try is counted before it is made; tries run one after another, so that none of
     * several at once is free. What is no lock code at all (1 to 32 digits) is wrong without being counted.
     */
    open(lockCode: string): Promise<Opening> {
      return serially(async () => {
        const digits = normaliseDigits(lockCode);
        if (!lockCodePattern.test(digits)) return { outcome: 'wrong', ...(await readTries(database, clock())) };
        const { counted, failures, waitMs } = await countTry(database, clock());
        if (!counted) return { outcome: 'wait', failures, waitMs };
        for (const slot of await database.getAll('slots')) {
          const raw = await openLockCodeSlot(slot, digits);
          if (raw === null) continue;
          await clearTries(database);
          await keepOpen(raw);
          return { outcome: 'opened' };
        }
        return { outcome: 'wrong', ...(await startWait(database, clock())) };
      });
    },

    close: (): Promise<void> => serially(forget),

    /** Puts the idle closing off. Call it for what a person does, not for what a page or a timer does. */
    touch(): Promise<void> {
      return serially(async () => {
        const opened = await openedSession();
        if (opened !== null) await session.set({ [sessionKey]: { ...opened, lastUsedMs: clock() } });
      });
    },

    /** When the vault closes if nobody uses it; null where it is closed. Closes it where that time has passed. */
    async closesAtMs(): Promise<number | null> {
      const opened = await openedSession();
      return opened === null ? null : opened.lastUsedMs + (await closeAfterMs());
    },

    /** Adds a token behind those that are there; it replaces none, of the same user neither. */
    add(token: NewToken): Promise<Result<string, 'full' | 'vaultClosed'>> {
      return serially(async () => {
        const key = await masterKey();
        if (key === null) return err('vaultClosed');
        if ((await database.count('tokens')) >= maximumTokens) return err('full');
        const present = (await records(key)).map(({ record }) => record);
        const { seed, ...rest } = token;
        const id = crypto.randomUUID();
        const record: TokenRecord = {
          ...rest,
          origins: [...rest.origins],
          fieldHints: [...rest.fieldHints],
          seed: toBase64(seed),
          autofill: false,
          suffix: '',
          number: nextNumber(present, token.institution),
          order: 1 + Math.max(0, ...present.map((each) => each.order)),
        };
        await database.put('tokens', await sealRecord(key, id, record));
        return ok(id);
      });
    },

    /** In order of adding; null where the vault is closed. */
    async list(): Promise<readonly VaultToken[] | null> {
      const key = await masterKey();
      if (key === null) return null;
      return (await records(key)).map(({ id, record }) => {
        const { seed, algorithm, suffix, number, order, ...rest } = record;
        return { ...rest, id, name: displayName(record) };
      });
    },

    /** Sets the text behind the institution's name; empty for `_2`, `_3`. False where closed. @throws Error: no such token */
    rename: (id: string, suffix: string): Promise<boolean> => change(id, (record) => ({ ...record, suffix })),

    /** False where closed. @throws Error where there is no such token */
    setAutofill: (id: string, autofill: boolean): Promise<boolean> => change(id, (record) => ({ ...record, autofill })),

    /** Deletes a token, or does nothing where it is gone already. False where closed. */
    remove(id: string): Promise<boolean> {
      return serially(async () => {
        if ((await openedSession()) === null) return false;
        await database.delete('tokens', id);
        return true;
      });
    },

    /** The code of now and of the next step; null where closed. @throws Error where there is no such token */
    async code(id: string): Promise<{ code: string; next: string; changesAtMs: number } | null> {
      const key = await masterKey();
      if (key === null) return null;
      const record = await recordOf(key, id);
      const seed = fromBase64(record.seed);
      const step = stepAt(record.periodSeconds, clock());
      const [code, next] = [codeOfStep(seed, record, step), codeOfStep(seed, record, step + 1)];
      return { code, next, changesAtMs: (step + 1) * record.periodSeconds * 1000 };
    },
  };
}
