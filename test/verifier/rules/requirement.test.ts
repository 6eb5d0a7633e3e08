import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Institution, parseInstitution } from '../../../shared/institution.ts';
import { decideRequirement } from '../../../verifier/rules/requirement.ts';
import type { UserState } from '../../../verifier/rules/state.ts';
import { institutionOf } from '../fixture.ts';
import { aFob, aToken, ended, nobodys, noonMs, opened, using } from './state-fixture.ts';

function manual(name: string): Institution {
  const file = new URL(`../../../verifier/institutions/${name}.json`, import.meta.url);
  const parsed = parseInstitution(JSON.parse(readFileSync(file, 'utf8')));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.institution;
}

const justNow = noonMs - 60_000;
const longAgo = noonMs - 7 * 86_400_000;
const halfPast = noonMs + 29 * 60_000;
const tomorrow = Date.parse('2026-11-22T00:00:00+09:00');
const end = (status: 'revoked' | 'deactivated', kind: 'software' | 'hardware', endedAtMs: number) =>
  ended({ status, kind, endedAtMs, cause: null });

const users: Record<string, UserState> = {
  unregistered: nobodys,
  'issued (software)': opened('issued', 'software'),
  'set up (software)': opened('provisioned', 'software'),
  'ordered (hardware)': opened('requested', 'hardware'),
  active: using(aToken),
  locked: using({ ...aToken, status: 'locked' }),
  'locked for good': using({ ...aFob, status: 'disabled' }),
  expired: using({ ...aFob, expiresAtMs: noonMs }),
  'revoked software, just now': end('revoked', 'software', justNow),
  'revoked hardware, just now': end('revoked', 'hardware', justNow),
  'revoked hardware, long ago': end('revoked', 'hardware', longAgo),
  'deactivated software, just now': end('deactivated', 'software', justNow),
};

type Row = readonly [string, string, string, string, number | null];
const none = null;

/** Written from the manuals: user, what a login meets, what a transfer meets, the screen that helps, from when. */
const tables: Record<string, readonly Row[]> = {
  // M1, M4: important operations stop, the login stays open.
  seikyo: [
    ['unregistered', 'notRequired', 'blocked', 'issue', none],
    ['issued (software)', 'notRequired', 'blocked', 'activation', none],
    ['set up (software)', 'notRequired', 'blocked', 'activation', none],
    ['active', 'notRequired', 'required', 'none', none],
    ['locked', 'notRequired', 'blocked', 'none', none],
    ['locked for good', 'notRequired', 'blocked', 'none', none],
    ['expired', 'notRequired', 'blocked', 'none', none],
    ['revoked software, just now', 'notRequired', 'blocked', 'issue', halfPast],
    ['revoked hardware, just now', 'notRequired', 'blocked', 'activation', halfPast],
    ['revoked hardware, long ago', 'notRequired', 'blocked', 'activation', none],
  ],
  // M2: nothing stops before the activation, a lockout stops the login; after a deactivation no OTP is asked for.
  'yamagata-chuo': [
    ['unregistered', 'notRequired', 'notRequired', 'issue', none],
    ['issued (software)', 'notRequired', 'notRequired', 'activation', none],
    ['ordered (hardware)', 'notRequired', 'notRequired', 'activation', none],
    ['active', 'required', 'notRequired', 'none', none],
    ['locked', 'blocked', 'blocked', 'none', none],
    ['locked for good', 'blocked', 'blocked', 'none', none],
    ['expired', 'blocked', 'blocked', 'none', none],
    ['revoked hardware, just now', 'blocked', 'blocked', 'issue', none],
    ['deactivated software, just now', 'notRequired', 'notRequired', 'issue', none],
  ],
  // M3: the login leads to the issue screen, or to the confirmation of an issue; a lockout stops the service.
  kenshin: [
    ['unregistered', 'blocked', 'blocked', 'issue', none],
    ['issued (software)', 'blocked', 'blocked', 'activation', none],
    ['active', 'notRequired', 'required', 'none', none],
    ['locked', 'blocked', 'blocked', 'none', none],
    ['revoked software, just now', 'blocked', 'blocked', 'issue', none],
  ],
  // M5: the login leads to the activation, a lockout and a revocation stop it.
  kumashin: [
    ['issued (software)', 'blocked', 'blocked', 'activation', none],
    ['active', 'required', 'notRequired', 'none', none],
    ['locked', 'blocked', 'blocked', 'none', none],
    ['expired', 'blocked', 'blocked', 'none', none],
    ['revoked hardware, just now', 'blocked', 'blocked', 'activation', halfPast],
    ['revoked software, just now', 'blocked', 'blocked', 'issue', halfPast],
  ],
};

