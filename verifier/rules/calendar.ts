const formats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day of an instant in an IANA time zone, as YYYY-MM-DD. */
export function localDate(nowMs: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(timeZone, format);
  }
  return format.format(nowMs);
}

/** The first millisecond of a calendar day in a time zone; where midnight is skipped, the first instant after it. */
export function startOfDayMs(date: string, timeZone: string): number {
  const guess = Date.parse(`${date}T00:00:00Z`);
  let before = guess - 36 * 3_600_000;
  let within = guess + 36 * 3_600_000;
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    if (localDate(middle, timeZone) < date) before = middle;
    else within = middle;
  }
  return within;
}
