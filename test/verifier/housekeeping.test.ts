import { setTimeout } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { startHousekeeping } from '../../verifier/housekeeping.ts';
import { bench } from './fixture.ts';
import { sealedBench } from './sealing.ts';

const patience = { timeout: 20_000 };

test('a clean-up that fails says so once, once more when it works again, and how much of the log it pruned', async () => {
  const at = await sealedBench();
  await at.segmentOf({}, {});
  at.clock.advance(40 * 86_400_000);
  let rounds = 0;
  let broken = true;
  const store = {
    ...at.store,
    async forgetAnswers(nowMs: number, limit: number) {
      rounds++;
      if (broken) throw new Error('permission denied');
      return at.store.forgetAnswers(nowMs, limit);
    },
  };
  const parts = { store, keyring: at.parts.keyring, clock: at.clock, auditRetentionDays: 30 };
  const housekeeping = startHousekeeping(parts, at.options.log, 1);
  const said = (text: string) => at.logs.filter((line) => line.includes(text)).length;
  await vi.waitUntil(() => rounds > 3, patience);
  expect([said('cannot be removed now'), said('removed again'), said('are pruned')]).toEqual([1, 0, 0]);
  broken = false;
  const failed = rounds;
  await vi.waitUntil(() => rounds > failed + 3, patience);
  expect([said('cannot be removed now'), said('removed again'), said('"rows":2')]).toEqual([1, 1, 1]);
  expect(said('are pruned')).toBe(1);
  await housekeeping.end();
  const ended = rounds;
  await setTimeout(50);
  expect(rounds).toBe(ended);
});

test('a clean-up ends only after the step at work', async () => {
  const at = await bench();
  const step = Promise.withResolvers<number>();
  const store = { ...at.store, forgetAnswers: () => step.promise };
  const parts = { store, keyring: at.options.keyring, clock: at.clock, auditRetentionDays: null };
  const housekeeping = startHousekeeping(parts, at.options.log, 1);
  let hasEnded = false;
  const ending = housekeeping.end().then(() => {
    hasEnded = true;
  });
  await setTimeout(50);
  expect(hasEnded).toBe(false);
  step.resolve(0);
  await ending;
});
