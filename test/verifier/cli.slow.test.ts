import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { addUser, institutionFile, issue, temporaryFolder } from './fixture.ts';
import { benchOf, prepare, run, runInto, serve } from './processes.ts';

/** One or two lines in Japanese and English, no stack trace. */
function expectClear(err: string, english: RegExp): void {
  expect(err).toMatch(english);
  expect(err).toMatch(/[ぁ-ん]/);
  expect(err).not.toMatch(/\n\s+at |node:|\.ts:/);
  expect(err.trim().split('\n').length).toBeLessThanOrEqual(2);
}

describe('serve', () => {
  test('with PORT=0 listens where its log says, and ends on SIGTERM and SIGINT with status 0', async () => {
    const folder = temporaryFolder();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const server = await serve(folder);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
      expect(await server.end(signal)).toBe(0);
      for (const line of server.out().trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
      expect(readdirSync(join(folder, 'data')).filter((name) => name.endsWith('-wal'))).toEqual([]);
    }
  });

  test('warns where its mails would name the address that it listens on, and not where PUBLIC_URL is set', async () => {
    const SMTP_URL = 'smtp://mail.example';
    const warnings = async (more: Record<string, string>) => {
      const server = await serve(temporaryFolder(), { SMTP_URL, ...more });
      await server.end();
      const lines = server.out().trim().split('\n');
      return lines.map((line) => JSON.parse(line)).flatMap(({ level, publicUrl }) => (level === 40 ? [publicUrl] : []));
    };
    expect(await warnings({})).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:[0-9]+$/)]);
    expect(await warnings({ PUBLIC_URL: 'https://otp.example' })).toEqual([]);
  });

  test('ends without a word more where a request outlives the time that it gets', async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const { promise: mailing, resolve: begin } = Promise.withResolvers<void>();
    const mails = createServer((socket) => {
      socket.write('220 mail.example\r\n');
      socket.once('data', async () => {
        begin();
        // A server that is slow, and says so in time.
        const slow = setInterval(() => socket.write('250-slow\r\n'), 3_000);
        await ended;
        clearInterval(slow);
        socket.on('data', (text) => socket.write(/^DATA/.test(`${text}`) ? '354 go on\r\n' : '250 done\r\n'));
        socket.write('250 slow\r\n');
      });
      socket.on('error', () => {});
    });
    mails.listen(0, '127.0.0.1');
    await once(mails, 'listening');
    onTestFinished(() => void mails.close());
    const folder = temporaryFolder();
    const apiKey = await prepare(folder);
    const SMTP_URL = `smtp://127.0.0.1:${(mails.address() as AddressInfo).port}`;
    const server = await serve(folder, { SMTP_URL, PUBLIC_URL: 'https://otp.example' });
    const at = benchOf(() => server.url, apiKey);
    await addUser(at);
    const answer = expect(issue(at)).rejects.toThrow();
    await mailing;
    server.child.stdout?.on('data', (text) => {
      if (`${text}`.includes('"msg":"ended"')) end();
    });
    expect(await server.end()).toBe(0);
    await answer;
    for (const line of server.out().trim().split('\n')) expect(() => JSON.parse(line), line).not.toThrow();
  });

  test('ends with status 0 too where nobody reads its lines any more', async () => {
    const server = await serve(temporaryFolder());
    server.child.stdout?.destroy();
    expect(await server.end()).toBe(0);
  });

  test('ends with status 0 too where it found out long before that nobody reads its lines', async () => {
    const folder = temporaryFolder();
    const server = await serve(folder);
    server.child.stdout?.destroy();
    // More than may wait, so that lines are written at once.
    for (let i = 0; i < 100; i++) expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    await sleep(1_000);
    expect(await server.end()).toBe(0);
    expect(readdirSync(join(folder, 'data')).filter((name) => name.endsWith('-wal'))).toEqual([]);
  });

  test('keeps database, key file and outbox to their owner', async () => {
    const folder = temporaryFolder();
    const apiKey = await prepare(folder);
    const server = await serve(folder);
    const at = benchOf(() => server.url, apiKey);
    await addUser(at);
    expect((await issue(at)).body.mail).toBe('sent');
    // The log and the answer come by two ways, in no order.
    await vi.waitFor(() => expect(server.out()).toContain('mail written to the outbox'), { timeout: 30_000 });
    const modeOf = (...path: string[]) => statSync(join(folder, 'data', ...path)).mode & 0o777;
    const [mail = ''] = readdirSync(join(folder, 'data', 'outbox'));
    expect([
      modeOf(),
      modeOf('keyring.json'),
      modeOf('verifier.sqlite'),
      modeOf('outbox'),
      modeOf('outbox', mail),
    ]).toEqual([0o700, 0o600, 0o600, 0o700, 0o600]);
  });

  test('finishes answers in flight before it ends', async () => {
    const folder = temporaryFolder();
    const apiKey = await prepare(folder);
    const server = await serve(folder);
    const at = benchOf(() => server.url, apiKey);
    await addUser(at);
    const user = JSON.stringify({
      contractId: 'C-1',
      name: 'x',
      role: 'general',
      confirmationPassword: 'takes a derivation',
    });
    // Somebody else writes, so that what is in flight stays in flight.
    const other = new DatabaseSync(join(folder, 'data', 'verifier.sqlite'));
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    let answered = 0;
    const puts = Array.from({ length: 8 }, () => {
      const headers = {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        expect: '100-continue',
      };
      const put = request(`${server.url}/v1/users/hanako`, { method: 'PUT', headers });
      const taken = once(put, 'continue');
      const status = once(put, 'response').then(([answer]) => {
        answered += 1;
        return answer.resume().statusCode;
      });
      put.flushHeaders();
      return { put, taken, status };
    });
    await Promise.all(puts.map(({ taken }) => taken));
    for (const { put } of puts) put.end(user);
    const ended = server.end();
    await vi.waitFor(() => expect(server.out()).toContain('"msg":"ending"'), { timeout: 30_000 });
    expect(answered).toBe(0);
    other.exec('COMMIT');
    expect(await Promise.all(puts.map(({ status }) => status))).toEqual(puts.map(() => 200));
    expect(await ended).toBe(0);
  });

  test('answers a load balancer that asks in HTTP/1.0 and names no host', async () => {
    const folder = temporaryFolder();
    const server = await serve(folder);
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.end('GET /healthz HTTP/1.0\r\n\r\n');
    const answer = (await socket.toArray()).join('');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/\r\n\r\n\{"alive":true\}$/);
  });

  test('answers what is no request with problem details', async () => {
    const { url } = await serve(temporaryFolder());
    for (const bytes of ['FOO / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n']) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
      let answer = '';
      for await (const part of socket) answer += part;
      expect(answer).toContain('content-type: application/problem+json\r\n');
      expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status: 400, code: 'malformed' });
    }
  });

  test('answers a body of 10 MB with 413 and goes on, also where its length is not declared', async () => {
    const server = await serve(temporaryFolder());
    const post = (init: RequestInit & { duplex?: 'half' }) =>
      fetch(`${server.url}/v1/provisioning`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        ...init,
      });
    for (let i = 0; i < 10; i++) {
      const answer = await post({ body: 'x'.repeat(10_000_000) });
      expect([answer.status, (await answer.json()).code]).toEqual([413, 'tooLarge']);
    }
    const stream = new Blob(['x'.repeat(10_000_000)]).stream();
    expect((await post({ body: stream, duplex: 'half' })).status).toBe(413);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  test('says so in one line when the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { status, err } = await run(temporaryFolder(), ['serve'], { PORT: String(port) });
    other.close();
    expect(status).toBe(1);
    expectClear(err, new RegExp(`127.0.0.1:${port}.*PORT`));
  });

  test('says so when the data folder cannot be written', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'data'), 'a file where the folder should be');
    const { status, err } = await run(folder, ['serve']);
    expect(status).toBe(1);
    expectClear(err, /cannot be written.*DATA_DIR/);
    expect(readFileSync(join(folder, 'data'), 'utf8')).toBe('a file where the folder should be');
  });

  // Only Linux has a file system that refuses folders as if those above were missing.
  test.runIf(process.platform === 'linux')('says so at once where no folder can be made', async () => {
    const { status, err } = await run(temporaryFolder(), ['key', 'list'], { DATA_DIR: '/proc/shirushi/data' });
    expect(status).toBe(1);
    expectClear(err, /cannot be written.*DATA_DIR/);
  });

  test('refuses a database of a newer version and does not change it', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    const path = join(folder, 'data', 'verifier.sqlite');
    const database = new DatabaseSync(path);
    database.exec('INSERT INTO schema_versions VALUES (999, 0)');
    database.close();
    const before = readFileSync(path);
    for (const args of [['serve'], ['key', 'list'], ['institution', 'apply', 'institution.json']]) {
      const { status, err } = await run(folder, args);
      expect(status).toBe(1);
      expectClear(err, /made by a newer version/);
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('refuses a file that is no database', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'verifier.sqlite'), 'this is a text and not a database '.repeat(100));
    const { status, err } = await run(folder, ['serve']);
    expect(status).toBe(1);
    expectClear(err, /cannot be opened/);
  });

  test('refuses a missing, foreign or broken key file and changes nothing', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    await (await serve(folder)).end();
    const keyring = join(folder, 'data', 'keyring.json');
    const other = temporaryFolder();
    await (await serve(other)).end();
    renameSync(keyring, `${keyring}.away`);

    const missing = await run(folder, ['serve']);
    expect(missing.status).toBe(1);
    expectClear(missing.err, /key file .* is missing/);
    expect(existsSync(keyring)).toBe(false);

    copyFileSync(join(other, 'data', 'keyring.json'), keyring);
    const foreign = await run(folder, ['serve']);
    expect(foreign.status).toBe(1);
    expectClear(foreign.err, /belongs to another database/);

    writeFileSync(keyring, '{}');
    const broken = await run(folder, ['serve']);
    expect(broken.status).toBe(1);
    expectClear(broken.err, /cannot be read as a key file/);

    renameSync(`${keyring}.away`, keyring);
    expect(await (await serve(folder)).end()).toBe(0);
  });

  test('names every wrong setting at once, without its value', async () => {
    const more = {
      PORT: 'seventy',
      SMTP_URL: 'secret-value',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://u:secret-value@h/d',
    };
    const { status, err } = await run(temporaryFolder(), ['serve'], more);
    expect(status).toBe(1);
    for (const name of Object.keys(more)) expect(err).toContain(name);
    expectClear(err, /PORT/);
    expect(err).not.toContain('secret-value');
  });
});

