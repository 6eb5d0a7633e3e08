/** What one round measured. Latencies are from the sent request to the whole answer. */
export interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Processor time that the load generator took, as a share of one core. At 1 the rate may be its own. */
  readonly busy: number;
}

/** Something that can be loaded: a row of the table for each number of connections. */
export interface Target {
  readonly name: string;
  readonly connections: readonly number[];
  /** Starts what is measured. Whatever it needs beside, such as seeded tokens, is made here and not measured. */
  start(): Promise<Running>;
}

export interface Running {
  /** Facts that the table has to name, such as how durable a commit is; checked, not believed. */
  readonly facts: readonly string[];
  /** @throws where an answer was not the right one: a round of refusals measures nothing */
  round(connections: number, seconds: number): Promise<Figures>;
  end(): Promise<void>;
}

/** Middle of the values; of an even number the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.floor(sorted.length / 2))) / 2;
}

/** The smallest value that `share` of all values do not exceed. */
export function quantile(sorted: Float64Array | readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
