import { describe, expect, test } from 'vitest';
import { issue, setUp, startMs } from './fixture.ts';
import {
  activate,
  activated,
  check,
  fob,
  lockOut,
  manualFile,
  office,
  otpOf,
  person,
  revoke,
  written,
} from './office.ts';

describe('a hardware token', () => {
  test('is in use after its serial and one right code, and that code is replayed afterwards', async () => {
    const at = await office();
    await person(at, 'hanako');
    const token = await fob(at, '00123456', 'C-1', { expiresAtMs: Date.parse('2028-02-07T05:05:00Z') });
    const otp = token.code();
    expect((await activate(at, 'hanako', otp, '００１２ ３４５６')).body).toEqual({
      outcome: 'accepted',
      token: { kind: 'hardware', serial: '00123456', expiresAt: '2028-02-07T05:05:00.000Z' },
    });
    expect(await otpOf(at, 'hanako')).toEqual({
      status: 'active',
      reason: null,
      kind: 'hardware',
      serial: '00123456',
      expiresAt: '2028-02-07T05:05:00.000Z',
      reissuableAt: null,
      remainingAttempts: 5,
    });
    expect((await check(at, 'hanako', otp)).body).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
    const withoutSerial = await at.bank('POST', '/v1/users/hanako/activation', { otp: token.code(1) });
    expect(withoutSerial.body.reason).toBe('tokenAlreadyActive');
    at.clock.advance(60_000);
    expect((await check(at, 'hanako', token.code())).body.outcome).toBe('accepted');
  });

  test.each([-5, -3, 0, 4, 5])(
    'whose clock is off by %i steps is found by its first code and followed',
    async (steps) => {
      const at = await office();
      await person(at, 'hanako');
      const token = await fob(at, '00123456', 'C-1', { offsetMs: steps * 60_000 });
      await activated(at, 'hanako', token);
      expect(at.rows('SELECT drift_steps FROM tokens')).toEqual([{ drift_steps: steps }]);
      expect((await check(at, 'hanako', token.code())).body.outcome).toBe('accepted');
    },
  );

  test('whose clock is off by more than the activation searches is rejected', async () => {
    const at = await office();
    await person(at, 'hanako');
    const token = await fob(at, '00123456', 'C-1', { offsetMs: 6 * 60_000 });
    expect((await activate(at, 'hanako', token.code(), token.serial)).body).toEqual({
      outcome: 'rejected',
      reason: 'wrong',
      remainingAttempts: 4,
    });
  });

  test('ends the open issue of a software token that it is registered instead of', async () => {
    const at = await office();
    const app = await setUp(at);
    const token = await fob(at);
    await activated(at, 'hanako', token);
    expect(at.rows(`SELECT status, length(sealed_seed) AS seed FROM tokens WHERE kind = 'software'`)).toEqual([
      { status: 'void', seed: 0 },
    ]);
    const software = at.rows(`SELECT token_id FROM tokens WHERE kind = 'software'`)[0]?.token_id;
    expect(at.rows(`SELECT token_id, outcome, reason FROM audit WHERE operation = 'cancelIssue'`)).toEqual([
      { token_id: software, outcome: 'cancelled', reason: 'replaced' },
    ]);
    expect((await check(at, 'hanako', app.code())).body.reason).toBe('wrong');
  });
});

describe('is refused before the code is looked at, so that nobody can lock it', () => {
  test('a serial that is unknown, in the stock of nobody, or of another contract', async () => {
    const at = await office();
    await person(at, 'hanako');
    await person(at, 'other', 'general', { contractId: 'C-2' });
    const inStock = await fob(at, '10000001', null);
    const theirs = await fob(at, '10000002', 'C-2');
    for (let i = 0; i < 6; i++) {
      expect((await activate(at, 'hanako', '123456', '99999999')).body.reason).toBe('serialUnknown');
      expect((await activate(at, 'hanako', inStock.wrong(), inStock.serial)).body.reason).toBe('serialUnknown');
      expect((await activate(at, 'hanako', theirs.code(), theirs.serial)).body.reason).toBe('serialOfAnotherContract');
    }
    expect(at.rows('SELECT DISTINCT failures, status FROM tokens')).toEqual([{ failures: 0, status: 'stock' }]);
    await activated(at, 'other', theirs);
  });

  test('an expired one, a reported one and a disabled one, each with its reason', async () => {
    const at = await office({ lockout: { afterFailures: 3, disableAfterFailures: 3 } });
    await person(at, 'hanako');
    const expired = await fob(at, '10000001', 'C-1', { expiresAtMs: startMs });
    expect((await activate(at, 'hanako', expired.code(), expired.serial)).body.reason).toBe('tokenExpired');
    const reported = await fob(at, '10000002');
    await at.store.transaction('1001', (t) => t.disableToken('1001', reported.tokenId, 'compromised'));
    expect((await activate(at, 'hanako', reported.code(), reported.serial)).body.reason).toBe('serialNotReusable');
    const disabled = await fob(at, '10000003');
    for (const left of [2, 1, 0]) {
      const answer = await activate(at, 'hanako', disabled.wrong(), disabled.serial);
      expect(answer.body).toEqual({ outcome: 'rejected', reason: 'wrong', remainingAttempts: left });
    }
    expect((await activate(at, 'hanako', disabled.code(), disabled.serial)).body.reason).toBe('mustBeReissued');
  });

  test('a user who holds a token, one before the start date, and a kind that is not offered or not changed to', async () => {
    const at = await office({ software: { toHardware: false }, reissue: { waitMinutes: 0, closed: null } });
    await person(at, 'hanako');
    const [first, second] = [await fob(at, '10000001'), await fob(at, '10000002')];
    await activated(at, 'hanako', first);
    expect((await activate(at, 'hanako', second.code(), second.serial)).body.reason).toBe('tokenAlreadyActive');

    await at.bank('PUT', '/v1/contracts/C-3', { kind: 'business', name: 'x', otpStartsOn: '2026-12-01' });
    await at.bank('PUT', '/v1/users/later', { contractId: 'C-3', name: 'x', role: 'general' });
    const later = await fob(at, '10000003', 'C-3');
    expect((await activate(at, 'later', later.code(), later.serial)).body.reason).toBe('beforeStartDate');

    const app = await setUp(at, 'jiro');
    await at.bank('POST', '/v1/users/jiro/activation', { otp: app.code() });
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['jiro'] });
    expect((await activate(at, 'jiro', second.code(), second.serial)).body.reason).toBe('kindChangeNotAllowed');

    const software = await office(manualFile('kenshin'));
    await person(software, 'hanako');
    const useless = await fob(software);
    expect((await activate(software, 'hanako', useless.code(), useless.serial)).body.reason).toBe('kindNotOffered');
  });
});

