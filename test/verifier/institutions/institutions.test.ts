import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseInstitution } from '../../../shared/institution.ts';

const folder = new URL('../../../verifier/institutions/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as object;

function* leaves(value: unknown, path = ''): Generator<[string, unknown]> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) yield* leaves(inner, path === '' ? key : `${path}.${key}`);
  } else yield [path, value];
}

/** The rows of one institution's table in the README: path, value, where it comes from. */
function tableOf(name: string): string[][] {
  const section = readFileSync(new URL('README.md', folder), 'utf8')
    .split(/^## /m)
    .find((text) => text.split('\n', 1)[0]?.includes(`\`${name}\``));
  return (section ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim()),
    );
}

test('ships the four institutions of the manuals', () => {
  expect(names.toSorted()).toEqual(['kenshin.json', 'kumashin.json', 'seikyo.json', 'yamagata-chuo.json']);
});

describe.each(names)('%s', (name) => {
  test('is a valid institution file', () => {
    expect(parseInstitution(read(name))).not.toHaveProperty('problems');
  });

  test('has each of its values traced to a manual or marked as our choice', () => {
    const rows = tableOf(name);
    expect(rows.map(([path, value]) => [path, value])).toEqual(
      [...leaves(read(name))].map(([path, value]) => [`\`${path}\``, `\`${jsonOf(value)}\``]),
    );
    for (const [path, , from] of rows) expect(from, path).toMatch(/M[1-5]|_our choice_|NIST|Japanese institution/);
  });
});

function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll('","', '", "');
}

test('no two institutions share a Service ID', () => {
  const ids = names.map((name) => (read(name) as { serviceId: string }).serviceId);
  expect(new Set(ids).size).toBe(ids.length);
});
