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
/** Short, since SQLite waits without letting the process do anything else; transactions wait for their turn outside of it. */
const writingTimeoutMs = 5;
/** Readers wait only while another process recovers the log after a crash. */
const readingTimeoutMs = 2_000;
/**
 * Pages of 4 KiB in the write-ahead log before it is carried over into the file, which costs a second sync and a write
 * of each page that changed since. With many tokens nearly every code changes a page of its own: a log of 16 MB halves
 * those writes against SQLite's 4 MB and is still read in a moment after a crash.
 */
const checkpointPages = 4_000;
/** Of the thread that accepts codes, in KiB: it alone keeps its pages from one commit to the next. */
const hotCacheKib = 8_000;

function pragma(database: DatabaseSync, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
}

function configure(database: DatabaseSync, busyTimeoutMs: number): void {
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA foreign_keys = ON');
  // Seeds and answers that are overwritten or deleted leave no bytes behind in free pages.
  database.exec('PRAGMA secure_delete = ON');
  database.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  const asked = [
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['foreign_keys', 1],
    ['busy_timeout', busyTimeoutMs],
  ] as const;
  for (const [name, expected] of asked) {
    const found = pragma(database, name);
    if (found !== expected) throw new Error(`SQLite did not take ${name} = ${expected}, it has ${String(found)}`);
  }
}

function versionOf(database: DatabaseSync): number {
  const table = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'schema_versions'`).get();
  if (table === undefined) return 0;
  const row = database.prepare('SELECT max(version) AS version FROM schema_versions').get();
  return Number(row?.version ?? 0);
}

function migrate(database: DatabaseSync, nowMs: number): void {
  if (versionOf(database) === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(
      'CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, applied_at_ms INTEGER) STRICT',
    );
    // Asked again under the lock: another process may have migrated meanwhile.
    for (let version = versionOf(database); version < migrations.length; version++) {
      database.exec(migrations[version] ?? '');
      database.prepare('INSERT INTO schema_versions VALUES (?, ?)').run(version + 1, nowMs);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** One more writing connection to a file that is open and migrated already, for a thread of its own. */
export function openWriter(path: string): DatabaseSync {
  const writer = new DatabaseSync(path, { timeout: openingTimeoutMs });
  try {
    configure(writer, 0);
    writer.exec(`PRAGMA cache_size = -${hotCacheKib}`);
    return writer;
  } catch (error) {
    writer.close();
    throw error;
  }
}

/**
 * Two connections to one SQLite file: one that writes, one that reads and so never sees half a change. The file is
 * made and brought to the present version where needed; WAL, full durability and foreign keys are switched on and
 * looked at.
 * @throws DatabaseTooNew before anything is changed; what node:sqlite says where the file cannot be opened
 */
export function openDatabase(path: string, nowMs: number): { writer: DatabaseSync; reader: DatabaseSync } {
  const writer = new DatabaseSync(path, { timeout: openingTimeoutMs });
  let reader: DatabaseSync | undefined;
  try {
    const version = versionOf(writer);
    if (version > migrations.length) throw new DatabaseTooNew(version, migrations.length);
    // First all that may have to wait for another process that starts, then the short time for waiting.
    writer.exec('PRAGMA journal_mode = WAL');
    migrate(writer, nowMs);
    configure(writer, writingTimeoutMs);
    reader = new DatabaseSync(path, { timeout: openingTimeoutMs });
    configure(reader, readingTimeoutMs);
    return { writer, reader };
  } catch (error) {
    reader?.close();
    writer.close();
    throw error;
  }
}
