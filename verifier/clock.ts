/** The verifier's time. Tests pass their own. */
export interface Clock {
  /** Unix milliseconds. Decides which codes count. */
  nowMs(): number;
  /** Milliseconds since some start; never goes back. Measures how long something takes. */
  monotonicMs(): number;
}
