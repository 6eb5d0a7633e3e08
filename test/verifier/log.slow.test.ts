import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from './fixture.ts';
import { serve, serveInto } from './processes.ts';

/** The first line with this text that a reader hears from now on. */
function heard(stream: Readable, text: string): Promise<string> {
  return new Promise((resolve) => {
    let begun = '';
    stream.on('data', (data) => {
      const lines = `${begun}${data}`.split('\n');
      begun = lines.pop() ?? '';
      const line = lines.find((one) => one.includes(text));
      if (line !== undefined) resolve(line);
    });
    stream.resume();
  });
}

test('a log that nobody reads is dropped past its bound; whoever reads again hears how many lines are missing', async () => {
  const running = await serve(temporaryFolder());
  const out = running.child.stdout as Readable;
  out.removeAllListeners('data');
  out.pause();
  // A line has about 170 characters: more than the bound of 16 MB and what the system holds.
  const load = await autocannon({ url: `${running.url}/healthz`, connections: 64, amount: 130_000 });
  expect(load['2xx']).toBe(130_000);
  const line = await heard(out, 'lines of this log were dropped');
  expect(JSON.parse(line).lines).toBeGreaterThan(1_000);
  expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  expect(await running.end()).toBe(0);
});

/** Longer than lines of a log wait before they are written. */
const flushMs = 1_000;

// Only Linux has a device that is always full, and room that can be taken from a process and given back.
const onLinux = test.runIf(process.platform === 'linux');

onLinux('a verifier whose log finds no room answers, and ends on SIGTERM with status 0', async () => {
  const running = await serveInto('/dev/full', temporaryFolder());
  for (let i = 0; i < 3; i++) {
    await sleep(flushMs);
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  }
  expect(await running.end()).toBe(0);
});

onLinux('a verifier whose log finds no room ends too where its database does not let it end well', async () => {
  const folder = temporaryFolder();
  const running = await serveInto('/dev/full', folder);
  const other = new DatabaseSync(join(folder, 'data', 'verifier.sqlite'));
  onTestFinished(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  expect(await running.end()).toBe(0);
});

onLinux('lines that found no room are written once there is some', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'verifier.log');
  writeFileSync(path, '');
  // Beyond all that the process writes elsewhere, and made of nothing.
  const begin = 2 ** 28;
  truncateSync(path, begin);
  const running = await serveInto(path, folder);
  const room = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(running.child.pid), `--fsize=${bytes}:unlimited`]);
  const size = () => statSync(path).size;
  await sleep(flushMs);
  const before = size();
  expect(before).toBeGreaterThan(begin);

  room(begin);
  for (let i = 0; i < 3; i++) {
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
    await sleep(flushMs);
  }
  expect(size()).toBe(before);
  room('unlimited');
  await vi.waitFor(() => expect(size()).toBeGreaterThan(before), { timeout: 10_000 });
  expect(await running.end()).toBe(0);
  const lines = Buffer.alloc(size() - before);
  const file = openSync(path, 'r');
  readSync(file, lines, 0, lines.length, before);
  closeSync(file);
  const told = lines
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(told.filter(({ route }) => route === '/healthz')).toHaveLength(3);
  expect(told.at(-1).msg).toBe('ended');
});
