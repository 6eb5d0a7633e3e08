import { connect, createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createVerifier } from '../../verifier/app.ts';
import { openPostgresStore } from '../../verifier/store/postgres/store.ts';
import { StoreUnavailable } from '../../verifier/store/store.ts';
import { databaseOf } from '../verifier/database.ts';
import { activeToken, addUser, asker, bench, temporaryFolder, validate } from '../verifier/fixture.ts';
import { overHttp, prepare, run, serve } from '../verifier/processes.ts';
import { addHolders, wideWindow } from '../verifier/stock-of-tokens.ts';
import { wrongCode } from '../verifier/totp.ts';
import { ask } from './ask.ts';
import { codesEach, rowsOf, spending } from './load.ts';
import { makeServer, type PostgresServer } from './server.ts';

async function ownServer(): Promise<PostgresServer> {
  const server = await makeServer();
  onTestFinished(() => server.remove());
  await server.start();
  return server;
}

test('PostgreSQL stopped and started under load: 503 with Retry-After, then on without a restart, nothing accepted twice', async () => {
  const database = await ownServer();
  const folder = temporaryFolder();
  const environment = { DATABASE_URL: database.url() };
  const apiKey = await prepare(folder, wideWindow, environment);
  const verifier = await serve(folder, environment);
  const bank = overHttp(() => verifier.url, apiKey);
  for (const [round, end] of (['stop', 'kill'] as const).entries()) {
    const store = await openPostgresStore(database.url(), Date.now());
    const names = Array.from({ length: 30 }, (_, i) => `round${round}-${i}`);
    const holders = await addHolders(store, folder, names);
    await store.close();

    const load = spending(bank, holders);
    await setTimeout(100);
    await database[end]();
    while (load.refusals.length < 10) await setTimeout(10);
    const ready = await bank('GET', '/readyz');
    expect([ready.status, ready.body]).toEqual([503, { ready: false, reason: 'the store does not answer' }]);
    expect((await bank('GET', '/healthz')).status).toBe(200);
    for (const { body, headers } of load.refusals) {
      expect([body.code, headers.get('retry-after')]).toEqual(['unavailable', '1']);
    }
    await database.start();
    await load.done;
    expect([...load.accepted.values()].every((times) => times === 1)).toBe(true);
    expect(load.accepted.size).toBeGreaterThan(30);
    expect((await bank('GET', '/readyz')).status).toBe(200);
    const rows = await rowsOf(database.url(), 'accepted', names);
    expect(rows).toBeGreaterThanOrEqual(load.accepted.size);
    expect(rows).toBeLessThanOrEqual(30 * codesEach);
  }
  expect(await verifier.end()).toBe(0);
  expect((await run(folder, ['audit', 'verify'], environment)).status).toBe(0);
});

test('a server that takes no changes: they are 503 and /readyz says so, reading goes on, and all recovers by itself', async () => {
  const database = await ownServer();
  const folder = temporaryFolder();
  const environment = { DATABASE_URL: database.url() };
  const apiKey = await prepare(folder, {}, environment);
  const verifier = await serve(folder, environment);
  const bank = overHttp(() => verifier.url, apiKey);
  await addUser({ bank });
  const readOnly = async (value: 'on' | 'off') => {
    await ask(database.url(), `ALTER SYSTEM SET default_transaction_read_only = ${value}`);
    await ask(database.url(), 'SELECT pg_reload_conf()');
  };
  const put = () => bank('PUT', '/v1/users/hanako', { contractId: 'C-1', name: '山田 花', role: 'general' });

  await readOnly('on');
  const reason = 'the store takes no changes; see that its disk has room';
  // Each session of the server hears of it by itself.
  const refusing = async () => [(await put()).status, (await bank('GET', '/readyz')).body];
  await expect.poll(refusing, { timeout: 30_000 }).toEqual([503, { ready: false, reason }]);
  expect((await bank('GET', '/v1/users/hanako')).status).toBe(200);
  await readOnly('off');
  const taking = async () => [(await bank('GET', '/readyz')).body, (await put()).status];
  await expect.poll(taking, { timeout: 30_000 }).toEqual([{ ready: true, reason: null }, 200]);
  expect(await verifier.end()).toBe(0);
});

const acceptance = '{"accepted"}';
const commit = 'commit\u0000';

