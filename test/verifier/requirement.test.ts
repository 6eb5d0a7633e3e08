import { describe, expect, test } from 'vitest';
import { activeToken, addUser, bench, issue, validate } from './fixture.ts';
import { activate, activated, check, fob, manualFile, office, person, unlock, written } from './office.ts';

const ask = async (at: Awaited<ReturnType<typeof bench>>, operation: string) =>
  (await at.bank('GET', `/v1/users/hanako/requirement?operation=${operation}`)).body;

describe('an institution that asks at transfers', () => {
  test('requires an OTP of an active user there and nowhere else', async () => {
    const at = await bench();
    await activeToken(at);
    const required = { otp: 'required', reason: null, next: 'none', from: null };
    const without = { otp: 'notRequired', reason: 'operationWithoutOtp', next: 'none', from: null };
    expect(await ask(at, 'transfer')).toEqual(required);
    expect(await ask(at, 'approval')).toEqual(required);
    expect(await ask(at, 'login')).toEqual(without);
    expect(await ask(at, 'registeredTransfer')).toEqual(without);
  });

  test('blocks only these while no token is set up, and names the screen that helps', async () => {
    const at = await bench();
    await addUser(at);
    expect(await ask(at, 'transfer')).toEqual({ otp: 'blocked', reason: 'unregistered', next: 'issue', from: null });
    expect(await ask(at, 'login')).toMatchObject({ otp: 'notRequired', reason: 'operationWithoutOtp' });
    await issue(at);
    expect(await ask(at, 'transfer')).toEqual({ otp: 'blocked', reason: 'issued', next: 'activation', from: null });
  });
});

describe('an institution that asks at login', () => {
  const atLogin = { operations: ['login'], lockout: { afterFailures: 1 } };

  test('leads a user who is not set up to the set-up and nowhere else', async () => {
    const at = await bench({ institution: { ...atLogin, blocks: { unregistered: 'setUpAtLogin', locked: 'login' } } });
    await addUser(at);
    for (const operation of ['login', 'transfer', 'registeredTransfer']) {
      expect(await ask(at, operation)).toMatchObject({ otp: 'blocked', reason: 'unregistered', next: 'issue' });
    }
  });

  test('blocks a locked user at login and in all that comes after', async () => {
    const at = await bench({ institution: { ...atLogin, blocks: { locked: 'login' } } });
    const token = await activeToken(at);
    expect((await validate(at, '00000000', { operation: 'login' })).body.status).toBe('locked');
    for (const operation of ['login', 'transfer']) {
      expect(await ask(at, operation)).toEqual({ otp: 'blocked', reason: 'locked', next: 'none', from: null });
    }
    expect((await validate(at, token.code(), { operation: 'transfer' })).body.reason).toBe('locked');
  });

  test('that blocks nobody who is not set up asks from the next login after the activation on', async () => {
    const at = await bench({ institution: { ...atLogin, blocks: { unregistered: 'none' } } });
    await addUser(at);
    expect(await ask(at, 'login')).toEqual({ otp: 'notRequired', reason: 'unregistered', next: 'issue', from: null });
    expect((await validate(at, '12345678', { operation: 'login' })).body).toMatchObject({
      outcome: 'blocked',
      reason: 'notRequired',
      status: 'unregistered',
    });
    await activeToken(at);
    expect(await ask(at, 'login')).toMatchObject({ otp: 'required' });
  });
});

test('a status without its own entry blocks like the one it falls back to', async () => {
  const at = await bench({ institution: { blocks: { unregistered: 'none', locked: 'login' } } });
  await addUser(at);
  await issue(at);
  expect(await ask(at, 'transfer')).toMatchObject({ otp: 'notRequired', reason: 'issued', next: 'activation' });
  await activeToken(at);
  await at.bank('DELETE', '/v1/users/hanako');
  await addUser(at);
  expect(await ask(at, 'login')).toMatchObject({ otp: 'blocked', reason: 'revoked' });
});

