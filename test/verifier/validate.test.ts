import { describe, expect, test } from 'vitest';
import { auditEntry } from '../../verifier/audit.ts';
import { activeToken, addUser, bench, institutionOf, validate } from './fixture.ts';
import { activated, check, type Fob, fob, type Office, office, person, written } from './office.ts';
import { wrongCode } from './totp.ts';

function fullWidth(code: string): string {
  return code.replace(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
}

describe('an accepted code', () => {
  test('is accepted once and refused as replayed in every spelling', async () => {
    const at = await bench();
    const token = await activeToken(at);
    const code = token.code();
    expect((await validate(at, code)).body).toEqual({
      outcome: 'accepted',
      reason: null,
      remainingAttempts: 5,
      status: 'active',
    });
    const spellings = [
      code,
      ` ${code} `,
      `${code.slice(0, 4)} ${code.slice(4)}`,
      `${code.slice(0, 4)}-${code.slice(4)}`,
    ];
    for (const spelling of [
      ...spellings,
      fullWidth(code),
      `${fullWidth(code.slice(0, 4))}　${fullWidth(code.slice(4))}`,
    ]) {
      expect((await validate(at, spelling)).body).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
    }
    for (const spelling of [`+${code}`, `${code}\u0000`, `\u0000${code}`, `${code}a`, `${code}.0`, `0x${code}`]) {
      const answer = await validate(at, spelling);
      expect([answer.status, answer.body.fields]).toEqual([400, [{ path: 'otp', expected: 'expects 6 to 8 digits' }]]);
    }
    expect((await validate(at, wrongCode(code))).body.remainingAttempts).toBe(4);
  });

  test('is accepted in full-width digits and with spaces', async () => {
    const at = await bench();
    const token = await activeToken(at);
    expect((await validate(at, fullWidth(token.code()))).body.outcome).toBe('accepted');
    at.clock.advance(60_000);
    expect((await validate(at, token.code().replace(/(....)/, '$1 '))).body.outcome).toBe('accepted');
  });

  test.each([30, 60] as const)('is refused at each step boundary of its life (period %i s)', async (periodSeconds) => {
    const at = await bench({ institution: { otp: { periodSeconds } } });
    const token = await activeToken(at);
    const code = token.code();
    const toBoundaryMs = periodSeconds * 1000 - (at.clock.nowMs() % (periodSeconds * 1000));
    expect((await validate(at, code)).body.outcome).toBe('accepted');
    at.clock.advance(toBoundaryMs - 1);
    expect((await validate(at, code)).body.reason).toBe('replayed');
    at.clock.advance(1);
    expect((await validate(at, code)).body.reason).toBe('replayed');
    at.clock.advance(periodSeconds * 1000 - 1);
    expect((await validate(at, code)).body.reason).toBe('replayed');
    at.clock.advance(1);
    expect((await validate(at, code)).body.reason).toBe('wrong');
  });

  test('closes the earlier steps too, and a later one stays open', async () => {
    const at = await bench();
    const token = await activeToken(at);
    at.clock.advance(60_000);
    const [before, now, next] = [token.code(-1), token.code(), token.code(1)];
    expect((await validate(at, now)).body.outcome).toBe('accepted');
    expect((await validate(at, before)).body.reason).toBe('replayed');
    expect((await validate(at, next)).body.outcome).toBe('accepted');
    expect((await validate(at, now)).body.reason).toBe('replayed');
  });
});

describe('the window', () => {
  test('reaches as many steps to each side as the institution accepts', async () => {
    const at = await bench({ institution: { otp: { acceptedSteps: { past: 2, future: 0 } } } });
    const token = await activeToken(at);
    at.clock.advance(10 * 60_000);
    expect((await validate(at, token.code(1))).body.reason).toBe('wrong');
    expect((await validate(at, token.code(-3))).body.reason).toBe('wrong');
    expect((await validate(at, token.code(-2))).body.outcome).toBe('accepted');
    expect((await validate(at, token.code(-1))).body.outcome).toBe('accepted');
  });

  test('does not move for a software token whose codes come from its edge', async () => {
    const at = await bench();
    const token = await activeToken(at);
    for (let round = 0; round < 3; round++) {
      at.clock.advance(5 * 60_000);
      expect((await validate(at, token.code(1))).body.outcome).toBe('accepted');
    }
    expect(at.rows('SELECT drift_steps FROM tokens')).toEqual([{ drift_steps: 0 }]);
    at.clock.advance(5 * 60_000);
    expect((await validate(at, token.code(2))).body.reason).toBe('wrong');
  });
});

describe('wrong codes', () => {
  test('lock the token, and then the right code is blocked without being looked at', async () => {
    const at = await bench();
    const token = await activeToken(at);
    const wrong = wrongCode(token.code(-1), token.code(), token.code(1));
    for (const left of [4, 3, 2, 1]) {
      expect((await validate(at, wrong)).body).toEqual({
        outcome: 'rejected',
        reason: 'wrong',
        remainingAttempts: left,
        status: 'active',
      });
    }
    expect((await validate(at, wrong)).body).toMatchObject({
      outcome: 'rejected',
      remainingAttempts: 0,
      status: 'locked',
    });
    const blocked = { outcome: 'blocked', reason: 'locked', remainingAttempts: 0, status: 'locked' };
    expect((await validate(at, token.code())).body).toEqual(blocked);
    at.clock.advance(3_600_000);
    expect((await validate(at, token.code())).body).toEqual(blocked);
    const requirement = await at.bank('GET', '/v1/users/hanako/requirement?operation=transfer');
    expect(requirement.body).toMatchObject({ otp: 'blocked', reason: 'locked', next: 'none' });
    // Five that count and two that change nothing, all in the log of the one token under its running numbers.
    const rows = at.rows("SELECT token_id, token_number FROM audit WHERE operation = 'validate' ORDER BY token_number");
    const [first] = rows;
    expect(first?.token_id).toEqual(expect.any(String));
    expect(rows).toEqual(
      rows.map((_, i) => ({ token_id: first?.token_id, token_number: Number(first?.token_number) + i })),
    );
    expect(rows).toHaveLength(7);
  });

  test('are forgotten after an accepted one', async () => {
    const at = await bench();
    const token = await activeToken(at);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 4; i++) await validate(at, wrongCode(token.code(-1), token.code(), token.code(1)));
      expect((await validate(at, token.code())).body).toMatchObject({ outcome: 'accepted', remainingAttempts: 5 });
      at.clock.advance(60_000);
    }
  });

  test('of another length than the token’s count, and 5 or 9 digits count nothing', async () => {
    const at = await bench();
    const token = await activeToken(at);
    expect((await validate(at, token.code().slice(0, 6))).body).toMatchObject({
      reason: 'wrong',
      remainingAttempts: 4,
    });
    for (const otp of ['12345', '123456789', '']) expect((await validate(at, otp)).status).toBe(400);
    expect(at.rows('SELECT failures FROM tokens')).toEqual([{ failures: 1 }]);
  });

  test('disable the token for good when they reach the hard stop', async () => {
    const at = await bench({ institution: { lockout: { afterFailures: 5, disableAfterFailures: 3 } } });
    const token = await activeToken(at);
    for (const left of [2, 1, 0]) expect((await validate(at, '00000000')).body.remainingAttempts).toBe(left);
    expect((await validate(at, token.code())).body).toMatchObject({
      outcome: 'blocked',
      reason: 'mustBeReissued',
      status: 'locked',
    });
    const user = await at.bank('GET', '/v1/users/hanako');
    expect(user.body.otp).toMatchObject({ status: 'locked', reason: 'mustBeReissued', remainingAttempts: 0 });
  });

  test('more than a limit that was lowered since leave one attempt, which locks', async () => {
    const at = await office();
    await person(at, 'jiro');
    const token = await fob(at);
    await activated(at, 'jiro', token);
    for (let i = 0; i < 4; i++) await check(at, 'jiro', token.wrong());
    const lowered = institutionOf({ lockout: { afterFailures: 3 } });
    await at.store.transaction('1001', (t) => t.putInstitution(lowered, at.clock.nowMs()));
    at.clock.advance(5_000);
    const { otp } = (await at.bank('GET', '/v1/users/jiro')).body;
    expect(otp).toMatchObject({ status: 'active', remainingAttempts: 1 });
    expect((await check(at, 'jiro', token.wrong())).body).toMatchObject({ remainingAttempts: 0, status: 'locked' });
  });
});

