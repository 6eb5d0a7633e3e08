import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type HousekeepingParts, startHousekeeping } from '../../verifier/housekeeping.ts';
import type { Store } from '../../verifier/store/store.ts';
import { addUser, type Bench, bench, issue } from './fixture.ts';
import { sealedBench } from './sealing.ts';

const dayMs = 86_400_000;

interface Pause {
  readonly ms: number;
  over(): void;
}

/** Gives, in turn, each pause that a signal can end, which then lasts until the test says that it is over. */
function pauses() {
  const begun: Pause[] = [];
  const wait = timers.setTimeout;
  const paused = vi.spyOn(timers, 'setTimeout').mockImplementation((ms, value, options) => {
    const signal = options?.signal;
    if (signal === undefined) return wait(ms, value, options);
    const { promise, resolve, reject } = Promise.withResolvers<typeof value>();
    signal.addEventListener('abort', () => reject(signal.reason));
    if (signal.aborted) reject(signal.reason);
    begun.push({ ms: ms ?? 0, over: () => resolve(value) });
    return promise as never;
  });
  syncBuiltinESMExports();
  onTestFinished(() => {
    paused.mockRestore();
    syncBuiltinESMExports();
  });
  const next = async (): Promise<Pause> => {
    await expect.poll(() => begun.length).toBeGreaterThan(0);
    return begun.shift() ?? expect.unreachable();
  };
  /** Passes over the rests between steps. */
  const nextMinute = async (): Promise<Pause> => {
    const pause = await next();
    if (pause.ms === 60_000) return pause;
    pause.over();
    return nextMinute();
  };
  return { next, nextMinute };
}

function start(at: Bench, { store = at.store, auditRetentionDays = null }: Partial<HousekeepingParts> = {}) {
  const { clock, options, logs } = at;
  const housekeeping = startHousekeeping({ store, keyring: options.keyring, clock, auditRetentionDays }, options.log);
  onTestFinished(() => housekeeping.end());
  const said = () => logs.map((line) => JSON.parse(line)).filter(({ msg }) => /removed|pruned/.test(msg));
  return { housekeeping, said };
}

/** Keeps so many answers that are over. */
async function overAnswers({ store, clock }: Bench, count: number): Promise<void> {
  const [nowMs, mac] = [clock.nowMs(), new Uint8Array(32)];
  await store.transaction('1001', async (transaction) => {
    for (let key = 0; key < count; key++) {
      const keyMac = new Uint8Array(32);
      new DataView(keyMac.buffer).setUint32(0, key);
      const kept = { keyMac, bodyMac: mac, status: 200, sealedAnswer: mac, expiresAtMs: nowMs + 1 };
      await transaction.keepAnswer('1001', kept, nowMs);
    }
  });
  clock.advance(1);
}

const answers = (at: Bench) => at.rows('SELECT count(*) AS n FROM kept_answers')[0]?.n;

test('after each step it rests four times as long as the step took, at least 20 ms; a minute after the last', async () => {
  const at = await bench();
  await overAnswers(at, 1_001);
  const steps = [1, 30, 500];
  const store: Store = {
    ...at.store,
    async forgetAnswers(nowMs, limit) {
      at.clock.advance(steps.shift() ?? 0);
      return at.store.forgetAnswers(nowMs, limit);
    },
  };
  const { next } = pauses();
  start(at, { store });
  for (const [ms, left] of [
    [20, 501],
    [120, 1],
    [2_000, 0],
    // The step for lapsed issues, of which there are none.
    [20, 0],
    [60_000, 0],
  ]) {
    const pause = await next();
    expect([pause.ms, answers(at)]).toEqual([ms, left]);
    pause.over();
  }
});

test('more issues lapsed than a step takes are wiped before the pause of a minute', async () => {
  const at = await bench();
  for (let i = 0; i < 26; i++) {
    await addUser(at, `u${i}`);
    await issue(at, `u${i}`);
  }
  const seeds = () => at.rows('SELECT count(*) AS n FROM tokens WHERE length(sealed_seed) > 0')[0]?.n;
  at.clock.advance(dayMs);
  const { nextMinute } = pauses();
  start(at);
  await nextMinute();
  expect(seeds()).toBe(0);
});

test('a failure is told of once and tried again; that it works again is told of once too', async () => {
  const at = await bench();
  let failing = false;
  const store: Store = {
    ...at.store,
    forgetAnswers: (...given) =>
      failing ? Promise.reject(new Error('the disk is full')) : at.store.forgetAnswers(...given),
  };
  const { nextMinute } = pauses();
  const { said } = start(at, { store });
  for (const fails of [true, true, false, false, true, false]) {
    const pause = await nextMinute();
    failing = fails;
    pause.over();
  }
  await nextMinute();
  const failed = { level: 50, msg: 'what is over cannot be removed now', reason: 'the disk is full' };
  const works = { level: 30, msg: 'what is over is removed again' };
  expect(said()).toMatchObject([failed, works, failed, works]);
});

test('rows of the log past their time are pruned, and it is told of how many; where none were nothing is told', async () => {
  const at = await sealedBench();
  await at.segmentOf({}, {});
  const { nextMinute } = pauses();
  const { said } = start(at, { auditRetentionDays: 30 });
  const pause = await nextMinute();
  expect(said()).toEqual([]);
  at.clock.advance(40 * dayMs);
  pause.over();
  await nextMinute();
  expect(said()).toMatchObject([{ rows: 2, days: 30 }]);
  const prunings = at.rows(`SELECT actor, at_ms FROM audit WHERE operation = 'pruneAudit'`);
  expect(prunings).toEqual([{ actor: 'retention', at_ms: at.clock.nowMs() }]);
});

test('it ends in the midst of its pause', async () => {
  const at = await bench();
  const { nextMinute } = pauses();
  const { housekeeping } = start(at);
  await nextMinute();
  const before = at.logs.length;
  await housekeeping.end();
  expect(at.logs).toHaveLength(before);
});

test('it ends after the step at work, and waits for that one', async () => {
  const at = await bench();
  await overAnswers(at, 1_001);
  const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const steps: string[] = [];
  const store: Store = {
    ...at.store,
    async forgetAnswers(...given) {
      begun.resolve();
      await released.promise;
      const forgotten = await at.store.forgetAnswers(...given);
      steps.push(`${forgotten} answers`);
      return forgotten;
    },
    async wipeLapsed(...given) {
      steps.push('issues');
      return at.store.wipeLapsed(...given);
    },
    async serviceIds() {
      steps.push('the log');
      return at.store.serviceIds();
    },
  };
  pauses();
  const { housekeeping } = start(at, { store, auditRetentionDays: 30 });
  await begun.promise;
  const ending = housekeeping.end();
  released.resolve();
  await ending;
  expect(steps).toEqual(['500 answers']);
});
