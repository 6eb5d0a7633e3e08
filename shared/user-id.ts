import { normaliseDigits } from './digits.ts';

/**
 * A User ID as typed, in upper case without separators: letters that the verifier's alphabet lacks (Crockford's base32)
 * become what they look like.
 */
export function normaliseUserId(typed: string): string {
  return normaliseDigits(typed).toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
}
