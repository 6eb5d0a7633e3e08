import { expect, test } from 'vitest';
import { slopeOf } from './slope.ts';

/** Scatter between -0.5 and 0.5 that looks like none and is the same each time. */
const scatter = (i: number) => ((i * 0.618034) % 1) - 0.5;
const series = (yOf: (x: number) => number) => Array.from({ length: 60 }, (_, x) => ({ x, y: yOf(x) }));

test('finds a rise under a scatter of ten times its step, and none where there is none', () => {
  const rising = slopeOf(series((x) => 200 + 0.5 * x + 5 * scatter(x)));
  expect(rising.low).toBeGreaterThan(0);
  expect(rising.low).toBeLessThan(0.5);
  expect(rising.high).toBeGreaterThan(0.5);
  const flat = slopeOf(series((x) => 200 + 5 * scatter(x)));
  expect(flat.low).toBeLessThan(0);
  expect(flat.high).toBeGreaterThan(0);
});

test('is not moved by a few high values', () => {
  const { middle, low } = slopeOf(series((x) => (x > 56 ? 400 : 200 + scatter(x))));
  expect(Math.abs(middle)).toBeLessThan(0.1);
  expect(low).toBeLessThan(0);
});

test('says nothing of fewer than three points', () => {
  expect(
    slopeOf([
      { x: 0, y: 1 },
      { x: 1, y: 9 },
    ]).low,
  ).toBeNaN();
});
