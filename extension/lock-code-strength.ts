import { isWeakDigits } from '../shared/digits.ts';

/** Why a lock code comes to mind early: too few digits, a repeat, a run, a date. */
export type Weakness = 'short' | 'repeat' | 'sequence' | 'date';

/** The weakness of a lock code; null where none is known. Short are fewer than 6 digits: a million codes are tried fast. */
export function weaknessOf(lockCode: string): Weakness | null {
  if (isRepeat(lockCode)) return 'repeat';
  if (isSequence(lockCode)) return 'sequence';
  if (isDate(lockCode)) return 'date';
  if (lockCode.length < 6 || isWeakDigits(lockCode)) return 'short';
  return null;
}

/** 000000, 4747, 123123, 48154815. */
function isRepeat(digits: string): boolean {
  for (let length = 1; length <= digits.length / 2; length++) {
    const part = digits.slice(0, length);
    if (part.repeat(Math.ceil(digits.length / length)).startsWith(digits)) return true;
  }
  return false;
}

/** Each digit is the one before or next to it, in one direction: 123456, 9876, 890123, 112233. */
function isSequence(digits: string): boolean {
  if (digits.length < 3) return false;
  const steps = [...digits].slice(1).map((digit, index) => (Number(digit) - Number(digits[index]) + 10) % 10);
  return steps.every((step) => step <= 1) || steps.every((step) => step === 0 || step === 9);
}

/** A year, a day of the year, or a date in any usual order: 1985, 0703, 850703, 03071985. */
function isDate(digits: string): boolean {
  const at = (from: number, length: number) => Number(digits.slice(from, from + length));
  const isDay = (month: number, day: number) => month >= 1 && month <= 12 && day >= 1 && day <= 31;
  const isYear = (year: number) => year >= 1900 && year <= 2099;
  if (digits.length === 4) return isYear(at(0, 4)) || isDay(at(0, 2), at(2, 2)) || isDay(at(2, 2), at(0, 2));
  if (digits.length === 6) {
    return isDay(at(2, 2), at(4, 2)) || isDay(at(0, 2), at(2, 2)) || isDay(at(2, 2), at(0, 2));
  }
  if (digits.length !== 8) return false;
  if (isYear(at(0, 4)) && isDay(at(4, 2), at(6, 2))) return true;
  return isYear(at(4, 4)) && (isDay(at(0, 2), at(2, 2)) || isDay(at(2, 2), at(0, 2)));
}