describe('many at once', () => {
  test('100 requests with one code: exactly one is accepted', async () => {
    const at = await bench();
    const token = await activeToken(at);
    const code = token.code();
    const outcomes = (await Promise.all(Array.from({ length: 100 }, () => validate(at, code)))).map((a) => a.body);
    expect(outcomes.filter((body) => body.outcome === 'accepted')).toHaveLength(1);
    expect(outcomes.filter((body) => body.reason === 'replayed')).toHaveLength(99);
  });

  test('100 wrong codes: exactly afterFailures are rejected and counted, the rest blocked', async () => {
    const at = await bench();
    const token = await activeToken(at);
    const wrong = wrongCode(token.code(-1), token.code(), token.code(1));
    const bodies = (await Promise.all(Array.from({ length: 100 }, () => validate(at, wrong)))).map((a) => a.body);
    expect(bodies.filter((body) => body.outcome === 'rejected')).toHaveLength(5);
    expect(bodies.filter((body) => body.outcome === 'blocked' && body.reason === 'locked')).toHaveLength(95);
    expect(new Set(bodies.filter((b) => b.outcome === 'rejected').map((b) => b.remainingAttempts))).toEqual(
      new Set([4, 3, 2, 1, 0]),
    );
    expect(at.rows('SELECT status, failures FROM tokens')).toEqual([{ status: 'locked', failures: 5 }]);
    expect((await validate(at, token.code())).body.reason).toBe('locked');
  });

  test('valid codes of different tokens are all accepted', async () => {
    const at = await bench();
    const tokens = [];
    for (let i = 0; i < 10; i++) tokens.push(await activeToken(at, `user${i}`));
    const answers = await Promise.all(tokens.map((token) => validate(at, token.code(), { loginId: token.loginId })));
    expect(answers.map((answer) => answer.body.outcome)).toEqual(Array(10).fill('accepted'));
  });
});

