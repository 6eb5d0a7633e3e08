import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openPostgresStore } from '../../verifier/store/postgres/store.ts';
import { temporaryFolder, validate } from '../verifier/fixture.ts';
import { overHttp, prepare, run, serve } from '../verifier/processes.ts';
import { addHolders, wideWindow } from '../verifier/stock-of-tokens.ts';
import { ask } from './ask.ts';
import { codesEach, rowsOf, spending } from './load.ts';
import { makeServer, type PostgresServer } from './server.ts';

/** The address that a bank's network gives to whichever server is the primary. */
async function addressOf(primary: PostgresServer) {
  let port = primary.port;
  const sockets = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: primary.url().replace(`:${primary.port}/`, `:${address.port}/`),
    moveTo: (server: PostgresServer) => {
      port = server.port;
      for (const socket of sockets) socket.destroy();
    },
  };
}

const synchronous = ['synchronous_commit=on', 'synchronous_standby_names=standby'].flatMap((flag) => ['-c', flag]);

/** A primary whose commits wait for its standby, which has streamed all of it. */
async function primaryAndStandby(): Promise<{ readonly primary: PostgresServer; readonly standby: PostgresServer }> {
  const primary = await makeServer(synchronous);
  onTestFinished(() => primary.remove());
  // The copy of a server that never ran: what a base backup is for one that runs.
  const source = primary.url().replace(/^postgres:\/\/(.*):(.*)@(.*):(.*)\/.*/, 'user=$1 password=$2 host=$3 port=$4');
  const standby = await makeServer(['-c', `primary_conninfo=${source} application_name=standby`], primary.folder);
  onTestFinished(() => standby.remove());
  execFileSync('cp', ['-a', primary.folder, standby.folder]);
  writeFileSync(join(standby.folder, 'standby.signal'), '');
  await primary.start();
  // Settled only by the promotion, since until then it takes reading connections alone.
  standby.start().catch(() => {});
  for (;;) {
    const [row] = await ask(primary.url(), 'SELECT sync_state FROM pg_stat_replication');
    if (row?.sync_state === 'sync') return { primary, standby };
    await setTimeout(50);
  }
}

test('a standby promoted under load, with synchronous_commit: nothing acknowledged is missing, nothing accepted twice', async () => {
  const { primary, standby } = await primaryAndStandby();
  const address = await addressOf(primary);
  const folder = temporaryFolder();
  const environment = { DATABASE_URL: address.url };
  const apiKey = await prepare(folder, wideWindow, environment);
  const names = Array.from({ length: 40 }, (_, i) => `user${i}`);
  const store = await openPostgresStore(address.url, Date.now());
  const holders = await addHolders(store, folder, names);
  await store.close();
  const verifiers = [await serve(folder, environment), await serve(folder, environment)];
  const banks = verifiers.map((verifier) => overHttp(() => verifier.url, apiKey));
  let asked = 0;
  const bank: (typeof banks)[number] = (...request) => {
    const one = banks[asked++ % banks.length];
    if (one === undefined) throw new Error('no verifier');
    return one(...request);
  };

  const load = spending(bank, holders);
  while (load.accepted.size < 20) await setTimeout(2);
  const startedMs = performance.now();
  await primary.kill();
  const acknowledged = new Set(load.accepted.keys());
  expect(acknowledged.size).toBeLessThan(holders.length * codesEach);
  while (load.refusals.length < 10) await setTimeout(5);
  await ask(standby.url(), 'SELECT pg_promote()');
  address.moveTo(standby);
  const promotedMs = performance.now() - startedMs;
  await load.done;

  expect([...load.accepted.values()].every((times) => times === 1)).toBe(true);
  const rows = await rowsOf(standby.url(), 'accepted', names);
  expect(rows).toBeGreaterThanOrEqual(load.accepted.size);
  expect(rows).toBeLessThanOrEqual(holders.length * codesEach);
  for (const { loginId, code } of holders) {
    for (let step = -1; step < codesEach - 1; step++) {
      expect((await validate({ bank }, code(step), { loginId })).body.reason).toBe('replayed');
    }
  }
  for (const verifier of verifiers) expect(await verifier.end()).toBe(0);
  const check = await run(folder, ['audit', 'verify'], environment);
  expect([check.status, check.out]).toEqual([0, expect.stringContaining('verified')]);
  console.log(
    `${acknowledged.size} codes acknowledged by the old primary, ${load.accepted.size} in all, ` +
      `${load.refusals.length} refused meanwhile; promoted after ${Math.round(promotedMs)} ms`,
  );
});
