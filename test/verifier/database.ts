import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { inject, onTestFinished } from 'vitest';
import { openPostgresStore } from '../../verifier/store/postgres/store.ts';
import { openSqliteStore } from '../../verifier/store/sqlite.ts';
import type { Store } from '../../verifier/store/store.ts';
import { ask } from '../postgres/ask.ts';
import { askNow } from '../postgres/ask-now.ts';
import { templateName } from '../postgres/setup.ts';
import { forPostgres } from '../postgres/sql.ts';

/** The address of the run's PostgreSQL server; null where the tests run on SQLite. */
export const postgresUrl: string | null = inject('postgresUrl') ?? null;

/** The database that belongs to a folder: its SQLite file, or in the project `postgres` one of the server's. */
export interface TestDatabase {
  /** Makes it where it is missing and opens it. */
  open(nowMs: number): Promise<Store>;
  /** What a process needs to find it. */
  environment(): Promise<Record<string, string>>;
  /** Runs a statement behind the verifier's back; `?` stand for the values. */
  query(sql: string, ...values: readonly SQLInputValue[]): Record<string, unknown>[];
  /** The names of a table's columns. */
  columns(table: string): string[];
  /** All that lies in it, by file or table. */
  contents(): Map<string, Buffer>;
}

function sqliteOf(path: string): TestDatabase {
  return {
    async open(nowMs) {
      mkdirSync(dirname(path), { recursive: true });
      return openSqliteStore(path, nowMs);
    },
    environment: async () => ({}),
    query(sql, ...values) {
      const database = new DatabaseSync(path, { timeout: 5_000 });
      try {
        return database.prepare(sql).all(...values) as Record<string, unknown>[];
      } finally {
        database.close();
      }
    },
    columns(table) {
      return this.query(`SELECT name FROM pragma_table_info('${table}')`).map(({ name }) => String(name));
    },
    contents() {
      const names = readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
      return new Map(names.map((name) => [name, readFileSync(join(dirname(path), name))]));
    },
  };
}

const made = new Map<string, Promise<void>>();

function postgresOf(folder: string, server: string): TestDatabase {
  const name = `t_${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`;
  const url = server.replace(/[^/]*$/, name);
  const make = () => {
    const before = made.get(name);
    if (before !== undefined) return before;
    const making = ask(server, `CREATE DATABASE ${name} TEMPLATE ${templateName}`).then(() => {});
    made.set(name, making);
    onTestFinished(() => {
      made.delete(name);
      return ask(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).then(() => {});
    });
    return making;
  };
  return {
    async open(nowMs) {
      await make();
      return openPostgresStore(url, nowMs);
    },
    async environment() {
      await make();
      return { DATABASE_URL: url };
    },
    query: (sql, ...values) => askNow(url, forPostgres(sql), values),
    columns(table) {
      const sql = `SELECT column_name AS name FROM information_schema.columns WHERE table_name = '${table}'`;
      return askNow(url, sql).map(({ name }) => String(name));
    },
    contents() {
      const tables = askNow(url, `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`);
      return new Map(
        tables.map(({ name }) => {
          const rows = askNow(url, `SELECT t::text AS row FROM ${name} AS t`);
          return [String(name), Buffer.from(rows.map(({ row }) => row).join('\n'))];
        }),
      );
    },
  };
}

/** @param file of SQLite, inside the folder */
export function databaseOf(folder: string, file = 'verifier.sqlite'): TestDatabase {
  if (postgresUrl !== null) return postgresOf(folder, postgresUrl);
  return sqliteOf(join(folder, file));
}
