import { chmodSync, closeSync, existsSync, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Keyring, Random } from './keyring.ts';
import { KeyringUnusable, loadKeyring } from './keyring-file.ts';
import type { Settings } from './settings.ts';
import { DatabaseTooNew } from './store/open.ts';
import { DatabaseUnfit } from './store/postgres/open.ts';
import { openPostgresStore } from './store/postgres/store.ts';
import { openSqliteStore } from './store/sqlite.ts';
import { type Store, StoreUnavailable } from './store/store.ts';

/** Why the program cannot start and what a person does about it, in both languages, one line each. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
  readonly en: string;
  readonly ja: string;

  constructor(en: string, ja: string, cause?: unknown) {
    super(en, { cause });
    this.en = en;
    this.ja = ja;
  }
}

/** Node's own way to make a folder with those above it never ends where none can be made, as below /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process that starts may have been first.
    if (!existsSync(folder)) throw error;
  }
}

function assertWritable(folder: string, setting: string): void {
  try {
    makeFolder(folder);
    const probe = join(folder, `.probe-${process.pid}`);
    closeSync(openSync(probe, 'w', 0o600));
    unlinkSync(probe);
  } catch (error) {
    throw new StartProblem(
      `The data folder ${folder} cannot be written. Set ${setting} to a folder that this program may write to.`,
      `データフォルダー ${folder} に書き込めません。書き込めるフォルダーを ${setting} に指定してください。`,
      error,
    );
  }
}

function tooNew(database: string, error: DatabaseTooNew): StartProblem {
  return new StartProblem(
    `The database ${database} was made by a newer version (schema ${error.databaseVersion}, this program knows ${error.programVersion}). Install that version or later; nothing was changed.`,
    `データベース ${database} は新しいバージョンで作成されています(スキーマ ${error.databaseVersion}、このプログラムは ${error.programVersion} まで)。そのバージョン以降をお使いください。何も変更していません。`,
    error,
  );
}

/** The database without user and password. */
function nameOf(postgresUrl: string): string {
  const { hostname, port, pathname } = new URL(postgresUrl);
  return `${hostname}:${port === '' ? '5432' : port}${pathname}`;
}

async function openPostgres(url: string, nowMs: number): Promise<Store> {
  const name = nameOf(url);
  try {
    return await openPostgresStore(url, nowMs);
  } catch (error) {
    if (error instanceof DatabaseTooNew) throw tooNew(name, error);
    if (error instanceof DatabaseUnfit) {
      throw new StartProblem(
        `The database ${name} does not fit: ${error.message}. Nothing was changed.`,
        `データベース ${name} は使えません。PostgreSQL 14 以降で、文字コードが UTF8 のデータベースが必要です。何も変更していません。`,
        error,
      );
    }
    const why = error instanceof StoreUnavailable ? error.message : 'it does not take the tables of this program';
    throw new StartProblem(
      `The database ${name} cannot be opened (${why}). Check DATABASE_URL, the server, and that this user may log in and make tables.`,
      `データベース ${name} を開けません。DATABASE_URL とサーバーの状態、およびこのユーザーがログインしてテーブルを作成できることを確認してください。`,
      error,
    );
  }
}

/**
 * Opens the store that the settings name; makes folder, file and tables where they are missing.
 * @throws StartProblem
 */
export async function openStore(settings: Settings, nowMs: number): Promise<Store> {
  assertWritable(settings.dataDir, 'DATA_DIR');
  if (settings.postgresUrl !== null) return openPostgres(settings.postgresUrl, nowMs);
  if (dirname(settings.databasePath) !== settings.dataDir)
    assertWritable(dirname(settings.databasePath), 'DATABASE_URL');
  try {
    // The file is there before SQLite writes to it, so that nobody else can read it at any moment.
    closeSync(openSync(settings.databasePath, 'a', 0o600));
    chmodSync(settings.databasePath, 0o600);
    return openSqliteStore(settings.databasePath, nowMs);
  } catch (error) {
    if (error instanceof DatabaseTooNew) throw tooNew(settings.databasePath, error);
    throw new StartProblem(
      `The database ${settings.databasePath} cannot be opened. Check that it is a database of this program and may be written.`,
      `データベース ${settings.databasePath} を開けません。このプログラムのデータベースであり、書き込めることを確認してください。`,
      error,
    );
  }
}

/**
 * Loads the key file that the settings name.
 * @throws StartProblem
 */
export async function openKeyring(settings: Settings, store: Store, random: Random): Promise<Keyring> {
  const path = settings.keyringPath;
  try {
    return await loadKeyring(path, store, random);
  } catch (error) {
    if (!(error instanceof KeyringUnusable)) throw error;
    switch (error.problem) {
      case 'missing':
        throw new StartProblem(
          `The key file ${path} is missing, but the database needs it. Put it back or set KEYRING to its place; nothing was changed.`,
          `鍵ファイル ${path} がありませんが、このデータベースに必要です。元に戻すか、KEYRING に場所を指定してください。何も変更していません。`,
          error,
        );
      case 'wrongKey':
        throw new StartProblem(
          `The key file ${path} belongs to another database, or was made while another node made its own. Put the right one in place, the same on every node, or set KEYRING to it; the database was not changed.`,
          `鍵ファイル ${path} は別のデータベースのものか、ほかのノードと同時に作成されたものです。正しいファイル(全ノード共通)を置くか、KEYRING に指定してください。データベースは変更していません。`,
          error,
        );
      case 'malformed':
        throw new StartProblem(
          `The key file ${path} cannot be read as a key file. Put the right one in place; nothing was changed.`,
          `鍵ファイル ${path} を読み取れません。正しいファイルを置いてください。何も変更していません。`,
          error,
        );
      case 'unwritable':
        throw new StartProblem(
          `The key file ${path} cannot be made. Set KEYRING to a place that this program may write to.`,
          `鍵ファイル ${path} を作成できません。書き込める場所を KEYRING に指定してください。`,
          error,
        );
    }
  }
}
