import * as z from 'zod';
import type { SeenPage } from './browser-tabs.ts';
import type { Filling, Pages } from './filling.ts';
import type { FillOutcome, Response } from './messages.ts';
import type { Vault } from './vault.ts';
import type { SessionArea } from './vault-lock.ts';

/** What the person asked for outside of the popup, and the popup has to go on with. Kept in `storage.session`. */
const pendingSchema = z.strictObject({
  tabId: z.int(),
  origin: z.string(),
  /** The frame with the field that the person pointed at; null for the whole page. */
  pointedFrameId: z.int().nullable(),
  askedAtMs: z.number(),
});
type Pending = z.infer<typeof pendingSchema>;

/** After this the person no longer expects it. Milliseconds. */
const pendingForMs = 2 * 60_000;
const key = 'pendingFill';

export interface AskingParts {
  readonly vault: Vault;
  readonly filling: Pick<Filling, 'defaultToken'>;
  readonly fill: (tokenId: string, tabId: number, pointedFrameId: number | null) => Promise<Response<'fillPage'>>;
  readonly session: SessionArea;
  readonly pages: Pick<Pages, 'originOf'>;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** `choice`: several tokens are of this page and none was chosen yet, or none is. */
export type Asked = FillOutcome | 'choice';

/** The ways to ask for a fill: by shortcut or context menu, and in the popup, which goes on where those could not. */
export function createAsking({ vault, filling, fill, session, pages, clock, sleep }: AskingParts) {
  async function fresh(): Promise<Pending | null> {
    const pending = pendingSchema.safeParse((await session.get(key))[key]).data;
    if (pending === undefined) return null;
    return clock() - pending.askedAtMs < pendingForMs && clock() >= pending.askedAtMs ? pending : null;
  }

  async function pendingOf(tabId: number): Promise<Pending | null> {
    const pending = await fresh();
    return pending?.tabId === tabId && (await pages.originOf(tabId)) === pending.origin ? pending : null;
  }

  async function outside(tabId: number, pointedFrameId: number | null): Promise<Asked> {
    const origin = await pages.originOf(tabId);
    if (origin === null) return 'noPermission';
    const isOpen = (await vault.state()) === 'open';
    const token = isOpen ? await filling.defaultToken(origin) : null;
    const outcome =
      token === null ? (isOpen ? 'choice' : 'vaultClosed') : await fillWaiting(token.id, tabId, pointedFrameId);
    if (['choice', 'vaultClosed', 'askAgain'].includes(outcome)) {
      await session.set({ [key]: { tabId, origin, pointedFrameId, askedAtMs: clock() } satisfies Pending });
    } else {
      await session.remove(key);
    }
    return outcome;
  }

  /** Without the popup nobody sees a notice to wait, so the last seconds of a code are waited out here. */
  async function fillWaiting(tokenId: string, tabId: number, pointedFrameId: number | null): Promise<FillOutcome> {
    const first = await fill(tokenId, tabId, pointedFrameId);
    if (first.outcome !== 'wait') return first.outcome;
    await sleep(first.waitMs);
    const second = await fill(tokenId, tabId, pointedFrameId);
    return second.outcome === 'wait' ? 'failed' : second.outcome;
  }

  return {
    /** The keyboard shortcut. */
    byShortcut: (tabId: number): Promise<Asked> => outside(tabId, null),

    /** The context menu on a field. The content script of that frame has kept the field. */
    byPointing: (tabId: number, frameId: number): Promise<Asked> => outside(tabId, frameId),

    /** Whether the popup has something to go on with on this page. */
    async isAsked(looking: Promise<SeenPage | null>): Promise<boolean> {
      const [pending, page] = await Promise.all([fresh(), looking]);
      return pending !== null && pending.tabId === page?.tabId && pending.origin === page.origin;
    },

    /** In the popup: what was asked for before, or else a fill of the page. */
    async inPopup(tokenId: string, tabId: number): Promise<Response<'fillPage'>> {
      const pending = await pendingOf(tabId);
      const answer = await fill(tokenId, tabId, pending?.pointedFrameId ?? null);
      // A request is fulfilled once; these are kept for another try.
      if (!['wait', 'askAgain', 'vaultClosed'].includes(answer.outcome)) await session.remove(key);
      return answer;
    },
  };
}
