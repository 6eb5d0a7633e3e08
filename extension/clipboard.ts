import { type LocalArea, readSettings } from './settings.ts';
import type { SessionArea } from './vault-lock.ts';

/** A copied code stays on the clipboard this long. */
const clearAfterMs = 30_000;
/** Until it is tried again. */
const retryAfterMs = 60_000;
const sessionKey = 'clipboard';

export interface ClipboardParts {
  readonly session: SessionArea;
  readonly local: LocalArea;
  readonly clock: () => number;
  /** Has the browser call `clearClipboard` then, also if it stops the background before. */
  readonly clearClipboardAt: (atMs: number) => Promise<void>;
  readonly emptyClipboard: () => Promise<void>;
}

/**
 * Empties the clipboard some time after a code was copied. It is not looked into before: to read it, the extension would
 * have to be allowed to read whatever a person copies anywhere. So it empties what was copied since, too, and a person
 * who minds switches it off.
 */
export function createClipboard({ session, local, clock, clearClipboardAt, emptyClipboard }: ClipboardParts) {
  async function notedAtMs(): Promise<unknown> {
    return (await session.get(sessionKey))[sessionKey];
  }

  return {
    /** A code was copied; when the clipboard will be emptied, null where the person does not want that. */
    async copied(): Promise<number | null> {
      if (!(await readSettings(local)).clearClipboard) return null;
      const atMs = clock() + clearAfterMs;
      await session.set({ [sessionKey]: atMs });
      await clearClipboardAt(atMs);
      return atMs;
    },

    /**
     * Does nothing where no code was copied in this session: an alarm may outlive the browser that it was set in. Where
     * emptying fails, or the background is stopped meanwhile, it is called again a minute later.
     */
    async clear(): Promise<void> {
      const atMs = await notedAtMs();
      if (atMs === undefined) return;
      await clearClipboardAt(clock() + retryAfterMs);
      await emptyClipboard();
      // A code that was copied meanwhile has its own time.
      if ((await notedAtMs()) === atMs) await session.remove(sessionKey);
    },
  };
}
