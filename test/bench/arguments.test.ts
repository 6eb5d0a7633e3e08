import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../verifier/fixture.ts';
import { isCount, unwritable } from './arguments.ts';

test('a count is a positive integer', () => {
  expect([1, 64].every(isCount)).toBe(true);
  expect([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].some(isCount)).toBe(false);
});

test('a path that cannot be written is told, and none is changed by looking', () => {
  const folder = temporaryFolder();
  const [there, fresh] = [join(folder, 'there.json'), join(folder, 'fresh.json')];
  writeFileSync(there, 'kept');
  expect([unwritable(there), unwritable(fresh), unwritable(undefined)]).toEqual([null, null, null]);
  expect(readFileSync(there, 'utf8')).toBe('kept');
  expect(existsSync(fresh)).toBe(false);
  const none = join(folder, 'none', 'report.json');
  expect(unwritable(none)).toContain(none);
  expect(unwritable(folder)).toContain(folder);
});
