import type { LocalArea } from './settings.ts';
import { emptyVaultDatabase, type VaultDatabase } from './vault-database.ts';
import type { SessionArea } from './vault-lock.ts';

export interface ErasureParts {
  readonly database: VaultDatabase;
  readonly session: SessionArea;
  readonly local: LocalArea;
  /** Gives back every host that the person granted. Rejects where the browser keeps one. */
  readonly withdrawHosts: () => Promise<void>;
}

/** `tries`: too many wrong lock codes; `reset`: the person asked for it. */
export type ErasureReason = 'tries' | 'reset';
interface Mark {
  readonly reason: ErasureReason;
  readonly done: boolean;
}
const key = 'erasure';
/** What the session holds of vault, set-ups and what was asked for. */
const sessionKeys = ['vault', 'setUps', 'clocks', 'usePass', 'pendingFill'];

/**
 * Erases everything: tokens, lock, settings, granted hosts. The intent is on disk first, so that a background that is
 * stopped in between resumes when it starts again.
 */
export function createErasure({ database, session, local, withdrawHosts }: ErasureParts) {
  async function mark(): Promise<Mark | null> {
    return ((await local.get(key))[key] ?? null) as Mark | null;
  }

  async function finish(): Promise<void> {
    const begun = await mark();
    if (begun === null || begun.done) return;
    await emptyVaultDatabase(database);
    for (const each of sessionKeys) await session.remove(each);
    // A browser may keep a host, as a policy demands; the tokens are gone all the same.
    await withdrawHosts().catch(() => {});
    const { language } = ((await local.get('settings')).settings ?? {}) as { language?: unknown };
    // The language stays, since the person reads in it what follows.
    await local.set({ settings: { language }, [key]: { reason: begun.reason, done: true } satisfies Mark });
  }

  return {
    async erase(reason: ErasureReason): Promise<void> {
      await local.set({ [key]: { reason, done: false } satisfies Mark });
      await finish();
    },

    /** Resumes an interrupted erasure. Must be called before any other use of the vault. */
    finish,

    /** Why everything was erased, until the person has seen it; null if nothing was. */
    async reason(): Promise<ErasureReason | null> {
      return (await mark())?.reason ?? null;
    },

    async acknowledge(): Promise<void> {
      await local.set({ [key]: null });
    },
  };
}
