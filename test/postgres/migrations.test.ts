import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { DatabaseTooNew, openDatabases } from '../../verifier/store/open.ts';
import { migrations } from '../../verifier/store/postgres/migrations.ts';
import { openPostgresStore } from '../../verifier/store/postgres/store.ts';
import { institutionOf, temporaryFolder } from '../verifier/fixture.ts';
import { ask } from './ask.ts';

async function emptyDatabase(): Promise<string> {
  const server = inject('postgresUrl');
  const name = `m_${process.pid}_${Math.random().toString(36).slice(2)}`;
  await ask(server, `CREATE DATABASE ${name}`);
  onTestFinished(async () => {
    await ask(server, `DROP DATABASE ${name} WITH (FORCE)`);
  });
  return server.replace(/[^/]*$/, name);
}

test('six processes that start at once on an empty database migrate it once, and all of them work', async () => {
  const url = await emptyDatabase();
  const stores = await Promise.all(Array.from({ length: 6 }, () => openPostgresStore(url, 7)));
  for (const store of stores) await store.ping();
  expect(await ask(url, 'SELECT version FROM schema_versions ORDER BY 1')).toEqual(
    migrations.map((_, i) => ({ version: i + 1 })),
  );
  for (const store of stores) await store.close();
});

test('a database of a later version is refused before anything is changed', async () => {
  const url = await emptyDatabase();
  await (await openPostgresStore(url, 0)).close();
  await ask(url, 'INSERT INTO schema_versions VALUES (999, 0)');
  await expect(openPostgresStore(url, 0)).rejects.toThrow(DatabaseTooNew);
});

test('a later version that comes while one waits for its turn is refused too', async () => {
  const url = await emptyDatabase();
  const later = new pg.Client({ connectionString: url });
  await later.connect();
  await later.query('BEGIN');
  await later.query("SELECT pg_advisory_xact_lock(hashtextextended('shirushi migrations', 0))");
  const refused = expect(openPostgresStore(url, 0)).rejects.toThrow(DatabaseTooNew);
  const waiting = async () =>
    (await later.query('SELECT 1 FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))')).rowCount;
  while ((await waiting()) === 0) await new Promise((resolve) => setImmediate(resolve));
  await later.query('CREATE TABLE schema_versions (version integer PRIMARY KEY, applied_at_ms bigint)');
  await later.query('INSERT INTO schema_versions VALUES (999, 0)');
  await later.query('COMMIT');
  await later.end();
  await refused;
});

test('a running node goes on while another one adds a column to what it reads', async () => {
  const url = await emptyDatabase();
  const store = await openPostgresStore(url, 0);
  await store.transaction('1001', (t) => t.putInstitution(institutionOf(), 0));
  const look = () => store.transaction('1001', async (t) => [await t.institution('1001'), await t.user('1001', 'x')]);
  await look();
  await store.institution('1001');
  for (const table of ['institutions', 'users', 'tokens', 'assignments', 'contracts'])
    await ask(url, `ALTER TABLE ${table} ADD COLUMN added_later text`);
  expect((await store.institution('1001'))?.serviceId).toBe('1001');
  expect((await look())[1]).toBe(null);
  expect(await store.user('1001', 'x')).toBe(null);
  await store.close();
});

/** How SQLite finds a token, and a user's rows of the log, without changing many pages. */
const sqlitesOwn = [
  'tokens.token_row',
  'holders.service_id',
  'holders.login_id',
  'holders.contract_id',
  'holders.token_row',
  'tokens.last_accepted_id',
  'tokens.holder_login_id',
  'tokens.holder_contract_id',
  'audit.previous_accepted_id',
];

test('both databases have the same tables with the same columns, but for SQLite’s own', async () => {
  const url = await emptyDatabase();
  await (await openPostgresStore(url, 0)).close();
  const there = await ask(
    url,
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public'`,
  );
  const path = join(temporaryFolder(), 'verifier.sqlite');
  for (const database of Object.values(openDatabases(path, 0))) if (database instanceof DatabaseSync) database.close();
  const sqlite = new DatabaseSync(path);
  const here = sqlite
    .prepare(
      `SELECT t.name || '.' || c.name AS name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
       WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`,
    )
    .all();
  sqlite.close();
  const sorted = (rows: readonly Record<string, unknown>[]) => rows.map(({ name }) => String(name)).sort();
  expect([...sorted(there), ...sqlitesOwn].sort()).toEqual(sorted(here));
});
