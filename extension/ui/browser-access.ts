import type { Runtime } from 'webextension-polyfill';
import type { ClosedNotice } from '../messages.ts';
import { patternsOf } from '../origins.ts';
import { browser } from './browser.ts';

/**
 * Asks the person to let the extension into these origins, and no others. Call it straight from a click: browsers
 * ask only then. False where the person refused or the browser did not ask.
 */
export async function requestAccess(origins: readonly string[]): Promise<boolean> {
  try {
    return await browser.permissions.request({ origins: patternsOf(origins) });
  } catch {
    return false;
  }
}

/** Takes the access back. False where the browser kept it, as a policy may demand. */
export async function withdrawAccess(origins: readonly string[]): Promise<boolean> {
  try {
    return await browser.permissions.remove({ origins: patternsOf(origins) });
  } catch {
    return false;
  }
}

/** Calls `changed` whenever the person grants or withdraws access, here or in the browser's own settings. */
export function watchAccess(changed: () => void): () => void {
  browser.permissions.onAdded.addListener(changed);
  browser.permissions.onRemoved.addListener(changed);
  return () => {
    browser.permissions.onAdded.removeListener(changed);
    browser.permissions.onRemoved.removeListener(changed);
  };
}

/** Calls `closed` when the background says that the vault was closed, wherever that was done. */
export function watchLock(closed: () => void): () => void {
  const listener = (message: unknown, { tab }: Runtime.MessageSender) => {
    // Content scripts speak from a tab, and what our own pages say is for the background.
    if (tab === undefined && (message as ClosedNotice).name === 'closed') closed();
  };
  browser.runtime.onMessage.addListener(listener);
  return () => browser.runtime.onMessage.removeListener(listener);
}

/** Opens a part of the options page in a tab. */
export async function openOptions(part: 'set-up' | 'settings' | 'reset' | 'open'): Promise<void> {
  await browser.tabs.create({ url: browser.runtime.getURL(`/options.html#${part}`) });
}

/** Hosts of the web that the person granted: the browser's own record, known while the vault is closed too. */
export async function grantedHosts(): Promise<string[]> {
  const origins: readonly string[] = (await browser.permissions.getAll()).origins ?? [];
  const hosts = origins.map((pattern) => /^https?:\/\/([^*/]+)\/\*$/.exec(pattern)?.[1]);
  return [...new Set(hosts.filter((host) => host !== undefined))].sort();
}

/** Closes the page's own tab. */
export async function closeOwnTab(): Promise<void> {
  const own = await browser.tabs.getCurrent();
  if (own?.id !== undefined) await browser.tabs.remove(own.id);
}

/** Whether this browser says when the system is locked; Firefox does not. */
export function tellsSystemLock(): boolean {
  return browser.idle !== undefined;
}
