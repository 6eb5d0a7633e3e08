import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixture.ts';
import { prepare, run } from '../processes.ts';
import { pskcFile } from './writer.ts';

const seed = Buffer.from('seed that must not show, ever..');
const hex = seed.toString('hex');

function tokenCount(folder: string): number {
  const database = new DatabaseSync(join(folder, 'data', 'verifier.sqlite'));
  try {
    return Number(database.prepare('SELECT count(*) AS n FROM tokens').get()?.n);
  } finally {
    database.close();
  }
}

describe('hardware make', () => {
  test('writes a file that imports with the key that is shown once', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    const made = await run(folder, [
      'hardware',
      'make',
      '--count',
      '25',
      '--format',
      'pskc',
      '--output',
      'box.xml',
      '--json',
    ]);
    const { file, count, key } = JSON.parse(made.out);
    expect([made.status, file, count, key.length]).toEqual([0, 'box.xml', 25, 64]);
    expect(statSync(join(folder, 'box.xml')).mode & 0o777).toBe(0o600);
    const imported = await run(folder, ['hardware', 'import', 'box.xml', '--key', key, '--json']);
    const report = JSON.parse(imported.out);
    expect([imported.status, report.accepted.length, report.refused]).toEqual([0, 25, []]);
    expect(new Set(report.accepted).size).toBe(25);
    for (const serial of report.accepted) expect(serial).toMatch(/^[0-9]{10}$/);
    expect(tokenCount(folder)).toBe(25);
  });

  test('writes the key beside it for its owner alone, and writes over nothing', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    const args = ['hardware', 'make', '--count', '2', '--format', 'pskc', '--algorithm', 'sha256', '--digits', '8'];
    const made = await run(folder, [...args, '--period', '30', '--output', 'a.xml', '--key-output', 'a.key']);
    const key = readFileSync(join(folder, 'a.key'), 'utf8').trim();
    expect([made.status, key.length, statSync(join(folder, 'a.key')).mode & 0o777]).toEqual([0, 64, 0o600]);
    expect(made.out + made.err).not.toContain(key);
    const again = await run(folder, [...args, '--output', 'a.xml']);
    expect([again.status, again.err]).toEqual([1, expect.stringMatching(/すでにあります[\s\S]*exists already/)]);
    for (const [output, keyOutput, named] of [
      ['b.xml', 'a.key', 'a.key'],
      ['b.xml', 'missing/b.key', 'missing/b.key'],
      ['a.xml', 'b.key', 'a.xml'],
    ] as const) {
      const half = await run(folder, [...args, '--output', output, '--key-output', keyOutput]);
      expect([half.status, half.err]).toEqual([1, expect.stringContaining(named)]);
      expect(['b.xml', 'b.key'].filter((name) => existsSync(join(folder, name)))).toEqual([]);
    }
    expect((await run(folder, ['hardware', 'import', 'a.xml', '--key-file', 'a.key'])).status).toBe(0);
    const database = new DatabaseSync(join(folder, 'data', 'verifier.sqlite'));
    const rows = database.prepare('SELECT DISTINCT algorithm, digits, period_seconds FROM tokens').all();
    database.close();
    expect(rows).toEqual([{ algorithm: 'SHA256', digits: 8, period_seconds: 30 }]);
  });
});

