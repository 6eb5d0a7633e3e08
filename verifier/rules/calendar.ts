/**
 * The first millisecond of a calendar day, YYYY-MM-DD, in an IANA time zone; where midnight is skipped, the first instant
 * after it.
 */
export function startOfDayMs(date: string, timeZone: string): number {
  return Temporal.PlainDate.from(date).toZonedDateTime(timeZone).epochMilliseconds;
}
