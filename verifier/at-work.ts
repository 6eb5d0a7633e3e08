/** Where even the quickest request of a window took longer, requests wait rather than work. Milliseconds. */
const standingMs = 20;
const windowMs = 100;
/** So many may always be at work; fewer would leave a slow disk idle. */
const fewest = 64;
/** So many connections may always have one request each at work: callers who wait for their answers are no overload. */
const fewestConnections = 256;

/**
 * How many requests may be at work at once. A burst may queue; a queue that stands, in which even the quickest request
 * of a window waits, is cut down until answers leave in time again. RFC 8289 section 3, with a count in place of the
 * moments at which to drop. Connections that send on without waiting for answers are cut down first, since whatever
 * they are told, a refusal too, waits behind their earlier answers (RFC 9112 section 9.3.2).
 */
export class AtWork {
  readonly #most: number;
  #limit: number;
  #count = 0;
  readonly #ofConnection = new WeakMap<object, number>();
  #quickestMs = Number.POSITIVE_INFINITY;
  #windowEndsMs = 0;

  /** @param most never more than these */
  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  /**
   * False: refuse it.
   * @param connection over which it came; each may be a new one where nobody knows
   */
  begin(connection: object): boolean {
    const ofConnection = this.#ofConnection.get(connection) ?? 0;
    const least = Math.min(this.#most, ofConnection === 0 ? fewestConnections : fewest);
    if (this.#count >= Math.max(this.#limit, least)) return false;
    this.#count++;
    this.#ofConnection.set(connection, ofConnection + 1);
    return true;
  }

  /** @param nowMs of a clock that never goes back */
  end(connection: object, nowMs: number, tookMs: number): void {
    this.#count--;
    this.#ofConnection.set(connection, (this.#ofConnection.get(connection) ?? 1) - 1);
    this.#quickestMs = Math.min(this.#quickestMs, tookMs);
    if (nowMs < this.#windowEndsMs) return;
    const factor = this.#quickestMs > standingMs ? 0.7 : 1.25;
    this.#limit = Math.max(Math.min(this.#most, fewest), Math.min(this.#most, Math.ceil(this.#limit * factor)));
    this.#quickestMs = Number.POSITIVE_INFINITY;
    this.#windowEndsMs = nowMs + windowMs;
  }
}
