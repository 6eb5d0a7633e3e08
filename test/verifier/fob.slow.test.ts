import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from './fixture.ts';
import { pskcFile } from './hardware/writer.ts';
import { oathtoolCodes } from './oathtool.ts';
import { prepare, run } from './processes.ts';

const at = '2026-11-21T09:00:47+09:00';
const atMs = Date.parse(at);

describe('fob', () => {
  test.each([
    { algorithm: 'SHA1', digits: 6, periodSeconds: 60, remainingSeconds: 13 },
    { algorithm: 'SHA256', digits: 8, periodSeconds: 30, remainingSeconds: 13 },
    { algorithm: 'SHA512', digits: 7, periodSeconds: 60, remainingSeconds: 13 },
  ] as const)('shows the code of oathtool for a seed: $algorithm, $digits digits, $periodSeconds s', async (kind) => {
    const { remainingSeconds, ...parameters } = kind;
    const seed = randomBytes(32);
    const [code = ''] = await oathtoolCodes(seed, parameters, atMs);
    const { algorithm, digits, periodSeconds } = parameters;
    const options = ['--algorithm', algorithm, '--digits', String(digits), '--period', String(periodSeconds)];
    const args = ['fob', '--secret', seed.toString('hex'), ...options, '--at', at];
    const json = await run(temporaryFolder(), [...args, '--json']);
    expect(JSON.parse(json.out)).toEqual({ serial: null, code, remainingSeconds, ...parameters });
    const line = await run(temporaryFolder(), args);
    const half = Math.floor(digits / 2);
    expect(line.out).toBe(`${code.slice(0, half)} ${code.slice(half)}  [0:13]\n`);
  });

  test('finds a serial of hardware make with the key that lies beside the file, without any database', async () => {
    const folder = temporaryFolder();
    const make = ['hardware', 'make', '--count', '3', '--key-output', 'hardware-tokens.pskc.key'];
    expect((await run(folder, make)).status).toBe(0);
    const file = readFileSync(join(folder, 'hardware-tokens.pskc.xml'), 'utf8');
    const serial = [...file.matchAll(/<SerialNo>(\d+)</g)].at(-1)?.[1] ?? '';
    const beside = await run(folder, ['fob', serial, '--at', at]);
    expect([beside.status, beside.out]).toEqual([0, expect.stringMatching(/^\d{10} {2}\d{3} \d{3} {2}\[0:13\]\n$/)]);
    renameSync(join(folder, 'hardware-tokens.pskc.key'), join(folder, 'box.key'));
    const named = await run(folder, ['fob', serial, '--key-file', 'box.key', '--at', at]);
    expect(named.out).toBe(beside.out);
    const closed = await run(folder, ['fob', serial, '--at', at]);
    expect([closed.status, closed.err]).toEqual([1, expect.stringMatching(/暗号化されています[\s\S]*give its key/)]);
    const wrong = await run(folder, ['fob', serial, '--key', '00'.repeat(32), '--at', at]);
    expect([wrong.status, wrong.out]).toEqual([1, '']);
  });

  test('takes an encrypted file of another writer, full-width serials, and shows what oathtool shows', async () => {
    const folder = temporaryFolder();
    const seed = randomBytes(20);
    const { text, key } = pskcFile([{ serial: '00123456', seed }], { scheme: 'aes256-cbc', mac: 'sha256' });
    writeFileSync(join(folder, 'box.xml'), text);
    const kind = { algorithm: 'SHA1', digits: 6, periodSeconds: 60 } as const;
    const [code] = await oathtoolCodes(seed, kind, atMs);
    const args = ['fob', '００１２ ３４５６', '--file', 'box.xml', '--key', key, '--at', at, '--json'];
    expect(JSON.parse((await run(folder, args)).out)).toMatchObject({ serial: '00123456', code });
  });

  test('never reads the store: a token that came into stock is not found without its file', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    writeFileSync(join(folder, 'box.csv'), `10000001,${randomBytes(20).toString('hex')}\n`);
    expect((await run(folder, ['hardware', 'import', 'box.csv'])).status).toBe(0);
    const alone = await run(folder, ['fob', '10000001', '--once']);
    expect([alone.status, alone.out, alone.err]).toEqual([1, '', expect.stringMatching(/--file[\s\S]*--file/)]);
    expect((await run(folder, ['fob', '10000001', '--file', 'box.csv', '--once'])).status).toBe(0);
    const other = await run(folder, ['fob', '99999999', '--file', 'box.csv', '--once']);
    expect([other.status, other.err]).toEqual([1, expect.stringMatching(/ありません[\s\S]*no token with this serial/)]);
  });

  test('is called in a wrong way: status 2, and the seed is in no message', async () => {
    const folder = temporaryFolder();
    const short = 'deadbeef00';
    for (const args of [
      [],
      ['1', '2'],
      ['--secret', short],
      ['--secret', `${short}!`],
      ['1', '--secret', 'a0'.repeat(16)],
      ['1', '--digits', '8'],
      ['1', '--at', 'noon'],
    ]) {
      const ended = await run(folder, ['fob', ...args]);
      expect([args, ended.status]).toEqual([args, 2]);
      expect(ended.out + ended.err).not.toContain(short);
    }
  });

  // script(1) as Linux has it gives a command a terminal of its own.
  test.runIf(process.platform === 'linux')(
    'counts down on a terminal until Ctrl-C, then leaves a clean line',
    async () => {
      const cli = new URL('../../verifier/cli.ts', import.meta.url).pathname;
      const command = `${process.execPath} ${cli} fob --secret ${'a0'.repeat(16)}`;
      const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
      onTestFinished(() => void child.kill('SIGKILL'));
      let shown = '';
      let stopped = false;
      for await (const text of child.stdout.setEncoding('utf8')) {
        shown += text;
        const clocks = new Set(shown.match(/\[\d:\d\d\]/g));
        // As a person does, once it was seen to count.
        if (clocks.size < 3 || stopped) continue;
        stopped = true;
        child.stdin.write('\x03');
      }
      expect(shown.replace('^C', '').endsWith('\r\x1b[K')).toBe(true);
      expect(shown).toMatch(/\d{3} \d{3}/);
    },
  );
});
