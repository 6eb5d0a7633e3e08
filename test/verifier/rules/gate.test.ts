import { describe, expect, test } from 'vitest';
import { activationGateMs, issueGateMs, mayHaveKind, reissuableAtMs } from '../../../verifier/rules/gate.ts';
import { institutionOf } from '../fixture.ts';
import { aFob, ended, nobodys, noonMs, opened, using } from './state-fixture.ts';

const halfPast = noonMs + 30 * 60_000;
const midnight = Date.parse('2026-11-22T00:00:00+09:00');
const revoked = { status: 'revoked', kind: 'hardware', endedAtMs: noonMs, cause: null } as const;
const deactivated = { status: 'deactivated', kind: 'software', endedAtMs: noonMs, cause: null } as const;
const gatesIssue = institutionOf({ reissue: { gates: 'issue' } });
const gatesActivation = institutionOf({ reissue: { gates: 'activation' } });

describe('after a revocation', () => {
  test('the issue waits where the issue is gated, and is open where the activation is', () => {
    expect(issueGateMs(ended(revoked), gatesIssue, noonMs)).toBe(halfPast);
    expect(issueGateMs(ended(revoked), gatesActivation, noonMs)).toBeNull();
  });

  test('the activation waits where the activation is gated, and everywhere for whoever had no step of issue', () => {
    const gate = (issued: boolean, institution = gatesIssue) =>
      activationGateMs(ended(revoked), 'hardware', issued, institution, noonMs);
    expect(gate(true, gatesActivation)).toBe(halfPast);
    expect(gate(false, gatesActivation)).toBe(halfPast);
    expect(gate(true)).toBeNull();
    expect(gate(false)).toBe(halfPast);
  });

  test('the gate is open at its very instant', () => {
    expect(issueGateMs(ended(revoked), gatesIssue, halfPast - 1)).toBe(halfPast);
    expect(issueGateMs(ended(revoked), gatesIssue, halfPast)).toBeNull();
    expect(reissuableAtMs(ended(revoked), gatesIssue, halfPast)).toBeNull();
  });

  test('an issue that was opened since does not move it', () => {
    expect(activationGateMs(opened('issued', 'hardware', revoked), 'hardware', true, gatesActivation, noonMs)).toBe(
      halfPast,
    );
    expect(reissuableAtMs(opened('issued', 'hardware', revoked), gatesActivation, noonMs)).toBe(halfPast);
  });
});

describe('after a deactivation', () => {
  test('only the activation of the other kind waits, whatever the institution gates otherwise', () => {
    for (const institution of [gatesIssue, gatesActivation]) {
      expect(issueGateMs(ended(deactivated), institution, noonMs)).toBeNull();
      expect(activationGateMs(ended(deactivated), 'software', true, institution, noonMs)).toBeNull();
      expect(activationGateMs(ended(deactivated), 'hardware', true, institution, noonMs)).toBe(midnight);
    }
  });

  test('the time that is shown is that of the other kind, and none where there is no other kind to be had', () => {
    expect(reissuableAtMs(ended(deactivated), gatesIssue, noonMs)).toBe(midnight);
    expect(reissuableAtMs(ended(deactivated), institutionOf({ kinds: ['software'] }), noonMs)).toBeNull();
    expect(reissuableAtMs(ended({ ...deactivated, kind: 'hardware' }), gatesIssue, noonMs)).toBeNull();
  });
});

test('no gate stands for a user who never had a token or has one in use', () => {
  for (const user of [nobodys, using(aFob), opened('issued', 'software')]) {
    expect(issueGateMs(user, gatesIssue, noonMs)).toBeNull();
    expect(activationGateMs(user, 'hardware', false, gatesIssue, noonMs)).toBeNull();
    expect(reissuableAtMs(user, gatesIssue, noonMs)).toBeNull();
  }
});

test('software may become hardware and hardware not software, unless the institution says otherwise (M2)', () => {
  const standard = institutionOf();
  expect(mayHaveKind('software', 'hardware', standard)).toBe(true);
  expect(mayHaveKind('hardware', 'software', standard)).toBe(false);
  expect(mayHaveKind('software', 'hardware', institutionOf({ software: { toHardware: false } }))).toBe(false);
  expect(mayHaveKind('hardware', 'software', institutionOf({ hardware: { toSoftware: true } }))).toBe(true);
  expect(mayHaveKind('hardware', 'hardware', institutionOf({ kinds: ['software'] }))).toBe(false);
});
