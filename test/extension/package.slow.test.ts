import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { zip } from '../../extension/zip.ts';
import packageJson from '../../package.json' with { type: 'json' };

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(name: string): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'shirushi-package-')), name);
  folders.push(folder);
  mkdirSync(folder);
  return folder;
}

/** Packs in a folder that holds the sources; the packages by name. */
function pack(folder: string): Record<'chrome' | 'firefox' | 'sources', Buffer> {
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  execFileSync('npm', ['run', 'package'], { cwd: folder, stdio: 'pipe' });
  const read = (name: string) =>
    readFileSync(join(folder, `extension/.output/shirushi-${packageJson.version}-${name}.zip`));
  return { chrome: read('chrome'), firefox: read('firefox'), sources: read('sources') };
}

/** Entries of an archive without a comment, by path. */
function unzip(bytes: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(bytes.length - 6);
  for (let left = bytes.readUInt16LE(bytes.length - 12); left > 0; left--) {
    const [method, size, nameLength] = [
      bytes.readUInt16LE(at + 10),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt16LE(at + 28),
    ];
    const path = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const start = bytes.readUInt32LE(at + 42) + 30 + nameLength;
    const data = bytes.subarray(start, start + size);
    files.set(path, method === 8 ? inflateRawSync(data) : Buffer.from(data));
    at += 46 + nameLength;
  }
  return files;
}

test('an archive does not depend on the order in which its files were found', () => {
  const files = [
    ['b/ü.txt', Buffer.from('b'.repeat(1000))],
    ['a.txt', Buffer.from('a')],
  ] as const;
  const archive = zip(new Map(files));
  expect(zip(new Map(files.toReversed()))).toEqual(archive);
  expect([...unzip(archive)]).toEqual(files.toReversed());
});

test('the packages are the same bytes wherever they are made, and AMO’s sources make the same Firefox package', () => {
  const first = newFolder('first');
  for (const path of [
    'package.json',
    'package-lock.json',
    '.npmrc',
    'tsconfig.json',
    'LICENSE',
    'shared',
    'extension',
  ]) {
    cpSync(path, join(first, path), { recursive: true, filter: (from) => !/\/\.(output|wxt)$/.test(from) });
  }
  const packages = pack(first);
  const second = newFolder('quite another place');
  for (const [path, content] of unzip(packages.sources)) {
    mkdirSync(join(second, path, '..'), { recursive: true });
    writeFileSync(join(second, path), content);
  }
  const again = pack(second);
  expect(again.firefox.equals(packages.firefox)).toBe(true);
  expect(again.chrome.equals(packages.chrome)).toBe(true);
  expect(again.sources.equals(packages.sources)).toBe(true);
  expect(packages.chrome.length).toBeLessThanOrEqual(150 * 1024);
  expect(unzip(packages.chrome).get('manifest.json')).toBeDefined();
  const built = readdirSync(join(first, 'extension/.output/firefox-mv3'), { recursive: true, withFileTypes: true });
  expect(unzip(packages.firefox).size).toBe(built.filter((entry) => entry.isFile()).length);
});
