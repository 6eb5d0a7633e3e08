import type { TriesRow, VaultDatabase } from './vault-database.ts';

export interface Tries {
  readonly failures: number;
  /** Until the next try, 0 where at once. */
  readonly waitMs: number;
}

/** The wait after so many wrong lock codes in a row: 1, 2, 4, 8 … seconds, at most 15 minutes. */
export function waitAfterMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(2 ** (failures - 1), 15 * 60) * 1000;
}

/** What stands in the count now. */
export async function readTries(database: VaultDatabase, nowMs: number): Promise<Tries> {
  // Nearly always nothing stands there, and a transaction that might write would be waited for.
  if ((await database.get('tries', 'lockCode')) === undefined) return { failures: 0, waitMs: 0 };
  return change(database, nowMs, (row) => row);
}

/**
 * Counts one try before it is made, on disk before this returns; a closed browser gives none of them back.
 * During the wait nothing is counted and `counted` is false.
 */
export async function countTry(database: VaultDatabase, nowMs: number): Promise<Tries & { readonly counted: boolean }> {
  let counted = false;
  const tries = await change(database, nowMs, (row) => {
    if (remainingMs(row, nowMs) > 0) return row;
    counted = true;
    return { ...row, failures: row.failures + 1, countedAtMs: nowMs };
  });
  return { ...tries, counted };
}

/** Has the wait begin now, after the try turned out to be wrong; deriving its key took a while. */
export function startWait(database: VaultDatabase, nowMs: number): Promise<Tries> {
  return change(database, nowMs, (row) => ({ ...row, countedAtMs: nowMs }));
}

/** Forgets the wrong ones, after the right one. */
export async function clearTries(database: VaultDatabase): Promise<void> {
  await database.delete('tries', 'lockCode');
}

function remainingMs(row: TriesRow, nowMs: number): number {
  return Math.max(0, row.countedAtMs + waitAfterMs(row.failures) - nowMs);
}

/** One transaction from reading to writing: of two tries at once the second sees the first. */
async function change(database: VaultDatabase, nowMs: number, next: (row: TriesRow) => TriesRow): Promise<Tries> {
  const transaction = database.transaction('tries', 'readwrite', { durability: 'strict' });
  const stored = await transaction.store.get('lockCode');
  const known = stored ?? { id: 'lockCode', failures: 0, countedAtMs: nowMs };
  // A clock that was set back starts the wait anew, so that no wait is longer than its own length.
  const row = next(known.countedAtMs > nowMs ? { ...known, countedAtMs: nowMs } : known);
  if (row.failures > 0 && row !== stored) await transaction.store.put(row);
  await transaction.done;
  return { failures: row.failures, waitMs: remainingMs(row, nowMs) };
}
