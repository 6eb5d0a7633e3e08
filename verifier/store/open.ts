import { DatabaseSync } from 'node:sqlite';
import { migrations } from './migrations.ts';

/** The database was made by a later version of this program; nothing in it was touched. */
export class DatabaseTooNew extends Error {
  override readonly name = 'DatabaseTooNew';
  readonly databaseVersion: number;
  readonly programVersion: number;

  constructor(databaseVersion: number, programVersion: number) {
    super(`the database has version ${databaseVersion}, this program knows ${programVersion}`);
    this.databaseVersion = databaseVersion;
    this.programVersion = programVersion;
  }
}

const openingTimeoutMs = 10_000;
/** Short, since SQLite blocks the process while it waits; transactions wait for their turn outside of SQLite. */
const writingTimeoutMs = 5;
/** Readers wait only while another process recovers the write-ahead log after a crash. */
const readingTimeoutMs = 2_000;
/** Page cache of the connection that checks codes, in KiB: only this connection's cache stays valid from commit to commit. */
const hotCacheKib = 32_000;
function pragma(database: DatabaseSync, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
}

/**
 * `synchronous = NORMAL`: SQLite waits for the disk around each checkpoint and where the write-ahead log starts again, which
 * keeps the file consistent. `WalSync` waits for the disk after commits, and `Checkpoints` makes the checkpoints.
 */
function configure(database: DatabaseSync, busyTimeoutMs: number): void {
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = NORMAL');
  database.exec('PRAGMA foreign_keys = ON');
  // Seeds and answers that are overwritten or deleted leave no bytes behind in free pages.
  database.exec('PRAGMA secure_delete = ON');
  database.exec('PRAGMA wal_autocheckpoint = 0');
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  const asked = [
    ['journal_mode', 'wal'],
    ['synchronous', 1],
    ['wal_autocheckpoint', 0],
    ['foreign_keys', 1],
    ['busy_timeout', busyTimeoutMs],
  ] as const;
  for (const [name, expected] of asked) {
    const found = pragma(database, name);
    if (found !== expected) throw new Error(`SQLite did not take ${name} = ${expected}, it has ${String(found)}`);
  }
}

/** @throws DatabaseTooNew */
function versionOf(database: DatabaseSync): number {
  const table = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'schema_versions'`).get();
  if (table === undefined) return 0;
  const row = database.prepare('SELECT max(version) AS version FROM schema_versions').get();
  const version = Number(row?.version ?? 0);
  if (version > migrations.length) throw new DatabaseTooNew(version, migrations.length);
  return version;
}

function migrate(database: DatabaseSync, nowMs: number): void {
  if (versionOf(database) === migrations.length) return;
  // A migration may replace a table that others refer to; foreign keys are checked at the end of the transaction.
  database.exec('PRAGMA foreign_keys = OFF');
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(
      'CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, applied_at_ms INTEGER) STRICT',
    );
    // Asked again under the lock: another process may have migrated meanwhile, also one of a later version.
    for (let version = versionOf(database); version < migrations.length; version++) {
      database.exec(migrations[version] ?? '');
      database.prepare('INSERT INTO schema_versions VALUES (?, ?)').run(version + 1, nowMs);
    }
    const dangling = database.prepare('PRAGMA foreign_key_check').get();
    if (dangling !== undefined)
      throw new Error(`a row of ${String(dangling.table)} refers to none after the migration`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  } finally {
    database.exec('PRAGMA foreign_keys = ON');
  }
}

function opened(path: string, busyTimeoutMs: number): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: openingTimeoutMs });
  try {
    configure(database, busyTimeoutMs);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Connections to one SQLite file. */
export interface Databases {
  /** Checks codes. Never in a transaction at the end of a turn of the event loop. */
  readonly hot: DatabaseSync;
  /** For transactions that take several turns of the event loop. */
  readonly writer: DatabaseSync;
  /** Only reads, so it never sees half a transaction. */
  readonly reader: DatabaseSync;
}

/**
 * Creates the file, or migrates it to the present version, where needed; switches WAL and foreign keys on and verifies that.
 * @throws DatabaseTooNew before anything is changed; what node:sqlite says where the file cannot be opened
 */
export function openDatabases(path: string, nowMs: number): Databases {
  const writer = new DatabaseSync(path, { timeout: openingTimeoutMs });
  const open = [writer];
  try {
    // Before anything is changed.
    versionOf(writer);
    // First what may have to wait for another process that is starting; only then the short busy timeout.
    writer.exec('PRAGMA journal_mode = WAL');
    migrate(writer, nowMs);
    configure(writer, writingTimeoutMs);
    const reader = opened(path, readingTimeoutMs);
    open.push(reader);
    const hot = opened(path, 0);
    open.push(hot);
    hot.exec(`PRAGMA cache_size = -${hotCacheKib}`);
    return { hot, writer, reader };
  } catch (error) {
    for (const database of open) database.close();
    throw error;
  }
}