describe('institution apply', () => {
  test('shows what changes, applies it, and with --dry-run only shows it', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    const file = institutionFile({ lockout: { afterFailures: 3 } });
    writeFileSync(join(folder, 'new.json'), JSON.stringify(file));
    const apply = (...more: string[]) => run(folder, ['institution', 'apply', 'new.json', '--json', ...more]);
    const changes = [{ path: 'lockout.afterFailures', before: '5', after: '3' }];
    for (const [more, expected] of [
      [['--dry-run'], { applied: false, changes }],
      [[], { applied: true, changes }],
      [[], { applied: false, changes: [] }],
    ] as const) {
      const { status, out } = await apply(...more);
      expect([status, JSON.parse(out)]).toEqual([0, { serviceId: '1001', new: false, ...expected }]);
    }
  });

  test('refuses a wrong file with the path of each wrong value and applies nothing', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    const wrong = institutionFile({
      otp: { digits: 9 },
      timeZone: 'Mars/Base',
      surprise: 1,
      lockout: { afterFailures: 1 },
    });
    writeFileSync(join(folder, 'wrong.json'), JSON.stringify(wrong));
    const { status, err } = await run(folder, ['institution', 'apply', 'wrong.json']);
    expect(status).toBe(1);
    for (const path of ['otp.digits', 'timeZone', 'surprise']) expect(err).toContain(path);
    const json = await run(folder, ['institution', 'apply', 'wrong.json', '--json']);
    expect(json.status).toBe(1);
    expect(JSON.parse(json.out).problems.map((problem: { path: string }) => problem.path)).toEqual(
      expect.arrayContaining(['otp.digits', 'timeZone', 'surprise']),
    );
    const again = await run(folder, ['institution', 'apply', 'institution.json', '--json']);
    expect(JSON.parse(again.out).changes).toEqual([]);
    for (const file of ['missing.json', 'wrong.json']) {
      expect((await run(folder, ['institution', 'apply', file])).status).toBe(1);
    }
  });
});