describe('sharing', () => {
  test('lets a user under the same contract register a serial in use; step, drift and lockout are the token’s', async () => {
    const at = await office();
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at, '00123456', 'C-1', { offsetMs: 4 * 60_000 });
    await activated(at, 'hanako', token);
    const otp = token.code();
    await activated(at, 'jiro', token);
    expect((await check(at, 'hanako', otp)).body.reason).toBe('replayed');
    await lockOut(at, 'jiro', token);
    expect((await check(at, 'hanako', token.code())).body).toMatchObject({ outcome: 'blocked', reason: 'locked' });
    expect((await otpOf(at, 'hanako')).status).toBe('locked');
  });

  test('a sharer joins within the ordinary window around the known drift, not the wide one of a first activation', async () => {
    const at = await office();
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at);
    await activated(at, 'hanako', token);
    at.clock.advance(600_000);
    expect((await activate(at, 'jiro', token.code(3), token.serial)).body.reason).toBe('wrong');
    expect((await activate(at, 'jiro', token.code(1), token.serial)).body.outcome).toBe('accepted');
  });

  test('is refused where the institution’s users do not share', async () => {
    const at = await office({ hardware: { sharing: false } });
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at);
    await activated(at, 'hanako', token);
    expect((await activate(at, 'jiro', token.code(), token.serial)).body.reason).toBe('sharingNotAllowed');
  });
});

