import { lockCodePattern, normaliseDigits } from '../shared/digits.ts';
import { fromBase64, toBase64 } from './bytes.ts';
import { clearTries, countTry, readTries, startWait } from './lock-code-tries.ts';
import type { VaultState } from './messages.ts';
import { createQueue } from './serially.ts';
import { importMasterKey, resealRow } from './token-record.ts';
import type { LockCodeSlot, PasskeySlot, SlotRow, VaultDatabase } from './vault-database.ts';
import {
  type Argon2Cost,
  calibrateCost,
  type MasterKey,
  makeLockCodeSlot,
  makeOpenSlot,
  makePasskeySlot,
  newMasterKey,
  openLockCodeSlot,
  openPasskeySlot,
  type Passkey,
} from './vault-slots.ts';

/** What lives until the browser ends and is never written to disk: `storage.session`. */
export interface SessionArea {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface LockParts {
  readonly database: VaultDatabase;
  readonly session: SessionArea;
  readonly clock: () => number;
  /** Time without use after which the vault closes; infinite: only when the browser ends. */
  readonly closeAfterMs: () => Promise<number>;
  /** Wrong lock codes in a row at which everything is erased; infinite, the default, for never. */
  readonly eraseAfterTries?: () => Promise<number>;
  /** Erases everything, once that many were wrong. */
  readonly erase?: () => Promise<void>;
  /** Cost of a new lock-code slot; measured on this computer unless given. */
  readonly cost?: () => Promise<Argon2Cost>;
}

/** What opens the vault: a lock code, or what a passkey computed. */
export type Key = string | Pick<Passkey, 'credentialId' | 'secret'>;

export type Refused =
  /** `wait`: not tried and not counted, since the last wrong one is too short ago. */
  | { readonly outcome: 'wrong' | 'wait'; readonly failures: number; readonly waitMs: number }
  /** Wrong once too often: nothing is left. */
  | { readonly outcome: 'erased' };
export type Opening = { readonly outcome: 'opened' } | Refused;
/** `refused`: not in this state of the lock, or no lock code of 1 to 32 digits. */
export type LockChange = { readonly outcome: 'done' | 'refused' } | Refused;

/** How far the clock may be set back while the vault is open; beyond that its idle time is unknown, and it closes. */
const clockToleranceMs = 60_000;
const sessionKey = 'vault';

export interface LockDescription {
  readonly on: boolean;
  /** In order of adding. */
  readonly passkeys: readonly PasskeySlot[];
}

export interface LockLook extends LockDescription {
  readonly state: VaultState;
  /** Until a lock code may be tried, 0 where at once. */
  readonly waitMs: number;
  /** Wrong lock codes in a row. */
  readonly failures: number;
  /** The key of the records; null while the vault is closed. */
  readonly masterKey: CryptoKey | null;
}

interface Session {
  /** Base64. */
  readonly masterKey: string;
  readonly keyId: string;
  readonly lastUsedMs: number;
}

export type Lock = ReturnType<typeof createLock>;

/**
 * The app lock (M3). On: the master key is on disk only as the slots of a lock code and of passkeys wrap it, and in
 * `session` while the vault is open. Off: it lies on disk as it is. Every change of slots is one transaction, so that a
 * background that is stopped at any moment leaves the lock as it was before or as it is after.
 */
export function createLock(parts: LockParts) {
  const { database, session, clock, closeAfterMs, cost = calibrateCost } = parts;
  const serially = createQueue();

  async function openSession(reading: Promise<readonly SlotRow[]>): Promise<Session | null> {
    const [kept, limitMs, slots] = await Promise.all([session.get(sessionKey), closeAfterMs(), reading]);
    const stored = kept[sessionKey] as Session | undefined;
    if (stored === undefined) return null;
    const idleMs = clock() - stored.lastUsedMs;
    const inUse = limitMs === Number.POSITIVE_INFINITY || (idleMs < limitMs && idleMs >= -clockToleranceMs);
    // The session's key may be outdated: the background may have been stopped in the middle of a change.
    if (inUse && slots.some((slot) => slot.keyId === stored.keyId)) return stored;
    await forget();
    return null;
  }

  async function openKey(reading: Promise<readonly SlotRow[]> = database.getAll('slots')): Promise<MasterKey | null> {
    const [slots, stored] = await Promise.all([reading, openSession(reading)]);
    const open = slots.find((slot) => slot.kind === 'open');
    if (open !== undefined) return { id: open.keyId, raw: open.masterKey };
    return stored === null ? null : { id: stored.keyId, raw: fromBase64(stored.masterKey) };
  }

  async function keepOpen({ id, raw }: MasterKey): Promise<void> {
    const kept: Session = { masterKey: toBase64(raw), keyId: id, lastUsedMs: clock() };
    await session.set({ [sessionKey]: kept });
    raw.fill(0);
  }

  async function forget(): Promise<void> {
    await session.remove(sessionKey);
  }

  /** Tries a key. Must be queued, so that none of several parallel tries goes uncounted. */
  async function attempt(key: Key): Promise<{ readonly outcome: 'right'; readonly masterKey: MasterKey } | Refused> {
    const slots = await database.getAll('slots');
    const masterKey = typeof key === 'string' ? await byLockCode(slots, key) : await byPasskey(slots, key);
    if (masterKey === null) return { outcome: 'wrong', ...(await readTries(database, clock())) };
    if ('outcome' in masterKey) return masterKey;
    await clearTries(database);
    return { outcome: 'right', masterKey };
  }

  /** A passkey's secret is 256 random bits, which nobody guesses, so tries are not counted. */
  async function byPasskey(
    slots: readonly SlotRow[],
    { credentialId, secret }: Exclude<Key, string>,
  ): Promise<MasterKey | null> {
    const named = (slot: SlotRow): slot is PasskeySlot =>
      slot.kind === 'passkey' && toBase64(slot.credentialId) === toBase64(credentialId);
    const slot = slots.find(named);
    return slot === undefined ? null : openPasskeySlot(slot, secret);
  }

  /** Counts the try before it is made. Null, and not counted, for text that cannot be a lock code. */
  async function byLockCode(slots: readonly SlotRow[], lockCode: string): Promise<MasterKey | Refused | null> {
    const digits = normaliseDigits(lockCode);
    const slot = slots.find((each): each is LockCodeSlot => each.kind === 'lockCode');
    if (slot === undefined || !lockCodePattern.test(digits)) return null;
    const { counted, failures, waitMs } = await countTry(database, clock());
    if (!counted) return { outcome: 'wait', failures, waitMs };
    const masterKey = await openLockCodeSlot(slot, digits);
    if (masterKey !== null) return masterKey;
    if (parts.erase !== undefined && failures >= ((await parts.eraseAfterTries?.()) ?? Number.POSITIVE_INFINITY)) {
      await parts.erase();
      return { outcome: 'erased' };
    }
    return { outcome: 'wrong', ...(await startWait(database, clock())) };
  }

  /** Runs `change` with the master key where `key` is right. */
  function withKey(key: Key, change: (masterKey: MasterKey) => Promise<LockChange>): Promise<LockChange> {
    return serially(async () => {
      const tried = await attempt(key);
      if (tried.outcome !== 'right') return tried;
      try {
        return await change(tried.masterKey);
      } finally {
        tried.masterKey.raw.fill(0);
      }
    });
  }

  /** In one transaction, deletes the slots of these kinds and adds `slot`. */
  async function replaceSlots(kinds: readonly SlotRow['kind'][], slot: SlotRow): Promise<void> {
    const transaction = database.transaction('slots', 'readwrite', { durability: 'strict' });
    for (const each of await transaction.store.getAll()) {
      if (kinds.includes(each.kind)) await transaction.store.delete(each.id);
    }
    await transaction.store.put(slot);
    await transaction.done;
  }

  return {
    /** Runs one at a time what reads and then writes tokens or lock, or erases them. Must not be nested. */
    serially,

    async state(): Promise<VaultState> {
      if ((await database.count('slots')) === 0) return 'empty';
      return (await openKey()) === null ? 'closed' : 'open';
    },

    /** The whole state of the lock, read at once and in parallel, since a person waits for it. */
    async look(): Promise<LockLook> {
      const reading = database.getAll('slots');
      const [slots, key, tries] = await Promise.all([reading, openKey(reading), readTries(database, clock())]);
      return {
        state: slots.length === 0 ? 'empty' : key === null ? 'closed' : 'open',
        ...described(slots),
        ...tries,
        masterKey: key === null ? null : await importMasterKey(key.raw),
      };
    },

    async describe(): Promise<LockDescription> {
      return described(await database.getAll('slots'));
    },

    /** The key of the records; null while the vault is closed. */
    async masterKey(): Promise<CryptoKey | null> {
      const key = await openKey();
      return key === null ? null : importMasterKey(key.raw);
    },

    /** A new vault, open; false where one exists already or the text is no lock code of 1 to 32 digits. */
    create(lockCode: string): Promise<boolean> {
      return serially(async () => {
        const digits = normaliseDigits(lockCode);
        if (!lockCodePattern.test(digits) || (await database.count('slots')) > 0) return false;
        const masterKey = newMasterKey();
        await replaceSlots([], await makeLockCodeSlot(masterKey, digits, await cost()));
        await keepOpen(masterKey);
        return true;
      });
    },

    /**
     * Opens with the lock code or a passkey. A lock code is counted before it is tried, and tries run one after another, so
     * that parallel ones are counted too. Text that is not 1 to 32 digits is wrong without being counted.
     */
    open(key: Key): Promise<Opening> {
      return serially(async () => {
        const tried = await attempt(key);
        if (tried.outcome !== 'right') return tried;
        await keepOpen(tried.masterKey);
        return { outcome: 'opened' };
      });
    },

    /** Whether the key is right, under the same counts and waits as opening; `done` where it is. */
    prove: (key: Key): Promise<LockChange> => withKey(key, async () => ({ outcome: 'done' })),

    close: (): Promise<void> => serially(forget),

    /** Postpones closing by idle time. Call it for what a person does, not for what a page or a timer does. */
    touch(): Promise<void> {
      return serially(async () => {
        const stored = await openSession(database.getAll('slots'));
        if (stored !== null) await session.set({ [sessionKey]: { ...stored, lastUsedMs: clock() } });
      });
    },

    /** When the vault closes if nobody uses it; null where it is closed or stays open. Closes it where that has passed. */
    async closesAtMs(): Promise<number | null> {
      const stored = await openSession(database.getAll('slots'));
      const limitMs = await closeAfterMs();
      return stored === null || limitMs === Number.POSITIVE_INFINITY ? null : stored.lastUsedMs + limitMs;
    },

    /** The lock off: the master key goes to the disk as it is, lock code and passkeys are forgotten. */
    turnOff: (key: Key): Promise<LockChange> =>
      withKey(key, async (masterKey) => {
        await replaceSlots(['lockCode', 'passkey'], makeOpenSlot(masterKey));
        await forget();
        return { outcome: 'done' };
      }),

    /**
     * Switches the lock on again; the vault must be open. The old master key lay unencrypted on the disk and protects
     * nothing, so every record is encrypted under a new one, in the transaction that writes the new slot.
     */
    turnOn(lockCode: string): Promise<LockChange> {
      return serially(async () => {
        const digits = normaliseDigits(lockCode);
        const old = (await database.getAll('slots')).find((slot) => slot.kind === 'open');
        if (old === undefined || !lockCodePattern.test(digits)) return { outcome: 'refused' };
        const masterKey = newMasterKey();
        const [from, to] = await Promise.all([importMasterKey(old.masterKey), importMasterKey(masterKey.raw)]);
        const rows = await database.getAll('tokens');
        const resealed = await Promise.all(rows.map((row) => resealRow(from, to, row)));
        const slot = await makeLockCodeSlot(masterKey, digits, await cost());
        const stores = ['slots', 'tokens', 'tries'] as const;
        const transaction = database.transaction(stores, 'readwrite', { durability: 'strict' });
        await transaction.objectStore('slots').clear();
        await transaction.objectStore('slots').put(slot);
        await transaction.objectStore('tries').clear();
        for (const row of resealed) await transaction.objectStore('tokens').put(row);
        await transaction.done;
        await keepOpen(masterKey);
        return { outcome: 'done' };
      });
    },

    /** Another lock code in place of the present one. Passkeys stay. */
    async changeLockCode(key: Key, lockCode: string): Promise<LockChange> {
      const digits = normaliseDigits(lockCode);
      if (!lockCodePattern.test(digits)) return { outcome: 'refused' };
      return withKey(key, async (masterKey) => {
        await replaceSlots(['lockCode'], await makeLockCodeSlot(masterKey, digits, await cost()));
        return { outcome: 'done' };
      });
    },

    /** One more way to open, beside the lock code. */
    addPasskey: (key: Key, passkey: Passkey): Promise<LockChange> =>
      withKey(key, async (masterKey) => {
        await replaceSlots([], await makePasskeySlot(masterKey, passkey, clock()));
        return { outcome: 'done' };
      }),

    /** Forgets a passkey, or does nothing where it is gone. False where the vault is closed. */
    removePasskey(slotId: string): Promise<boolean> {
      return serially(async () => {
        if ((await openKey()) === null) return false;
        const slot = await database.get('slots', slotId);
        // The lock code is never taken away like this: it is what everything else falls back to.
        if (slot?.kind === 'passkey') await database.delete('slots', slotId);
        return true;
      });
    },
  };
}

function described(slots: readonly SlotRow[]): LockDescription {
  const passkeys = slots.filter((slot) => slot.kind === 'passkey');
  passkeys.sort((a, b) => a.addedAtMs - b.addedAtMs);
  return { on: slots.some((slot) => slot.kind === 'lockCode'), passkeys };
}
