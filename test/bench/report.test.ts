import { expect, test } from 'vitest';
import { type Measured, reportOf, table } from './report.ts';

const round = (name: string, busy: number): Measured => ({
  name,
  connections: 64,
  figures: { perSecond: 100, p50Ms: 1, p95Ms: 2, p99Ms: 3, busy },
});

test('a row tells how busy its generator was in the middle, and the table which rates may be its own', () => {
  const rows = reportOf([round('slow', 0.3), round('slow', 0.99), round('slow', 0.4), round('quick', 0.96)]);
  expect(rows.map(({ name, busy }) => [name, busy])).toEqual([
    ['slow', 0.4],
    ['quick', 0.96],
  ]);
  const doubtful = table({ machine: '', facts: [], rows, ratios: {} })
    .split('\n')
    .filter((line) => line.includes('may be its own'));
  expect(doubtful).toEqual([expect.stringContaining('quick at 64')]);
});
