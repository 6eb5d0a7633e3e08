import { describe, expect, test } from 'vitest';
import { setUp } from './fixture.ts';
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
  unlock,
  written,
} from './office.ts';

describe('unlocking', () => {
  test('lets the user go on and clears the wrong codes in a row, not those towards the hard stop', async () => {
    const at = await office();
    await person(at, 'boss', 'master');
    await person(at, 'jiro');
    const token = await fob(at);
    await activated(at, 'jiro', token);
    await lockOut(at, 'jiro', token);
    expect((await check(at, 'jiro', token.code())).body.reason).toBe('locked');
    expect(await otpOf(at, 'jiro')).toMatchObject({ status: 'locked', reason: null, remainingAttempts: 0 });
    expect((await unlock(at, 'boss', ['jiro'])).body).toEqual({
      outcome: 'done',
      reason: null,
      results: [
        {
          loginId: 'jiro',
          name: 'jiro',
          role: 'general',
          serial: '00123456',
          outcome: 'unlocked',
          reason: null,
          status: 'active',
        },
      ],
    });
    expect(at.rows('SELECT status, failures, failures_since_accepted FROM tokens')).toEqual([
      { status: 'active', failures: 0, failures_since_accepted: 5 },
    ]);
    expect((await check(at, 'jiro', token.code())).body).toMatchObject({ outcome: 'accepted', remainingAttempts: 5 });
    expect(at.rows('SELECT failures_since_accepted AS n FROM tokens')).toEqual([{ n: 0 }]);
  });

  test('follows the serial: everybody who shares it may go on, and the log tells it of each', async () => {
    const at = await office(manualFile('kumashin'));
    await person(at, 'boss', 'master');
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at);
    for (const id of ['hanako', 'jiro']) await activated(at, id, token);
    await lockOut(at, 'hanako', token, 'login');
    await person(at, 'saburo');
    expect((await activate(at, 'saburo', token.code(), token.serial)).body.reason).toBe('locked');
    expect((await unlock(at, 'boss', ['jiro'])).body.outcome).toBe('done');
    expect((await otpOf(at, 'hanako')).status).toBe('active');
    // Who only tried to register it does not share it.
    const common = { token_id: token.tokenId, by_whom: 'boss', outcome: 'unlocked' };
    expect(
      at.rows(`SELECT login_id, token_id, acting_login_id AS by_whom, outcome, reason FROM audit
        WHERE operation = 'unlock'`),
    ).toEqual([
      { ...common, login_id: 'hanako', reason: 'shared' },
      { ...common, login_id: 'jiro', reason: null },
    ]);
  });

  test('takes two who share one serial at once', async () => {
    const at = await office();
    await person(at, 'boss', 'master');
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at);
    for (const id of ['hanako', 'jiro']) await activated(at, id, token);
    await lockOut(at, 'hanako', token);
    const { results, outcome } = (await unlock(at, 'boss', ['hanako', 'jiro'])).body;
    expect([outcome, ...results.map((result: { outcome: string }) => result.outcome)]).toEqual([
      'done',
      'unlocked',
      'unlocked',
    ]);
  });

  test('is all or none: one who is not locked leaves the others unchanged', async () => {
    const at = await office();
    await person(at, 'boss', 'master');
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const [first, second] = [await fob(at, '10000001'), await fob(at, '10000002')];
    await activated(at, 'hanako', first);
    await activated(at, 'jiro', second);
    await lockOut(at, 'hanako', first);
    const { body } = await unlock(at, 'boss', ['hanako', 'jiro']);
    expect(body).toMatchObject({ outcome: 'refused', reason: null });
    expect(body.results).toMatchObject([
      { loginId: 'hanako', outcome: 'unchanged', reason: null, status: 'locked' },
      { loginId: 'jiro', outcome: 'refused', reason: 'notLocked', status: 'active' },
    ]);
    expect((await otpOf(at, 'hanako')).status).toBe('locked');
  });

  test('is refused for oneself, for a token that one shares, and by a role that may not', async () => {
    const at = await office(manualFile('kumashin'));
    for (const id of ['boss', 'chief']) await person(at, id, 'master');
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at);
    for (const id of ['boss', 'hanako']) await activated(at, id, token);
    await lockOut(at, 'hanako', token, 'login');
    const reasonOf = async (actor: string, of: string) => (await unlock(at, actor, [of])).body.results[0].reason;
    expect(await reasonOf('boss', 'boss')).toBe('ownToken');
    expect(await reasonOf('boss', 'hanako')).toBe('sharedToken');
    expect(await reasonOf('jiro', 'hanako')).toBe('roleNotAllowed');
    expect(await reasonOf('chief', 'hanako')).toBe(null);
  });

  test('of a token that a master and a general user share is the branch’s where the manual says so (M1)', async () => {
    const at = await office(manualFile('seikyo'));
    for (const id of ['boss', 'chief']) await person(at, id, 'master');
    await person(at, 'hanako');
    const token = await fob(at);
    for (const id of ['boss', 'hanako']) await activated(at, id, token);
    await lockOut(at, 'hanako', token);
    for (const id of ['boss', 'hanako']) expect((await check(at, id, token.code())).body.reason).toBe('locked');
    expect((await unlock(at, 'chief', ['hanako'])).body.results[0].reason).toBe('roleNotAllowed');
    const answer = await at.branch('POST', '/v1/branch/unlocks', { ...written, loginIds: ['hanako'] });
    expect(answer.body.outcome).toBe('done');
    expect((await otpOf(at, 'boss')).status).toBe('active');
  });

  test('by somebody who helped to lock a new token with first codes of their own is refused', async () => {
    const at = await office();
    await person(at, 'boss', 'master');
    await person(at, 'jiro');
    const token = await fob(at);
    for (let i = 0; i < 5; i++) await activate(at, i < 4 ? 'boss' : 'jiro', token.wrong(), token.serial);
    expect((await unlock(at, 'boss', ['jiro'])).body.results[0].reason).toBe('sharedToken');
  });

  test('does not ask for a right over a master who merely tried to join, but only such a right helps that master', async () => {
    const at = await office(manualFile('seikyo'));
    for (const id of ['boss', 'chief']) await person(at, id, 'master');
    await person(at, 'jiro');
    const token = await fob(at);
    await activated(at, 'jiro', token);
    await lockOut(at, 'jiro', token);
    expect((await activate(at, 'chief', token.code(), token.serial)).body.reason).toBe('locked');
    expect((await unlock(at, 'boss', ['chief'])).body.results[0].reason).toBe('roleNotAllowed');
    expect((await unlock(at, 'boss', ['jiro'])).body.outcome).toBe('done');
    expect((await activate(at, 'chief', token.code(), token.serial)).body.outcome).toBe('accepted');
  });

  test('does not reach a token through a user who tried it and then moved to another contract', async () => {
    const at = await office();
    await person(at, 'boss', 'master', { contractId: 'C-2' });
    await person(at, 'jiro');
    const token = await fob(at);
    for (let i = 0; i < 5; i++) await activate(at, 'jiro', token.wrong(), token.serial);
    await person(at, 'jiro', 'general', { contractId: 'C-2' });
    expect((await unlock(at, 'boss', ['jiro'])).body.results[0].reason).toBe('notLocked');
    expect(at.rows('SELECT status FROM tokens')).toEqual([{ status: 'locked' }]);
  });

  test('is not refused for a token that one tried before one’s own software token was in use', async () => {
    const at = await office(manualFile('seikyo'));
    await person(at, 'jiro');
    const token = await fob(at);
    const app = await setUp(at, 'boss');
    await person(at, 'boss', 'master');
    expect((await activate(at, 'boss', token.wrong(), token.serial)).body.reason).toBe('wrong');
    expect((await at.bank('POST', '/v1/users/boss/activation', { otp: app.code() })).body.outcome).toBe('accepted');
    await activated(at, 'jiro', token);
    await lockOut(at, 'jiro', token);
    expect((await unlock(at, 'boss', ['jiro'])).body.outcome).toBe('done');
  });

  test('is not refused for what somebody of the same login ID tried, who was removed since', async () => {
    const at = await office(manualFile('seikyo'));
    await person(at, 'boss', 'master');
    await person(at, 'jiro');
    const token = await fob(at);
    expect((await activate(at, 'boss', token.wrong(), token.serial)).body.reason).toBe('wrong');
    await at.bank('DELETE', '/v1/users/boss');
    await person(at, 'boss', 'master');
    await activated(at, 'jiro', token);
    await lockOut(at, 'jiro', token);
    expect((await unlock(at, 'boss', ['jiro'])).body.outcome).toBe('done');
  });

  test('reaches the fob that a user tried after the issue of a software token had lapsed', async () => {
    const at = await office(manualFile('seikyo'));
    await setUp(at, 'jiro');
    await person(at, 'boss', 'master');
    const token = await fob(at);
    at.clock.advance(61 * 60_000);
    for (let i = 0; i < 5; i++) await activate(at, 'jiro', token.wrong(), token.serial);
    expect((await activate(at, 'jiro', token.code(), token.serial)).body.reason).toBe('locked');
    expect((await unlock(at, 'boss', ['jiro'])).body.results[0]).toMatchObject({
      outcome: 'unlocked',
      serial: token.serial,
    });
    expect((await activate(at, 'jiro', token.code(), token.serial)).body.outcome).toBe('accepted');
  });

  test('reaches the fob that a user tried while the app they have set up waits for its first code', async () => {
    const at = await office(manualFile('seikyo'));
    const app = await setUp(at, 'jiro');
    await person(at, 'boss', 'master');
    const token = await fob(at);
    for (let i = 0; i < 5; i++) await activate(at, 'jiro', token.wrong(), token.serial);
    expect((await activate(at, 'jiro', token.code(), token.serial)).body.reason).toBe('locked');
    for (let i = 0; i < 5; i++) await at.bank('POST', '/v1/users/jiro/activation', { otp: '00000000' });
    // Both hold the user up: the app first, which a new issue would replace.
    expect((await unlock(at, 'boss', ['jiro'])).body.results[0]).toMatchObject({ outcome: 'unlocked', serial: null });
    expect((await unlock(at, 'boss', ['jiro'])).body.results[0]).toMatchObject({
      outcome: 'unlocked',
      serial: token.serial,
      status: 'issued',
    });
    expect((await unlock(at, 'boss', ['jiro'])).body.results[0]).toMatchObject({ reason: 'notLocked', serial: null });
    expect((await at.bank('POST', '/v1/users/jiro/activation', { otp: app.code() })).body.outcome).toBe('accepted');
  });

  test('of a software token that was locked before its activation works too', async () => {
    const at = await office();
    const app = await setUp(at, 'jiro');
    await person(at, 'boss', 'master');
    for (let i = 0; i < 5; i++) await at.bank('POST', '/v1/users/jiro/activation', { otp: '00000000' });
    expect((await at.bank('POST', '/v1/users/jiro/activation', { otp: app.code() })).body.reason).toBe('locked');
    expect((await unlock(at, 'boss', ['jiro'])).body.results[0]).toMatchObject({
      outcome: 'unlocked',
      status: 'issued',
    });
    expect((await at.bank('POST', '/v1/users/jiro/activation', { otp: app.code() })).body.outcome).toBe('accepted');
  });
});