/** Stands between verifier and server. Once armed it drops the server's answer to the next message with this text. */
async function between(port: number) {
  const sockets = new Set<Socket>();
  let armed: string | null = null;
  let dropped = 0;
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let cutting = false;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (data) => {
      if (armed !== null && data.includes(armed)) [armed, cutting] = [null, true];
      far.write(data);
    });
    far.on('data', (data) => {
      if (!cutting) near.write(data);
      else {
        // The server has answered: it is committed.
        dropped++;
        near.destroy();
      }
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    port: address.port,
    arm: (text: string) => {
      armed = text;
    },
    dropped: () => dropped,
  };
}

test('an acceptance whose acknowledgement is lost is 503 and stays burned; under its Idempotency-Key the retry is told of it', async () => {
  const database = await ownServer();
  const proxy = await between(database.port);
  const folder = temporaryFolder();
  const environment = { DATABASE_URL: database.url() };
  const apiKey = await prepare(folder, wideWindow, environment);
  const store = await openPostgresStore(database.url(), Date.now());
  const holders = await addHolders(store, folder, ['hanako', 'jiro']);
  await store.close();
  const server = await serve(folder, { DATABASE_URL: database.url().replace(`:${database.port}/`, `:${proxy.port}/`) });
  const bank = overHttp(() => server.url, apiKey);
  for (const [i, { loginId, code }] of holders.entries()) {
    const headers = i === 0 ? { 'idempotency-key': 'attempt-1' } : {};
    const ask = () => validate({ bank }, code(), { loginId }, headers);
    proxy.arm(acceptance);
    const lost = await ask();
    expect([lost.status, lost.headers.get('retry-after'), proxy.dropped()]).toEqual([503, '1', i + 1]);
    expect((await ask()).body).toMatchObject(i === 0 ? { outcome: 'accepted' } : { reason: 'replayed' });
    expect((await validate({ bank }, code(), { loginId })).body.reason).toBe('replayed');
    expect(await rowsOf(database.url(), 'accepted', [loginId])).toBe(1);
  }
  expect(await server.end()).toBe(0);
});

test('a commit whose acknowledgement is lost is 503 and not done again: a wrong code counts once, a change is made once', async () => {
  const at = await bench();
  const token = await activeToken(at);
  const { DATABASE_URL: url = '' } = await databaseOf(at.folder).environment();
  const proxy = await between(Number(new URL(url).port));
  const store = await openPostgresStore(url.replace(/:\d+\//, `:${proxy.port}/`), at.clock.nowMs());
  onTestFinished(() => store.close());
  const bank = asker(createVerifier({ ...at.options, store }), at.apiKey);
  const attempt = { 'idempotency-key': 'attempt-1' };
  const guess = () => validate({ bank }, wrongCode(token.code(-1), token.code(), token.code(1)), {}, attempt);
  proxy.arm(commit);
  expect([(await guess()).status, proxy.dropped()]).toEqual([503, 1]);
  expect((await guess()).body).toMatchObject({ reason: 'wrong', remainingAttempts: 4 });
  expect(at.rows('SELECT failures FROM tokens')).toEqual([{ failures: 1 }]);

  let runs = 0;
  const change = store.transaction('1001', async (transaction) => {
    runs++;
    await transaction.countConfirmationFailure('1001', 'hanako', 10);
    proxy.arm(commit);
  });
  await expect(change).rejects.toThrow(StoreUnavailable);
  expect([runs, proxy.dropped()]).toEqual([1, 2]);
  expect(at.rows('SELECT confirmation_failures AS n FROM users')).toEqual([{ n: 1 }]);
});

test('a store on a server that is away says so at once, and works when it is there', async () => {
  const database = await ownServer();
  const store = await openPostgresStore(database.url(), 0);
  await store.ping();
  await database.stop();
  await expect(store.ping()).rejects.toThrow(StoreUnavailable);
  await expect(store.user('1001', 'hanako')).rejects.toThrow(StoreUnavailable);
  await expect(store.transaction('1001', (t) => t.user('1001', 'hanako'))).rejects.toThrow(StoreUnavailable);
  await database.start();
  await store.ping();
  expect(await store.user('1001', 'hanako')).toBe(null);
  await store.close();
});
