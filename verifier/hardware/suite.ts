import type { OtpAlgorithm } from '../../shared/otp.ts';
import { err, ok, type Result } from '../../shared/result.ts';

/** What the name of an algorithm or suite tells; null where it is silent. */
export interface Suite {
  readonly hash: OtpAlgorithm | null;
  readonly digits: number | null;
}

const hashes = { '1': 'SHA1', '256': 'SHA256', '512': 'SHA512' } as const;
const spelling = /^(?:oath-?)?(?:[th]otp-?)?(?:hmac-?)?(?:(?:sha-?(?:2-)?)?(1|256|512))?(?:-([0-9]{1,2}))?$/;

/**
 * The hash in a vendor's spelling: HMAC-SHA1, SHA-256, HmacSHA512, TOTP-SHA1-6 with its digits, an algorithm's URI that
 * ends so. Nothing, or TOTP alone, names none. Err for another hash.
 */
export function suiteOf(text: string): Result<Suite, 'algorithmUnsupported'> {
  const name = (text.trim().split(/[#:/]/).at(-1) ?? '').toLowerCase().replace(/[\s_]/g, '-');
  const match = spelling.exec(name);
  if (match === null) return err('algorithmUnsupported');
  const [, bits, digits] = match;
  return ok({
    hash: bits === undefined ? null : hashes[bits as keyof typeof hashes],
    digits: digits === undefined ? null : Number(digits),
  });
}

/** What several names tell together. Err where one is not supported, or two of them tell different things. */
export function suiteOfAll(names: readonly string[]): Result<Suite, 'algorithmUnsupported' | 'contradictory'> {
  let hash: Suite['hash'] = null;
  let digits: Suite['digits'] = null;
  for (const name of names) {
    const suite = suiteOf(name);
    if (!suite.ok) return suite;
    if (hash !== null && suite.value.hash !== null && suite.value.hash !== hash) return err('contradictory');
    if (digits !== null && suite.value.digits !== null && suite.value.digits !== digits) return err('contradictory');
    hash ??= suite.value.hash;
    digits ??= suite.value.digits;
  }
  return ok({ hash, digits });
}
