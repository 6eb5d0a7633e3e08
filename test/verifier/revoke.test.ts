import { describe, expect, test } from 'vitest';
import { activeToken, setUp, startMs, validate } from './fixture.ts';
import { activated, check, fob, goTo, lockOut, manualFile, office, otpOf, person, revoke, written } from './office.ts';

describe('revoking', () => {
  test('ends one user’s use; others who share the token keep it', async () => {
    const at = await office(manualFile('kumashin'));
    await person(at, 'boss', 'master');
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at, '00123456', 'C-1', { expiresAtMs: Date.parse('2028-09-30T00:00:00Z') });
    for (const id of ['hanako', 'jiro']) await activated(at, id, token);
    expect((await revoke(at, 'boss', ['hanako'], { cause: 'other' })).body).toEqual({
      outcome: 'done',
      reason: null,
      remainingAttempts: null,
      results: [
        {
          loginId: 'hanako',
          name: 'hanako',
          role: 'general',
          serial: '00123456',
          expiresAt: '2028-09-30T00:00:00.000Z',
          outcome: 'revoked',
          reason: null,
          status: 'revoked',
          reissuableAt: new Date(at.clock.nowMs() + 30 * 60_000).toISOString(),
        },
      ],
    });
    expect(await otpOf(at, 'hanako')).toMatchObject({ status: 'revoked', kind: null, serial: null, expiresAt: null });
    expect((await check(at, 'hanako', token.code(), 'login')).body.reason).toBe('revoked');
    expect((await check(at, 'jiro', token.code(), 'login')).body.outcome).toBe('accepted');
  });

  test('wipes the seed of a software token', async () => {
    const at = await office(manualFile('kumashin'));
    const app = await activeToken(at);
    await person(at, 'boss', 'master');
    expect((await revoke(at, 'boss', ['hanako'])).body.results[0]).toMatchObject({ serial: null, outcome: 'revoked' });
    expect(at.rows('SELECT status, length(sealed_seed) AS seed FROM tokens')).toEqual([{ status: 'void', seed: 0 }]);
    expect((await validate(at, app.code(), { operation: 'login' })).body.reason).toBe('revoked');
  });

  test('is all or none, and says of each what became of them', async () => {
    const at = await office(manualFile('kumashin'));
    await person(at, 'boss', 'master');
    for (const id of ['hanako', 'jiro']) await person(at, id);
    await activated(at, 'hanako', await fob(at));
    const { body } = await revoke(at, 'boss', ['hanako', 'jiro', 'nobody']);
    expect(body).toMatchObject({ outcome: 'refused', reason: null });
    expect(body.results).toMatchObject([
      { outcome: 'unchanged', reason: null, status: 'active', serial: '00123456' },
      { outcome: 'refused', reason: 'nothingToRevoke', status: 'unregistered', serial: null },
      { outcome: 'refused', reason: 'userUnknown', status: null, name: null },
    ]);
    expect((await otpOf(at, 'hanako')).status).toBe('active');
  });

  test('works for what is locked, disabled or expired', async () => {
    const at = await office({ ...manualFile('kumashin'), lockout: { afterFailures: 3, disableAfterFailures: 4 } });
    await person(at, 'boss', 'master');
    for (const id of ['a', 'b', 'c']) await person(at, id);
    const [first, second, third] = [
      await fob(at, '10000001'),
      await fob(at, '10000002', 'C-1', { expiresAtMs: startMs + 3_600_000 }),
      await fob(at, '10000003'),
    ];
    await activated(at, 'a', first);
    await activated(at, 'b', second);
    await activated(at, 'c', third);
    for (const [id, by] of [
      ['a', first],
      ['c', third],
    ] as const)
      await lockOut(at, id, by, 'login');
    await at.branch('POST', '/v1/branch/unlocks', { ...written, loginIds: ['c'] });
    await check(at, 'c', third.wrong(), 'login');
    at.clock.advance(2 * 3_600_000);
    expect(await otpOf(at, 'a')).toMatchObject({ status: 'locked', reason: null });
    expect((await otpOf(at, 'b')).status).toBe('expired');
    expect(await otpOf(at, 'c')).toMatchObject({ status: 'locked', reason: 'mustBeReissued' });
    expect((await revoke(at, 'boss', ['a', 'b', 'c'])).body.outcome).toBe('done');
    expect(at.rows('SELECT end_cause FROM assignments ORDER BY login_id')).toEqual([
      { end_cause: 'other' },
      { end_cause: 'expired' },
      { end_cause: 'other' },
    ]);
  });
});

