export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Rise of y per 1 of x. */
export interface Slope {
  /** Middle of the slopes between any two points (Theil and Sen): single high values do not move it. */
  readonly middle: number;
  /** The true slope lies above this with about 97.5 %, and below `high` with as much. */
  readonly low: number;
  readonly high: number;
}

/**
 * How steeply a series of points rises, without an assumption on how they scatter. The bounds are those of Kendall's
 * test: as many ranks off the middle as chance explains (Sen 1968).
 * @param points at least 3, with different x; otherwise all of the slope is NaN
 */
export function slopeOf(points: readonly Point[]): Slope {
  const n = points.length;
  if (n < 3) return { middle: Number.NaN, low: Number.NaN, high: Number.NaN };
  const slopes = points
    .flatMap((a, i) => points.slice(i + 1).map((b) => (b.y - a.y) / (b.x - a.x)))
    .sort((a, b) => a - b);
  const at = (rank: number) => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))] ?? Number.NaN;
  const chance = (1.96 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)) / 2;
  const middle = (slopes.length - 1) / 2;
  return { middle: at(middle), low: at(middle - chance), high: at(middle + chance) };
}
