import type { Browser } from 'webextension-polyfill';

/**
 * The browser's interface for our own pages. Both browsers answer it with promises in Manifest V3, so that pages do
 * without the polyfill, whose 10 KB would make the popup slower; what it is needed for is `onMessage`, in the background.
 */
export const browser = ((globalThis as { browser?: unknown }).browser ??
  (globalThis as { chrome?: unknown }).chrome) as Browser;
