import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';

/** Magic numbers of statfs(2). */
const memoryFileSystems = new Set([0x01021994, 0x858458f6]);

/** What has to be said of a folder that the loss of power takes along, whatever is synced; null of one on a disk. */
export function lostWithPower(folder: string): string | null {
  if (!memoryFileSystems.has(statfsSync(folder).type)) return null;
  return 'NOT DURABLE: the folder lies in memory; set TMPDIR to a folder on a disk';
}

/** Resolves with whether strace says that it has attached; its errors come the same way. */
async function hasAttached(tracer: ChildProcessByStdio<null, null, Readable>): Promise<boolean> {
  let said = '';
  for await (const data of tracer.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += data;
    if (/^strace: Process \d+ attached/m.test(said)) return true;
  }
  return false;
}

/** Calls of fsync and fdatasync by a process while `work` runs; null where strace is missing or may not look. */
async function syncsDuring(pid: number, work: () => Promise<unknown>): Promise<number | null> {
  const folder = mkdtempSync(join(tmpdir(), 'shirushi-syncs-'));
  const out = join(folder, 'calls');
  try {
    const tracer = spawn('strace', ['-f', '-o', out, '-e', 'trace=fsync,fdatasync', '-p', String(pid)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(tracer, 'exit').catch(() => null);
    const attached = await hasAttached(tracer);
    // Whatever else it has to say is read and dropped: it never waits for a reader.
    tracer.stderr.resume();
    await work();
    tracer.kill('SIGINT');
    await ended;
    if (!attached) return null;
    return readFileSync(out, 'utf8')
      .split('\n')
      .filter((line) => /f(data)?sync\(/.test(line)).length;
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * How a verifier's commits reach the disk, looked at from outside.
 * @param work changes that are answered only once they are durable
 * @returns facts for the table; of a folder in memory that nothing is durable there: figures of a trial, and so called
 * @throws where they are not durable though they lie on a disk: nothing that follows would be worth measuring
 */
export async function sqliteDurability(
  path: string,
  pid: number,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const lost = lostWithPower(dirname(path));
  if (lost !== null) return [lost];
  const database = new DatabaseSync(path, { readOnly: true });
  const mode = Object.values(database.prepare('PRAGMA journal_mode').get() ?? {})[0];
  database.close();
  if (mode !== 'wal') throw new Error(`the journal mode is ${String(mode)}`);
  const before = rowsIn(path);
  const syncs = await syncsDuring(pid, work);
  const rows = rowsIn(path) - before;
  const settings = 'WAL, and fdatasync before the answers leave: what was answered survives the loss of power';
  if (syncs === null) return [settings, 'syncs were not counted: strace is missing or may not attach'];
  // So many changes share a commit at most.
  if (syncs < rows / 256) throw new Error(`${rows} changes were answered after only ${syncs} syncs of the disk`);
  return [settings, `${syncs} syncs counted by strace while ${rows} codes were accepted`];
}

function rowsIn(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare('SELECT max(audit_id) AS rows FROM audit').get()?.rows ?? 0);
  } finally {
    database.close();
  }
}
