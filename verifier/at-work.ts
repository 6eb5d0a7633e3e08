import { Problem } from './problem.ts';

/** Where even the quickest request of a window took longer, requests wait rather than work. Milliseconds. */
const standingMs = 15;
const windowMs = 100;
/**
 * So many may always be at work: as many callers as a busy bank has, each of whom waits for an answer before asking
 * again, are never refused. What a refusal costs is nearly half of what a validation costs.
 */
const fewest = 260;

/** What a request that is one too many is answered. */
export function tooMany(): Problem {
  return new Problem('unavailable', 'Too many requests at once. Try again shortly.', {
    headers: { 'retry-after': '1' },
  });
}

/**
 * How many requests may be at work at once. A burst may queue; a queue that stands, in which even the quickest request
 * of a window waits, is cut down until answers leave in time again. RFC 8289 section 3, with a count in place of the
 * moments at which to drop.
 */
export class AtWork {
  readonly #most: number;
  readonly #fewest: number;
  #limit: number;
  #count = 0;
  #quickestMs = Number.POSITIVE_INFINITY;
  #windowEndsMs = 0;

  /** @param most never more than these */
  constructor(most: number) {
    this.#most = most;
    this.#fewest = Math.min(most, fewest);
    this.#limit = most;
  }

  /** True where one more is to be refused. */
  get isFull(): boolean {
    return this.#count >= this.#limit;
  }

  /** False: refuse it. */
  begin(): boolean {
    if (this.isFull) return false;
    this.#count++;
    return true;
  }

  /**
   * Waits for what may be slow, even on purpose: meanwhile the request is not at work and keeps nobody else out.
   * @param isBegun whether it did something before and goes on whatever happens. Of others any number may have waited.
   * @throws Problem where it is not begun, and one more is to be refused by then
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

  /** @param nowMs of a clock that never goes back */
  end(nowMs: number, tookMs: number): void {
    this.#count--;
    this.#quickestMs = Math.min(this.#quickestMs, tookMs);
    if (nowMs < this.#windowEndsMs) return;
    const factor = this.#quickestMs > standingMs ? 0.7 : 1.25;
    this.#limit = Math.max(this.#fewest, Math.min(this.#most, Math.ceil(this.#limit * factor)));
    this.#quickestMs = Number.POSITIVE_INFINITY;
    this.#windowEndsMs = nowMs + windowMs;
  }
}