describe.each(Object.entries(tables))('%s', (name, rows) => {
  const institution = manual(name);
  test.each(rows)('%s: login %s, transfer %s, next %s', (state, login, transfer, next, fromMs) => {
    const user = users[state];
    if (user === undefined) throw new Error(state);
    expect(decideRequirement(user, 'login', institution, noonMs)).toMatchObject(
      login === 'required' || state === 'active' ? { otp: login } : { otp: login, next, fromMs },
    );
    expect(decideRequirement(user, 'transfer', institution, noonMs).otp).toBe(transfer);
  });
});

describe('the screen that helps', () => {
  test('is the activation for a new user of a contract that hardware was shipped to, where the branch ships (M5 BLG3020)', () => {
    const kumashin = manual('kumashin');
    const at = (shipped: boolean) => decideRequirement(nobodys, 'login', kumashin, noonMs, shipped);
    expect(at(true)).toEqual({ otp: 'blocked', reason: 'unregistered', next: 'activation', fromMs: null });
    expect(at(false).next).toBe('issue');
    expect(decideRequirement(nobodys, 'login', manual('yamagata-chuo'), noonMs, true).next).toBe('issue');
  });

  test('waits for the next day after a change of kind, once the other kind is ordered (M2)', () => {
    const previous = { status: 'deactivated', kind: 'software', endedAtMs: justNow, cause: null } as const;
    const user = opened('requested', 'hardware', previous);
    const decided = decideRequirement(user, 'login', manual('yamagata-chuo'), noonMs);
    expect(decided).toMatchObject({ next: 'activation', fromMs: tomorrow });
  });

  test('waits at the activation where the institution gates that (M3)', () => {
    const previous = { status: 'revoked', kind: 'software', endedAtMs: justNow, cause: null } as const;
    const decided = decideRequirement(opened('issued', 'software', previous), 'login', manual('kenshin'), noonMs);
    expect(decided).toMatchObject({ reason: 'issued', next: 'activation', fromMs: halfPast });
  });

  test('is none for a token that only somebody else can help: unlock, revoke', () => {
    for (const state of ['locked', 'locked for good', 'expired']) {
      expect(decideRequirement(users[state] ?? nobodys, 'transfer', manual('seikyo'), noonMs).next).toBe('none');
    }
    const decided = decideRequirement(users['locked for good'] ?? nobodys, 'transfer', manual('seikyo'), noonMs);
    expect(decided.reason).toBe('mustBeReissued');
  });
});

describe('the screen that helps, where the branch ships,', () => {
  const next = (user: UserState, institution: object, shipped: boolean) =>
    decideRequirement(user, 'transfer', institutionOf(institution), noonMs, shipped).next;
  const both = [end('revoked', 'software', longAgo), nobodys];

  test('is that of the one kind which is offered', () => {
    for (const user of [end('revoked', 'hardware', longAgo), ...both]) {
      for (const shipped of [true, false]) {
        expect(next(user, { kinds: ['software'] }, shipped)).toBe('issue');
        expect(next(user, { kinds: ['hardware'] }, shipped)).toBe('activation');
      }
    }
  });

  test('is that of the kind which the user had, whatever was shipped and whatever they may change to', () => {
    for (const shipped of [true, false]) {
      expect(next(end('revoked', 'hardware', longAgo), { hardware: { toSoftware: true } }, shipped)).toBe('activation');
      expect(next(end('revoked', 'software', longAgo), { software: { toHardware: true } }, shipped)).toBe('issue');
    }
  });
});

