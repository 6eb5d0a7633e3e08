import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { openPostgresStore } from '../../../verifier/store/postgres/store.ts';
import { openSqliteStore } from '../../../verifier/store/sqlite.ts';
import type { AuditRow, Store } from '../../../verifier/store/store.ts';
import { types } from '../../postgres/ask.ts';
import { forPostgres } from '../../postgres/sql.ts';
import type { Bench } from './bench.ts';

/** A store and a second way into its database, past it. */
type ModelDatabase = Pick<Bench, 'store' | 'rows' | 'clear' | 'close'>;

/** What a sequence leaves behind, those that are referred to last. */
const tables = ['shipments', 'assignments', 'users', 'tokens', 'contracts', 'audit'];
const clearSql = `BEGIN; ${tables.map((table) => `DELETE FROM ${table};`).join(' ')} COMMIT`;

/** SQLite's copy of who holds which token in use, against the tables that it is made from. */
function assertHolders(database: DatabaseSync): void {
  const found = database
    .prepare('SELECT service_id, login_id, contract_id, token_row FROM holders ORDER BY 1, 2')
    .all();
  const expected = database
    .prepare(
      `SELECT u.service_id, u.login_id, u.contract_id, t.token_row FROM users AS u, assignments AS a, tokens AS t
       WHERE a.service_id = u.service_id AND a.assignment_id = u.assignment_id AND a.status = 'active'
         AND t.service_id = a.service_id AND t.token_id = a.token_id AND u.removed_at_ms IS NULL ORDER BY 1, 2`,
    )
    .all();
  if (!isDeepStrictEqual(found, expected)) {
    throw new Error(`holders are ${JSON.stringify(found)}, should be ${JSON.stringify(expected)}`);
  }
  const named = database
    .prepare(
      `SELECT service_id, holder_login_id AS login_id, holder_contract_id AS contract_id, token_row FROM tokens
       WHERE holder_login_id IS NOT NULL OR holder_contract_id IS NOT NULL ORDER BY 1, 2`,
    )
    .all();
  const software = new Set(
    database
      .prepare(`SELECT token_row FROM tokens WHERE kind = 'software'`)
      .all()
      .map((row) => row.token_row),
  );
  const shouldBe = expected.filter((row) => software.has(row.token_row as number));
  if (!isDeepStrictEqual(named, shouldBe)) {
    throw new Error(`software tokens name ${JSON.stringify(named)}, should name ${JSON.stringify(shouldBe)}`);
  }
}

/** A user's pages of the log, part of which SQLite follows from row to row, against the whole log. */
async function assertPagesOfUsers(store: Store, database: DatabaseSync): Promise<void> {
  const users = database.prepare('SELECT DISTINCT service_id, login_id FROM audit WHERE login_id IS NOT NULL').all();
  const all = database.prepare('SELECT audit_id FROM audit WHERE service_id = ? AND login_id = ? ORDER BY audit_id');
  for (const { service_id, login_id } of users) {
    const [serviceId, loginId] = [String(service_id), String(login_id)];
    const expected = all.all(serviceId, loginId).map((row) => row.audit_id);
    const found: number[] = [];
    for (let page: readonly AuditRow[] | null = null; page === null || page.length > 0; ) {
      page = await store.auditLog.list({ serviceId, sinceMs: null, loginId, afterId: found.at(-1) ?? 0, limit: 7 });
      found.push(...page.map(({ auditId }) => auditId));
    }
    if (!isDeepStrictEqual(found, expected)) throw new Error(`rows of ${loginId}: ${found}, should be ${expected}`);
  }
}

/** What `audit verify` says of the rows that are followed: they lead to all that were accepted. */
async function assertNoneSkipped({ auditLog }: Store): Promise<void> {
  await auditLog.tokenNumbers(null, 1);
  const skipped = [...(await auditLog.skipped(0, 0, 10)), ...(await auditLog.unlisted(10))];
  if (skipped.length > 0) throw new Error(`accepted rows are skipped: ${JSON.stringify(skipped)}`);
}

/** @param url of an empty PostgreSQL database; null: a SQLite file of its own */
export function openModelDatabase(url: string | null, nowMs: number): Promise<ModelDatabase> {
  return url === null ? onSqlite(nowMs) : onPostgres(url, nowMs);
}

async function onSqlite(nowMs: number): Promise<ModelDatabase> {
  // In memory where the machine has such a place: full syncs are not what is tested here.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'shirushi-model-'));
  const path = join(folder, 'verifier.sqlite');
  const store = openSqliteStore(path, nowMs);
  // The thread that carries the log over writes now and then.
  const database = new DatabaseSync(path, { timeout: 5_000 });
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  return {
    store,
    async rows(sql, ...parameters) {
      const statement = statements.get(sql) ?? database.prepare(sql);
      statements.set(sql, statement);
      return statement.all(...parameters) as Record<string, unknown>[];
    },
    async clear() {
      assertHolders(database);
      await assertPagesOfUsers(store, database);
      await assertNoneSkipped(store);
      database.exec(clearSql.replace('BEGIN', 'BEGIN IMMEDIATE'));
      assertHolders(database);
    },
    async close() {
      assertHolders(database);
      database.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function onPostgres(url: string, nowMs: number): Promise<ModelDatabase> {
  const store = await openPostgresStore(url, nowMs);
  const client = new pg.Client({ connectionString: url, types });
  await client.connect();
  const names = new Map<string, string>();
  return {
    store,
    async rows(sql, ...values) {
      const name = names.get(sql) ?? `rows ${names.size}`;
      names.set(sql, name);
      return (await client.query({ name, text: forPostgres(sql), values })).rows;
    },
    async clear() {
      await client.query(clearSql);
    },
    async close() {
      await client.end();
      await store.close();
    },
  };
}
