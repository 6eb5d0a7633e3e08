import browser, { type Runtime } from 'webextension-polyfill';
import { defineBackground } from 'wxt/utils/define-background';
import { createBackground } from '../background.ts';
import { bankScript } from '../bank-scripts.ts';
import type { FillOutcome, FillRequest, LookRequest } from '../messages.ts';
import { originOf } from '../origins.ts';

/** Wiring: the browser's events to the background, the background's parts to the browser. */
export default defineBackground(() => {
  const background = createBackground({
    self: { id: browser.runtime.id, baseUrl: browser.runtime.getURL('') },
    session: browser.storage.session,
    local: browser.storage.local,
    scripting: browser.scripting,
    fetch: (input, init) => fetch(input, init),
    clock: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    isGranted: (origins) => browser.permissions.contains({ origins }),
    pages: { originOf: originOfTab, inject, send },
    lookInTabs,
    wakeAt: async (atMs) => {
      if (atMs === null) await browser.alarms.clear(closeAlarm);
      else browser.alarms.create(closeAlarm, { when: atMs });
    },
    clearClipboardAt: async (atMs) => browser.alarms.create(clipboardAlarm, { when: atMs }),
    emptyClipboard,
    withdrawHosts: async () => {
      const { origins = [] } = await browser.permissions.getAll();
      if (origins.length > 0) await browser.permissions.remove({ origins });
    },
  });

  browser.runtime.onMessage.addListener((message: unknown, sender: Runtime.MessageSender) =>
    background.receive(message, sender),
  );
  // Chrome alone tells of a locked system, and is alone asked for the permission.
  browser.idle?.onStateChanged.addListener((state) => {
    if (state === 'locked') void background.systemLocked();
  });
  browser.alarms.onAlarm.addListener(({ name }) =>
    name === clipboardAlarm ? background.clearClipboard() : background.reconcile(),
  );
  browser.permissions.onAdded.addListener(() => background.reconcile());
  browser.permissions.onRemoved.addListener(() => background.reconcile());
  browser.runtime.onStartup.addListener(() => background.reconcile());
  browser.runtime.onInstalled.addListener(async ({ reason }) => {
    await background.reconcile();
    if (reason === 'install') await browser.tabs.create({ url: browser.runtime.getURL('options.html#welcome') });
  });
  browser.commands.onCommand.addListener(async (command, tab) => {
    if (command !== 'fill' || tab?.id === undefined) return;
    const outcome = await background.fillByShortcut(tab.id);
    await showOutcome(tab.id, outcome);
  });
});

const closeAlarm = 'close';
const clipboardAlarm = 'clipboard';

/** Chrome's part that the polyfill has no name for: a page without a window, since its background has no clipboard. */
interface ChromeOffscreen {
  createDocument(what: { url: string; reasons: string[]; justification: string }): Promise<void>;
  closeDocument(): Promise<void>;
}

async function emptyClipboard(): Promise<void> {
  const { offscreen } = browser as unknown as { readonly offscreen?: ChromeOffscreen };
  if (offscreen === undefined) return navigator.clipboard.writeText('');
  // The page empties the clipboard while it loads, and the promise waits for that.
  const what = { url: 'clipboard.html', reasons: ['CLIPBOARD'], justification: 'Removes a copied one-time password.' };
  await offscreen.createDocument(what);
  await offscreen.closeDocument();
}

async function originOfTab(tabId: number): Promise<string | null> {
  try {
    return originOf((await browser.tabs.get(tabId)).url);
  } catch {
    return null;
  }
}

async function inject(tabId: number): Promise<{ readonly documentId: string | null } | null> {
  try {
    const [result] = await browser.scripting.executeScript({ target: { tabId, frameIds: [0] }, files: [bankScript] });
    return { documentId: (result as { documentId?: string } | undefined)?.documentId ?? null };
  } catch {
    return null;
  }
}

function send(tabId: number, documentId: string | null, request: FillRequest): Promise<FillOutcome> {
  const target = documentId === null ? { frameId: 0 } : { frameId: 0, documentId };
  return browser.tabs.sendMessage(tabId, request, target) as Promise<FillOutcome>;
}

async function lookInTabs(patterns: string[]): Promise<void> {
  const look: LookRequest = { name: 'look' };
  for (const { id, discarded } of await browser.tabs.query({ url: patterns })) {
    if (id === undefined || discarded === true || (await inject(id)) === null) continue;
    // A page that went away in between has nothing to fill.
    await browser.tabs.sendMessage(id, look, { frameId: 0 }).catch(() => {});
  }
}

/** What the shortcut could not do by itself, the popup does; where the browser keeps it shut, a mark says so. */
async function showOutcome(tabId: number, outcome: FillOutcome | 'choice'): Promise<void> {
  await browser.action.setBadgeText({ tabId, text: '' });
  if (outcome === 'filled') return;
  try {
    if (outcome === 'noField' || outcome === 'failed') throw new Error('nothing that the popup could do better');
    await browser.action.openPopup();
  } catch {
    await browser.action.setBadgeText({ tabId, text: '!' });
  }
}
