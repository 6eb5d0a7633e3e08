/** A clock further off than this is warned of. */
export const toleranceMs = 10_000;

/** A correction goes no further than this: beyond it the computer's date is wrong, and only the person can mend it. */
export const maximumCorrectionMs = 24 * 3_600_000;

/** Whether a measurement may still be corrected by: of the last five minutes, and not of a time that is still to come. */
export function isFresh(checkedAtMs: number, nowMs: number): boolean {
  return checkedAtMs <= nowMs && nowMs - checkedAtMs <= 5 * 60_000;
}
