import type { Clock } from './clock.ts';
import { Problem } from './problem.ts';

/** If many are at work and even the fastest change of a window took longer than this, a queue stands. Milliseconds. */
const standingMs = 15;
const windowMs = 100;
/**
 * The limit never falls below this, so that as many callers as a busy bank has, each with one request at a time, are
 * never refused. A refusal costs nearly half of what a validation costs.
 */
const fewest = 260;

/** The answer to a request beyond the limit. */
export function tooMany(): Problem {
  return new Problem('unavailable', 'Too many requests at once. Try again shortly.', {
    headers: { 'retry-after': '1' },
  });
}

/**
 * Limits how many requests are at work at once. A burst may queue, but a standing queue, in which even the fastest change
 * of a window waits, lowers the limit until answers are in time again. As CoDel does (RFC 8289 section 3), but by limiting
 * a count instead of choosing moments at which to drop.
 */
export class AtWork {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #most: number;
  readonly #fewest: number;
  #limit: number;
  #count = 0;
  #quickestMs = Number.POSITIVE_INFINITY;
  /** Most at work at once in this window, as seen when requests end. */
  #peak = 0;
  #windowEndsMs = 0;

  /** @param most the highest limit, with which it begins */
  constructor(most: number, clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#most = most;
    this.#fewest = Math.min(most, fewest);
    this.#limit = most;
  }

  /** True if one more request must be refused. */
  get isFull(): boolean {
    return this.#count >= this.#limit;
  }

  /** Counts a request as at work; false: refuse it, it is not counted. */
  begin(): boolean {
    if (this.isFull) return false;
    this.#count++;
    return true;
  }

  /**
   * Waits for what may be slow, even on purpose: meanwhile the request does not count as at work.
   * @param isBegun true: the request has already changed something and continues in any case. False: it is checked against
   *   the limit again after the wait, since any number may have waited.
   * @throws Problem where it has not begun and the limit is reached by then
   */
  async apart<Value>(wait: () => Promise<Value>, isBegun: boolean): Promise<Value> {
    this.#count--;
    try {
      const value = await wait();
      if (!isBegun && this.isFull) throw tooMany();
      return value;
    } finally {
      this.#count++;
    }
  }

  /**
   * Waits for a change that queues for the disk. Only these show the queue: a request that is refused behind its body, or
   * answered without a change, is quick however long they wait.
   */
  async queued<Value>(change: Promise<Value>): Promise<Value> {
    const startedMs = this.#clock.monotonicMs();
    const value = await change;
    this.#quickestMs = Math.min(this.#quickestMs, this.#clock.monotonicMs() - startedMs);
    return value;
  }

  /** Takes back what `begin` counted. */
  end(): void {
    this.#peak = Math.max(this.#peak, this.#count);
    this.#count--;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#windowEndsMs) return;
    // With fewer at work no lower limit would help: changes are slow for another reason.
    const isQuick = this.#peak < this.#fewest || this.#quickestMs <= standingMs;
    // Without any change there is nothing to go by: strangers too can be many at once, each for a moment.
    const isUnknown = this.#quickestMs === Number.POSITIVE_INFINITY;
    const factor = isQuick ? 1.25 : isUnknown ? 1 : 0.7;
    this.#limit = Math.max(this.#fewest, Math.min(this.#most, Math.ceil(this.#limit * factor)));
    this.#quickestMs = Number.POSITIVE_INFINITY;
    this.#peak = 0;
    this.#windowEndsMs = nowMs + windowMs;
  }
}
