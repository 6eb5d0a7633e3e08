import { codeOfStep, type OtpParameters, stepAt } from '../shared/otp.ts';
import { err, ok, type Result } from '../shared/result.ts';
import { fromBase64, toBase64 } from './bytes.ts';
import { maximumTokens, type ShownCode } from './messages.ts';
import { type ClockRecord, displayName, nextNumber, openRecord, sealRecord, type TokenRecord } from './token-record.ts';
import { createLock, type LockLook, type LockParts } from './vault-lock.ts';

/** A token as it is added. */
export interface NewToken extends OtpParameters {
  readonly serviceId: string;
  readonly userId: string;
  readonly institution: { readonly ja: string; readonly en: string };
  readonly seed: Uint8Array;
  readonly origins: readonly string[];
  readonly fieldHints: readonly string[];
  readonly expiresAtMs: number | null;
  /** Base address of the verifier that it came from. */
  readonly verifier: string | null;
  /** This computer's clock compared with that verifier's; null if it was never asked. */
  readonly clock: ClockRecord | null;
}

/** A token of the open vault, without its seed. */
export interface VaultToken extends Omit<NewToken, 'seed' | 'algorithm'> {
  readonly id: string;
  readonly name: { readonly ja: string; readonly en: string };
  readonly autofill: boolean;
  readonly revoked: boolean;
  /** Where the person chose this one of several tokens. */
  readonly defaultOrigins: readonly string[];
}

export interface VaultView extends Omit<LockLook, 'masterKey'> {
  /** Empty where the vault is closed. */
  readonly tokens: readonly VaultToken[];
  /** Rows that the key does not open, or that hold no token: kept until a person removes them. Empty where closed. */
  readonly damaged: readonly string[];
  /** By token. */
  readonly codes: ReadonlyMap<string, ShownCode>;
}

export type Vault = ReturnType<typeof createVault>;

/**
 * The tokens of one browser profile, behind the app lock. On disk they are ciphertext. Each call looks first whether
 * the vault has been idle for too long.
 */
