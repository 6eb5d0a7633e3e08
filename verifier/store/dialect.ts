import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { isBusy, translateError } from './sqlite-errors.ts';

/** A writer waits for others about 10 s at most, in short pauses that leave the process free for other work. */
const beginAttempts = 1_000;
const longestPauseMs = 5;

/** One connection of node:sqlite; its statements are prepared once. */
class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      let statement = this.#statements.get(query.sql);
      if (statement === undefined) {
        statement = this.#database.prepare(query.sql);
        this.#statements.set(query.sql, statement);
      }
      const parameters = query.parameters as readonly SQLInputValue[];
      if (statement.columns().length > 0) return { rows: statement.all(...parameters) as R[] };
      const { changes } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes) };
    } catch (error) {
      translateError(error);
    }
  }

  // biome-ignore lint/correctness/useYield: nothing here is large enough to be streamed
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not offered');
  }

  /** False where another process is writing; `last` true throws then. */
  tryBegin(last: boolean): boolean {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      return true;
    } catch (error) {
      if (!last && isBusy(error)) return false;
      return translateError(error);
    }
  }

  /** SQLite itself has rolled back after some errors; a second time would hide the first error. */
  rollback(): void {
    if (this.#database.isOpen && this.#database.isTransaction) this.run('ROLLBACK');
  }

  run(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      translateError(error);
    }
  }
}

/** Hands the one connection to one holder at a time, first come, first served. */
class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;
  #last: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(database: DatabaseSync) {
    this.#connection = new SqliteConnection(database);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    const before = this.#last;
    let release = () => {};
    this.#last = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    this.#release = release;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#release();
  }

  /** IMMEDIATE takes the write lock first: a transaction that reads and then writes cannot lose a race. */
  async beginTransaction(connection: SqliteConnection): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (connection.tryBegin(attempt === beginAttempts)) return;
      await setTimeout(Math.min(attempt, longestPauseMs));
    }
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    connection.run('COMMIT');
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    connection.rollback();
  }

  async destroy(): Promise<void> {}
}

/** Kysely over an opened node:sqlite database. The caller closes the database. */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createDriver: () => new SqliteDriver(database) as Driver,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}
