import { closestOf } from './tree.ts';

/** What a field must allow before the text around it counts. */

/** The full-width writing of digits: `123` becomes `１２３`. */
export function fullWidth(digits: string): string {
  return digits.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
}

/** A field for text or digits, whatever its length. */
export function isTypeable(field: HTMLInputElement): boolean {
  return /^(text|tel|number|password)$/.test(field.type);
}

/** A typeable field that would take this many digits of a person, now or, if `later`, once the page enables it. */
export function canHold(field: HTMLInputElement, digits: number, later = false): boolean {
  if ((field.readOnly && !opensOnFocus(field)) || (!later && field.matches(':disabled'))) return false;
  if (closestOf(field, '[inert], [aria-hidden=true]')) return false;
  if (field.matches('[aria-readonly=true]') || (!later && field.matches('[aria-disabled=true]'))) return false;
  if (field.maxLength >= 0 && field.maxLength < digits) return false;
  if (field.type === 'number' && field.max !== '' && Number(field.max) < 10 ** digits - 1) return false;
  const sample = '0123456789'.slice(0, digits);
  return field.minLength <= digits && (matchesPattern(field, sample) || matchesPattern(field, fullWidth(sample)));
}

/** Readonly to keep password managers out, until the field gets the focus. */
function opensOnFocus(field: HTMLInputElement): boolean {
  return /readonly/i.test(field.getAttribute('onfocus') ?? '');
}

/** True where the field's `pattern` takes this value, or where it has none. */
export function matchesPattern(field: HTMLInputElement, value: string): boolean {
  if (field.pattern === '') return true;
  try {
    return new RegExp(`^(?:${field.pattern})$`, 'v').test(value);
  } catch {
    // Browsers ignore an invalid pattern.
    return true;
  }
}

/** True if the field takes exactly this many digits, neither fewer nor more. */
export function isMadeFor(field: HTMLInputElement, digits: number): boolean {
  if (field.maxLength === digits) return true;
  if (field.pattern === '') return false;
  const takes = (count: number) =>
    matchesPattern(field, '0'.repeat(count)) || matchesPattern(field, '０'.repeat(count));
  return takes(digits) && !takes(digits + 1) && !takes(digits - 1);
}