describe('the actor’s own OTP', () => {
  async function seikyo() {
    const at = await office(manualFile('seikyo'));
    await person(at, 'boss', 'master');
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const [own, first, second] = [await fob(at, '10000001'), await fob(at, '10000002'), await fob(at, '10000003')];
    await activated(at, 'boss', own);
    await activated(at, 'hanako', first);
    await activated(at, 'jiro', second);
    return { at, own, first, second };
  }

  test('is asked for while they use OTPs, spent once, and worth nothing afterwards', async () => {
    const { at, own } = await seikyo();
    const missing = await revoke(at, 'boss', ['hanako']);
    expect([missing.status, missing.body.fields[0].path]).toEqual([400, 'otp']);
    const otp = own.code();
    expect((await revoke(at, 'boss', ['hanako'], { otp })).body.outcome).toBe('done');
    expect((await revoke(at, 'boss', ['jiro'], { otp })).body).toEqual({
      outcome: 'refused',
      reason: 'otpReplayed',
      remainingAttempts: 5,
      results: [],
    });
    expect((await check(at, 'boss', otp)).body.reason).toBe('replayed');
    expect((await otpOf(at, 'jiro')).status).toBe('active');
  });

  test('wrong, counts on the actor’s token and locks it like any other', async () => {
    const { at, own } = await seikyo();
    for (const remainingAttempts of [4, 3, 2, 1, 0]) {
      expect((await revoke(at, 'boss', ['hanako'], { otp: own.wrong() })).body).toEqual({
        outcome: 'refused',
        reason: 'otpWrong',
        remainingAttempts,
        results: [],
      });
    }
    expect((await revoke(at, 'boss', ['hanako'], { otp: own.code() })).body.reason).toBe('otpNotWorking');
    expect((await otpOf(at, 'boss')).status).toBe('locked');
    expect((await otpOf(at, 'hanako')).status).toBe('active');
  });

  test('is not spent where a chosen user is refused', async () => {
    const { at, own } = await seikyo();
    await person(at, 'chief', 'master');
    const otp = own.code();
    expect((await revoke(at, 'boss', ['hanako', 'chief'], { otp })).body.outcome).toBe('refused');
    expect((await check(at, 'boss', otp)).body.outcome).toBe('accepted');
  });

  test('sent 20 times at once is accepted once', async () => {
    const { at, own } = await seikyo();
    const otp = own.code();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => revoke(at, 'boss', [i % 2 === 0 ? 'hanako' : 'jiro'], { otp })),
    );
    expect(answers.filter((answer) => answer.body.outcome === 'done')).toHaveLength(1);
  });

  test('is not asked of an actor without a token, nor where the manual asks for the password alone (M5)', async () => {
    const { at } = await seikyo();
    await person(at, 'chief', 'master');
    expect((await revoke(at, 'chief', ['hanako'], { otp: '123456' })).status).toBe(422);
    expect((await revoke(at, 'chief', ['hanako'])).body.outcome).toBe('done');

    const kumashin = await office(manualFile('kumashin'));
    await person(kumashin, 'boss', 'master');
    await person(kumashin, 'jiro');
    const own = await fob(kumashin, '10000001');
    await activated(kumashin, 'boss', own);
    await activated(kumashin, 'jiro', await fob(kumashin, '10000002'));
    expect((await revoke(kumashin, 'boss', ['jiro'], { otp: own.code() })).status).toBe(422);
    expect((await revoke(kumashin, 'boss', ['jiro'])).body.outcome).toBe('done');
  });

  test('lets a master give up their own token while it works, and not once it is locked or expired', async () => {
    const { at, own } = await seikyo();
    await lockOut(at, 'boss', own);
    expect((await revoke(at, 'boss', ['boss'], { otp: own.code() })).body.reason).toBe('otpNotWorking');
    await at.branch('POST', '/v1/branch/unlocks', { ...written, loginIds: ['boss'] });
    expect((await revoke(at, 'boss', ['boss'], { otp: own.code() })).body.results[0]).toMatchObject({
      outcome: 'revoked',
      serial: '10000001',
      status: 'revoked',
    });
    await person(at, 'chief', 'master');
    const brief = await fob(at, '10000004', 'C-1', { expiresAtMs: at.clock.nowMs() + 3_600_000 });
    await activated(at, 'chief', brief);
    at.clock.advance(2 * 3_600_000);
    expect((await revoke(at, 'chief', ['chief'], { otp: brief.code() })).body.reason).toBe('otpNotWorking');
  });

  test('wrong for one’s own revocation leaves the token in use', async () => {
    const { at, own } = await seikyo();
    expect((await revoke(at, 'boss', ['boss'], { otp: own.wrong() })).body.reason).toBe('otpWrong');
    expect((await otpOf(at, 'boss')).status).toBe('active');
  });
});

