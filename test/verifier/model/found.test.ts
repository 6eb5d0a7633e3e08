import { expect, test } from 'vitest';
import { activationPassword, browser, issue, provision } from '../fixture.ts';
import { activate, activated, check, fob, manualFile, office, otpOf, person, revoke, written } from '../office.ts';

/** What the random sequences have found, each in its shortest form. */

const report = (at: Awaited<ReturnType<typeof office>>, loginId: string) =>
  at.branch('POST', '/v1/branch/compromise-reports', { ...written, loginId, description: '届出' });

test('a report of misuse ends an issue that was not set up yet, so that nobody sets it up afterwards', async () => {
  const at = await office();
  await person(at, 'hanako');
  const { userId } = (await issue(at)).body;
  const { body } = await report(at, 'hanako');
  expect(body).toMatchObject({ outcome: 'done', results: [{ loginId: 'hanako', status: 'unregistered' }] });
  expect((await provision(at, userId, await browser())).body.outcome).toBe('refused');
});

test.each(['lapsed', 'void by guesses'])(
  'an issue that is %s does not hide the hardware token that a report of misuse is about',
  async (how) => {
    const at = await office({ hardware: { reusableAfterRevocation: true, toSoftware: true } });
    await person(at, 'boss', 'master');
    await person(at, 'hanako');
    const token = await fob(at);
    await activated(at, 'hanako', token);
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'] });
    at.clock.advance(86_400_000);
    const { userId } = (await issue(at)).body;
    if (how === 'lapsed') at.clock.advance(3_600_000);
    const by = await browser();
    for (let guess = 0; guess < 5; guess++) await provision(at, userId, by, { activationPassword: '999000' });
    expect((await otpOf(at, 'hanako')).status).toBe('revoked');
    expect((await report(at, 'hanako')).body.outcome).toBe('done');
    expect((await activate(at, 'boss', token.code(), token.serial)).body.reason).toBe('serialNotReusable');
  },
);

test('a registration at the window’s edge moves the drift like any other code of a token whose clock is known', async () => {
  const at = await office();
  for (const id of ['hanako', 'jiro']) await person(at, id);
  const token = await fob(at);
  await activated(at, 'hanako', token);
  token.offsetMs = 60_000;
  expect((await activate(at, 'jiro', token.code(), token.serial)).body.outcome).toBe('accepted');
  expect(at.rows('SELECT drift_steps FROM tokens')).toEqual([{ drift_steps: 1 }]);
  token.offsetMs = 120_000;
  at.clock.advance(60_000);
  expect((await check(at, 'jiro', token.code())).body.outcome).toBe('accepted');
});

test('an issue that has lapsed is not open and cannot be called off', async () => {
  const at = await office();
  await person(at, 'hanako');
  await issue(at, 'hanako', { activationPassword });
  at.clock.advance(3_600_000);
  expect((await otpOf(at, 'hanako')).status).toBe('unregistered');
  const { body } = await at.bank('DELETE', '/v1/users/hanako/issue');
  expect(body).toEqual({ outcome: 'refused', reason: 'nothingToCancel' });
});

test('a master who only tried to register a token does not share it: another one revokes it when it is lost', async () => {
  const at = await office({ revoke: { actorOtp: false } });
  for (const id of ['boss', 'chief']) await person(at, id, 'master');
  await person(at, 'hanako');
  const token = await fob(at);
  await activated(at, 'hanako', token);
  expect((await activate(at, 'boss', token.wrong(), token.serial)).body.reason).toBe('wrong');
  expect((await revoke(at, 'chief', ['hanako'], { cause: 'lost' })).body.outcome).toBe('done');
});

test('a user who shared a token and had it taken away has nothing to revoke, whoever else has it still', async () => {
  const at = await office(
    manualFile('kenshin', {
      kinds: ['hardware'],
      hardware: {},
      revoke: { master: ['administrator'], actorOtp: false },
    }),
  );
  await person(at, 'boss', 'master');
  for (const id of ['chief', 'clerk']) await person(at, id, 'administrator');
  const token = await fob(at);
  for (const id of ['boss', 'clerk']) await activated(at, id, token);
  expect((await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['boss'] })).body.outcome).toBe(
    'done',
  );
  const { body } = await revoke(at, 'chief', ['boss'], { cause: 'lost' });
  expect(body.results[0]).toMatchObject({ outcome: 'refused', reason: 'nothingToRevoke' });
});

test('a used code that is sent at once with one that moves the drift leaves no wrong one behind', async () => {
  const at = await office({ otp: { acceptedSteps: { past: 1, future: 0 } } });
  await person(at, 'hanako');
  const token = await fob(at);
  token.offsetMs = 120_000;
  await activated(at, 'hanako', token);
  // The fob's clock has lost a minute: its code lies at the window's early edge, and the one before it outside.
  token.offsetMs = 60_000;
  at.clock.advance(60_000);
  const used = token.code(-1);
  const [accepted] = await Promise.all([check(at, 'hanako', token.code()), check(at, 'hanako', used)]);
  expect(accepted.body.outcome).toBe('accepted');
  // Before it the code is wrong and forgotten by the accepted one; after it, a replay.
  expect((await otpOf(at, 'hanako')).remainingAttempts).toBe(5);
});

test('a token that was retired stays retired when its last user reports misuse', async () => {
  const at = await office();
  await person(at, 'hanako');
  const token = await fob(at);
  await activated(at, 'hanako', token);
  const path = `/v1/branch/hardware-tokens/${token.serial}`;
  expect((await at.branch('PATCH', path, { ...written, status: 'retired' })).status).toBe(200);
  expect(
    (await at.branch('POST', '/v1/branch/compromise-reports', { ...written, loginId: 'hanako', description: '届出' }))
      .status,
  ).toBe(200);
  expect(at.rows('SELECT status, status_detail FROM tokens')).toEqual([
    { status: 'disabled', status_detail: 'retired' },
  ]);
});
