import { expect, test } from 'vitest';
import { median } from './target.ts';

test('the median of an odd number is the middle value, of an even number the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 2])).toBe(3.5);
  expect(median([7])).toBe(7);
});

test('nothing has no median', () => {
  expect(median([])).toBeNaN();
});
