import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Checkpoints } from '../../verifier/store/checkpoints.ts';
import { temporaryFolder } from './fixture.ts';

/** Niceness of this process's threads that is not 0: proc_pid_stat(5), field 19; the name before it may hold spaces. */
function niceThreads(): readonly number[] {
  const nice = (thread: string) => {
    const fields = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(fields[16]);
  };
  return readdirSync('/proc/self/task')
    .map(nice)
    .filter((value) => value !== 0);
}

test('the log is carried over into the file and begins anew, by a thread that gives way to all others', async () => {
  const path = join(temporaryFolder(), 'verifier.sqlite');
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE rows (bytes)');
  const write = (count: number) => {
    for (let i = 0; i < count; i++) database.exec('INSERT INTO rows VALUES (randomblob(3000))');
  };
  /** Pages in the log; null while the thread is at it. */
  const pages = () => {
    const row = database.prepare('PRAGMA wal_checkpoint(NOOP)').get();
    return row?.busy === 0 ? Number(row.log) : null;
  };
  write(1_000);
  expect(pages()).toBeGreaterThan(1_000);
  const checkpoints = new Checkpoints(path);
  checkpoints.count(3_999);
  checkpoints.count(1);
  await vi.waitFor(
    () => {
      write(1);
      expect(pages()).toBeLessThan(1_000);
    },
    { timeout: 20_000 },
  );
  expect(database.prepare('SELECT count(*) AS rows FROM rows').get()?.rows).toBeGreaterThan(1_000);
  if (process.platform === 'linux') expect(niceThreads()).toEqual([19]);
  await checkpoints.close();
});
