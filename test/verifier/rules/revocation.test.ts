import { expect, test } from 'vitest';
import { decideRevocation, endCauseOf, otpUseOf, partyOf } from '../../../verifier/rules/revocation.ts';
import { institutionOf } from '../fixture.ts';
import { aFob, nobodys, noonMs, opened, using } from './state-fixture.ts';

const institution = institutionOf({
  revoke: { general: ['master', 'self'], administrator: [], master: [], sharedWithMaster: [] },
});
const user = using(aFob);
const self = partyOf(user);
const master = { ...self, loginId: 'boss', role: 'master' } as const;
const holder = { ...self, inUse: true };

test('a master who only tried to register a lost token does not share it, one who uses it does', () => {
  const decide = (inUse: boolean) =>
    decideRevocation(institution, master, user, [holder, { ...master, inUse }], 'lost', true);
  expect(decide(false)).toMatchObject({ ok: true });
  expect(decide(true)).toEqual({ ok: false, reason: 'roleNotAllowed' });
});

test('whoever has no right takes nobody’s token', () => {
  for (const actor of [
    { ...self, loginId: 'other' },
    { ...master, contractId: 'C-2' },
  ])
    expect(decideRevocation(institution, actor, user, [holder], 'other', true)).toMatchObject({ ok: false });
  // Nor do they learn whether there is one.
  for (const target of [user, nobodys])
    expect(decideRevocation(institution, { ...self, loginId: 'other' }, target, [], 'other', true)).toEqual({
      ok: false,
      reason: 'roleNotAllowed',
    });
});

test('a token that had expired ended by that where nobody says otherwise, and a lost one by its loss', () => {
  const expired = { ...aFob, expiresAtMs: noonMs };
  expect([endCauseOf('other', expired, noonMs), endCauseOf('other', expired, noonMs - 1)]).toEqual([
    'expired',
    'other',
  ]);
  for (const cause of ['lost', 'stolen', 'broken', 'deviceChange'] as const)
    expect(endCauseOf(cause, expired, noonMs)).toBe(cause);
});

test('users use OTPs from their activation on, and with a token that is locked or expired no code of theirs works', () => {
  expect([otpUseOf(user, noonMs), otpUseOf(nobodys, noonMs), otpUseOf(opened('issued', 'software'), noonMs)]).toEqual([
    'works',
    'none',
    'none',
  ]);
  for (const change of [{ status: 'locked' }, { status: 'disabled' }, { expiresAtMs: noonMs }] as const)
    expect(otpUseOf(using({ ...aFob, ...change }), noonMs)).toBe('doesNotWork');
});

test('a user whose own OTP does not work is sent to the branch; one without a token hears that there is none', () => {
  expect(decideRevocation(institution, self, user, [holder], 'other', false)).toEqual({
    ok: false,
    reason: 'otpNotWorking',
  });
  const without = decideRevocation(institution, self, nobodys, [], 'other', false);
  expect(without).toMatchObject({ ok: false });
  expect(without).not.toMatchObject({ reason: 'otpNotWorking' });
});
