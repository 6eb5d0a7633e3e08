/**
 * The packages for the stores: `npm run package`. Two of what was built, and the sources that AMO builds again; the same
 * source gives the same bytes, in whatever folder.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { zip } from './zip.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = join(root, 'extension/.output');

/** Files of these paths and below, by path from `base`. What begins with a dot is of the tools, not of the source. */
function read(base: string, paths: readonly string[]): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const add = (path: string) => files.set(relative(base, path).replaceAll('\\', '/'), readFileSync(path));
  const walk = (path: string) => {
    if (!statSync(path).isDirectory()) return void add(path);
    for (const name of readdirSync(path)) if (!/^\.|^node_modules$/.test(name)) walk(join(path, name));
  };
  for (const path of paths) walk(join(base, path));
  return files;
}

const sources = ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'LICENSE', 'extension', 'shared'];
const packages = {
  chrome: read(join(output, 'chrome-mv3'), ['.']),
  firefox: read(join(output, 'firefox-mv3'), ['.']),
  sources: read(root, sources),
};
for (const [name, files] of Object.entries(packages)) {
  const path = join(output, `shirushi-${packageJson.version}-${name}.zip`);
  const bytes = zip(files);
  writeFileSync(path, bytes);
  console.log(`${relative(root, path)}  ${(bytes.length / 1024).toFixed(1)} KB`);
}
