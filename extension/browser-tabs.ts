import browser from 'webextension-polyfill';
import { bankScript } from './bank-scripts.ts';
import type { Frame, FrameAddress } from './frames.ts';
import type { DescribeRequest, FillRequest, FrameDescription, PointRequest } from './messages.ts';
import { originOf } from './origins.ts';

/** The browser's tabs and the content scripts in their frames. */

/** Null where the browser does not let us see the tab's address. */
export async function originOfTab(tabId: number): Promise<string | null> {
  try {
    return originOf((await browser.tabs.get(tabId)).url);
  } catch {
    return null;
  }
}

/** Puts the content script into every document of the tab that we may enter; those that answer. */
export async function frames(tabId: number): Promise<Frame[]> {
  const described = (await inject({ tabId, allFrames: true })).map(async (address): Promise<Frame | null> => {
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

async function inject(target: { tabId: number; allFrames?: true; frameIds?: number[] }): Promise<FrameAddress[]> {
  try {
    const results = await browser.scripting.executeScript({ target, files: [bankScript] });
    return results.map((result) => ({
      tabId: target.tabId,
      frameId: result.frameId,
      documentId: (result as { documentId?: string }).documentId ?? null,
    }));
  } catch {
    return [];
  }
}
