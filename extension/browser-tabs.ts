import browser from 'webextension-polyfill';
import type { OwnTab } from './authorize.ts';
import { bankScript } from './bank-scripts.ts';
import type { Frame, FrameAddress } from './frames.ts';
import type { DescribeRequest, FillRequest, FrameDescription, LookRequest, PointRequest } from './messages.ts';
import { originOf } from './origins.ts';

/** The browser's tabs and the content scripts in their frames. */

/** A tab and, where the browser lets us see it, the origin of its page. */
export interface SeenPage {
  readonly tabId: number;
  readonly origin: string | null;
}

/**
 * The page that the person means: of the active tab in the window with the focus, over which the popup opens. Where the
 * popup's page is itself in a tab, `own`, of the tab that was looked at last before it. Null where there is none.
 */
export async function meantPage(own: OwnTab | null): Promise<SeenPage | null> {
  const where = own === null ? { active: true, lastFocusedWindow: true } : { windowId: own.windowId };
  const tabs = (await browser.tabs.query(where)).filter((tab) => tab.id !== own?.id);
  tabs.sort((a, b) => (b.lastAccessed ?? 0) - (a.lastAccessed ?? 0));
  const id = tabs[0]?.id;
  return id === undefined ? null : { tabId: id, origin: originOf(tabs[0]?.url) };
}

/** Null where the browser does not let us see the tab's address. */
export async function originOfTab(tabId: number): Promise<string | null> {
  try {
    return originOf((await browser.tabs.get(tabId)).url);
  } catch {
    return null;
  }
}

/**
 * False for a tab that is gone. The tab's status covers every frame in Chrome; in Firefox those that come with the page,
 * and none that it adds later.
 */
export async function isTabLoading(tabId: number): Promise<boolean> {
  try {
    return (await browser.tabs.get(tabId)).status === 'loading';
  } catch {
    return false;
  }
}

/** Tabs without a content script, or gone, hear nothing. */
export async function look(tabId: number): Promise<void> {
  await browser.tabs.sendMessage(tabId, { name: 'look' } satisfies LookRequest).catch(() => {});
}

/** Puts the content script into every document of the tab that we may enter; those that answer. */
export async function frames(tabId: number): Promise<Frame[]> {
  // The page itself is waited for until it is read; a frame, which may be loading for ever, is not.
  await inject({ tabId });
  const described = (await inject({ tabId, allFrames: true }, true)).map(async (address): Promise<Frame | null> => {
    try {
      const answer = (await send(address, { name: 'describe' })) as FrameDescription | undefined;
      return answer === undefined ? null : { ...address, ...answer };
    } catch {
      // A sandboxed document, where the script stops at once, or one that is gone again.
      return null;
    }
  });
  return (await Promise.all(described)).filter((frame) => frame !== null);
}

/** Has the content script of that frame keep the field under the pointer. */
export async function point(tabId: number, frameId: number, targetElementId: number | null): Promise<void> {
  for (const address of await inject({ tabId, frameIds: [frameId] })) {
    await send(address, { name: 'point', targetElementId }).catch(() => {});
  }
}

/** To the content script of that document, and to no other. Rejects where it is gone. */
export function send(
  { tabId, frameId, documentId }: FrameAddress,
  request: FillRequest | PointRequest | DescribeRequest,
): Promise<unknown> {
  const target = documentId === null ? { frameId } : { frameId, documentId };
  return browser.tabs.sendMessage(tabId, request, target);
}

async function inject(
  target: { tabId: number; allFrames?: true; frameIds?: number[] },
  injectImmediately = false,
): Promise<FrameAddress[]> {
  try {
    const results = await browser.scripting.executeScript({ target, files: [bankScript], injectImmediately });
    return results.map((result) => ({
      tabId: target.tabId,
      frameId: result.frameId,
      documentId: (result as { documentId?: string }).documentId ?? null,
    }));
  } catch {
    return [];
  }
}