describe('the hard stop', () => {
  const institution = { lockout: { afterFailures: 5, disableAfterFailures: 12 } };

  test('is reached over all lockouts; afterwards nobody unlocks and the right code is blocked', async () => {
    const at = await office(institution);
    await person(at, 'boss', 'master');
    await person(at, 'jiro');
    const token = await fob(at);
    await activated(at, 'jiro', token);
    for (let round = 0; round < 2; round++) {
      await lockOut(at, 'jiro', token);
      expect((await unlock(at, 'boss', ['jiro'])).body.outcome).toBe('done');
    }
    expect((await check(at, 'jiro', token.wrong())).body.remainingAttempts).toBe(1);
    expect((await check(at, 'jiro', token.wrong())).body).toMatchObject({ remainingAttempts: 0, status: 'locked' });
    expect((await check(at, 'jiro', token.code())).body).toMatchObject({
      outcome: 'blocked',
      reason: 'mustBeReissued',
    });
    expect((await unlock(at, 'boss', ['jiro'])).body.results[0]).toMatchObject({ reason: 'mustBeReissued' });
    const branch = await at.branch('POST', '/v1/branch/unlocks', { ...written, loginIds: ['jiro'] });
    expect(branch.body.results[0]).toMatchObject({ reason: 'mustBeReissued', status: 'locked' });
    expect(await otpOf(at, 'jiro')).toMatchObject({ status: 'locked', reason: 'mustBeReissued' });
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['jiro'] });
    at.clock.advance(24 * 3_600_000);
    const fresh = await fob(at, '20000002');
    await activated(at, 'jiro', fresh);
    expect((await check(at, 'jiro', fresh.code())).body.outcome).toBe('accepted');
  });

  test('starts anew with an accepted code', async () => {
    const at = await office(institution);
    await person(at, 'boss', 'master');
    await person(at, 'jiro');
    const token = await fob(at);
    await activated(at, 'jiro', token);
    for (let round = 0; round < 4; round++) {
      await lockOut(at, 'jiro', token);
      await unlock(at, 'boss', ['jiro']);
      expect((await check(at, 'jiro', token.code())).body.outcome).toBe('accepted');
      at.clock.advance(60_000);
    }
  });
});

