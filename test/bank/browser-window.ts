import { mkdirSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';
import { chromiumArguments, loadedExtension } from '../browser/chromium.ts';
import { firefoxExtensionId, firefoxPreferences } from '../browser/firefox.ts';
import type { BrowserName } from '../browser/install.ts';
import { builtExtension } from '../browser/open.ts';
import { packXpi } from '../browser/xpi.ts';

/** A browser that a person uses, the extension loaded. */
export interface Window {
  readonly browser: BrowserName;
  readonly closed: Promise<void>;
  close(): Promise<void>;
  /** Takes over a newly built extension. */
  reloadExtension(): Promise<void>;
}

/** Whether a window can be shown here. */
export function hasDisplay(): boolean {
  if (platform() === 'win32' || platform() === 'darwin') return true;
  return (process.env.DISPLAY ?? '') !== '' || (process.env.WAYLAND_DISPLAY ?? '') !== '';
}

/**
 * Opens a browser on `url`, with a profile of its own in `dataDir` that keeps tokens and granted hosts for the next
 * start.
 */
export async function openWindow(options: {
  readonly browser: BrowserName;
  readonly executablePath: string;
  readonly dataDir: string;
  readonly url: string;
}): Promise<Window> {
  const profile = join(options.dataDir, 'browser', options.browser);
  mkdirSync(join(profile, 'extensions'), { recursive: true });
  const extensionDir = builtExtension[options.browser];
  const shared = {
    executablePath: options.executablePath,
    headless: false,
    defaultViewport: null,
    userDataDir: profile,
    // The start script ends the browser itself, after what a person did in it was kept.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  } as const;
  const isRoot = process.getuid?.() === 0;
  let browser: Browser;
  if (options.browser === 'chromium') {
    browser = await puppeteer.launch({
      ...shared,
      pipe: true,
      enableExtensions: true,
      ignoreDefaultArgs: ['--enable-automation'],
      args: [
        ...chromiumArguments,
        ...(isRoot ? ['--no-sandbox', '--test-type'] : []),
        '--window-size=1100,900',
        `--load-extension=${extensionDir}`,
      ],
    });
    await loadedExtension(browser, extensionDir);
  } else {
    packXpi(extensionDir, join(profile, 'extensions', `${firefoxExtensionId}.xpi`));
    const { 'extensions.webextOptionalPermissionPrompts': _, ...preferences } = firefoxPreferences;
    browser = await puppeteer.launch({
      ...shared,
      browser: 'firefox',
      args: ['--width=1100', '--height=900'],
      extraPrefsFirefox: preferences as Record<string, string | number | boolean>,
    });
  }
  const [page = await browser.newPage()] = await browser.pages();
  await page.goto(options.url, { waitUntil: 'domcontentloaded' });
  return {
    browser: options.browser,
    closed: new Promise((resolve) => browser.once('disconnected', () => resolve())),
    close: () => browser.close(),
    async reloadExtension() {
      if (options.browser === 'firefox') return;
      for (const extension of (await browser.extensions()).values()) {
        for (const worker of await extension.workers()) {
          await worker
            .evaluate(() =>
              (globalThis as unknown as { chrome: { runtime: { reload(): void } } }).chrome.runtime.reload(),
            )
            // It goes away under the question.
            .catch(() => {});
        }
      }
    },
  };
}
