import type { SessionArea } from './vault-lock.ts';

export interface UsePassParts {
  readonly session: SessionArea;
  readonly clock: () => number;
  /** Whether the person wants to be asked for each use. */
  readonly isAsked: () => Promise<boolean>;
}

/** Long enough to read a code and type it, and for the next one where the first was about to end. */
const lastsMs = 60_000;
const sessionKey = 'usePass';
type Pass = { readonly tokenId: string; readonly givenAtMs: number };

export type UsePass = ReturnType<typeof createUsePass>;

/** The setting that asks for the lock code again for each use: one proof is good for one token and one minute, or one fill. */
export function createUsePass({ session, clock, isAsked }: UsePassParts) {
  return {
    isAsked,

    /** May this token's code be had now? Always, where the person is not asked. */
    async allows(tokenId: string): Promise<boolean> {
      if (!(await isAsked())) return true;
      const pass = (await session.get(sessionKey))[sessionKey] as Pass | undefined;
      if (pass?.tokenId !== tokenId) return false;
      const ageMs = clock() - pass.givenAtMs;
      return ageMs >= 0 && ageMs < lastsMs;
    },

    async give(tokenId: string): Promise<void> {
      await session.set({ [sessionKey]: { tokenId, givenAtMs: clock() } satisfies Pass });
    },

    async spend(): Promise<void> {
      await session.remove(sessionKey);
    },
  };
}
