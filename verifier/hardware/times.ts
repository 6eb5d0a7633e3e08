/** Calendar fields in a zone to Unix milliseconds; a local time that does not exist is the first one after. */
function zonedMs(
  zone: string,
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  const local = Temporal.PlainDateTime.from({ year, month, day, hour, minute, second }, { overflow: 'reject' });
  return local.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds;
}

const offset = /(Z|[+-]\d{2}:\d{2})$/;
const xmlTime = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?)?$/;
const japanese = /^(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日(?:\s*(\d{1,2})\s*時\s*(\d{1,2})\s*分)?$/;
const plain = /^(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;
/** Month first, in the first drafts of PSKC. */
const american = /^(\d{2})\/(\d{2})\/(\d{4})$/;

/**
 * A time as vendors write or print it, in Unix milliseconds: RFC 3339 or XML Schema's dateTime, 2030年01月31日 23時59分,
 * 2030/01/31 23:59. Without an offset it is a time of `timeZone`. A day alone is its end where `wholeDay`.
 * Null where it is no time.
 */
export function timeMs(text: string, timeZone: string, wholeDay: boolean): number | null {
  const given = text.normalize('NFKC').trim();
  try {
    if (offset.test(given) && given.includes('T')) {
      return xmlTime.test(given) ? Temporal.Instant.from(given).epochMilliseconds : null;
    }
    const us = american.exec(given);
    const [, year, month, day, hour, minute, second] =
      us !== null
        ? ['', us[3], us[1], us[2]]
        : (xmlTime.exec(given) ?? japanese.exec(given) ?? plain.exec(given) ?? []);
    if (year === undefined) return null;
    const [y, mo, d, h, mi, s] = [year, month, day, hour ?? 0, minute ?? 0, second ?? 0].map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (hour !== undefined || !wholeDay) return zonedMs(timeZone, y, mo, d, h, mi, s);
    const next = Temporal.PlainDate.from({ year: y, month: mo, day: d }, { overflow: 'reject' }).add({ days: 1 });
    return zonedMs(timeZone, next.year, next.month, next.day, 0, 0, 0);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
