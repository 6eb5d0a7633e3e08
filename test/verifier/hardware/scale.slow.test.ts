import { execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../fixture.ts';
import { prepare, run } from '../processes.ts';
import { attacks } from './attacks.ts';

const measure = new URL('./measure.ts', import.meta.url).pathname;
const cli = new URL('../../../verifier/cli.ts', import.meta.url).pathname;

interface Cost {
  readonly reasons: readonly string[];
  /** Of processor time, which other work on the machine does not stretch. */
  readonly ms: number;
  /** Beyond what the process had before it opened the file. */
  readonly grownMb: number;
}

function costOf(args: readonly string[]): Promise<Cost> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [measure, ...args], (error, out) =>
      error === null ? resolve(JSON.parse(out)) : reject(error),
    );
  });
}

test('each hostile file is refused in under a second of processor time and under 100 MB', async () => {
  const folder = temporaryFolder();
  let slowest = 0;
  let largest = 0;
  for (const { name, bytes, reason, material } of attacks) {
    writeFileSync(join(folder, 'file'), bytes);
    writeFileSync(join(folder, 'material.json'), JSON.stringify(material ?? {}));
    const cost = await costOf([join(folder, 'file'), join(folder, 'material.json')]);
    expect([name, [reason].flat().includes(cost.reasons.at(-1) as never)]).toEqual([name, true]);
    expect([name, cost.ms < 1_000, cost.grownMb < 100, cost]).toEqual([name, true, true, cost]);
    slowest = Math.max(slowest, cost.ms);
    largest = Math.max(largest, cost.grownMb);
  }
  console.log(`${attacks.length} hostile files: at most ${slowest} ms and ${largest} MB each`);
});

/** The command's end and the most memory it had, by the system's own record. */
function importing(
  folder: string,
  args: readonly string[],
): Promise<{ status: number | null; out: string; peakMb: number; ms: number }> {
  const peak = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS))`;
  writeFileSync(join(folder, 'peak.mjs'), peak);
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const options = {
      cwd: folder,
      env: { PATH: process.env.PATH, DATA_DIR: join(folder, 'data') },
      maxBuffer: 64 * 1024 * 1024,
    };
    const call = ['--import', join(folder, 'peak.mjs'), cli, 'hardware', 'import', ...args];
    const child = execFile(process.execPath, call, options, (_, out, err) => {
      const peakMb = Number(/peak (\d+)/.exec(err)?.[1]) / 1024;
      resolve({ status: child.exitCode, out, peakMb, ms: performance.now() - startedMs });
    });
  });
}

function tokenCount(folder: string): number {
  const database = new DatabaseSync(join(folder, 'data', 'verifier.sqlite'));
  try {
    return Number(database.prepare('SELECT count(*) AS n FROM tokens').get()?.n);
  } finally {
    database.close();
  }
}

test('100,000 keys of one encrypted file: killed half way nothing is there, then all of them in flat memory', async () => {
  const folder = temporaryFolder();
  await prepare(folder);
  const count = 100_000;
  const made = await run(folder, [
    'hardware',
    'make',
    '--count',
    String(count),
    '--format',
    'pskc',
    '--output',
    'box.xml',
    '--json',
  ]);
  const { key } = JSON.parse(made.out);

  const env = { PATH: process.env.PATH, DATA_DIR: join(folder, 'data') };
  const victim = spawn(process.execPath, [cli, 'hardware', 'import', 'box.xml', '--key', key], { cwd: folder, env });
  const ended = new Promise((resolve) => victim.once('exit', resolve));
  // Rows are on their way as soon as the write-ahead log grows.
  const log = new DatabaseSync(join(folder, 'data', 'verifier.sqlite'));
  for (;;) {
    const busy = (() => {
      try {
        log.exec('BEGIN IMMEDIATE; ROLLBACK');
        return false;
      } catch {
        return true;
      }
    })();
    if (busy) break;
    await setTimeout(20);
  }
  log.close();
  await setTimeout(300);
  victim.kill('SIGKILL');
  await ended;
  expect(tokenCount(folder)).toBe(0);

  const { status, out, peakMb, ms } = await importing(folder, ['box.xml', '--key', key, '--json']);
  expect([status, JSON.parse(out).accepted.length, tokenCount(folder)]).toEqual([0, count, count]);
  console.log(`${count} keys: ${(ms / 1000).toFixed(1)} s, peak ${Math.round(peakMb)} MB`);
  expect(peakMb).toBeLessThan(256);
  const again = await importing(folder, ['box.xml', '--key', key, '--json']);
  expect([again.status, tokenCount(folder)]).toEqual([1, count]);
  expect(again.peakMb).toBeLessThan(300);
});
