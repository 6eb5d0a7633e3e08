import { expect, test } from 'vitest';
import { normaliseUserId } from '../../../shared/user-id.ts';
import { groupUserId, makeUserId } from '../../../verifier/rules/user-id.ts';

const bytes = (from: number) => Uint8Array.from({ length: 12 }, (_, i) => from + i);

test('a User ID has 60 random bits in digits and letters that nobody mistakes for others', () => {
  const signs = [0, 12, 24].map((from) => makeUserId(bytes(from))).join('');
  expect([...new Set(signs)].toSorted().join('')).toBe('0123456789ABCDEFGHJKMNPQRSTVWXYZ');
  expect(makeUserId(bytes(32))).toBe(makeUserId(bytes(0)));
});

test('as it is shown, in small letters, and with what looks alike it is the same', () => {
  expect(groupUserId('0011ABCDEFGH')).toBe('0011-ABCD-EFGH');
  for (const typed of ['0011ABCDEFGH', 'oO1lABCDEFGH', 'OoIiabcdefgh', '00LLAbCdEfGh', '００１１-ABCD EFGH']) {
    expect(normaliseUserId(typed)).toBe('0011ABCDEFGH');
  }
});
