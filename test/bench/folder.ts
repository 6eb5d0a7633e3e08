import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is gone when the bench ends. `TMPDIR` chooses the disk. */
export function benchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shirushi-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
