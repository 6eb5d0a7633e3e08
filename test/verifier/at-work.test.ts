import { expect, test } from 'vitest';
import { AtWork } from '../../verifier/at-work.ts';

/** Begins as many as it may, each over its own connection, then ends them all after `tookMs`. */
function wave(atWork: AtWork, nowMs: number, tookMs: number, connection?: object): number {
  const begun: object[] = [];
  for (let i = 0; i < 5_000; i++) {
    const over = connection ?? {};
    if (!atWork.begin(over)) break;
    begun.push(over);
  }
  for (const over of begun) atWork.end(over, nowMs, tookMs);
  return begun.length;
}

test('a burst may queue up to the most', () => {
  expect(wave(new AtWork(1_000), 0, 500)).toBe(1_000);
});

test('a queue that stands is cut down, one connection’s own first, and grows again once requests are quick', () => {
  const atWork = new AtWork(1_000);
  const one = {};
  for (let nowMs = 200; nowMs < 4_000; nowMs += 200) wave(atWork, nowMs, 100);
  expect(wave(atWork, 3_850, 100, one)).toBe(64);
  expect(wave(atWork, 3_850, 100)).toBe(256);
  for (let nowMs = 4_000; nowMs < 8_000; nowMs += 200) wave(atWork, nowMs, 5);
  expect(wave(atWork, 7_850, 5, one)).toBe(1_000);
});

test('one quick request in a window shows that nothing waits', () => {
  const atWork = new AtWork(1_000);
  for (let nowMs = 200; nowMs < 4_000; nowMs += 200) {
    const quick = {};
    atWork.begin(quick);
    atWork.end(quick, nowMs - 150, 1);
    wave(atWork, nowMs, 100);
  }
  expect(wave(atWork, 4_000, 100)).toBe(1_000);
});

test('fewer than the usual floors are kept where that is the most', () => {
  const atWork = new AtWork(5);
  for (let nowMs = 200; nowMs < 4_000; nowMs += 200) wave(atWork, nowMs, 100);
  expect(wave(atWork, 4_000, 100)).toBe(5);
});