test('the time from which a screen helps is that of the kind which it is for', () => {
  const previous = { status: 'deactivated', kind: 'software', endedAtMs: justNow, cause: null } as const;
  const from = (user: UserState, institution: Institution) =>
    decideRequirement(user, 'transfer', institution, noonMs).fromMs;
  // A change of device waits for nothing, a change of kind for the next day (M2).
  expect(from(opened('issued', 'software', previous), manual('yamagata-chuo'))).toBeNull();
  expect(from(ended(previous), institutionOf({ kinds: ['hardware'] }))).toBe(tomorrow);
});

describe('an issue that was opened after a revocation', () => {
  const previous = { status: 'revoked', kind: 'software', endedAtMs: longAgo, cause: null } as const;
  const otpOf = (revoked: string, issued: string, operation: 'login' | 'transfer') =>
    decideRequirement(
      opened('issued', 'software', previous),
      operation,
      institutionOf({ blocks: { revoked, issued } }),
      noonMs,
    ).otp;

  test.each([
    ['none', 'none', 'notRequired', 'notRequired'],
    ['operations', 'none', 'notRequired', 'blocked'],
    ['setUpAtLogin', 'operations', 'blocked', 'blocked'],
    ['login', 'operations', 'blocked', 'blocked'],
    ['none', 'operations', 'notRequired', 'blocked'],
    ['operations', 'setUpAtLogin', 'blocked', 'blocked'],
  ])('where %s is closed by the one and %s by the other: login %s, transfer %s', (revoked, issued, login, transfer) => {
    expect([otpOf(revoked, issued, 'login'), otpOf(revoked, issued, 'transfer')]).toEqual([login, transfer]);
  });

  test('closes nothing any more once its token was in use', () => {
    const user = ended({ ...previous, status: 'deactivated' });
    if (user.assignment === null) throw new Error('no assignment');
    const after = { ...user, assignment: { ...user.assignment, priorStatus: 'revoked' } } as const;
    expect(decideRequirement(after, 'login', manual('yamagata-chuo'), noonMs).otp).toBe('notRequired');
  });
});

test('a status with its own entry blocks by that alone', () => {
  const institution = institutionOf({
    blocks: {
      unregistered: 'none',
      issued: 'login',
      locked: 'none',
      expired: 'login',
      revoked: 'login',
      deactivated: 'login',
    },
  });
  for (const [state, otp] of [
    ['unregistered', 'notRequired'],
    ['issued (software)', 'blocked'],
    ['locked', 'notRequired'],
    ['expired', 'blocked'],
    ['revoked hardware, long ago', 'blocked'],
    ['deactivated software, just now', 'blocked'],
  ] as const) {
    expect([state, decideRequirement(users[state] ?? nobodys, 'login', institution, noonMs).otp]).toEqual([state, otp]);
  }
});

test('a status without its own entry blocks like unregistered (issued) or locked (expired, revoked, deactivated)', () => {
  const institution = institutionOf({ blocks: { unregistered: 'none', locked: 'setUpAtLogin' } });
  for (const [state, otp] of [
    ['issued (software)', 'notRequired'],
    ['expired', 'blocked'],
    ['revoked hardware, long ago', 'blocked'],
    ['deactivated software, just now', 'blocked'],
  ] as const) {
    expect([state, decideRequirement(users[state] ?? nobodys, 'login', institution, noonMs).otp]).toEqual([state, otp]);
  }
});