describe('who is asked for', () => {
  test('an unknown user and one of another contract look the same, and only the log tells them apart', async () => {
    const at = await office();
    await person(at, 'boss', 'master');
    await person(at, 'other', 'general', { contractId: 'C-2' });
    const token = await fob(at, '00123456', 'C-2');
    await activated(at, 'other', token);
    await lockOut(at, 'other', token);
    const [unknown] = (await unlock(at, 'boss', ['nobody'])).body.results;
    const [other] = (await unlock(at, 'boss', ['other'])).body.results;
    expect({ ...unknown, loginId: '' }).toEqual({ ...other, loginId: '' });
    expect(other).toEqual({
      loginId: 'other',
      name: null,
      role: null,
      serial: null,
      outcome: 'refused',
      reason: 'userUnknown',
      status: null,
    });
    expect(at.rows(`SELECT reason FROM audit WHERE operation = 'unlock'`).map((row) => row.reason)).toEqual([
      'unknown',
      'otherContract',
    ]);
  });

  test('an unknown actor is 404; nobody, the same user twice, and more than 100 are malformed', async () => {
    const at = await office();
    await person(at, 'boss', 'master');
    expect((await unlock(at, 'nobody', ['boss'])).status).toBe(404);
    const many = Array.from({ length: 101 }, (_, i) => `user${i}`);
    for (const loginIds of [[], ['jiro', 'jiro'], ['H\u00e4nako', 'Ha\u0308nako'], many]) {
      const answer = await unlock(at, 'boss', loginIds);
      expect([answer.status, answer.body.fields[0].path]).toEqual([400, 'loginIds']);
    }
  });
});

