import { createQueue } from './serially.ts';
import type { SessionArea } from './vault-lock.ts';

export interface FieldMenuParts {
  readonly session: SessionArea;
  /** Patterns of all hosts that the person granted. */
  readonly grantedPatterns: () => Promise<readonly string[]>;
  /** Takes the entry away, and puts it on the fields of these hosts. */
  readonly putMenu: (patterns: readonly string[]) => Promise<void>;
}

/** The patterns that the menu has now; browsers forget it with the session or keep it longer. */
const key = 'fieldMenu';

/** The context menu's entry stands on fields of granted hosts only, and is put anew only where those changed. */
export function createFieldMenu({ session, grantedPatterns, putMenu }: FieldMenuParts) {
  const serially = createQueue();
  return {
    reconcile: () =>
      serially(async () => {
        const patterns = (await grantedPatterns()).filter((pattern) => /^https?:/.test(pattern)).toSorted();
        if ((await session.get(key))[key] === patterns.join()) return;
        await putMenu(patterns);
        await session.set({ [key]: patterns.join() });
      }),
  };
}
