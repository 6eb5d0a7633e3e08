import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { auditEntry } from '../../verifier/audit.ts';
import { sealingTurn } from '../../verifier/sealing/sealer.ts';
import { openPostgresStore } from '../../verifier/store/postgres/store.ts';
import { databaseOf } from '../verifier/database.ts';
import { type SealedBench, sealedBench } from '../verifier/sealing.ts';
import { ask } from './ask.ts';
import { makeServer } from './server.ts';

const entry = (loginId: string) =>
  auditEntry({ serviceId: '1001', atMs: 1, operation: 'validate', outcome: 'blocked', loginId });

const insert = `INSERT INTO audit (service_id, at_ms, operation, outcome, login_id)
  VALUES ('1001', 1, 'validate', 'blocked', $1)`;

/** Somebody with an open transaction, which has its number. */
async function begun(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('BEGIN');
  await client.query('SELECT pg_current_xact_id()');
  return client;
}

/** The same, after it has written a row of the log. */
async function writing(url: string, loginId: string): Promise<pg.Client> {
  const client = await begun(url);
  await client.query(insert, [loginId]);
  return client;
}

const urlOf = async (at: SealedBench) => String((await databaseOf(at.folder).environment()).DATABASE_URL);

test('a row that becomes visible behind rows with a larger ID is sealed in its place', async () => {
  const at = await sealedBench();
  const late = await writing(await urlOf(at), 'late');
  for (const loginId of ['first', 'second']) await at.store.record({ audit: entry(loginId), kept: null });

  const turn = sealingTurn(at.parts);
  while ((await turn.step()) !== 'idle');
  expect(await at.store.auditLog.rows(0, 100)).not.toContainEqual(expect.objectContaining({ login_id: 'first' }));
  await late.query('COMMIT');
  expect(await turn.step()).toBe('sealed');
  const sealed = (await at.store.auditLog.rows(0, 100)).map((row) => row.login_id);
  expect(sealed.slice(-3)).toEqual(['late', 'first', 'second']);
  expect((await at.check()).findings).toEqual([]);
});

test('of two open transactions that were begun after all others had ended, the later one is not sealed before the earlier one', async () => {
  const at = await sealedBench();
  const url = await urlOf(at);
  // One right after the other, and looked at without a pause: no transaction ends in between.
  const earlier = await writing(url, 'earlier');
  const later = await writing(url, 'later');
  expect(await at.store.auditLog.rows(0, 100)).toEqual([]);
  await later.query('COMMIT');
  const turn = sealingTurn(at.parts);
  expect(await turn.step()).toBe('idle');
  await earlier.query('COMMIT');
  expect(await turn.step()).toBe('sealed');
  expect((await at.store.auditLog.rows(0, 100)).map((row) => row.login_id)).toEqual(['earlier', 'later']);
  expect((await at.check()).findings).toEqual([]);
});

test('where an earlier transaction has ended, a row behind a later one that is open still waits', async () => {
  const at = await sealedBench();
  const url = await urlOf(at);
  const first = await writing(url, 'first');
  expect(await at.store.auditLog.rows(0, 100)).toEqual([]);
  const open = await writing(url, 'open');
  await first.query('COMMIT');
  await at.store.record({ audit: entry('behind'), kept: null });
  const seen = async () => (await at.store.auditLog.rows(0, 100)).map((row) => row.login_id);
  expect(await seen()).toEqual(['first']);
  await open.query('COMMIT');
  expect(await seen()).toEqual(['first', 'open', 'behind']);
});

test('whoever looks at a log that nobody writes to uses up no number of a transaction', async () => {
  const at = await sealedBench();
  await at.store.record({ audit: entry('hanako'), kept: null });
  const { rows } = at.store.auditLog;
  while ((await rows(0, 100)).length === 0);
  const next = () => Number(at.rows('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next')[0]?.next);
  const before = next();
  for (let look = 0; look < 20; look++) await rows(0, 100);
  // The server itself may use some, as its vacuum does.
  expect(next() - before).toBeLessThan(20);
});

test('under many writers at once every row is sealed and the check finds nothing', async () => {
  const at = await sealedBench();
  const turn = sealingTurn(at.parts);
  let writing = true;
  const sealing = (async () => {
    while (writing) await turn.step();
  })();
  await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const audit = { ...entry(`user${i}`), tokenId: i % 3 === 0 ? null : 't1' };
      if (i % 2 === 0) await at.store.record({ audit, kept: null });
      else await at.store.transaction('1001', (t) => t.addAudit(audit));
    }),
  );
  writing = false;
  await sealing;
  while ((await turn.step()) !== 'idle');
  const { findings, check } = await at.check();
  expect([findings, check.rows, check.unsealed.rows]).toEqual([[], 200, 0]);
});

test('an ID that was seen, but that the server gives out again after a crash, is not taken for complete', async () => {
  const server = await makeServer();
  onTestFinished(() => server.remove());
  await server.start();
  const url = server.url();
  const store = await openPostgresStore(url, 0);
  onTestFinished(() => store.close());
  await store.record({ audit: entry('first'), kept: null });
  expect(await store.auditLog.rows(0, 100)).toHaveLength(1);
  const lost = await begun(url);
  // More than a sequence takes down at once, which nobody brings to the disk before the crash.
  const [writer] = await ask(url, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'");
  process.kill(Number(writer?.pid), 'SIGSTOP');
  for (let row = 0; row < 60; row++) await lost.query(insert, ['lost']);
  await store.auditLog.rows(0, 100);
  const { rows } = await lost.query('SELECT pg_backend_pid() AS pid');
  process.kill(Number(rows[0]?.pid), 'SIGKILL');
  const newest = () =>
    ask(url, 'SELECT last_value FROM audit_ids').then(
      ([row]) => row?.last_value,
      () => null,
    );
  await expect.poll(newest, { timeout: 60_000 }).toBeLessThan(60);
  // The numbers that were given out before it are given out once more.
  for (let number = 0; number < 20; number++) await ask(url, 'SELECT pg_current_xact_id()');
  const earlier = await writing(url, 'earlier');
  const later = await writing(url, 'later');
  await later.query('COMMIT');
  expect(await store.auditLog.rows(0, 100)).toEqual([]);
  await earlier.query('COMMIT');
  const names = (await store.auditLog.rows(0, 100)).map((row) => row.login_id);
  expect(names).toEqual(['first', 'earlier', 'later']);
});
