import type { Clock } from './clock.ts';
import type { Store } from './store/store.ts';

/** Knows the latest time that was ever acted on, over restarts too. */
export interface ClockGuard {
  /** Milliseconds by which the clock lies behind that time; 0 where it does not. */
  behindMs(): Promise<number>;
}

/**
 * A clock that is set back would make codes valid again that were over. The newest audit row keeps the mark over a
 * restart; within the process every look at the clock moves it on.
 */
export function createClockGuard(store: Store, clock: Clock): ClockGuard {
  let highestMs: number | null = null;
  return {
    async behindMs() {
      if (highestMs === null) {
        const storedMs = (await store.newestAuditMs()) ?? 0;
        highestMs = Math.max(storedMs, highestMs ?? 0);
      }
      const nowMs = clock.nowMs();
      highestMs = Math.max(highestMs, nowMs);
      return highestMs - nowMs;
    },
  };
}
