import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Keyring } from './keyring.ts';
import { pruneStep } from './sealing/prune.ts';
import type { Store } from './store/store.ts';

export interface HousekeepingParts {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Days for which rows of the log stay at least; null: for good. */
  readonly auditRetentionDays: number | null;
}

/** Pause between two clean-ups. Milliseconds. */
const pauseMs = 60_000;
const answersAtOnce = 500;
const issuesAtOnce = 25;
/** How long a lapsed issue is left alone: requests at work on it, even by a slower clock, are done by then. Milliseconds. */
const lapsedForMs = 3_600_000;
/** After each step it rests this many times as long as the step took, so that requests come first. */
const restTimes = 4;
const leastRestMs = 20;

const dayMs = 86_400_000;

/**
 * Segments sealed before this time are pruned. It moves once a day, at midnight UTC, so that the log has one row of pruning
 * a day, not one for every segment.
 */
export function retentionEndMs(nowMs: number, days: number): number {
  return Math.floor(nowMs / dayMs - days) * dayMs;
}

/**
 * Removes, in small steps, expired kept answers, seeds of lapsed issues, and rows of the log past their retention.
 * @param rest called after each step; false: no further one
 * @returns the number of rows pruned from the log
 */
export async function keepHouse(
  { store, keyring, clock, auditRetentionDays }: HousekeepingParts,
  rest: (tookMs: number) => Promise<boolean>,
): Promise<number> {
  const steps = async (step: () => Promise<boolean>): Promise<boolean> => {
    for (;;) {
      const fromMs = clock.monotonicMs();
      const more = await step();
      if (!(await rest(clock.monotonicMs() - fromMs))) return false;
      if (!more) return true;
    }
  };
  const goesOn =
    (await steps(async () => (await store.forgetAnswers(clock.nowMs(), answersAtOnce)) === answersAtOnce)) &&
    (await steps(async () => (await store.wipeLapsed(clock.nowMs() - lapsedForMs, issuesAtOnce)) === issuesAtOnce));
  if (!goesOn || auditRetentionDays === null) return 0;
  const beforeMs = retentionEndMs(clock.nowMs(), auditRetentionDays);
  let pruned = 0;
  const serviceIds = await store.serviceIds();
  const parts = { auditLog: store.auditLog, keyring };
  await steps(async () => {
    const step = await pruneStep(parts, { beforeMs, nowMs: clock.nowMs(), actor: 'retention', serviceIds });
    if (typeof step === 'string') return false;
    pruned += step.rows;
    return true;
  });
  return pruned;
}

export interface Housekeeping {
  /** Stops; resolves after the step at work. */
  end(): Promise<void>;
}

/** Cleans up about every minute from now on. A failure is retried, and logged once until it works again. */
export function startHousekeeping(parts: HousekeepingParts, log: Logger): Housekeeping {
  const ending = new AbortController();
  const wait = (ms: number) => setTimeout(ms, undefined, { signal: ending.signal, ref: false }).catch(() => {});
  const rest = async (tookMs: number) => {
    await wait(Math.max(leastRestMs, tookMs * restTimes));
    return !ending.signal.aborted;
  };
  let failing = false;
  const running = (async () => {
    while (!ending.signal.aborted) {
      try {
        const rows = await keepHouse(parts, rest);
        if (rows > 0)
          log.info({ rows, days: parts.auditRetentionDays }, 'rows of the audit log past their time are pruned');
        if (failing) log.info('what is over is removed again');
        failing = false;
      } catch (error) {
        if (!failing) log.error({ reason: (error as Error).message }, 'what is over cannot be removed now');
        failing = true;
      }
      await wait(pauseMs);
    }
  })();
  return {
    async end() {
      ending.abort();
      await running;
    },
  };
}