describe('the confirmation password of the actor', () => {
  const password = { confirmationPassword: 'correct horse' };

  async function withPassword() {
    const at = await office();
    await person(at, 'boss', 'master', password);
    await person(at, 'jiro');
    const token = await fob(at);
    await activated(at, 'jiro', token);
    await lockOut(at, 'jiro', token);
    return at;
  }

  test('is asked for exactly where it is registered: 400 without it, 422 with one that nobody registered', async () => {
    const at = await withPassword();
    await person(at, 'chief', 'master');
    expect((await unlock(at, 'boss', ['jiro'])).body.fields[0].path).toBe('confirmationPassword');
    expect((await unlock(at, 'chief', ['jiro'], password)).status).toBe(422);
    expect((await unlock(at, 'boss', ['jiro'], password)).body.outcome).toBe('done');
  });

  test('wrong ten times in a row locks it until it is put again; a wrong one shows no results', async () => {
    const at = await withPassword();
    const wrong = { confirmationPassword: 'wrong' };
    for (let i = 0; i < 10; i++) {
      expect((await unlock(at, 'boss', ['jiro'], wrong)).body).toEqual({
        outcome: 'refused',
        reason: 'confirmationPasswordWrong',
        results: [],
      });
    }
    expect((await unlock(at, 'boss', ['jiro'], password)).body.reason).toBe('confirmationPasswordLocked');
    expect((await otpOf(at, 'jiro')).status).toBe('locked');
    await person(at, 'boss', 'master', password);
    expect((await unlock(at, 'boss', ['jiro'], password)).body.outcome).toBe('done');
  });

  test('guessed many times at once is counted each time', async () => {
    const at = await withPassword();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => unlock(at, 'boss', ['jiro'], { confirmationPassword: 'wrong' })),
    );
    const reasons = answers.map((answer) => answer.body.reason);
    expect(reasons.filter((reason) => reason === 'confirmationPasswordWrong')).toHaveLength(10);
    expect(reasons.filter((reason) => reason === 'confirmationPasswordLocked')).toHaveLength(20);
  });
});

test('the same call under one Idempotency-Key is carried out once and answers the same', async () => {
  const at = await office();
  await person(at, 'boss', 'master');
  await person(at, 'jiro');
  const token = await fob(at);
  await activated(at, 'jiro', token);
  await lockOut(at, 'jiro', token);
  const ask = () =>
    at.bank('POST', '/v1/unlocks', { actor: 'boss', loginIds: ['jiro'] }, { 'idempotency-key': 'attempt-1' });
  const first = await ask();
  expect(first.body.outcome).toBe('done');
  await lockOut(at, 'jiro', token);
  expect((await ask()).body).toEqual(first.body);
  expect((await otpOf(at, 'jiro')).status).toBe('locked');
});
