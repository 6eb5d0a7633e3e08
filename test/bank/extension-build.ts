import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserName } from '../browser/install.ts';
import { builtExtension } from '../browser/open.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const wxt = join(root, 'node_modules/wxt/bin/wxt.mjs');

/** What the built extension is made of. */
export const extensionSources: readonly string[] = ['extension', 'shared', 'package.json'];

function newestChangeMs(path: string): number {
  const about = statSync(path);
  if (!about.isDirectory()) return about.mtimeMs;
  const inside = readdirSync(path)
    .filter((name) => !name.startsWith('.'))
    .map((name) => newestChangeMs(join(path, name)));
  return Math.max(0, ...inside);
}

export function isExtensionUpToDate(browser: BrowserName): boolean {
  const manifest = join(builtExtension[browser], 'manifest.json');
  if (!existsSync(manifest)) return false;
  const changedMs = Math.max(...extensionSources.map((path) => newestChangeMs(join(root, path))));
  return statSync(manifest).mtimeMs > changedMs;
}

/** Builds the extension for a browser; throws with what the build said where it fails. */
export async function buildExtension(browser: BrowserName): Promise<void> {
  const target = browser === 'chromium' ? 'chrome' : 'firefox';
  const child = spawn(process.execPath, [wxt, 'build', 'extension', '-b', target], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new Error(`the extension could not be built:\n${said.trim()}`);
}
