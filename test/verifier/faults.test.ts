import { describe, expect, test } from 'vitest';
import { activeToken, validate } from './fixture.ts';
import { activate, activated, check, type Fob, fob, lockOut, office, otpOf, person, revoke, unlock } from './office.ts';

/** Faults that other systems of this kind have had, each shut out by name. */

const fullWidth = (code: string) => code.replace(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));

async function inUse(institution: object = {}) {
  const at = await office(institution);
  await person(at, 'boss', 'master');
  await person(at, 'hanako');
  const token = await fob(at);
  await activated(at, 'hanako', token);
  return { at, token };
}

/** Every call that takes a code of hanako's fob. */
const ways: Record<string, (at: Awaited<ReturnType<typeof office>>, token: Fob, otp: string) => Promise<unknown>> = {
  validation: async (at, _token, otp) => (await check(at, 'hanako', otp)).body,
  activation: async (at, token, otp) => (await activate(at, 'sharer', otp, token.serial)).body,
  deactivation: async (at, _token, otp) => (await at.bank('POST', '/v1/users/hanako/deactivation', { otp })).body,
  revocation: async (at, _token, otp) => (await revoke(at, 'hanako', ['hanako'], { otp })).body,
};

test.each(Object.keys(ways))(
  'an accepted code is refused by %s, with spaces, in full width; with a sign it is no code',
  async (way) => {
    const { at, token } = await inUse({ deactivation: { offered: true }, revoke: { general: ['self'] } });
    await person(at, 'sharer');
    const ask = ways[way];
    if (ask === undefined) throw new Error(way);
    const otp = token.code();
    expect((await check(at, 'hanako', otp)).body.outcome).toBe('accepted');
    for (const spelling of [otp, ` ${otp.slice(0, 3)} ${otp.slice(3)} `, fullWidth(otp), `${fullWidth(otp)}　`]) {
      expect(await ask(at, token, spelling)).toMatchObject({ reason: expect.stringMatching(/replayed/i) });
    }
    for (const spelling of [`+${otp}`, `−${otp}x`, `${otp}\u0000`]) {
      expect(await ask(at, token, spelling)).toMatchObject({ status: 400 });
    }
    expect((await otpOf(at, 'hanako')).remainingAttempts).toBe(5);
  },
);

test('an accepted code of a hardware token is refused at every step boundary, whatever the drift has become', async () => {
  for (const steps of [-1, 0, 1]) {
    const { at, token } = await inUse();
    at.clock.advance(600_000);
    const otp = token.code(steps);
    expect((await check(at, 'hanako', otp)).body.outcome).toBe('accepted');
    for (let half = 0; half < 10; half++) {
      at.clock.advance(29_999);
      expect((await check(at, 'hanako', otp)).body.outcome).toBe('rejected');
      if (half % 4 === 3) await check(at, 'hanako', token.code());
    }
  }
});

test('a code that was accepted is not accepted after a resynchronisation to an earlier time', async () => {
  const { at, token } = await inUse();
  at.clock.advance(3_600_000);
  const otp = token.code(1);
  expect((await check(at, 'hanako', otp)).body.outcome).toBe('accepted');
  const back = await at.bank('POST', '/v1/users/hanako/resynchronisation', { otps: [token.code(-3), token.code(-2)] });
  expect(back.body).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
  expect((await check(at, 'hanako', otp)).body.reason).toBe('replayed');
});

test('after a later code an older one is refused, though it was never used', async () => {
  const { at, token } = await inUse();
  at.clock.advance(600_000);
  expect((await check(at, 'hanako', token.code(1))).body.outcome).toBe('accepted');
  for (const steps of [-1, 0]) expect((await check(at, 'hanako', token.code(steps))).body.outcome).toBe('rejected');
  const older = [token.code(-1), token.code()];
  expect((await at.bank('POST', '/v1/users/hanako/resynchronisation', { otps: older })).body.reason).toBe('replayed');
});

test('a valid code while locked is blocked by every call that takes one', async () => {
  const { at, token } = await inUse({ deactivation: { offered: true }, revoke: { general: ['self'] } });
  await person(at, 'sharer');
  await lockOut(at, 'hanako', token);
  for (const [way, ask] of Object.entries(ways)) {
    const reason = expect.stringMatching(/^(locked|otpNotWorking)$/);
    expect([way, await ask(at, token, token.code())]).toEqual([way, expect.objectContaining({ reason })]);
  }
  const otps = [token.code(), token.code(1)];
  expect((await at.bank('POST', '/v1/users/hanako/resynchronisation', { otps })).body.reason).toBe('locked');
  expect((await otpOf(at, 'hanako')).status).toBe('locked');
});

test('another spelling of the login ID is another user, so that none dodges the counter', async () => {
  const { at, token } = await inUse();
  await lockOut(at, 'hanako', token);
  for (const loginId of ['Hanako', 'HANAKO', 'hanako ', ' hanako', 'ｈanako']) {
    expect([loginId, (await check(at, loginId, token.code())).status]).toEqual([loginId, 404]);
  }
  await person(at, encodeURIComponent('H\u00e4nako'));
  for (const spelling of ['H\u00e4nako', 'Ha\u0308nako']) {
    expect((await check(at, spelling, '123456')).body.status).toBe('unregistered');
  }
});

test('parallel wrong codes over users who share a token are each counted: five are rejected, the rest blocked', async () => {
  const { at, token } = await inUse();
  const ids = ['hanako', 'jiro', 'saburo'];
  for (const id of ids.slice(1)) {
    await person(at, id);
    await activated(at, id, token);
  }
  const otp = token.wrong();
  const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => check(at, ids[i % 3] ?? '', otp)));
  const reasons = answers.map((answer) => answer.body.reason);
  expect(reasons.filter((reason) => reason === 'wrong')).toHaveLength(5);
  expect(reasons.filter((reason) => reason === 'locked')).toHaveLength(55);
  expect(at.rows('SELECT failures, failures_since_accepted FROM tokens')).toEqual([
    { failures: 5, failures_since_accepted: 5 },
  ]);
});

describe('a wrong code uses no step', () => {
  test('of a hardware token: the right one of the same step is accepted after it', async () => {
    const { at, token } = await inUse();
    expect((await check(at, 'hanako', token.wrong())).body.reason).toBe('wrong');
    expect((await check(at, 'hanako', token.code())).body.outcome).toBe('accepted');
  });

  test('of a software token, nor does a wrong pair', async () => {
    const at = await office();
    const app = await activeToken(at);
    await validate(at, '00000000');
    expect((await validate(at, app.code())).body.outcome).toBe('accepted');
    const { at: other, token } = await inUse();
    const otps = [token.code(), token.wrong()];
    await other.bank('POST', '/v1/users/hanako/resynchronisation', { otps });
    expect((await check(other, 'hanako', token.code())).body.outcome).toBe('accepted');
  });
});

test('unlocking does not defer the hard stop: the 100th wrong code since the last accepted one ends the token', async () => {
  const { at, token } = await inUse();
  for (let count = 1; count <= 100; count++) {
    expect((await check(at, 'hanako', token.wrong())).body.reason).toBe('wrong');
    if (count % 5 !== 0) continue;
    const [result] = (await unlock(at, 'boss', ['hanako'])).body.results;
    expect([count, result.reason]).toEqual([count, count === 100 ? 'mustBeReissued' : null]);
  }
  expect((await check(at, 'hanako', token.code())).body.reason).toBe('mustBeReissued');
}, 30_000);
