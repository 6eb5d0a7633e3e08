import { expect, test } from 'vitest';
import { matches, overOf } from '../../extension/ui/tokens.ts';

const token = {
  name: { ja: '成協信用組合 けいり', en: 'Seikyo Credit Union accounting' },
  serviceId: '1001',
  userId: 'K7QM-2VXD',
};

test.each(['', ' ', '成協', 'けいり 成協', 'ケイリ', 'seikyo', 'ＳＥＩＫＹＯ', '１００１', 'k7qm', 'ｹｲﾘ'])(
  '%j finds it',
  (typed) => {
    expect(matches(token, typed)).toBe(true);
  },
);

test.each(['茨城', 'seikyo payroll', '成協 茨城'])('%j does not', (typed) => {
  expect(matches(token, typed)).toBe(false);
});

test('a token is over from its expiry on, and while it is marked', () => {
  expect(overOf({ expiresAtMs: null, revoked: false }, 1000)).toBeNull();
  expect(overOf({ expiresAtMs: 1001, revoked: false }, 1000)).toBeNull();
  expect(overOf({ expiresAtMs: 1000, revoked: false }, 1000)).toBe('expired');
  expect(overOf({ expiresAtMs: 1000, revoked: true }, 1000)).toBe('revoked');
});
