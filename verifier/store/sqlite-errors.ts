import { StoreUnavailable } from './store.ts';

const busy = 5;
/** Only to be read, failing, full. */
const refusing = [8, 10, 13];
const constraintViolated = 19;
const misuse = 21;
const rangeWrong = 25;

/** True where another connection is writing. */
export function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && (errcode & 0xff) === busy;
}

/** Passes programmer's errors on and says `StoreUnavailable` for all that the database itself suffers from. */
export function translateError(error: unknown): never {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (code === 'ERR_INVALID_STATE') throw new StoreUnavailable('the database is closed', { cause: error });
  if (code !== 'ERR_SQLITE_ERROR' || typeof errcode !== 'number') throw error;
  const primary = errcode & 0xff;
  if (primary === 1 || primary === constraintViolated || primary === misuse || primary === rangeWrong) throw error;
  const changesRefused = refusing.includes(primary);
  const what = changesRefused ? 'takes no changes' : 'does not answer';
  throw new StoreUnavailable(`the database ${what} (SQLite error ${errcode})`, { cause: error, changesRefused });
}
