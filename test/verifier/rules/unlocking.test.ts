import { expect, test } from 'vitest';
import type { TokenState } from '../../../verifier/rules/state.ts';
import { lockableTokenId } from '../../../verifier/rules/unlocking.ts';
import { aFob, aToken, ended, nobodys, noonMs, opened, using } from './state-fixture.ts';

const tried = { triedTokenId: 'tried' };
const revoked = { status: 'revoked', kind: 'hardware', endedAtMs: noonMs, cause: null } as const;

test('the lockout that holds a user up is that of the token they use, or set up and locked', () => {
  const setUp = opened('provisioned', 'software');
  const lockedBy = (status: TokenState['status']) => ({ ...setUp, token: { ...aToken, status } });
  for (const user of [using(aFob), using(aToken), lockedBy('locked'), lockedBy('disabled')])
    expect(lockableTokenId({ ...user, ...tried }, noonMs)).toBe('t');
});

test('else it is that of the token they tried to register: not of one that was taken from them', () => {
  for (const user of [
    ended(revoked),
    opened('issued', 'software', revoked),
    opened('requested', 'hardware'),
    opened('provisioned', 'software'),
    nobodys,
  ]) {
    expect(lockableTokenId({ ...user, ...tried }, noonMs)).toBe('tried');
    expect(lockableTokenId(user, noonMs)).toBeNull();
  }
});

test('a set-up whose time is over holds nobody up, locked or not', () => {
  const setUp = opened('provisioned', 'software');
  if (setUp.assignment === null) throw new Error('no issue');
  const user = {
    ...setUp,
    ...tried,
    assignment: { ...setUp.assignment, lapsesAtMs: noonMs },
    token: { ...aToken, status: 'locked' },
  } as const;
  expect([lockableTokenId(user, noonMs - 1), lockableTokenId(user, noonMs)]).toEqual(['t', 'tried']);
});
