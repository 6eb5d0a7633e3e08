/** Calendar fields in a zone to Unix milliseconds; of a local time that the clocks skip or repeat, the later one. */
function zonedMs(
  zone: string,
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  const clock = Temporal.PlainDateTime.from({ year, month, day, hour, minute, second }, { overflow: 'reject' });
  return clock.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds;
}

const instant = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})$/;
/** Month first between slashes is what the first drafts of PSKC say; between points the day stands first. */
const local = [
  /^(?<month>\d{2})\/(?<day>\d{2})\/(?<year>\d{4})$/,
  /^(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})$/,
  /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})$/,
  /^(?<year>\d{4})\s*年\s*(?<month>\d{1,2})\s*月\s*(?<day>\d{1,2})\s*日(?:\s*(?<hour>\d{1,2})\s*[時:]\s*(?<minute>\d{1,2})\s*分?)?$/,
  /^(?<year>\d{4})[/.-](?<month>\d{1,2})[/.-](?<day>\d{1,2})(?:[ T](?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.\d{1,9})?)?)?$/,
];

/** A period in seconds: 30, 30s, 30 sec, 60秒, 1 min, PT60S. Null where it is none. */
export function secondsOf(text: string): number | null {
  const [, number, unit] =
    /^(?:PT)?([0-9]{1,6})\s*(s|secs?|seconds?|秒|m|mins?|minutes?|分)?\.?$/i.exec(text.normalize('NFKC').trim()) ?? [];
  if (number === undefined) return null;
  return Number(number) * (/^(m|分)/i.test(unit ?? '') ? 60 : 1);
}

/**
 * A time as vendors write or print it, in Unix milliseconds: RFC 3339 or XML Schema's dateTime, 2030年01月31日 23時59分,
 * 2030/01/31 23:59, 20300131, 31.01.2030, 01/31/2030. Without an offset it is a time of `timeZone`. A day alone is its
 * end where `wholeDay`. Null where it is no time.
 */
export function timeMs(text: string, timeZone: string, wholeDay: boolean): number | null {
  const given = text.normalize('NFKC').trim();
  try {
    if (instant.test(given)) return Temporal.Instant.from(given).epochMilliseconds;
    const groups = local.map((pattern) => pattern.exec(given)?.groups).find((found) => found !== undefined);
    if (groups === undefined) return null;
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = [
      groups.year,
      groups.month,
      groups.day,
      groups.hour ?? 0,
      groups.minute ?? 0,
      groups.second ?? 0,
    ].map(Number);
    if (groups.hour !== undefined || !wholeDay) return zonedMs(timeZone, year, month, day, hour, minute, second);
    const next = Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' }).add({ days: 1 });
    return zonedMs(timeZone, next.year, next.month, next.day, 0, 0, 0);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
