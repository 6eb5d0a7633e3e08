import type { BrowserName } from './install.ts';
import type { Tab, View } from './view.ts';

/** What the end-to-end tests ask of a browser with the built extension loaded; one text runs in both. */
export interface Driver {
  readonly name: BrowserName;
  /** Origin of the extension's own pages. */
  readonly extensionOrigin: string;
  open(url?: string): Promise<Tab>;
  /** One of the extension's own pages in a tab, such as `options.html`. */
  openExtensionPage(path: string): Promise<Tab>;
  /** The popup as a click on the toolbar button opens it, over this tab. */
  openPopup(over: Tab): Promise<View>;
  /** Lets the extension into an origin, as if the person had said yes to the browser's question. */
  grant(origin: string): Promise<void>;
  /** Cuts the whole browser off the network, its own computer included. */
  setOffline(offline: boolean): Promise<void>;
  /** Presses the keys of the command `fill` where the browser's own shortcuts are heard; null: this browser offers no way. */
  readonly pressFillShortcut: ((over: Tab) => Promise<void>) | null;
  /**
   * Opens the context menu on a field with the right button and takes the extension's entry. Chromium shows no menu
   * to automation: there the event that the entry causes is raised in the background.
   */
  takeFieldMenu(over: Tab, selector: string): Promise<void>;
  /** Ends the extension's background as the browser does when it idles; true where one was running. */
  stopBackground(): Promise<boolean>;
  /** Keeps a running background from answering until the returned function is called; null: this browser offers no way. */
  readonly holdBackground: (() => Promise<() => Promise<void>>) | null;
  /** What the clipboard holds, looked at from this tab of a web page. */
  clipboardText(from: Tab): Promise<string>;
  /** Ends the browser and starts it anew on the same profile. Tabs and popups of before are gone. */
  restart(): Promise<void>;
  /** Ends the browser and gives the folder of its profile, which `close` deletes. Nothing else works after it but `close`. */
  quit(): Promise<string>;
  /** Ends the browser and deletes its profile. */
  close(): Promise<void>;
}
