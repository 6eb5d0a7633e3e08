import { fdatasync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { type Compilable, Kysely, sql } from 'kysely';
import { auditLogOver } from './audit-log-sql.ts';
import { numbersOfCopies } from './audit-numbers-sql.ts';
import { rowsOfUser } from './audit-of-user.ts';
import { Checkpoints } from './checkpoints.ts';
import { nodeSqliteDialect } from './dialect.ts';
import { groupCommitOver } from './group-commit.ts';
import { activateToken } from './hot.ts';
import { HotStatements } from './hot-sqlite.ts';
import { addKeyChecks, keyChecks } from './key-checks.ts';
import { lapsedIssues, wipeLapsed } from './lapsed.ts';
import { openDatabases } from './open.ts';
import { placeOf, rowInPlace } from './places.ts';
import {
  fromHolder,
  fromJoined,
  holdersWithTokens,
  type JoinedHolder,
  readerOver,
  tokensInPlace,
  usersWithAll,
} from './reads.ts';
import { isBusy, translateError } from './sqlite-errors.ts';
import type { ReadUser, Store } from './store.ts';
import type { Tables } from './tables.ts';
import { WalSync } from './wal-sync.ts';
import { transactionOver } from './writes.ts';

/**
 * All reads of one turn of the event loop share a transaction, so that SQLite takes its locks, and looks for changes of
 * other connections, once a turn instead of once a statement.
 */
class Snapshot {
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#begin = database.prepare('BEGIN');
    this.#end = database.prepare('COMMIT');
  }

  /** All that is read before this turn ends is of one state. */
  open(): void {
    if (this.#database.isTransaction) return;
    this.#begin.run();
    setImmediate(() => this.close());
  }

  /** What is read from now on is the present state. Called after each commit of this process, so that it reads its own writes. */
  close(): void {
    if (this.#database.isOpen && this.#database.isTransaction) this.#end.run();
  }
}

/**
 * Reads columns from a row's list of values by name, without copying them into an object, which for a wide row costs as
 * much as the query.
 */
function rowOver<Row>(names: readonly string[]): (values: readonly SQLOutputValue[]) => Row {
  class Values {
    readonly #values: readonly SQLOutputValue[];
    constructor(values: readonly SQLOutputValue[]) {
      this.#values = values;
    }
    static {
      for (const [i, name] of names.entries()) {
        Object.defineProperty(Values.prototype, name, {
          get(this: Values) {
            return this.#values[i];
          },
        });
      }
    }
  }
  return (values) => new Values(values) as unknown as Row;
}

type Ask<User> = (serviceId: string, loginId: string) => Promise<User | null>;

/**
 * Reads one user by a statement that is compiled and prepared once: every validation starts with it.
 * @param query for one user
 * @param parametersOf the statement's parameters, in order
 * @param none called if the query finds no such user
 * @param busy called while another process recovers the write-ahead log after a crash, for which this one must not wait
 */
function prepared<Row, User>(
  query: Compilable<Row>,
  parametersOf: (serviceId: string, loginId: string) => readonly SQLInputValue[],
  database: DatabaseSync,
  snapshot: Snapshot,
  from: (row: Row) => User,
  none: Ask<User>,
  busy: Ask<User>,
): Ask<User> {
  const { sql: text, parameters } = query.compile();
  if (parameters.length !== parametersOf('', '').length) throw new Error('the query of a user takes other parameters');
  const statement = database.prepare(text);
  statement.setReturnArrays(true);
  const rowOf = rowOver<Row>(statement.columns().map(({ name }) => name));
  return async (serviceId, loginId) => {
    try {
      snapshot.open();
      const values = statement.get(...parametersOf(serviceId, loginId)) as unknown as SQLOutputValue[] | undefined;
      return values === undefined ? none(serviceId, loginId) : from(rowOf(values));
    } catch (error) {
      if (isBusy(error)) return busy(serviceId, loginId);
      return translateError(error);
    }
  };
}

/**
 * The store on one SQLite file, safe for several processes at once.
 * @param path the file; created if missing
 * @param sync syncs the write-ahead log; replaced in tests
 * @throws as `openDatabases`
 */
export function openSqliteStore(path: string, nowMs: number, sync = fdatasync): Store {
  const databases = openDatabases(path, nowMs);
  const writer = new Kysely<Tables>({ dialect: nodeSqliteDialect(databases.writer) });
  const reader = new Kysely<Tables>({ dialect: nodeSqliteDialect(databases.reader) });
  const snapshot = new Snapshot(databases.hot);
  const log = new WalSync(path, sync);
  const checkpoints = new Checkpoints(path);
  const hot = new HotStatements(databases.hot);
  const group = groupCommitOver({
    database: databases.hot,
    beforeCommit: () => snapshot.close(),
    began: () => hot.began(),
    committed(changes) {
      snapshot.close();
      checkpoints.count(changes);
    },
    log,
  });
  // SQLite does not write a row updated to what it is already; this number, otherwise unused, it does write.
  const written = databases.hot.prepare('PRAGMA user_version = 0');
  const totalChanges = databases.writer.prepare('SELECT total_changes() AS rows');
  let countedRows = 0;
  const alone = <Value>(work: (db: Kysely<Tables>) => Promise<Value>) =>
    group.apart(async () => {
      const value = await writer.transaction().execute(work);
      // The import of a seed file, or a step of pruning, is one transaction of thousands of rows.
      const rows = Number(totalChanges.get()?.rows);
      checkpoints.count(rows - countedRows);
      countedRows = rows;
      return value;
    });

  const ofReader = readerOver(reader);
  const user = prepared(
    usersWithAll(reader).where('users.service_id', '=', '').where('users.login_id', '=', ''),
    (serviceId, loginId) => [serviceId, loginId],
    databases.hot,
    snapshot,
    fromJoined,
    async () => null,
    ofReader.user,
  );
  const holder = prepared<JoinedHolder, ReadUser>(
    holdersWithTokens(reader, '', ''),
    (serviceId, loginId) => [serviceId, loginId],
    databases.hot,
    snapshot,
    fromHolder,
    // Whoever holds nothing in use is told so by all that is known of them.
    user,
    ofReader.user,
  );
  const otpUser = prepared<JoinedHolder, ReadUser>(
    tokensInPlace(reader, '', ''),
    (serviceId, loginId) => [...placeOf(serviceId, loginId), serviceId, loginId],
    databases.hot,
    snapshot,
    fromHolder,
    holder,
    ofReader.user,
  );
  let closing: Promise<void> | null = null;

  async function close(): Promise<void> {
    await group.close();
    await checkpoints.close();
    await log.close();
    snapshot.close();
    for (const database of Object.values(databases)) if (database.isOpen) database.close();
  }

  return {
    ...ofReader,
    user,
    otpUser,
    /** A kept answer is given out only once it is durable: its writer may still be waiting for the disk, or get an error from it. */
    async keptAnswer(serviceId, keyMac, nowMs) {
      const kept = await ofReader.keptAnswer(serviceId, keyMac, nowMs);
      if (kept !== null) await log.done();
      return kept;
    },
    // A writer works alone here whatever it works on.
    transaction: (_serviceId, work) => alone((db) => work(transactionOver(db, rowInPlace))),
    acceptStep: (command) => group.run(() => hot.accept(command)),
    countFailure: (command) => group.run(() => hot.countFailure(command)),
    activateToken: (command) => alone((db) => activateToken(db, command)),
    record: (along) => group.run(() => hot.record(along)),

    auditLog: {
      ...auditLogOver(reader, alone, { ofUser: rowsOfUser }),
      ...numbersOfCopies(reader, databases.reader),
      seal: (segment, lease) => group.run(() => hot.seal(segment, lease)),
    },

    async newestAuditMs() {
      const row = await reader
        .selectFrom('audit')
        .select(({ fn }) => fn.max('at_ms').as('newest'))
        .executeTakeFirst();
      return row?.newest ?? null;
    },

    async forgetAnswers(nowMs, limit) {
      const over = (db: Kysely<Tables>) =>
        db
          .selectFrom('kept_answers')
          .select(['service_id', 'key_mac'])
          .where('expires_at_ms', '<=', nowMs)
          .orderBy('expires_at_ms')
          .limit(limit);
      // Asked first, so that an idle database is not written to.
      if ((await over(reader).execute()).length === 0) return 0;
      const { numDeletedRows } = await alone((db) =>
        db
          .deleteFrom('kept_answers')
          .where(({ eb, refTuple }) =>
            eb(refTuple('service_id', 'key_mac'), 'in', over(db).$asTuple('service_id', 'key_mac')),
          )
          .executeTakeFirstOrThrow(),
      );
      return Number(numDeletedRows);
    },

    async wipeLapsed(beforeMs, limit) {
      // Asked first, so that an idle database is not written to.
      if ((await lapsedIssues(reader, beforeMs, 1)).length === 0) return 0;
      return alone(async (db) => {
        const found = await lapsedIssues(db, beforeMs, limit);
        for (const issue of found) await wipeLapsed(db, issue, beforeMs);
        return found.length;
      });
    },

    keyChecks: () => keyChecks(reader),
    addKeyChecks: (checks) => alone((db) => addKeyChecks(db, checks)),

    async ping() {
      log.assertSound();
      await sql`SELECT 1 FROM schema_versions LIMIT 1`.execute(reader);
    },

    async tryChange() {
      await group.run(() => written.run());
    },

    close() {
      closing ??= close();
      return closing;
    },
  };
}
