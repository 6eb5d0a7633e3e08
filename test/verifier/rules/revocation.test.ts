import { expect, test } from 'vitest';
import { decideRevocation, partyOf } from '../../../verifier/rules/revocation.ts';
import { institutionOf } from '../fixture.ts';
import { aFob, nobodys, using } from './state-fixture.ts';

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
