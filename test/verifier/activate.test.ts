import { expect, test } from 'vitest';
import { activeToken, addUser, bench, issue, setUp, validate } from './fixture.ts';
import { wrongCode } from './totp.ts';

const path = '/v1/users/hanako/activation';

test('one right code puts the token in use, and in a validation that code is replayed', async () => {
  const at = await bench();
  const token = await setUp(at);
  const otp = token.code();
  expect((await at.bank('POST', path, { otp })).body).toEqual({
    outcome: 'accepted',
    token: { kind: 'software', serial: null, expiresAt: null },
  });
  expect((await validate(at, otp)).body).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
  at.clock.advance(60_000);
  expect((await validate(at, token.code())).body.outcome).toBe('accepted');
  expect((await at.bank('GET', '/v1/users/hanako')).body.otp).toEqual({
    status: 'active',
    reason: null,
    kind: 'software',
    serial: null,
    expiresAt: null,
    reissuableAt: null,
    remainingAttempts: 5,
  });
});

test('100 activations with one code at once: exactly one is accepted', async () => {
  const at = await bench();
  const token = await setUp(at);
  const otp = token.code();
  const bodies = (await Promise.all(Array.from({ length: 100 }, () => at.bank('POST', path, { otp })))).map(
    (a) => a.body,
  );
  expect(bodies.filter((body) => body.outcome === 'accepted')).toHaveLength(1);
  expect(bodies.filter((body) => body.reason === 'tokenAlreadyActive')).toHaveLength(99);
});

test('wrong codes count on the token and lock it; a new issue starts anew', async () => {
  const at = await bench();
  const token = await setUp(at);
  const otp = wrongCode(token.code(-1), token.code(), token.code(1));
  for (const remainingAttempts of [4, 3, 2, 1, 0]) {
    expect((await at.bank('POST', path, { otp })).body).toEqual({
      outcome: 'rejected',
      reason: 'wrong',
      remainingAttempts,
    });
  }
  expect((await at.bank('POST', path, { otp: token.code() })).body).toEqual({ outcome: 'refused', reason: 'locked' });
  const fresh = await setUp(at);
  expect((await at.bank('POST', path, { otp: fresh.code() })).body.outcome).toBe('accepted');
});

test('the count of wrong codes is cleared by the activation', async () => {
  const at = await bench();
  const token = await setUp(at);
  const otp = wrongCode(token.code(-1), token.code(), token.code(1));
  for (let i = 0; i < 4; i++) await at.bank('POST', path, { otp });
  expect((await at.bank('POST', path, { otp: token.code() })).body.outcome).toBe('accepted');
  expect(at.rows('SELECT failures, failures_since_accepted FROM tokens')).toEqual([
    { failures: 0, failures_since_accepted: 0 },
  ]);
});

test('is refused with the reason that helps: nothing issued, set-up not done, lapsed, in use, serial unknown', async () => {
  const at = await bench();
  await addUser(at);
  const reasonOf = async (body: object) => (await at.bank('POST', path, body)).body.reason;
  expect(await reasonOf({ otp: '12345678' })).toBe('nothingToActivate');
  expect(await reasonOf({ otp: '12345678', serial: '00123456' })).toBe('serialUnknown');
  await issue(at);
  expect(await reasonOf({ otp: '12345678' })).toBe('setUpNotDone');
  const token = await setUp(at);
  at.clock.advance(60 * 60_000);
  expect(await reasonOf({ otp: token.code() })).toBe('issueExpired');
  await activeToken(at);
  expect(await reasonOf({ otp: '12345678' })).toBe('tokenAlreadyActive');
});

test('is refused where the contract’s start was put off after the issue, and counts no code', async () => {
  const at = await bench();
  await addUser(at);
  const token = await setUp(at);
  const contract = { kind: 'business', name: 'x' };
  await at.bank('PUT', '/v1/contracts/C-1', { ...contract, otpStartsOn: '2026-11-22' });
  const early = await at.bank('POST', path, { otp: token.code() });
  expect(early.body).toMatchObject({ outcome: 'refused', reason: 'beforeStartDate' });
  await at.bank('PUT', '/v1/contracts/C-1', contract);
  expect((await at.bank('POST', path, { otp: token.code() })).body.outcome).toBe('accepted');
});

test('the seed in the database is another one after the activation, and the version moved with it', async () => {
  const at = await bench();
  const token = await setUp(at);
  const [before] = at.rows('SELECT hex(sealed_seed) AS seed, seed_version FROM tokens');
  await at.bank('POST', path, { otp: token.code() });
  const [after] = at.rows('SELECT hex(sealed_seed) AS seed, seed_version FROM tokens');
  expect([before?.seed_version, after?.seed_version]).toEqual([1, 2]);
  expect(after?.seed).not.toBe(before?.seed);
});
