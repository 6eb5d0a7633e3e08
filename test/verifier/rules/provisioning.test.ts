import { expect, test } from 'vitest';
import { decideProvisioning } from '../../../verifier/rules/provisioning.ts';
import type { AssignmentState, IssueState, TokenState } from '../../../verifier/rules/state.ts';
import { aToken, noonMs, opened } from './state-fixture.ts';

const key = 'thumbprint';

/** An open issue of a software token, one thing about it changed. */
function issueOf(assignment: Partial<AssignmentState> = {}, token: Partial<TokenState> = {}): IssueState {
  const user = opened('issued', 'software');
  if (user.assignment === null) throw new Error('no issue');
  return {
    loginId: user.loginId,
    assignment: { ...user.assignment, lapsesAtMs: noonMs + 1, ...assignment },
    token: { ...aToken, ...token },
    activationMac: new Uint8Array(40),
    passwordFailures: 0,
  };
}

test('hands an open issue to whoever has its password, and once more to the same key', () => {
  const fresh = issueOf();
  expect(decideProvisioning(fresh, true, key, noonMs)).toEqual({ decision: 'provision', issue: fresh, again: false });
  const handedOut = issueOf({ status: 'provisioned', thumbprint: key });
  expect(decideProvisioning(handedOut, true, key, noonMs)).toEqual({
    decision: 'provision',
    issue: handedOut,
    again: true,
  });
});

// In the database the password of what is over is gone as well; this alone has to do where it is not.
test.each<[string, IssueState | null, string]>([
  ['none', null, 'unknown'],
  ['one that was called off', issueOf({ status: 'unregistered' }), 'ended'],
  ['one whose token is in use', issueOf({ status: 'active', thumbprint: key }), 'ended'],
  ['one whose token was revoked', issueOf({ status: 'revoked', thumbprint: key }), 'ended'],
  ['one that was voided by guesses', issueOf({}, { status: 'void' }), 'ended'],
  ['one whose time is over', issueOf({ lapsesAtMs: noonMs }), 'lapsed'],
  ['one that another key has', issueOf({ status: 'provisioned', thumbprint: 'another' }), 'anotherKey'],
])('refuses the right password of %s, and counts nothing', (_, issue, reason) => {
  expect(decideProvisioning(issue, true, key, noonMs)).toEqual({ decision: 'refuse', reason, counts: false });
});

test('counts a wrong password of an open issue, and of no other', () => {
  const wrong = (issue: IssueState) => decideProvisioning(issue, false, key, noonMs);
  expect(wrong(issueOf())).toEqual({ decision: 'refuse', reason: 'wrongPassword', counts: true });
  expect(wrong(issueOf({ status: 'active' }))).toMatchObject({ reason: 'ended', counts: false });
  expect(wrong(issueOf({ lapsesAtMs: noonMs }))).toMatchObject({ reason: 'lapsed', counts: false });
});
