import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { StoreUnavailable } from '../store.ts';
import type { Tables } from '../tables.ts';
import { breaksConnection, refusesChanges, translateError, Undone } from './faults.ts';

const { Pool } = pg;

/** Most statements prepared by name, which are parsed and planned once per connection. */
const mostNames = 300;

const int8 = 20;

/** A number that no program of ours writes, as node:sqlite names it. */
class OutOfRange extends RangeError {
  readonly code = 'ERR_OUT_OF_RANGE';
}

/** @throws OutOfRange */
export function safeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new OutOfRange('a number in the database is larger than any of ours');
  return number;
}

const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === int8 ? safeNumber : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

export interface PoolOptions {
  readonly connections: number;
  /** Run-time settings of the sessions. */
  readonly session: Readonly<Record<string, string>>;
}

/** How long at most to wait for a connection, a statement, a lock. Milliseconds. */
const waitMs = { connect: 3_000, statement: 10_000, lock: 5_000, answer: 15_000, idleInTransaction: 10_000 } as const;

/** Pool of one database. Connections that broke leave it; it opens new ones as soon as the server is back. */
export function openPool(url: string, { connections, session }: PoolOptions): pg.Pool {
  const settings = {
    statement_timeout: waitMs.statement,
    lock_timeout: waitMs.lock,
    idle_in_transaction_session_timeout: waitMs.idleInTransaction,
    default_transaction_isolation: 'read committed',
    // Fixed, whatever the server's defaults: values are read and written in these formats here.
    bytea_output: 'hex',
    array_nulls: 'on',
    ...session,
  };
  // Options in the address would replace all of these. Merged and put first, they are added and these win.
  const address = new URL(url);
  const own = address.searchParams.get('options') ?? '';
  address.searchParams.delete('options');
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${String(value).replaceAll(' ', '\\ ')}`);
  const pool = new Pool({
    connectionString: address.href,
    max: connections,
    connectionTimeoutMillis: waitMs.connect,
    idleTimeoutMillis: 60_000,
    query_timeout: waitMs.answer,
    keepAlive: true,
    application_name: 'shirushi',
    options: [own, ...options].join(' '),
    types,
  });
  // A broken idle connection is replaced when needed; a busy one fails its statement. Without a listener either would end
  // the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

const names = new Map<string, string>();

/** The name under which a statement is prepared; undefined for texts that vary too much to be worth it. */
export function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= mostNames) return known;
  const name = `s${names.size + 1}`;
  names.set(text, name);
  return name;
}

/** A connection for Kysely: statements are prepared by name, errors translated, and a broken connection leaves the pool. */
class Lent {
  readonly #client: pg.PoolClient;
  #broken = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  get processID(): unknown {
    return (this.#client as unknown as { processID: unknown }).processID;
  }

  async query(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    // The server has undone it already; an error here would hide why, and that it may be done again.
    if (this.#broken && text === 'rollback') return { rows: [] as unknown[], rowCount: 0 } as pg.QueryResult;
    if (this.#broken) throw new StoreUnavailable('the connection broke');
    try {
      const name = values.length === 0 ? undefined : nameOf(text);
      return await this.#client.query({ text, values: [...values], ...(name === undefined ? {} : { name }) });
    } catch (error) {
      if (!breaksConnection(error)) translateError(error);
      this.#broken = true;
      // Only a commit can have an unknown outcome, since all writing is done inside transactions.
      if (text === 'commit') translateError(error);
      throw new Undone('the connection broke', { cause: error, changesRefused: refusesChanges(error) });
    }
  }

  release(discard = false): void {
    this.#client.release(discard || this.#broken);
  }
}

/** Kysely over a pool. The caller ends the pool. */
export function kyselyOver(pool: pg.Pool): Kysely<Tables> {
  const lending = {
    options: {},
    async connect() {
      try {
        return new Lent(await pool.connect());
      } catch (error) {
        translateError(error);
      }
    },
    async end() {},
  };
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: lending as never }) });
}
