import { describe, expect, test } from 'vitest';
import {
  activationPasswordPattern,
  isWeakDigits,
  lockCodePattern,
  normaliseDigits,
  otpPattern,
  serialPattern,
} from '../../shared/digits.ts';

describe('normaliseDigits', () => {
  test.each([
    ['１２３４５６７８', '12345678'],
    ['1234 5678', '12345678'],
    ['１２３４　５６７８', '12345678'],
    ['1234-5678', '12345678'],
    ['１２３４－５６７８', '12345678'],
    ['1234ー5678', '12345678'],
    ['1234−5678', '12345678'],
    [' 123\t456\r\n', '123456'],
    ['\u200b123456\ufeff', '123456'],
  ])('reads %j as %j', (typed, plain) => {
    expect(normaliseDigits(typed)).toBe(plain);
  });

  test.each(['+12345678', '1234.5678', '12345678\u0000', '1234567O', '١٢٣٤٥٦٧٨', '0x123456', '1e7', ''])(
    'does not make an OTP of %j',
    (typed) => {
      expect(normaliseDigits(typed)).not.toMatch(otpPattern);
    },
  );
});

test.each([
  ['an OTP', otpPattern, 6, 8],
  ['a serial', serialPattern, 8, 12],
  ['an activation password', activationPasswordPattern, 4, 8],
  ['a lock code', lockCodePattern, 1, 32],
] as const)('%s has %3$d to %4$d digits', (_name, pattern, least, most) => {
  expect('0'.repeat(least - 1)).not.toMatch(pattern);
  expect('0'.repeat(least)).toMatch(pattern);
  expect('0'.repeat(most)).toMatch(pattern);
  expect('0'.repeat(most + 1)).not.toMatch(pattern);
  expect(`${'0'.repeat(least)}\n`).not.toMatch(pattern);
});

describe('weak digits', () => {
  test.each(['', '1', '123', '0000', '1234', '4321', '987654', '7890', '890123', '1212', '12121212', '55555555'])(
    '%j comes to mind first',
    (digits) => {
      expect(isWeakDigits(digits)).toBe(true);
    },
  );

  test.each(['5839', '583920', '27182818', '1357', '1123', '12123'])('%j does not', (digits) => {
    expect(isWeakDigits(digits)).toBe(false);
  });
});