describe('key', () => {
  test('create, list and revoke; --institution may be left out while there is only one', async () => {
    const folder = temporaryFolder();
    expect((await run(folder, ['key', 'create', '--scope', 'bank'])).status).toBe(1);
    await prepare(folder);
    const created = await run(folder, ['key', 'create', '--scope', 'bank,branch', '--expires', '2099-01-01', '--json']);
    const { id, key } = JSON.parse(created.out);
    expect(key).toMatch(new RegExp(`^shk_${id}_[A-Za-z0-9_-]{43}$`));
    const list = await run(folder, ['key', 'list', '--json']);
    expect(list.out).not.toContain(key.slice(`shk_${id}_`.length));
    expect(JSON.parse(list.out).items.at(-1)).toMatchObject({
      id,
      institution: '1001',
      scopes: ['bank', 'branch'],
      state: 'usable',
      expiresAt: '2099-01-01T00:00:00Z',
    });
    expect((await run(folder, ['key', 'revoke', id])).status).toBe(0);
    expect((await run(folder, ['key', 'revoke', id])).status).toBe(1);

    writeFileSync(join(folder, 'second.json'), JSON.stringify(institutionFile({ serviceId: '2002' })));
    await run(folder, ['institution', 'apply', 'second.json']);
    const several = await run(folder, ['key', 'create', '--scope', 'bank']);
    expect([several.status, several.err.includes('--institution')]).toEqual([1, true]);
    expect((await run(folder, ['key', 'create', '--scope', 'bank', '--institution', '2002', '--json'])).status).toBe(0);
    expect((await run(folder, ['key', 'create', '--scope', 'bank', '--institution', '3003'])).status).toBe(1);
  });

  test('a key that is revoked on the command line is soon refused by a running verifier', async () => {
    const folder = temporaryFolder();
    const apiKey = await prepare(folder);
    const server = await serve(folder);
    const at = benchOf(() => server.url, apiKey);
    expect((await at.bank('GET', '/v1/users')).status).toBe(200);
    await run(folder, ['key', 'revoke', apiKey.split('_')[1] ?? '']);
    await expect
      .poll(async () => (await at.bank('GET', '/v1/users')).status, { timeout: 20_000, interval: 100 })
      .toBe(401);
  });
});

