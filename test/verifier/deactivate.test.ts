import { describe, expect, test } from 'vitest';
import { activeToken, issue, setUp } from './fixture.ts';
import {
  activate,
  activated,
  check,
  fob,
  goTo,
  lockOut,
  manualFile,
  office,
  otpOf,
  person,
  written,
} from './office.ts';

type Office = Awaited<ReturnType<typeof office>>;
const deactivate = (at: Office, body: object, loginId = 'hanako') =>
  at.bank('POST', `/v1/users/${loginId}/deactivation`, body);
const yamagata = () => office(manualFile('yamagata-chuo'));

describe('deactivation (M2)', () => {
  test('ends the use with confirmation password and OTP; no OTP is asked for afterwards and the login stays open', async () => {
    const at = await yamagata();
    const password = { confirmationPassword: 'correct horse' };
    await person(at, 'hanako', 'general', password);
    const token = await fob(at);
    await activated(at, 'hanako', token);
    const otp = token.code();
    expect((await deactivate(at, { otp })).body.fields[0].path).toBe('confirmationPassword');
    expect((await deactivate(at, password)).body.fields[0].path).toBe('otp');
    expect((await deactivate(at, { otp, confirmationPassword: 'wrong' })).body).toEqual({
      outcome: 'refused',
      reason: 'confirmationPasswordWrong',
    });
    expect((await deactivate(at, { ...password, otp: token.wrong() })).body).toEqual({
      outcome: 'rejected',
      reason: 'wrong',
      remainingAttempts: 4,
    });
    expect((await deactivate(at, { ...password, otp })).body).toEqual({ outcome: 'accepted', reissuableAt: null });
    expect(await otpOf(at, 'hanako')).toMatchObject({ status: 'deactivated', kind: null, serial: null });
    const requirement = await at.bank('GET', '/v1/users/hanako/requirement?operation=login');
    expect(requirement.body).toMatchObject({ otp: 'notRequired', reason: 'deactivated', next: 'issue' });
  });

  test('makes a hardware token useless for everybody who comes later, and a new one must be ordered', async () => {
    const at = await yamagata();
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at);
    await activated(at, 'hanako', token);
    await deactivate(at, { otp: token.code() });
    at.clock.advance(48 * 3_600_000);
    for (const id of ['hanako', 'jiro']) {
      expect((await activate(at, id, token.code(), token.serial)).body.reason).toBe('serialNotReusable');
    }
    expect((await at.bank('POST', '/v1/users/hanako/hardware-token', {})).body.outcome).toBe('requested');
    await activated(at, 'hanako', await fob(at, '20000002'));
  });

  test('lets the token be registered again where the institution says so', async () => {
    const at = await office({ deactivation: { offered: true }, hardware: { reusableAfterDeactivation: true } });
    await person(at, 'hanako');
    const token = await fob(at);
    await activated(at, 'hanako', token);
    await deactivate(at, { otp: token.code() });
    at.clock.advance(60_000);
    expect((await activate(at, 'hanako', token.code(), token.serial)).body.outcome).toBe('accepted');
  });

  test('for a change of kind: hardware may be ordered at once and activated from the next local day on', async () => {
    const at = await yamagata();
    goTo(at, '2026-11-21T15:00:00');
    const app = await activeToken(at);
    const accepted = (await deactivate(at, { otp: app.code() })).body;
    const midnight = '2026-11-21T15:00:00.000Z';
    expect(accepted).toEqual({ outcome: 'accepted', reissuableAt: midnight });
    expect((await otpOf(at, 'hanako')).reissuableAt).toBe(midnight);
    const { requestId } = (await at.bank('POST', '/v1/users/hanako/hardware-token', {})).body;
    const token = await fob(at, '00123456', 'C-1', { requestId });
    goTo(at, '2026-11-21T23:59:59');
    expect((await activate(at, 'hanako', token.code(), token.serial)).body).toEqual({
      outcome: 'refused',
      reason: 'reissueTooEarly',
      reissuableAt: midnight,
    });
    goTo(at, '2026-11-22T00:00:00');
    expect((await activate(at, 'hanako', token.code(), token.serial)).body.outcome).toBe('accepted');
  });

  test('for a change of device: software again at once', async () => {
    const at = await yamagata();
    const app = await activeToken(at);
    await deactivate(at, { otp: app.code() });
    const fresh = await setUp(at);
    expect((await at.bank('POST', '/v1/users/hanako/activation', { otp: fresh.code() })).body.outcome).toBe('accepted');
  });

  test('of hardware is no way to software', async () => {
    const at = await yamagata();
    await person(at, 'hanako');
    const token = await fob(at);
    await activated(at, 'hanako', token);
    await deactivate(at, { otp: token.code() });
    at.clock.advance(48 * 3_600_000);
    expect((await issue(at)).body).toEqual({ outcome: 'refused', reason: 'kindChangeNotAllowed' });
  });

  test('is no way around a lockout or an expiry', async () => {
    const at = await yamagata();
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const [locked, expired] = [
      await fob(at, '10000001'),
      await fob(at, '10000002', 'C-1', { expiresAtMs: at.clock.nowMs() + 600_000 }),
    ];
    await activated(at, 'hanako', locked);
    await activated(at, 'jiro', expired);
    await lockOut(at, 'hanako', locked, 'login');
    expect((await deactivate(at, { otp: locked.code() })).body.reason).toBe('locked');
    at.clock.advance(600_000);
    expect((await deactivate(at, { otp: expired.code() }, 'jiro')).body.reason).toBe('tokenExpired');
  });

  test('is refused where it is not offered, and for a user without a token in use', async () => {
    const at = await office();
    const app = await activeToken(at);
    expect((await deactivate(at, { otp: app.code() })).body.reason).toBe('deactivationNotOffered');
    const second = await yamagata();
    await person(second, 'hanako');
    expect((await deactivate(second, { otp: '123456' })).body.reason).toBe('nothingToDeactivate');
  });

  test('spends the OTP once: 20 at once end the use once', async () => {
    const at = await yamagata();
    await person(at, 'hanako');
    const token = await fob(at);
    await activated(at, 'hanako', token);
    const otp = token.code();
    const answers = await Promise.all(Array.from({ length: 20 }, () => deactivate(at, { otp })));
    expect(answers.filter((answer) => answer.body.outcome === 'accepted')).toHaveLength(1);
    expect(answers.filter((answer) => answer.body.reason === 'nothingToDeactivate')).toHaveLength(19);
  });

  test('asks for no OTP where the institution shows no field for it, and then refuses one', async () => {
    const at = await office({ deactivation: { offered: true, actorOtp: false } });
    const app = await activeToken(at);
    expect((await deactivate(at, { otp: app.code() })).status).toBe(422);
    expect((await deactivate(at, {})).body.outcome).toBe('accepted');
    expect((await check(at, 'hanako', app.code())).body.reason).toBe('deactivated');
    expect(at.rows('SELECT status, length(sealed_seed) AS seed FROM tokens')).toEqual([{ status: 'void', seed: 0 }]);
  });
});

test('the branch lifts a lockout on contact, without a document (M2)', async () => {
  const at = await yamagata();
  await person(at, 'hanako');
  const token = await fob(at);
  await activated(at, 'hanako', token);
  await lockOut(at, 'hanako', token, 'login');
  const body = { operator: written.operator, loginIds: ['hanako'] };
  expect((await at.branch('POST', '/v1/branch/unlocks', body)).body.outcome).toBe('done');
});
