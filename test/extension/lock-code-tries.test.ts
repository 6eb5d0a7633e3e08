import { describe, expect, test } from 'vitest';
import { clearTries, countTry, readTries, startWait, waitAfterMs } from '../../extension/lock-code-tries.ts';
import { openVaultDatabase } from '../../extension/vault-database.ts';
import { Profile } from './support.ts';

const startMs = 1_800_000_000_000;

/** The count of a browser where nothing was tried yet. */
async function fresh() {
  new Profile();
  return openVaultDatabase();
}

test('the wait doubles from one second to 15 minutes', () => {
  const seconds = [0, 1, 2, 3, 10, 11, 12, 500].map((failures) => waitAfterMs(failures) / 1000);
  expect(seconds).toEqual([0, 1, 2, 4, 512, 900, 900, 900]);
});

describe('a try', () => {
  test('has its wait from when it was counted, though the browser was closed before it turned out wrong', async () => {
    const database = await fresh();
    await countTry(database, startMs);
    const laterMs = startMs + 3_600_000;
    expect(await countTry(database, laterMs)).toEqual({ failures: 2, waitMs: 2000, counted: true });
    expect(await countTry(database, laterMs + 1999)).toEqual({ failures: 2, waitMs: 1, counted: false });
    expect(await countTry(database, laterMs + 2000)).toEqual({ failures: 3, waitMs: 4000, counted: true });
  });

  test('has its whole wait from when it turned out wrong', async () => {
    const database = await fresh();
    await countTry(database, startMs);
    expect(await startWait(database, startMs + 700)).toEqual({ failures: 1, waitMs: 1000 });
    expect(await readTries(database, startMs + 1699)).toEqual({ failures: 1, waitMs: 1 });
    expect(await readTries(database, startMs + 90_000)).toEqual({ failures: 1, waitMs: 0 });
  });

  test('waits no longer than its own wait where the clock was set back, and no less', async () => {
    const database = await fresh();
    await countTry(database, startMs);
    const backMs = startMs - 86_400_000;
    expect(await readTries(database, backMs)).toEqual({ failures: 1, waitMs: 1000 });
    expect(await readTries(database, backMs + 400)).toEqual({ failures: 1, waitMs: 600 });
  });

  test('is forgotten after the right one, and none leaves nothing behind', async () => {
    const database = await fresh();
    expect(await startWait(database, startMs)).toEqual({ failures: 0, waitMs: 0 });
    expect(await database.getAll('tries')).toEqual([]);
    await countTry(database, startMs);
    await clearTries(database);
    expect(await readTries(database, startMs)).toEqual({ failures: 0, waitMs: 0 });
    expect(await countTry(database, startMs)).toMatchObject({ failures: 1, counted: true });
  });
});
