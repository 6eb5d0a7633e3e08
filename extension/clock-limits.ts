/** A clock further off than this is warned of. */
export const toleranceMs = 10_000;

/** A correction goes no further than this: beyond it the computer's date is wrong, and only the person can mend it. */
export const maximumCorrectionMs = 24 * 3_600_000;
