/** White space and every dash that people or their input method put between groups of digits. */
const separators = /[\s\u200b\ufeff\-\u2010-\u2015\u2212\u30fc]/gu;

/**
 * Full-width and grouped digits as plain ones: NFKC, then spaces and hyphens dropped.
 * `'１２３４ ５６７８'` becomes `'12345678'`. Everything else stays, so that a sign, a letter or NUL is still refused.
 */
export function normaliseDigits(text: string): string {
  return text.normalize('NFKC').replace(separators, '');
}

/** What a one-time password may look like before a token says how long its own are: 6 to 8 digits. RFC 4226 section 5.3. */
export const otpPattern = /^[0-9]{6,8}$/;

/** Digits on the back of a hardware token: text, 8 to 12 of them, leading zeros count. */
export const serialPattern = /^[0-9]{8,12}$/;

/** 利用開始パスワード: 4 to 8 digits (M4, ワンタイムパスワードトークン発行). */
export const activationPasswordPattern = /^[0-9]{4,8}$/;

/** アプリロックコード: 1 to 32 digits (M3, アプリロックコード設定). */
export const lockCodePattern = /^[0-9]{1,32}$/;

/**
 * True for digits that come to mind first: all the same (0000), a run up or down (1234, 8765, 890123),
 * one or two digits repeated (1212), or fewer than 4.
 */
export function isWeakDigits(digits: string): boolean {
  if (digits.length < 4) return true;
  const steps = new Set<number>();
  for (let i = 1; i < digits.length; i++) {
    steps.add((Number(digits[i]) - Number(digits[i - 1]) + 10) % 10);
  }
  const oneStep = steps.size === 1 && (steps.has(0) || steps.has(1) || steps.has(9));
  const pair = digits.slice(0, 2);
  const pairRepeated = digits.length % 2 === 0 && digits === pair.repeat(digits.length / 2);
  return oneStep || pairRepeated;
}
