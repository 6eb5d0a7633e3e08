import { describe, expect, test } from 'vitest';
import { decideRegistration } from '../../../verifier/rules/registration.ts';
import type { EndCause, HardwareState, UserState } from '../../../verifier/rules/state.ts';
import { institutionOf } from '../fixture.ts';
import { aFob, nobodys, noonMs, opened } from './state-fixture.ts';

const holder = (loginId: string, inUse = true) => ({ loginId, contractId: 'C-1', role: 'general', inUse }) as const;
const once = { reusableAfterRevocation: false, reusableAfterDeactivation: false };

/** What the user hears who registers a token of their contract. */
function answer(hardware: Partial<HardwareState>, rules: object = {}) {
  const institution = institutionOf({ hardware: { ...once, ...rules } });
  const decided = decideRegistration(
    nobodys,
    { token: aFob, holders: [], ended: [], ...hardware },
    institution,
    noonMs,
  );
  return decided.ok ? 'check' : decided.reason;
}

describe('whoever only tried to register a token', () => {
  test('does not share it', () => {
    expect(answer({ holders: [holder('jiro', false)] }, { sharing: false })).toBe('check');
    expect(answer({ holders: [holder('jiro')] }, { sharing: false })).toBe('sharingNotAllowed');
  });

  test('does not keep one that was taken from everybody', () => {
    const ended = [{ loginId: 'saburo', status: 'revoked', cause: 'other' }] as const;
    expect(answer({ holders: [holder('jiro', false)], ended })).toBe('serialNotReusable');
    expect(answer({ holders: [holder('jiro')], ended })).toBe('check');
  });
});

test('fulfils the user’s order, or takes the place of the software token that is being issued', () => {
  const plan = (user: UserState) => {
    const decided = decideRegistration(user, { token: aFob, holders: [], ended: [] }, institutionOf(), noonMs);
    if (!decided.ok) throw new Error(decided.reason);
    return [decided.value.orderId, decided.value.replacesAssignmentId];
  };
  expect(plan(opened('requested', 'hardware'))).toEqual(['a', null]);
  expect(plan(opened('issued', 'hardware'))).toEqual(['a', null]);
  expect(plan(opened('provisioned', 'software'))).toEqual([null, 'a']);
  expect(plan(nobodys)).toEqual([null, null]);
});

describe('a locked token', () => {
  const token = { ...aFob, status: 'locked' } as const;

  test('is called locked where an unlock would help, and otherwise what stands in the way for good', () => {
    expect(answer({ token })).toBe('locked');
    expect(answer({ token, holders: [holder('jiro')] }, { sharing: false })).toBe('sharingNotAllowed');
    expect(answer({ token, ended: [{ loginId: 'jiro', status: 'revoked', cause: 'other' }] })).toBe(
      'serialNotReusable',
    );
    expect(answer({ token, ended: [{ loginId: 'jiro', status: 'deactivated', cause: null }] })).toBe(
      'serialNotReusable',
    );
  });
});

test('a deactivation ends a token by its own word and not by the revocation’s, and the other way round', () => {
  const ended = (status: 'revoked' | 'deactivated') => ({ ended: [{ loginId: 'jiro', status, cause: null }] });
  const afterRevocation = { reusableAfterRevocation: true };
  const afterDeactivation = { reusableAfterDeactivation: true };
  expect(answer(ended('deactivated'), afterRevocation)).toBe('serialNotReusable');
  expect(answer(ended('deactivated'), afterDeactivation)).toBe('check');
  expect(answer(ended('revoked'), afterRevocation)).toBe('check');
  expect(answer(ended('revoked'), afterDeactivation)).toBe('serialNotReusable');
});

test('one that was revoked as stolen is nobody’s any more, whoever shares it; as lost or broken it may come back (M5)', () => {
  const reusable = { reusableAfterRevocation: true };
  const revoked = (cause: EndCause) => ({ ended: [{ loginId: 'jiro', status: 'revoked', cause }] as const });
  for (const cause of ['lost', 'broken', 'expired', 'deviceChange', 'other', 'userRemoved'] as const) {
    expect([cause, answer(revoked(cause), reusable)]).toEqual([cause, 'check']);
  }
  expect(answer(revoked('stolen'), reusable)).toBe('serialNotReusable');
  expect(answer({ ...revoked('stolen'), holders: [holder('saburo')] }, reusable)).toBe('serialNotReusable');
  expect(answer({ ...revoked('stolen'), token: { ...aFob, status: 'locked' } }, reusable)).toBe('serialNotReusable');
});
