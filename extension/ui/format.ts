/** How codes and times are written. Pure: the same in every language, or the language is an argument. */

export type Language = 'ja' | 'en';

/**
 * A code in the groups in which people read and type it: 6 digits as 3 + 3, 7 as 3 + 4, 8 as 4 + 4.
 * Joined, the groups are the code.
 */
export function groupsOf(code: string): readonly [string, string] {
  const first = Math.floor(code.length / 2);
  return [code.slice(0, first), code.slice(first)];
}

/** Whole seconds until `changesAtMs`, a begun second counting as one; 0 when it has passed. */
export function secondsUntil(changesAtMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((changesAtMs - nowMs) / 1000));
}

/** Remaining seconds as the manuals show them: `[0:58]`. */
export function remainingText(seconds: number): string {
  return `[${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}]`;
}

const units = [
  { seconds: 86_400, ja: '日', en: 'day' },
  { seconds: 3_600, ja: '時間', en: 'hour' },
  { seconds: 60, ja: '分', en: 'minute' },
  { seconds: 1, ja: '秒', en: 'second' },
] as const;

/**
 * A span of time in words, by its two greatest units: `10 分 2 秒`, `10 minutes 2 seconds`; `3 時間`, `3 hours`.
 * @param seconds whole and not negative; 0 gives `0 秒`
 */
export function durationText(seconds: number, language: Language): string {
  const first = units.findIndex((unit) => seconds >= unit.seconds);
  if (first === -1) return language === 'ja' ? '0 秒' : '0 seconds';
  const parts: string[] = [];
  let rest = seconds;
  for (const unit of units.slice(first, first + 2)) {
    const count = Math.floor(rest / unit.seconds);
    rest -= count * unit.seconds;
    if (count === 0) continue;
    parts.push(language === 'ja' ? `${count} ${unit.ja}` : `${count} ${unit.en}${count === 1 ? '' : 's'}`);
  }
  return parts.join(' ');
}

/** A moment in Japan time as the manuals write an expiry: `2026年11月21日 09時00分`; in English `21 November 2026, 09:00`. */
export function momentText(atMs: number, language: Language): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Asia/Tokyo',
    year: 'numeric',
    month: language === 'ja' ? '2-digit' : 'long',
    day: language === 'ja' ? '2-digit' : 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(atMs);
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  return language === 'ja'
    ? `${of('year')}年${of('month')}月${of('day')}日 ${of('hour')}時${of('minute')}分`
    : `${of('day')} ${of('month')} ${of('year')}, ${of('hour')}:${of('minute')} (Japan time)`;
}

export type Strength = 'weak' | 'fair' | 'strong';

/** How long a lock code holds against somebody with a copy of the profile: by length, unless it comes to mind first. */
export function strengthOf(lockCode: string, comesToMind: boolean): Strength {
  if (comesToMind || lockCode.length < 6) return 'weak';
  return lockCode.length < 10 ? 'fair' : 'strong';
}