describe('hardware import', () => {
  test('tells in both languages what came in and what did not, and keeps seeds and keys to itself', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    const tokens = [
      { serial: '10000001', seed },
      { serial: '123', seed },
    ];
    const { text, key } = pskcFile(tokens, { scheme: 'aes256-cbc', mac: 'sha256' });
    writeFileSync(join(folder, 'box.xml'), text);
    const call = (...more: string[]) => run(folder, ['hardware', 'import', 'box.xml', '--key', key, ...more]);
    const refused = await call();
    expect([refused.status, tokenCount(folder)]).toEqual([1, 0]);
    expect(refused.out).toMatch(/2\s+123\s+serialPattern\s+シリアル番号.*the serial does not have/);
    expect(refused.out).toMatch(/held back/);
    const dry = await call('--partial', '--dry-run', '--json');
    expect([dry.status, tokenCount(folder), JSON.parse(dry.out).accepted]).toEqual([1, 0, ['10000001']]);
    const partial = await call('--partial');
    expect([partial.status, tokenCount(folder)]).toEqual([1, 1]);
    for (const { out, err } of [refused, dry, partial]) {
      for (const secret of [key, hex, seed.toString('base64'), seed.toString()])
        expect(out + err).not.toContain(secret);
    }
    const database = readFileSync(join(folder, 'data', 'verifier.sqlite'));
    for (const secret of [seed, Buffer.from(hex), Buffer.from(key, 'hex')])
      expect(database.includes(secret)).toBe(false);
  });

  test('is called in a wrong way: status 2; a file that cannot be read: status 1', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    writeFileSync(join(folder, 'box.csv'), `10000001,${hex}\n`);
    const status = async (...args: string[]) => (await run(folder, ['hardware', 'import', ...args])).status;
    expect(await status()).toBe(2);
    expect(await status('box.csv', '--key', 'xyz')).toBe(2);
    expect(await status('box.csv', '--key', '00', '--password', 'x')).toBe(2);
    expect(await status('box.csv', '--allow', 'everything')).toBe(2);
    expect(await status('box.csv', '--private-key', 'box.csv')).toBe(2);
    expect(await status('nothing.csv')).toBe(1);
    expect(await status('box.csv', '--institution', '9999')).toBe(1);
    expect(await status('/dev/zero')).toBe(1);
    expect(await status('data')).toBe(1);
    expect(tokenCount(folder)).toBe(0);
    expect(await status('box.csv')).toBe(0);
  });

  // script(1) as Linux has it gives a command a terminal of its own.
  test.runIf(process.platform === 'linux')(
    'draws on a terminal how far it is, and leaves no trace of that beside what it says at the end',
    async () => {
      const folder = temporaryFolder();
      await prepare(folder);
      const { text, key } = pskcFile([{ serial: '10000001', seed }], { scheme: 'aes256-cbc', mac: 'sha256' });
      writeFileSync(join(folder, 'cut.xml'), text.slice(0, text.indexOf('</KeyContainer>')));
      writeFileSync(join(folder, 'box.xml'), text);
      const cli = new URL('../../../verifier/cli.ts', import.meta.url).pathname;
      const env = { PATH: process.env.PATH, DATA_DIR: join(folder, 'data'), NO_COLOR: '1' };
      for (const [file, status, said] of [
        ['cut.xml', 1, '0 件'],
        ['box.xml', 0, '1 件'],
      ] as const) {
        const command = `${process.execPath} ${cli} hardware import ${file} --key ${key}`;
        const shown = await new Promise<string>((resolve) => {
          const child = execFile('script', ['-qec', command, '/dev/null'], { cwd: folder, env }, (_, out) =>
            resolve(`${child.exitCode} ${out}`),
          );
          child.stdin?.end();
        });
        const [bar, end] = shown.split('\r\x1b[K');
        expect([file, bar?.endsWith(`\r  ${'█'.repeat(30)} 100 %`)]).toEqual([file, true]);
        expect([file, bar?.slice(0, 1), end?.slice(0, said.length)]).toEqual([file, String(status), said]);
      }
    },
  );

  test('refuses a file of 2 GB without reading it', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    writeFileSync(join(folder, 'box.xml'), '<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc">');
    truncateSync(join(folder, 'box.xml'), 2 ** 31);
    const { status, out } = await run(folder, ['hardware', 'import', 'box.xml', '--json']);
    expect([status, JSON.parse(out).refused]).toEqual([1, [{ serial: null, record: null, reason: 'tooLarge' }]]);
  });
});