export function createVault(parts: LockParts) {
  const { database, clock } = parts;
  const { masterKey, look, ...lock } = createLock(parts);
  const { serially } = lock;

  async function records(key: CryptoKey, reading = database.getAll('tokens')): Promise<OpenedRecord[]> {
    const opened = await Promise.all(
      (await reading).map(async (row) => ({ id: row.id, record: await openRecord(key, row) })),
    );
    // A damaged row must not make the others unreadable.
    const whole = opened.filter((each): each is OpenedRecord => each.record !== null);
    return whole.sort((a, b) => a.record.order - b.record.order);
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

  return {
    ...lock,

    /**
     * Adds a token at the end of the list. It replaces none, not even one of the same user, unless `replaces` names one that
     * still exists: then it takes over that token's place, name and number, and the old one is deleted in the same write.
     * If the very same token, seed included, was added before (its answer was lost), nothing is added.
     */
    add(token: NewToken, replaces: string | null = null): Promise<Result<string, 'full' | 'vaultClosed'>> {
      return serially(async () => {
        const key = await masterKey();
        if (key === null) return err('vaultClosed');
        const { seed: seedBytes, ...rest } = token;
        const seed = toBase64(seedBytes);
        const kept = await records(key);
        const same = kept.find(
          ({ record }) =>
            record.serviceId === token.serviceId && record.userId === token.userId && record.seed === seed,
        );
        if (same !== undefined) return ok(same.id);
        const replaced = kept.find(({ id }) => id === replaces);
        const old = replaced?.record;
        if (replaced === undefined && kept.length >= maximumTokens) return err('full');
        const present = kept.map(({ record }) => record);
        const id = replaced?.id ?? crypto.randomUUID();
        // A correction holds for all tokens of a verifier, whichever of them the person confirmed it for.
        const known = present.find((each) => each.verifier !== null && each.verifier === token.verifier)?.clock ?? null;
        const correctionMs = known?.correctionMs ?? 0;
        const record: TokenRecord = {
          ...rest,
          origins: [...rest.origins],
          fieldHints: [...rest.fieldHints],
          seed,
          autofill: old?.autofill ?? false,
          defaultOrigins: old?.defaultOrigins ?? [],
          suffix: old?.suffix ?? '',
          number: old?.number ?? nextNumber(present, token.institution),
          order: old?.order ?? 1 + Math.max(0, ...present.map((each) => each.order)),
          revoked: false,
          clock: token.clock === null ? known : { ...token.clock, correctionMs },
        };
        const row = await sealRecord(key, id, record);
        // The activation password is used up: a token lost to a power failure now would have to be issued again.
        const writing = database.transaction('tokens', 'readwrite', { durability: 'strict' });
        await Promise.all([writing.store.put(row), writing.done]);
        return ok(id);
      });
    },

    /** In the person's order; null where the vault is closed. */
    async list(): Promise<readonly VaultToken[] | null> {
      const key = await masterKey();
      return key === null ? null : (await records(key)).map(withoutSeed);
    },

    /** What a first view shows, read once: the lock, the tokens in the person's order, and if asked for the code of each. */
    async view(withCodes: boolean): Promise<VaultView> {
      const reading = database.getAll('tokens');
      const { masterKey: key, ...seen } = await look();
      const opened = key === null ? [] : await records(key, reading);
      const codes = withCodes ? opened.map(({ id, record }) => [id, codeOf(record, clock())] as const) : [];
      const unread = key === null ? [] : (await reading).filter((row) => opened.every(({ id }) => id !== row.id));
      return { ...seen, tokens: opened.map(withoutSeed), damaged: unread.map(({ id }) => id), codes: new Map(codes) };
    },

    /** Sets the text behind the institution's name; empty for `_2`, `_3`. False where closed. @throws Error: no such token */
    rename: (id: string, suffix: string): Promise<boolean> => change(id, (record) => ({ ...record, suffix })),

    /** False where closed. @throws Error where there is no such token */
    setAutofill: (id: string, autofill: boolean): Promise<boolean> => change(id, (record) => ({ ...record, autofill })),

    /** Marks a token as revoked, or takes the mark back. False where closed. @throws Error where there is no such token */
    markRevoked: (id: string, revoked: boolean): Promise<boolean> => change(id, (record) => ({ ...record, revoked })),

    /** Puts a token at a place of the list, 0 for the first. False where closed. @throws Error where there is no such token */
    move(id: string, place: number): Promise<boolean> {
      return serially(async () => {
        const key = await masterKey();
        if (key === null) return false;
        const present = await records(key);
        const moved = present.find((each) => each.id === id);
        if (moved === undefined) throw new Error('the vault holds no such token');
        const ordered = present.filter((each) => each !== moved).toSpliced(place, 0, moved);
        const rows = await Promise.all(
          ordered.map(({ id, record }, index) => sealRecord(key, id, { ...record, order: index + 1 })),
        );
        // All or none: a background that is stopped half-way leaves the old order.
        const writing = database.transaction('tokens', 'readwrite');
        await Promise.all([...rows.map((row) => writing.store.put(row)), writing.done]);
        return true;
      });
    },

    /** The person chose this token on an origin that has several. False where closed. @throws Error: no such token */
    setDefault(id: string, origin: string): Promise<boolean> {
      return serially(async () => {
        const key = await masterKey();
        if (key === null) return false;
        await recordOf(key, id);
        for (const each of await records(key)) {
          const others = each.record.defaultOrigins.filter((other) => other !== origin);
          const defaultOrigins = each.id === id ? [...others, origin] : others;
          if (defaultOrigins.join() === each.record.defaultOrigins.join()) continue;
          await database.put('tokens', await sealRecord(key, each.id, { ...each.record, defaultOrigins }));
        }
        return true;
      });
    },

    /** Deletes a token, or does nothing where it is gone already. False where closed. */
    remove(id: string): Promise<boolean> {
      return serially(async () => {
        if ((await masterKey()) === null) return false;
        await database.delete('tokens', id);
        return true;
      });
    },

    /**
     * Changes what is known of a verifier's clock, for all of its tokens in one transaction. False where closed.
     * @param next from what each token holds
     */
    setClock(verifier: string, next: (clock: ClockRecord | null) => ClockRecord | null): Promise<boolean> {
      return serially(async () => {
        const key = await masterKey();
        if (key === null) return false;
        const concerned = (await records(key)).filter(({ record }) => record.verifier === verifier);
        const rows = await Promise.all(
          concerned.map(({ id, record }) => sealRecord(key, id, { ...record, clock: next(record.clock) })),
        );
        const transaction = database.transaction('tokens', 'readwrite');
        for (const row of rows) await transaction.store.put(row);
        await transaction.done;
        return true;
      });
    },

    /** The code of now. Null where closed. @throws Error where there is no such token */
    async code(id: string): Promise<ShownCode | null> {
      const key = await masterKey();
      return key === null ? null : codeOf(await recordOf(key, id), clock());
    },
  };
}

interface OpenedRecord {
  readonly id: string;
  readonly record: TokenRecord;
}

function withoutSeed({ id, record }: OpenedRecord): VaultToken {
  const { seed, algorithm, suffix, number, order, ...rest } = record;
  return { ...rest, id, name: displayName(record) };
}

/** The time by this computer's clock, with the correction that the person confirmed. */
function codeOf(record: TokenRecord, nowMs: number): ShownCode {
  const seed = fromBase64(record.seed);
  const correctionMs = record.clock?.correctionMs ?? 0;
  const step = stepAt(record.periodSeconds, nowMs - correctionMs);
  const [code, next] = [codeOfStep(seed, record, step), codeOfStep(seed, record, step + 1)];
  return { code, next, changesAtMs: (step + 1) * record.periodSeconds * 1000 + correctionMs };
}
