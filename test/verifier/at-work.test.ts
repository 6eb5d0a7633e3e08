import { expect, test } from 'vitest';
import { AtWork } from '../../verifier/at-work.ts';

/** Begins as many as it may, then ends them all after `tookMs`. */
function wave(atWork: AtWork, nowMs: number, tookMs: number): number {
  let begun = 0;
  while (begun < 5_000 && atWork.begin()) begun++;
  for (let i = 0; i < begun; i++) atWork.end(nowMs, tookMs);
  return begun;
}

test('a burst may queue up to the most', () => {
  expect(wave(new AtWork(1_000), 0, 500)).toBe(1_000);
});

test('a queue that stands is cut down, however quick requests were before, and may grow again once they are', () => {
  const atWork = new AtWork(1_000);
  wave(atWork, 0, 1);
  for (let nowMs = 200; nowMs < 4_000; nowMs += 200) wave(atWork, nowMs, 100);
  expect(wave(atWork, 3_850, 100)).toBe(260);
  for (let nowMs = 4_000; nowMs < 8_000; nowMs += 200) wave(atWork, nowMs, 5);
  expect(wave(atWork, 7_850, 5)).toBe(1_000);
});

test('one quick request in a window shows that nothing waits', () => {
  const atWork = new AtWork(1_000);
  for (let nowMs = 200; nowMs < 4_000; nowMs += 200) {
    atWork.begin();
    atWork.end(nowMs - 150, 1);
    wave(atWork, nowMs, 100);
  }
  expect(wave(atWork, 4_000, 100)).toBe(1_000);
});

test('where the most is less than what may always be at work, it is kept', () => {
  const atWork = new AtWork(5);
  for (let nowMs = 200; nowMs < 4_000; nowMs += 200) wave(atWork, nowMs, 100);
  expect(wave(atWork, 4_000, 100)).toBe(5);
});

test('whoever comes back where there is no room is refused, unless they had begun; they count either way until their end', async () => {
  const atWork = new AtWork(1);
  const { promise, resolve } = Promise.withResolvers<void>();
  const waiting: Promise<void>[] = [];
  for (const isBegun of [false, true]) {
    expect(atWork.begin()).toBe(true);
    waiting.push(atWork.apart(() => promise, isBegun));
  }
  expect(atWork.begin()).toBe(true);
  resolve();
  const comings = await Promise.allSettled(waiting);
  expect(comings.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(comings).toMatchObject([{ reason: { code: 'unavailable', headers: { 'retry-after': '1' } } }, {}]);
  for (let i = 0; i < 3; i++) {
    expect(atWork.isFull).toBe(true);
    atWork.end(0, 1);
  }
  expect(atWork.begin()).toBe(true);
});

test('one slow sender after another is no queue that stands', () => {
  const atWork = new AtWork(1_000);
  for (let nowMs = 200; nowMs < 4_000; nowMs += 200) {
    atWork.begin();
    atWork.end(nowMs, 10_000);
  }
  expect(wave(atWork, 4_000, 500)).toBe(1_000);
});