describe('registered anew', () => {
  const open = { reissue: { waitMinutes: 0, closed: null } };
  const anew = { ...open, hardware: { reusableAfterRevocation: true } };

  test('after a revocation only where the institution says so; those who keep the token may be joined all the same', async () => {
    for (const [reusable, expected] of [
      [true, 'accepted'],
      [false, 'refused'],
    ] as const) {
      const at = await office({ ...open, hardware: { reusableAfterRevocation: reusable } });
      for (const id of ['hanako', 'jiro', 'saburo']) await person(at, id);
      const token = await fob(at);
      await activated(at, 'hanako', token);
      await activated(at, 'jiro', token);
      await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'] });
      expect((await activate(at, 'hanako', token.code(), token.serial)).body.outcome).toBe(expected);
      at.clock.advance(60_000);
      await activated(at, 'saburo', token);
      const all = ['jiro', 'saburo', ...(reusable ? ['hanako'] : [])];
      await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: all });
      await person(at, 'shiro');
      expect((await activate(at, 'shiro', token.code(), token.serial)).body).toMatchObject(
        reusable ? { outcome: 'accepted' } : { outcome: 'refused', reason: 'serialNotReusable' },
      );
    }
  });

  test.each([
    ['stolen', { outcome: 'refused', reason: 'serialNotReusable' }, 'issue'],
    ['lost', { outcome: 'accepted' }, 'activation'],
  ])('after a revocation as %s', async (cause, answer, next) => {
    const at = await office(anew);
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at);
    await activated(at, 'hanako', token);
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'], cause });
    const requirement = await at.bank('GET', '/v1/users/jiro/requirement?operation=transfer');
    expect(requirement.body.next).toBe(next);
    expect((await activate(at, 'jiro', token.code(), token.serial)).body).toMatchObject(answer);
  });

  test('a fob that nobody has any more is searched widely around its known drift, one that is shared is not', async () => {
    const at = await office(anew);
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at, '00123456', 'C-1', { offsetMs: 3 * 60_000 });
    await activated(at, 'hanako', token);
    await activated(at, 'jiro', token);
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'] });
    token.offsetMs -= 4 * 60_000;
    at.clock.advance(86_400_000);
    expect((await activate(at, 'hanako', token.code(), token.serial)).body.reason).toBe('wrong');
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['jiro'] });
    expect((await activate(at, 'hanako', token.code(-2), token.serial)).body.reason).toBe('wrong');
    await activated(at, 'hanako', token);
    expect(at.rows('SELECT drift_steps FROM tokens')).toEqual([{ drift_steps: -1 }]);
    expect((await check(at, 'hanako', token.code())).body.outcome).toBe('accepted');
  });

  test('a step that was used is a replay in the wide search too', async () => {
    const at = await office(anew);
    await person(at, 'hanako');
    const token = await fob(at);
    await activated(at, 'hanako', token);
    const used = token.code();
    expect((await check(at, 'hanako', used)).body.outcome).toBe('accepted');
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'] });
    for (let steps = 0; steps < 5; steps++) {
      expect((await activate(at, 'hanako', used, token.serial)).body).toMatchObject({ reason: 'replayed' });
      at.clock.advance(60_000);
    }
    expect((await activate(at, 'hanako', token.code(), token.serial)).body.outcome).toBe('accepted');
  });

  test('does not reset last step and counts of a shared token', async () => {
    const at = await office(anew);
    await person(at, 'boss', 'master');
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at);
    await activated(at, 'hanako', token);
    await activated(at, 'jiro', token);
    const otp = token.code();
    expect((await check(at, 'jiro', otp)).body.outcome).toBe('accepted');
    for (let i = 0; i < 3; i++) await check(at, 'jiro', token.wrong());
    expect((await revoke(at, 'boss', ['hanako'])).body.outcome).toBe('done');
    expect((await activate(at, 'hanako', otp, token.serial)).body).toEqual({
      outcome: 'rejected',
      reason: 'replayed',
      remainingAttempts: 2,
    });
    expect((await activate(at, 'hanako', token.wrong(), token.serial)).body.remainingAttempts).toBe(1);
    expect((await activate(at, 'hanako', token.wrong(), token.serial)).body.remainingAttempts).toBe(0);
    expect((await activate(at, 'hanako', token.code(1), token.serial)).body.reason).toBe('locked');
    expect((await otpOf(at, 'jiro')).status).toBe('locked');
  });

  test('a token that was locked stays locked, and is unlocked through the user who tried to register it', async () => {
    const at = await office(anew);
    await person(at, 'boss', 'master');
    await person(at, 'hanako');
    const token = await fob(at);
    await activated(at, 'hanako', token);
    await lockOut(at, 'hanako', token);
    await revoke(at, 'boss', ['hanako']);
    expect((await activate(at, 'hanako', token.code(), token.serial)).body.reason).toBe('locked');
    const unlocked = await at.bank('POST', '/v1/unlocks', { actor: 'boss', loginIds: ['hanako'] });
    expect(unlocked.body.results[0]).toMatchObject({ outcome: 'unlocked', serial: token.serial, status: 'revoked' });
    expect((await activate(at, 'hanako', token.code(), token.serial)).body.outcome).toBe('accepted');
  });

  test('a new token that was locked by its first codes goes back to stock, and its clock is searched widely again', async () => {
    const at = await office();
    await person(at, 'boss', 'master');
    await person(at, 'hanako');
    const token = await fob(at, '00123456', 'C-1', { offsetMs: 5 * 60_000 });
    for (let i = 0; i < 5; i++) await activate(at, 'hanako', token.wrong(), token.serial);
    expect(at.rows('SELECT status FROM tokens')).toEqual([{ status: 'locked' }]);
    expect((await at.bank('POST', '/v1/unlocks', { actor: 'boss', loginIds: ['hanako'] })).body.outcome).toBe('done');
    expect(at.rows('SELECT status FROM tokens')).toEqual([{ status: 'stock' }]);
    expect((await activate(at, 'hanako', token.code(), token.serial)).body.outcome).toBe('accepted');
  });
});

test('20 activations with one code at once: exactly one is accepted', async () => {
  const at = await office();
  const ids = Array.from({ length: 20 }, (_, i) => `user${i}`);
  for (const id of ids) await person(at, id);
  const token = await fob(at);
  const otp = token.code();
  const bodies = (await Promise.all(ids.map((id) => activate(at, id, otp, token.serial)))).map((answer) => answer.body);
  expect(bodies.filter((body) => body.outcome === 'accepted')).toHaveLength(1);
  expect(bodies.filter((body) => body.reason === 'replayed')).toHaveLength(19);
});

test('a user whose hardware is on order and who sends no serial is told so', async () => {
  const at = await office(manualFile('yamagata-chuo'));
  await person(at, 'hanako');
  await at.bank('POST', '/v1/users/hanako/hardware-token', {});
  expect((await at.bank('POST', '/v1/users/hanako/activation', { otp: '123456' })).body.reason).toBe('serialUnknown');
  await issue(at);
  expect((await at.bank('POST', '/v1/users/hanako/activation', { otp: '123456' })).body.reason).toBe('setUpNotDone');
});
