import { describe, expect, test } from 'vitest';
import { decideDeactivation } from '../../../verifier/rules/deactivation.ts';
import { decideResynchronisation } from '../../../verifier/rules/resynchronisation.ts';
import type { TokenState } from '../../../verifier/rules/state.ts';
import {
  isLapsed,
  lastEnded,
  remainingAttempts,
  startsLaterMs,
  statusOf,
  tokenStatus,
} from '../../../verifier/rules/status.ts';
import { institutionOf } from '../fixture.ts';
import { aFob, ended, noonMs, opened, using } from './state-fixture.ts';

const revoked = { status: 'revoked', kind: 'hardware', endedAtMs: noonMs, cause: 'lost' } as const;

describe('the time printed on a token', () => {
  test.each(['stock', 'active', 'locked', 'disabled'] as const)('ends one that is %s at its very instant', (status) => {
    const token = { status, expiresAtMs: noonMs };
    expect([tokenStatus(token, noonMs - 1), tokenStatus(token, noonMs)]).toEqual([status, 'expired']);
    expect(tokenStatus({ status, expiresAtMs: null }, noonMs)).toBe(status);
  });

  test('ends nothing that is void', () => {
    expect(tokenStatus({ status: 'void', expiresAtMs: noonMs }, noonMs)).toBe('void');
  });
});

test.each([
  ['locked', {}, 'locked'],
  ['disabled', {}, 'mustBeReissued'],
  ['active', { expiresAtMs: noonMs }, 'tokenExpired'],
  ['locked', { expiresAtMs: noonMs }, 'tokenExpired'],
  ['disabled', { expiresAtMs: noonMs }, 'tokenExpired'],
] as const)('a token that is %s, with %o: neither ended by its user nor set anew', (status, more, reason) => {
  const user = using({ ...aFob, status, ...more } satisfies TokenState);
  const offered = institutionOf({ deactivation: { offered: true } });
  expect(decideDeactivation(user, offered, noonMs)).toEqual({ ok: false, reason });
  expect(decideResynchronisation(user, noonMs)).toEqual({ ok: false, reason });
});

describe('an issue whose time is over', () => {
  test.each([null, revoked, { ...revoked, status: 'deactivated' } as const])(
    'falls back to what was before: %o',
    (end) => {
      for (const status of ['requested', 'issued', 'provisioned', 'unregistered'] as const) {
        const user = opened('issued', 'software', end);
        if (user.assignment === null) throw new Error('no issue');
        const at = { ...user, assignment: { ...user.assignment, status, lapsesAtMs: noonMs } };
        const before = end?.status ?? 'unregistered';
        expect(statusOf(at, noonMs).status).toBe(before);
        expect(statusOf(at, noonMs - 1).status).toBe(status === 'unregistered' ? before : 'issued');
        expect(lastEnded(at)).toEqual(end);
      }
    },
  );

  test('is none once its token was in use', () => {
    for (const user of [using(aFob), ended(revoked)]) {
      if (user.assignment === null) throw new Error('no assignment');
      expect(isLapsed({ ...user.assignment, lapsesAtMs: noonMs }, noonMs)).toBe(false);
    }
  });
});

test('what ended before the token in use counts no more', () => {
  expect(lastEnded({ ...using(aFob), previous: revoked })).toBeNull();
});

test('a contract’s start date begins with its first instant in the institution’s zone', () => {
  const contract = { ...using(aFob).contract, otpStartsOn: '2026-11-22' };
  const midnight = Date.parse('2026-11-22T00:00:00+09:00');
  expect(startsLaterMs(contract, institutionOf(), midnight - 1)).toBe(midnight);
  expect(startsLaterMs(contract, institutionOf(), midnight)).toBeNull();
  // The first zone to reach a day, and the last one.
  for (const [timeZone, offset] of [
    ['Pacific/Kiritimati', '+14:00'],
    ['Pacific/Pago_Pago', '-11:00'],
  ]) {
    const startMs = Date.parse(`2026-11-22T00:00:00${offset}`);
    expect(startsLaterMs(contract, institutionOf({ timeZone }), startMs - 1)).toBe(startMs);
    expect(startsLaterMs(contract, institutionOf({ timeZone }), startMs)).toBeNull();
  }
});

test('the attempts that are left go by the nearer of both limits, and never below one while codes are looked at', () => {
  const lockout = { afterFailures: 5, disableAfterFailures: 20 };
  const left = (failures: number, failuresSinceAccepted: number, status: TokenState['status'] = 'active') =>
    remainingAttempts({ status, failures, failuresSinceAccepted }, lockout);
  expect([left(0, 0), left(4, 4), left(0, 15), left(0, 16), left(1, 19)]).toEqual([5, 1, 5, 4, 1]);
  expect([left(7, 7), left(0, 25)]).toEqual([1, 1]);
  expect([left(0, 0, 'stock'), left(5, 5, 'locked'), left(0, 20, 'disabled')]).toEqual([5, 0, 0]);
});
