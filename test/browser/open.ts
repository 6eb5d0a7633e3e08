import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openChromium } from './chromium.ts';
import type { Driver } from './driver.ts';
import { openFirefox } from './firefox.ts';
import { type BrowserName, findBrowser } from './install.ts';

const output = fileURLToPath(new URL('../../extension/.output/', import.meta.url));

/** Where `npm run build` leaves the extension for a browser. */
export const builtExtension: Readonly<Record<BrowserName, string>> = {
  chromium: `${output}chrome-mv3`,
  firefox: `${output}firefox-mv3`,
};

/** Starts a browser without a window on an empty profile, the built extension loaded. */
export async function openBrowser(
  name: BrowserName,
  options: { readonly language?: string; readonly extensionDir?: string } = {},
): Promise<Driver> {
  const executablePath = await findBrowser(name);
  if (executablePath === null) throw new Error(`no ${name} here: node test/browser/install.ts brings it`);
  const extensionDir = options.extensionDir ?? builtExtension[name];
  if (!existsSync(extensionDir)) throw new Error(`no extension in ${extensionDir}: npm run build makes it`);
  const language = options.language ?? 'en';
  const open = name === 'chromium' ? openChromium : openFirefox;
  return open({ executablePath, extensionDir, language });
}
