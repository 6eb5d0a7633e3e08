import { describe, expect, test } from 'vitest';
import { decideReport } from '../../../verifier/rules/compromise.ts';
import type { AssignmentState, TokenState, UserState } from '../../../verifier/rules/state.ts';
import { aFob, aToken, ended, nobodys, noonMs, opened, using } from './state-fixture.ts';

const earlier: TokenState = { ...aFob, tokenId: 'earlier' };
const present: TokenState = { ...aToken, tokenId: 'present' };

/** A set-up app whose issue is changed in one thing. */
function issueOf(assignment: Partial<AssignmentState>, token: TokenState = present): UserState {
  const user = opened('provisioned', 'software');
  if (user.assignment === null) throw new Error('no issue');
  return { ...user, assignment: { ...user.assignment, lapsesAtMs: noonMs, ...assignment }, token };
}

const reported = (user: UserState | null, last: TokenState | null, nowMs = noonMs) => {
  const decided = decideReport(user, last, nowMs);
  return decided.ok ? decided.value.token.tokenId : decided.reason;
};

describe('a report of misuse is about', () => {
  test('the token in use, and the one that an open issue brought', () => {
    expect(reported(using(present), earlier)).toBe('present');
    expect(reported(using(present), null)).toBe('present');
    expect(reported(issueOf({}), earlier, noonMs - 1)).toBe('present');
  });

  test.each([
    ['lapsed', issueOf({})],
    ['was called off or voided by guesses', issueOf({ status: 'unregistered' }, { ...present, status: 'void' })],
    ['was ordered and has brought none yet', opened('requested', 'hardware')],
  ])('the last one in use where an issue %s', (_, user) => {
    expect(reported(user, earlier, noonMs)).toBe('earlier');
  });

  test('the last one where none is in use, hardware or software', () => {
    const revoked = { status: 'revoked', endedAtMs: noonMs, cause: null } as const;
    expect(reported(ended({ ...revoked, kind: 'hardware' }), earlier)).toBe('earlier');
    expect(reported(ended({ ...revoked, kind: 'software' }), { ...present, status: 'void' })).toBe('present');
  });

  test('nothing for somebody who never had one, and nobody who is unknown', () => {
    expect(reported(nobodys, null)).toBe('nothingToReport');
    expect(reported(issueOf({ status: 'unregistered' }), null)).toBe('nothingToReport');
    expect(reported(null, null)).toBe('unknown');
  });
});