test('a lost token that a master and another user share is the branch’s at Seikyo (M1 section 4 (5)), an expiring one is not', async () => {
  const at = await office(manualFile('seikyo'));
  for (const id of ['boss', 'chief']) await person(at, id, 'master');
  await person(at, 'hanako');
  const token = await fob(at);
  for (const id of ['boss', 'hanako']) await activated(at, id, token);
  for (const cause of ['lost', 'stolen', 'broken']) {
    expect((await revoke(at, 'chief', ['hanako'], { cause })).body.results[0].reason).toBe('roleNotAllowed');
  }
  expect((await revoke(at, 'chief', ['hanako'], { cause: 'expired' })).body.outcome).toBe('done');
  const body = { ...written, loginIds: ['boss'], cause: 'lost' };
  expect((await at.branch('POST', '/v1/branch/revocations', body)).body.outcome).toBe('done');
});

test('at Kumashin, which makes no such difference, a master revokes a lost token that a master shares', async () => {
  const at = await office(manualFile('kumashin'));
  for (const id of ['boss', 'chief']) await person(at, id, 'master');
  await person(at, 'hanako');
  const token = await fob(at);
  for (const id of ['boss', 'hanako']) await activated(at, id, token);
  expect((await revoke(at, 'chief', ['boss', 'hanako'], { cause: 'lost' })).body.outcome).toBe('done');
});

describe('the reissue gate', () => {
  test('where the issue is gated: refused with the time until it opens, then issued (M4)', async () => {
    const at = await office(manualFile('seikyo'));
    await activeToken(at);
    await person(at, 'boss', 'master');
    goTo(at, '2026-11-21T20:50:00');
    const revoked = (await revoke(at, 'boss', ['hanako'])).body.results[0];
    const reissuableAt = '2026-11-21T23:10:00.000Z';
    expect(revoked.reissuableAt).toBe(reissuableAt);
    expect((await otpOf(at, 'hanako')).reissuableAt).toBe(reissuableAt);
    const requirement = await at.bank('GET', '/v1/users/hanako/requirement?operation=transfer');
    expect(requirement.body).toEqual({ otp: 'blocked', reason: 'revoked', next: 'issue', from: reissuableAt });
    const order = { email: 'a@b.jp', activationPassword: '583920' };
    goTo(at, '2026-11-22T08:09:59');
    expect((await at.bank('POST', '/v1/users/hanako/software-token', order)).body).toEqual({
      outcome: 'refused',
      reason: 'reissueTooEarly',
      reissuableAt,
    });
    goTo(at, '2026-11-22T08:10:00');
    expect((await otpOf(at, 'hanako')).reissuableAt).toBeNull();
    expect((await at.bank('POST', '/v1/users/hanako/software-token', order)).body.outcome).toBe('issued');
  });

  test('holds at the registration of hardware, which has no step of issue (M1, M5)', async () => {
    for (const name of ['seikyo', 'kumashin'] as const) {
      const at = await office(manualFile(name));
      await person(at, 'boss', 'master');
      await person(at, 'hanako');
      await activated(at, 'hanako', await fob(at, '10000001'));
      await revoke(at, 'boss', ['hanako']);
      const fresh = await fob(at, '10000002');
      const opensAtMs = at.clock.nowMs() + 30 * 60_000;
      const opensAt = new Date(opensAtMs).toISOString();
      at.clock.advance(30 * 60_000 - 1);
      const activation = () =>
        at.bank('POST', '/v1/users/hanako/activation', { otp: fresh.code(), serial: fresh.serial });
      expect((await activation()).body).toEqual({
        outcome: 'refused',
        reason: 'reissueTooEarly',
        reissuableAt: opensAt,
      });
      const { body } = await at.bank('GET', '/v1/users/hanako/requirement?operation=login');
      expect(body).toMatchObject({ next: 'activation', from: opensAt });
      at.clock.advance(1);
      expect((await activation()).body.outcome).toBe('accepted');
    }
  });

  test('where the activation is gated: issued and set up at once, activated half an hour later (M3)', async () => {
    const at = await office(manualFile('kenshin'));
    await activeToken(at);
    await person(at, 'boss', 'master');
    expect((await revoke(at, 'boss', ['hanako'])).body.outcome).toBe('done');
    const opensAtMs = at.clock.nowMs() + 30 * 60_000;
    const app = await setUp(at);
    const activation = () => at.bank('POST', '/v1/users/hanako/activation', { otp: app.code() });
    expect((await activation()).body).toEqual({
      outcome: 'refused',
      reason: 'reissueTooEarly',
      reissuableAt: new Date(opensAtMs).toISOString(),
    });
    expect((await at.bank('GET', '/v1/users/hanako/requirement?operation=login')).body).toMatchObject({
      next: 'activation',
      from: new Date(opensAtMs).toISOString(),
    });
    at.clock.advance(30 * 60_000);
    expect((await activation()).body.outcome).toBe('accepted');
    expect((await otpOf(at, 'hanako')).reissuableAt).toBeNull();
  });

  test('an open issue is replaced without any gate', async () => {
    const at = await office(manualFile('seikyo'));
    await setUp(at);
    const fresh = await setUp(at);
    expect((await at.bank('POST', '/v1/users/hanako/activation', { otp: fresh.code() })).body.outcome).toBe('accepted');
  });
});
