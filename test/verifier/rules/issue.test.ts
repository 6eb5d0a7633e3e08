import { describe, expect, test } from 'vitest';
import { decideCancel, decideSoftwareIssue, isEmailAllowed, lineageOf } from '../../../verifier/rules/issue.ts';
import { institutionOf } from '../fixture.ts';
import { aFob, ended, nobodys, noonMs, opened, using } from './state-fixture.ts';

describe('the domains that may get the mail', () => {
  const denied = ['example.jp'];

  test.each([
    ['hanako@example.jp', false],
    ['hanako@EXAMPLE.JP', false],
    ['hanako@pc.example.jp', false],
    ['"hanako@mobile.jp"@example.jp', false],
    ['hanako@notexample.jp', true],
    ['hanako@example.jp.mobile.jp', true],
    ['example.jp@mobile.jp', true],
  ])('a denied one and those below it: %s %s', (email, allowed) => {
    expect(isEmailAllowed(email, { allow: [], deny: denied })).toBe(allowed);
    expect(isEmailAllowed(email, { allow: denied, deny: [] })).toBe(!allowed);
  });

  test.each(['@example.jp', '.example.jp', 'Example.JP'])('may be listed as %s', (listed) => {
    for (const email of ['hanako@example.jp', 'hanako@pc.example.jp']) {
      expect(isEmailAllowed(email, { allow: [], deny: [listed] })).toBe(false);
      expect(isEmailAllowed(email, { allow: [listed], deny: [] })).toBe(true);
    }
  });

  test('what is denied below an allowed one stays denied', () => {
    const domains = { allow: ['example.jp'], deny: ['pc.example.jp'] };
    expect(isEmailAllowed('hanako@example.jp', domains)).toBe(true);
    expect(isEmailAllowed('hanako@pc.example.jp', domains)).toBe(false);
  });
});

describe('what a new issue comes after', () => {
  const revoked = { status: 'revoked', kind: 'software', endedAtMs: noonMs, cause: null } as const;
  const deactivated = { ...revoked, status: 'deactivated' } as const;

  test('is nothing for somebody new', () => {
    const lineage = { replacesAssignmentId: null, priorStatus: 'unregistered', previousAssignmentId: null };
    expect(lineageOf(nobodys)).toEqual(lineage);
  });

  test.each([revoked, deactivated])('is the token that was $status', (end) => {
    const lineage = { replacesAssignmentId: null, priorStatus: end.status, previousAssignmentId: 'a' };
    expect(lineageOf(ended(end))).toEqual(lineage);
  });

  test.each(['requested', 'issued', 'provisioned', 'unregistered'] as const)(
    'is what an issue before it came after, where that is %s',
    (status) => {
      const user = opened('issued', 'software', revoked);
      if (user.assignment === null) throw new Error('no issue');
      const assignment = { ...user.assignment, status, previousAssignmentId: 'earlier' };
      expect(lineageOf({ ...user, assignment })).toEqual({
        replacesAssignmentId: status === 'unregistered' ? null : 'a',
        priorStatus: 'revoked',
        previousAssignmentId: 'earlier',
      });
    },
  );
});

test('an issue has its whole time after the gate of its activation', () => {
  const institution = institutionOf({ reissue: { gates: 'activation' }, software: { activationMinutes: 45 } });
  const request = { email: 'hanako@example.jp', activationPassword: '583920' };
  const lapse = (endedAtMs: number) => {
    const user = ended({ status: 'revoked', kind: 'software', endedAtMs, cause: null });
    const plan = decideSoftwareIssue(user, request, institution, noonMs);
    return plan.ok ? (plan.value.lapsesAtMs - noonMs) / 60_000 : plan.reason;
  };
  expect(lapse(noonMs)).toBe(30 + 45);
  expect(lapse(noonMs - 30 * 60_000)).toBe(45);
});

test('an issue is refused behind its own gate, and where the kind may not be changed to', () => {
  const institution = institutionOf({ reissue: { gates: 'issue' }, hardware: { toSoftware: false } });
  const request = { email: 'hanako@example.jp', activationPassword: '583920' };
  const after = (kind: 'software' | 'hardware', endedAtMs: number) =>
    decideSoftwareIssue(ended({ status: 'revoked', kind, endedAtMs, cause: null }), request, institution, noonMs);
  expect(after('software', noonMs - 30 * 60_000 + 1)).toEqual({ ok: false, reason: 'reissueTooEarly' });
  expect(after('software', noonMs - 30 * 60_000)).toMatchObject({ ok: true });
  expect(after('hardware', noonMs - 30 * 60_000)).toEqual({ ok: false, reason: 'kindChangeNotAllowed' });
});

test('what is over or in use is not called off', () => {
  const user = opened('issued', 'software');
  if (user.assignment === null) throw new Error('no issue');
  const issue = { ...user, assignment: { ...user.assignment, lapsesAtMs: noonMs } };
  expect(decideCancel(issue, noonMs - 1)).toEqual({ ok: true, value: { assignmentId: 'a' } });
  const revoked = ended({ status: 'revoked', kind: 'hardware', endedAtMs: noonMs, cause: null });
  for (const [who, nowMs] of [[issue, noonMs] as const, [using(aFob), 0] as const, [revoked, 0] as const]) {
    expect(decideCancel(who, nowMs)).toEqual({ ok: false, reason: 'nothingToCancel' });
  }
});
