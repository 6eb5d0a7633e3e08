import { expect, test } from 'vitest';
import { AtWork } from '../../verifier/at-work.ts';

function limited(most: number) {
  let nowMs = 0;
  const atWork = new AtWork(most, { monotonicMs: () => nowMs });
  /** Lets a change take so long. */
  async function change(tookMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const queued = atWork.queued(promise);
    nowMs += tookMs;
    resolve();
    await queued;
  }
  /** Begins as many as it may, each with a change that takes `tookMs`, and ends them all. */
  async function wave(tookMs: number): Promise<number> {
    let begun = 0;
    while (begun < 5_000 && atWork.begin()) begun++;
    await change(tookMs);
    for (let i = 0; i < begun; i++) atWork.end();
    return begun;
  }
  /** The same with so many. */
  async function some(count: number, tookMs: number): Promise<void> {
    for (let i = 0; i < count; i++) expect(atWork.begin()).toBe(true);
    await change(tookMs);
    for (let i = 0; i < count; i++) atWork.end();
  }
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { atWork, change, wave, some, pass };
}

test('a burst may queue up to the most', async () => {
  expect(await limited(1_000).wave(500)).toBe(1_000);
});

test('a queue that stands is cut down, however quick changes were before, and may grow again once they are', async () => {
  const { wave, pass } = limited(1_000);
  await wave(1);
  for (let i = 0; i < 20; i++) await wave(200);
  expect(await wave(100)).toBe(260);
  for (let i = 0; i < 20; i++) {
    pass(200);
    await wave(5);
  }
  expect(await wave(5)).toBe(1_000);
});

test('one quick change in a window shows that nothing waits', async () => {
  const { wave, change } = limited(1_000);
  for (let i = 0; i < 20; i++) {
    await change(1);
    await wave(200);
  }
  expect(await wave(100)).toBe(1_000);
});

test('a queue is not hidden by what is refused, or answered without a change, at once', async () => {
  const { atWork, wave } = limited(1_000);
  for (let i = 0; i < 20; i++) {
    atWork.begin();
    atWork.end();
    await wave(200);
  }
  expect(await wave(100)).toBe(260);
});

test('many at once that change nothing, as strangers without a key, neither lower the limit nor raise it', async () => {
  const { atWork, wave, pass } = limited(1_000);
  const strangers = () => {
    let begun = 0;
    while (atWork.begin()) begun++;
    pass(200);
    for (let left = begun; left > 0; left--) atWork.end();
    return begun;
  };
  for (let i = 0; i < 20; i++) expect(strangers()).toBe(1_000);
  for (let i = 0; i < 20; i++) await wave(200);
  for (let i = 0; i < 20; i++) expect(strangers()).toBe(260);
});

test('where the most is less than what may always be at work, it is kept', async () => {
  const { wave } = limited(5);
  for (let i = 0; i < 20; i++) await wave(200);
  expect(await wave(100)).toBe(5);
});

test('whoever comes back where there is no room is refused, unless they had begun; they count either way until their end', async () => {
  const { atWork } = limited(1);
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
    atWork.end();
  }
  expect(atWork.begin()).toBe(true);
});

test('changes that are slow one after another are no queue that stands, also where many were at work before', async () => {
  const { atWork, change, wave } = limited(1_000);
  await wave(1);
  for (let i = 0; i < 20; i++) {
    atWork.begin();
    await change(10_000);
    atWork.end();
  }
  expect(await wave(500)).toBe(1_000);
});

test('while a queue stands the limit falls by three tenths a window, and rises by a quarter afterwards', async () => {
  const { wave, pass } = limited(1_000);
  for (const limit of [1_000, 700, 490, 343, 260, 260]) expect(await wave(200)).toBe(limit);
  for (const limit of [260, 325, 407, 509, 637, 797, 997, 1_000, 1_000]) {
    pass(200);
    expect(await wave(5)).toBe(limit);
  }
});

test.each([
  [260, 16, 700],
  [259, 16, 1_000],
  [260, 15, 1_000],
])('%i at work whose change took %i ms leave a limit of %i', async (count, tookMs, limit) => {
  const { wave, some } = limited(1_000);
  await some(count, tookMs);
  expect(await wave(0)).toBe(limit);
});

test('as many count as were at work together at any time of the window', async () => {
  const { wave, some, pass } = limited(1_000);
  await some(1, 1);
  await some(300, 50);
  pass(50);
  await some(1, 50);
  expect(await wave(0)).toBe(700);
});

test('many who were at work in an earlier window make no queue of one slow change', async () => {
  const { wave, some, pass } = limited(1_000);
  await some(300, 1);
  for (const tookMs of [1, 50]) {
    pass(200);
    await some(1, tookMs);
  }
  expect(await wave(0)).toBe(1_000);
});

test('the limit is looked at again after 100 ms, however long nothing came before', async () => {
  const { wave, some, pass } = limited(1_000);
  pass(10_000);
  await some(300, 50);
  await some(300, 99);
  const { wave: anotherWave, some: others, pass: passThere } = limited(1_000);
  passThere(10_000);
  await others(300, 50);
  await others(300, 100);
  expect([await wave(0), await anotherWave(0)]).toEqual([700, 490]);
});