describe('what blocks', () => {
  test('a user without a token is blocked and nothing is counted', async () => {
    const at = await bench();
    await addUser(at);
    expect((await validate(at, '123456')).body).toEqual({
      outcome: 'blocked',
      reason: 'unregistered',
      remainingAttempts: null,
      status: 'unregistered',
    });
  });

  test('an operation that needs no OTP is blocked as notRequired, with the code unspent', async () => {
    const at = await bench();
    const token = await activeToken(at);
    const code = token.code();
    expect((await validate(at, code, { operation: 'login' })).body).toMatchObject({
      outcome: 'blocked',
      reason: 'notRequired',
    });
    expect((await validate(at, code)).body.outcome).toBe('accepted');
  });

  test('before the contract’s start date nothing is required', async () => {
    const at = await bench();
    const token = await activeToken(at);
    await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name: 'x', otpStartsOn: '2026-11-22' });
    expect((await validate(at, token.code())).body).toMatchObject({ outcome: 'blocked', reason: 'notRequired' });
    const requirement = await at.bank('GET', '/v1/users/hanako/requirement?operation=transfer');
    expect(requirement.body).toEqual({
      otp: 'notRequired',
      reason: 'beforeStartDate',
      next: 'none',
      from: '2026-11-21T15:00:00.000Z',
    });
    at.clock.advance(Date.parse('2026-11-21T15:00:00Z') - at.clock.nowMs());
    expect((await validate(at, token.code())).body.outcome).toBe('accepted');
  });

  test('a user of another institution is not found', async () => {
    const at = await bench();
    await activeToken(at);
    await at.store.transaction('2002', (t) => t.putInstitution({ ...at.institution, serviceId: '2002' }, 0));
    const other = await at.key(['bank'], '2002');
    const body = { loginId: 'hanako', operation: 'transfer', otp: '12345678' };
    expect((await at.bank('POST', '/v1/validations', body, { authorization: `Bearer ${other}` })).status).toBe(404);
    expect((await validate(at, '12345678', { loginId: 'Hanako' })).status).toBe(404);
  });
});

test('every decision stands in the log with its running number, without its code', async () => {
  const at = await bench();
  const token = await activeToken(at);
  const code = token.code();
  await validate(at, code, { reference: 'T-1' });
  await validate(at, code, { reference: 'T-2' });
  await validate(at, wrongCode(code, token.code(-1), token.code(1)));
  const rows = at.rows(
    `SELECT token_number, operation, purpose, outcome, reason, reference, actor FROM audit WHERE operation = 'validate'`,
  );
  const actor = at.apiKey.split('_')[1];
  expect(rows).toEqual([
    {
      token_number: 4,
      operation: 'validate',
      purpose: 'transfer',
      outcome: 'accepted',
      reason: null,
      reference: 'T-1',
      actor,
    },
    {
      token_number: 5,
      operation: 'validate',
      purpose: 'transfer',
      outcome: 'rejected',
      reason: 'replayed',
      reference: 'T-2',
      actor,
    },
    {
      token_number: 6,
      operation: 'validate',
      purpose: 'transfer',
      outcome: 'rejected',
      reason: 'wrong',
      reference: null,
      actor,
    },
  ]);
  expect(JSON.stringify(at.rows('SELECT * FROM audit'))).not.toContain(code);
});

const revocation = { ...written, loginIds: ['hanako'] };
test.each([
  ['nothing', async () => {}, true],
  ['a wrong code of a sharer', (at: Office, shared: Fob) => check(at, 'jiro', shared.wrong()), true],
  ['the user’s revocation', (at: Office) => at.branch('POST', '/v1/branch/revocations', revocation), false],
] as const)('a step is taken as things are now where %s came since the user was read', async (_, between, taken) => {
  const at = await office();
  for (const id of ['hanako', 'jiro']) await person(at, id);
  const shared = await fob(at);
  for (const id of ['hanako', 'jiro']) await activated(at, id, shared);
  const { serviceId } = at.institution;
  const read = await at.store.otpUser(serviceId, 'hanako');
  if (read?.token == null) throw new Error('hanako has no token');
  await between(at, shared);
  const { tokenId, lastStep } = read.token;
  const key = { serviceId, tokenId, loginId: 'hanako' };
  const audit = auditEntry({ ...key, atMs: at.clock.nowMs(), operation: 'validate', outcome: 'accepted' });
  const drift = { beforeSteps: 0, afterSteps: 0 };
  const command = { ...key, seen: read.seen, step: lastStep + 1, drift, along: { audit, kept: null } };
  expect(await at.store.acceptStep(command)).toBe(taken);
  expect(await at.store.acceptStep(command)).toBe(false);
  const accepted = at.rows(`SELECT audit_id FROM audit WHERE operation = 'validate' AND outcome = 'accepted'`);
  expect(accepted).toHaveLength(taken ? 1 : 0);
});
