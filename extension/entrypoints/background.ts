import browser, { type Runtime } from 'webextension-polyfill';
import { defineBackground } from 'wxt/utils/define-background';
import type { Asked } from '../asking.ts';
import { createBackground } from '../background.ts';
import { frames, isTabLoading, look, meantPage, originOfTab, point, send } from '../browser-tabs.ts';
import type { ClosedNotice, FillOutcome, FoundPlace } from '../messages.ts';
import { readsTogether } from '../reads-together.ts';

/** Wiring: the browser's events to the background, the background's parts to the browser. */
export default defineBackground(() => {
  // Chrome lets the script in the bank's page change the settings, unless it is told not to. Firefox cannot be told.
  void (browser.storage.local as ChromeArea).setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' });
  const background = createBackground({
    self: { id: browser.runtime.id, baseUrl: browser.runtime.getURL('') },
    session: readsTogether(browser.storage.session),
    local: readsTogether(browser.storage.local),
    scripting: browser.scripting,
    fetch: (input, init) => fetch(input, init),
    clock: () => Date.now(),
    afterwards: (task) => setTimeout(task, 200),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    isGranted: (origins) => browser.permissions.contains({ origins }),
    meantPage,
    pages: {
      originOf: originOfTab,
      frames,
      isLoading: isTabLoading,
      look,
      point,
      find: (frame, request) => send(frame, { ...request, name: 'find' }) as Promise<FoundPlace>,
      fill: (frame, request) => send(frame, request) as Promise<FillOutcome>,
    },
    badge: { tabs: () => browser.tabs.query({}), mark: markTab },
    menu: { grantedPatterns: async () => (await browser.permissions.getAll()).origins ?? [], putMenu },
    lookInTabs,
    wakeAt: async (atMs) => {
      if (atMs === null) await browser.alarms.clear(closeAlarm);
      else browser.alarms.create(closeAlarm, { when: atMs });
    },
    clearClipboardAt: async (atMs) => browser.alarms.create(clipboardAlarm, { when: atMs }),
    emptyClipboard,
    tellClosed: () => {
      // Where no page is open nobody hears it.
      browser.runtime.sendMessage({ name: 'closed' } satisfies ClosedNotice).catch(() => {});
    },
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
    // Chrome keeps the tokens by the permission alone; Firefox wants to be asked, which it does not offer to a worker.
    if ('persist' in navigator.storage) void navigator.storage.persist().catch(() => false);
    await background.reconcile();
    // Beside the page that the person is at, which may be the bank's with a form half filled in.
    if (reason === 'install') {
      await browser.tabs.create({ url: browser.runtime.getURL('options.html#welcome'), active: false });
    }
  });
  browser.tabs.onUpdated.addListener((id, change, { url }) => {
    // Of tabs on other hosts the browser tells no address.
    if (change.status !== undefined && url !== undefined) void background.showBadge({ id, url });
  });
  browser.commands.onCommand.addListener(async (command, tab) => {
    if (command !== 'fill' || tab?.id === undefined) return;
    await showOutcome(tab.id, await background.fillByShortcut(tab.id));
  });
  browser.contextMenus.onClicked.addListener(async (info, tab) => {
    if (info.menuItemId !== fieldMenu || tab?.id === undefined) return;
    const outcome = await background.fillByPointing(tab.id, info.frameId ?? 0, info.targetElementId ?? null);
    await showOutcome(tab.id, outcome);
  });
});

const closeAlarm = 'close';
const fieldMenu = 'fillField';
const clipboardAlarm = 'clipboard';

/** Chrome's part that the polyfill has no name for: who may use a storage area. */
interface ChromeArea {
  setAccessLevel?(what: { readonly accessLevel: 'TRUSTED_CONTEXTS' }): Promise<void>;
}

/** Another one: a page without a window, since its background has no clipboard. */
interface ChromeOffscreen {
  createDocument(what: { url: string; reasons: string[]; justification: string }): Promise<void>;
  closeDocument(): Promise<void>;
}

async function emptyClipboard(): Promise<void> {
  const { offscreen } = browser as unknown as { readonly offscreen?: ChromeOffscreen };
  if (offscreen === undefined) return navigator.clipboard.writeText('');
  const close = () => offscreen.closeDocument().catch(() => {});
  // One that a stopped background left over would be in the way.
  await close();
  // The page empties the clipboard while it loads, and the promise waits for that.
  const what = { url: 'clipboard.html', reasons: ['CLIPBOARD'], justification: 'Removes a copied one-time password.' };
  await offscreen.createDocument(what).finally(close);
}

async function lookInTabs(patterns: string[]): Promise<void> {
  for (const { id, discarded } of await browser.tabs.query({ url: patterns })) {
    if (id === undefined || discarded === true) continue;
    // Not waited for: a page may be loading for ever. One that went away in between has nothing to fill.
    void frames(id).then(() => look(id));
  }
}

async function putMenu(patterns: readonly string[]): Promise<void> {
  await browser.contextMenus.removeAll();
  if (patterns.length === 0) return;
  browser.contextMenus.create({
    id: fieldMenu,
    title: browser.i18n.getMessage('fieldMenu'),
    // Firefox counts password fields apart.
    contexts: browser.runtime.getURL('').startsWith('moz-extension:') ? ['editable', 'password'] : ['editable'],
    documentUrlPatterns: [...patterns],
  });
}

async function markTab(tabId: number, hasToken: boolean): Promise<void> {
  await setBadge(tabId, hasToken ? '●' : '', browser.i18n.getMessage(hasToken ? 'badge' : 'extensionName'));
}

/** The badge belongs to the tab's page; the browser takes it away when the tab goes to another one. */
async function setBadge(tabId: number, text: string, title: string): Promise<void> {
  try {
    await browser.action.setBadgeText({ tabId, text });
    await browser.action.setTitle({ tabId, title });
    await browser.action.setBadgeBackgroundColor({ tabId, color: text === '!' ? '#9A6200' : '#27408B' });
    await browser.action.setBadgeTextColor({ tabId, color: '#FFFFFF' });
  } catch {
    // The tab is gone.
  }
}

/** What could not be done without the popup, the popup does; where the browser keeps it shut, a mark says so. */
async function showOutcome(tabId: number, outcome: Asked): Promise<void> {
  if (outcome === 'filled') return;
  try {
    if (!['choice', 'vaultClosed', 'askAgain'].includes(outcome)) throw new Error('nothing the popup could do better');
    await browser.action.openPopup();
  } catch {
    await setBadge(tabId, '!', browser.i18n.getMessage('notFilled'));
  }
}