describe('a new user of a contract that has a fob, or one taken from another user,', () => {
  const nextWith = async (hardware: object) => {
    const at = await office(manualFile('seikyo', { hardware }));
    await person(at, 'jiro');
    const token = await fob(at);
    await activated(at, 'jiro', token);
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['jiro'] });
    await person(at, 'hanako');
    const { next } = await ask(at, 'transfer');
    return [next, (await activate(at, 'hanako', token.code(), token.serial)).body.reason ?? 'accepted'];
  };

  test('is not led to register it where nobody can any more (M4 step 3)', async () => {
    expect(await nextWith({})).toEqual(['issue', 'serialNotReusable']);
  });

  test('is not led to one in use where users do not share, nor to one that somebody deactivated', async () => {
    for (const deactivated of [false, true]) {
      const hardware = { sharing: deactivated, reusableAfterRevocation: true, reusableAfterDeactivation: false };
      const at = await office(manualFile('seikyo', { hardware }));
      for (const id of ['hanako', 'jiro']) await person(at, id);
      const token = await fob(at);
      await activated(at, 'jiro', token);
      const { assignmentId = '' } = (await at.store.user('1001', 'jiro'))?.assignment ?? {};
      if (deactivated)
        await at.store.transaction('1001', (t) => t.endAssignment('1001', assignmentId, 'deactivated', null, 0));
      expect((await ask(at, 'transfer')).next).toBe('issue');
      const reason = deactivated ? 'serialNotReusable' : 'sharingNotAllowed';
      expect((await activate(at, 'hanako', token.code(), token.serial)).body.reason).toBe(reason);
    }
  });

  test('is led to one of the contract until the time printed on it is over', async () => {
    const at = await office(manualFile('seikyo'));
    await person(at, 'hanako');
    await fob(at, '00123456', 'C-1', { expiresAtMs: at.clock.nowMs() + 60_000 });
    expect((await ask(at, 'transfer')).next).toBe('activation');
    at.clock.advance(60_000);
    expect((await ask(at, 'transfer')).next).toBe('issue');
  });

  test('is led to it though wrong first codes have locked it: an unlock opens it again', async () => {
    const at = await office(manualFile('kumashin'));
    await person(at, 'boss', 'master');
    await person(at, 'hanako');
    const token = await fob(at);
    for (let i = 0; i < 5; i++) await activate(at, 'hanako', token.wrong(), token.serial);
    expect(await ask(at, 'login')).toMatchObject({ otp: 'blocked', next: 'activation', from: null });
    expect((await activate(at, 'hanako', token.code(), token.serial)).body.reason).toBe('locked');
    expect((await unlock(at, 'boss', ['hanako'])).body.outcome).toBe('done');
    expect((await ask(at, 'login')).next).toBe('activation');
    await activated(at, 'hanako', token);
  });

  test('is led to it where it may be registered again, shared or not (M5)', async () => {
    for (const sharing of [true, false]) {
      expect(await nextWith({ sharing, reusableAfterRevocation: true })).toEqual(['activation', 'accepted']);
    }
  });
});

test('the start date begins at midnight of the institution’s time zone, also where midnight is skipped', async () => {
  for (const [timeZone, otpStartsOn, from] of [
    ['Asia/Tokyo', '2026-12-01', '2026-11-30T15:00:00.000Z'],
    ['America/New_York', '2026-12-01', '2026-12-01T05:00:00.000Z'],
    // In Chile the clocks of that night jump from midnight to one o’clock.
    ['America/Santiago', '2027-09-05', '2027-09-05T04:00:00.000Z'],
  ] as const) {
    const at = await bench({ institution: { timeZone } });
    await addUser(at);
    await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name: 'x', otpStartsOn });
    expect(await ask(at, 'transfer')).toEqual({ otp: 'notRequired', reason: 'beforeStartDate', next: 'none', from });
  }
});

test('asking changes nothing and stands in no log of decisions', async () => {
  const at = await bench();
  await activeToken(at);
  const before = at.rows('SELECT count(*) AS n FROM audit');
  await ask(at, 'transfer');
  expect(at.rows('SELECT count(*) AS n FROM audit')).toEqual(before);
});

test('a contract that starts later holds up nobody of another one, nor of its name elsewhere, whatever they hold', async () => {
  const at = await office();
  const app = await activeToken(at);
  await person(at, 'jiro');
  const token = await fob(at);
  await activated(at, 'jiro', token);
  const later = { kind: 'business', name: 'x', otpStartsOn: '2030-01-01' } as const;
  await at.bank('PUT', '/v1/contracts/C-9', later);
  await at.store.transaction('2002', async (transaction) => {
    await transaction.putInstitution({ ...at.institution, serviceId: '2002' }, 0);
    await transaction.putContract('2002', { contractId: 'C-1', ...later });
  });
  at.clock.advance(60_000);
  for (const [loginId, code] of [
    ['hanako', app.code()],
    ['jiro', token.code()],
  ] as const) {
    expect((await check(at, loginId, code)).body).toMatchObject({ outcome: 'accepted' });
  }
  await at.bank('PUT', '/v1/contracts/C-1', later);
  for (const loginId of ['hanako', 'jiro']) {
    expect((await check(at, loginId, '12345678')).body).toMatchObject({
      outcome: 'blocked',
      reason: 'notRequired',
    });
  }
});
