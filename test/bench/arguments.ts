import { closeSync, existsSync, openSync, rmSync } from 'node:fs';

export const isCount = (number: number) => Number.isSafeInteger(number) && number > 0;

/** Why a file cannot be written, found before the run and not behind it; null where it can, or is not wanted. */
export function unwritable(path: string | undefined): string | null {
  if (path === undefined) return null;
  const wasThere = existsSync(path);
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    return `${path} cannot be written: ${(error as Error).message}`;
  }
  if (!wasThere) rmSync(path);
  return null;
}

/** Ends the program with 2 where one of the files that it shall write at its end cannot be written. */
export function assertWritable(...paths: readonly (string | undefined)[]): void {
  const problems = paths.map(unwritable).filter((problem) => problem !== null);
  if (problems.length === 0) return;
  for (const problem of problems) console.error(problem);
  process.exit(2);
}