test('a call that does not fit ends with status 2 and shows the usage', async () => {
  const folder = temporaryFolder();
  for (const args of [
    [],
    ['dance'],
    ['key'],
    ['key', 'create'],
    ['key', 'create', '--scope', 'all'],
    ['serve', 'x'],
    ['key', 'create', '--scope', 'bank', '--expires', '2027-02-30'],
    ['key', 'create', '--scope', 'bank', '--expires', '2027-03-31T00:00:00'],
    ['--no'],
  ]) {
    const { status, err } = await run(folder, args);
    expect([args, status]).toEqual([args, 2]);
    expectClear(err.split('\n\n')[0] ?? '', /^[ -~]+$/m);
    expect(err).toContain('institution apply FILE');
  }
  for (const args of [['--help'], ['help'], ['help', 'key']]) {
    const help = await run(folder, args);
    expect([help.status, help.err]).toEqual([0, '']);
    expect(help.out).toContain('key revoke ID');
  }
});

test('a call that does not fit tells why on stdout too where JSON was asked for, the usage beside it', async () => {
  const { status, out, err } = await run(temporaryFolder(), ['key', 'create', '--scope', 'all', '--json']);
  const reason = '--scope expects one or more of bank, branch, audit';
  expect([status, JSON.parse(out)]).toEqual([2, { outcome: 'usage', reason }]);
  expect(err).toContain('institution apply FILE');
});

test('a command that cannot start tells why on stdout too where JSON was asked for', async () => {
  const { status, out } = await run(temporaryFolder(), ['key', 'list', '--json'], { PORT: '99999' });
  expect([status, JSON.parse(out).outcome]).toEqual([1, 'refused']);
  expect(JSON.parse(out).reason).toContain('PORT');
});

describe('what a command says', () => {
  test('may be left unread, as by `| head`: the command ends with its own status', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    for (const [args, expected] of [
      [['audit', 'verify'], 0],
      [['key', 'revoke', 'none', '--json'], 1],
      [['dance', '--json'], 2],
    ] as const) {
      const ended = await runInto('pipe', folder, args);
      expect([args, ended.status]).toEqual([args, expected]);
      expect(ended.err).not.toMatch(/EPIPE|node:/);
    }
  });

  // Only Linux has a device that is always full.
  test.runIf(process.platform === 'linux')('is missed where it finds no room: status 1, and why', async () => {
    const folder = temporaryFolder();
    await prepare(folder);
    const full = openSync('/dev/full', 'w');
    const { status, err } = await runInto(full, folder, ['key', 'create', '--scope', 'bank']);
    closeSync(full);
    expect(status).toBe(1);
    expectClear(err, /stdout.*ENOSPC/);
  });
});
