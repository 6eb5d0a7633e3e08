import { describe, expect, test } from 'vitest';
import { japan, nothingHeld, type World, working, world } from './world.ts';

// くましんインターネットバンキング OTPハードウェアトークン ワンタイムパスワード操作手順書

const kumashin = () => world('kumashin');
const printed = '2028-09-30T09:00';
type Fob = Awaited<ReturnType<World['fob']>>;

/** The contract of the manual's own screens. */
async function screens() {
  const bank = await kumashin();
  await bank.user('hanakodt', 'administrator', { name: 'データ花子' });
  await bank.user('ichirodt', 'general', { name: 'データ一郎' });
  await bank.user('jirodt', 'general', { name: 'データ二郎' });
  await bank.user('saburodt', 'master', { name: 'データ三郎' });
  const fobs = {
    hanakodt: await bank.fob('12345678', { expiresAt: japan(printed) }),
    ichirodt: await bank.fob('23456789', { expiresAt: japan(printed) }),
    saburodt: await bank.fob('34567890', { expiresAt: japan(printed) }),
  };
  await bank.holds('hanakodt', fobs.hanakodt);
  await bank.holds('ichirodt', fobs.ichirodt);
  await bank.holds('jirodt', fobs.hanakodt);
  await bank.holds('saburodt', fobs.saburodt);
  return { bank, fobs };
}

async function columns(bank: World, loginIds: readonly string[]) {
  const rows: unknown[] = [];
  for (const loginId of loginIds) {
    const { name, role, otp } = await bank.listed(loginId);
    rows.push([loginId, name, role, otp.serial, otp.status]);
  }
  return rows;
}

async function lockedOut(bank: World, loginId: string, fob: Fob) {
  const answers = await bank.mistypes(loginId, 'login', fob);
  expect(answers.map((answer) => answer.remainingAttempts)).toEqual([4, 3, 2, 1, 0]);
}

describe('ワンタイムパスワードとは', () => {
  test('the login needs an OTP, nothing else does; a new one every minute, void once it was used', async () => {
    const { bank, fobs } = await screens();
    expect(await bank.wants('ichirodt', 'login')).toEqual({ otp: 'required', reason: null, next: 'none', from: null });
    expect(await bank.wants('ichirodt', 'transfer')).toMatchObject({ otp: 'notRequired' });
    const otp = fobs.ichirodt.code();
    expect(await bank.does('ichirodt', 'login', otp)).toMatchObject({ outcome: 'accepted', status: 'active' });
    expect(await bank.does('ichirodt', 'login', otp)).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
    bank.minutes(1);
    expect(fobs.ichirodt.code()).not.toBe(otp);
    expect(await bank.does('ichirodt', 'login', fobs.ichirodt.code())).toMatchObject({ outcome: 'accepted' });
  });
});

describe('利用開始までの手続き', () => {
  test('STEP 1 and 2: the fob is applied for at the counter and shipped before the start date', async () => {
    const bank = await kumashin();
    await bank.contract('C-1', { otpStartsOn: '2026-12-01' });
    await bank.user('hanako');
    expect(await bank.post('/v1/users/hanako/hardware-token', bank.password('hanako'))).toMatchObject({
      outcome: 'refused',
    });
    const fob = await bank.fob('00123456');
    bank.goTo('2026-11-30T23:59:59');
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired', reason: 'beforeStartDate' });
    expect(await bank.activate('hanako', fob.code(), fob.serial)).toEqual({
      outcome: 'refused',
      reason: 'beforeStartDate',
    });
    bank.goTo('2026-12-01T00:00:00');
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'blocked', next: 'activation' });
  });
});

describe('OTP（ハードウェアトークン）利用開始', () => {
  test('手順1 (BLG3020): the login leads to serial and OTP, then to the top page; later logins ask for an OTP', async () => {
    const bank = await kumashin();
    await bank.user('hanako');
    const fob = await bank.fob('00123456', { expiresAt: japan(printed) });
    expect(await bank.wants('hanako', 'login')).toEqual({
      otp: 'blocked',
      reason: 'unregistered',
      next: 'activation',
      from: null,
    });
    expect(await bank.shown('hanako')).toEqual({ status: 'unregistered', ...nothingHeld });
    for (const typed of ['1234567', '1234567890123']) {
      const answer = await bank.at.bank('POST', '/v1/users/hanako/activation', { otp: fob.code(), serial: typed });
      expect([answer.status, answer.body.fields[0].path]).toEqual([400, 'serial']);
    }
    expect(await bank.activate('hanako', fob.wrong(), fob.serial)).toMatchObject({
      outcome: 'rejected',
      reason: 'wrong',
      remainingAttempts: 4,
    });
    expect(await bank.activate('hanako', fob.code(), fob.serial)).toEqual({
      outcome: 'accepted',
      token: { kind: 'hardware', serial: '00123456', expiresAt: japan(printed) },
    });
    expect(await bank.shown('hanako')).toEqual({
      ...working,
      kind: 'hardware',
      serial: '00123456',
      expiresAt: japan(printed),
    });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'required' });
  });

  test('【参考1】 the expiry holds to the minute in Japan, and then closes the login', async () => {
    const { bank, fobs } = await screens();
    bank.goTo('2028-09-30T08:59:59');
    expect(await bank.does('ichirodt', 'login', fobs.ichirodt.code())).toMatchObject({ outcome: 'accepted' });
    bank.goTo('2028-09-30T09:00:00');
    expect(await bank.wants('ichirodt', 'login')).toMatchObject({ otp: 'blocked', reason: 'expired', next: 'none' });
    expect(await bank.does('ichirodt', 'login', fobs.ichirodt.code())).toMatchObject({ reason: 'expired' });
    expect(await bank.shown('ichirodt')).toMatchObject({
      status: 'expired',
      serial: '23456789',
      expiresAt: japan(printed),
    });
  });

  test('【参考2】 several users register one fob, within one contract', async () => {
    const { bank, fobs } = await screens();
    expect(await bank.shown('jirodt')).toMatchObject({ ...working, serial: '12345678' });
    const otp = fobs.hanakodt.code();
    expect(await bank.does('hanakodt', 'login', otp)).toMatchObject({ outcome: 'accepted' });
    expect(await bank.does('jirodt', 'login', otp)).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
    await bank.user('stranger', 'general', { contractId: 'C-2' });
    expect(await bank.activate('stranger', fobs.hanakodt.code(), '12345678')).toMatchObject({
      outcome: 'refused',
      reason: 'serialOfAnotherContract',
    });
  });
});

describe('OTP 利用停止解除', () => {
  test('手順1–5: the manual’s own list: two are chosen and 利用可能 again', async () => {
    const { bank, fobs } = await screens();
    await lockedOut(bank, 'ichirodt', fobs.ichirodt);
    await lockedOut(bank, 'saburodt', fobs.saburodt);
    for (const name of ['ichirodt', 'saburodt']) {
      expect(await bank.wants(name, 'login')).toMatchObject({ otp: 'blocked', reason: 'locked', next: 'none' });
    }
    expect(await bank.does('ichirodt', 'login', fobs.ichirodt.code())).toMatchObject({ reason: 'locked' });
    // 手順4
    expect(await columns(bank, ['hanakodt', 'ichirodt', 'jirodt', 'saburodt'])).toEqual([
      ['hanakodt', 'データ花子', 'administrator', '12345678', 'active'],
      ['ichirodt', 'データ一郎', 'general', '23456789', 'locked'],
      ['jirodt', 'データ二郎', 'general', '12345678', 'active'],
      ['saburodt', 'データ三郎', 'master', '34567890', 'locked'],
    ]);
    const chosen = ['ichirodt', 'saburodt'];
    expect(await bank.unlock('hanakodt', chosen, { confirmationPassword: 'wrong' })).toMatchObject({
      outcome: 'refused',
      reason: 'confirmationPasswordWrong',
      results: [],
    });
    expect((await bank.shown('saburodt')).status).toBe('locked');
    // 手順5
    const unlocked = { outcome: 'unlocked', reason: null, status: 'active' };
    expect(await bank.unlock('hanakodt', chosen)).toEqual({
      outcome: 'done',
      reason: null,
      results: [
        { loginId: 'ichirodt', name: 'データ一郎', role: 'general', serial: '23456789', ...unlocked },
        { loginId: 'saburodt', name: 'データ三郎', role: 'master', serial: '34567890', ...unlocked },
      ],
    });
    expect(await bank.does('ichirodt', 'login', fobs.ichirodt.code())).toMatchObject({ outcome: 'accepted' });
    expect(await bank.shown('saburodt')).toMatchObject({ status: 'active', remainingAttempts: 5 });
  });

  test('手順4: whoever uses the same serial is lifted with it', async () => {
    const { bank, fobs } = await screens();
    await lockedOut(bank, 'jirodt', fobs.hanakodt);
    for (const name of ['hanakodt', 'jirodt']) expect((await bank.shown(name)).status).toBe('locked');
    expect(await bank.unlock('saburodt', ['jirodt'])).toMatchObject({
      outcome: 'done',
      results: [{ loginId: 'jirodt', outcome: 'unlocked', serial: '12345678' }],
    });
    for (const name of ['hanakodt', 'jirodt']) {
      expect(await bank.shown(name)).toMatchObject({ status: 'active', remainingAttempts: 5 });
    }
    expect(await bank.does('hanakodt', 'login', fobs.hanakodt.code())).toMatchObject({ outcome: 'accepted' });
  });

  test.each([
    ['general', 'master', true],
    ['general', 'administrator', true],
    ['administrator', 'master', true],
    ['administrator', 'administrator', true],
    ['master', 'master', true],
    ['master', 'administrator', true],
    ['general', 'general', false],
    ['administrator', 'general', false],
    ['master', 'general', false],
  ] as const)('a stopped %s, and another %s acts: %s', async (of, by, may) => {
    const bank = await kumashin();
    await bank.user('stopped', of);
    await bank.user('actor', by);
    const fob = await bank.fob('00123456');
    await bank.holds('stopped', fob);
    await lockedOut(bank, 'stopped', fob);
    expect((await bank.unlock('stopped', ['stopped'])).outcome).toBe('refused');
    expect((await bank.shown('stopped')).status).toBe('locked');
    expect((await bank.unlock('actor', ['stopped'])).outcome).toBe(may ? 'done' : 'refused');
    expect((await bank.shown('stopped')).status).toBe(may ? 'active' : 'locked');
  });

  test('nobody lifts what they share; the branch always may, without a written application', async () => {
    const { bank, fobs } = await screens();
    await lockedOut(bank, 'jirodt', fobs.hanakodt);
    expect((await bank.unlock('hanakodt', ['jirodt'])).outcome).toBe('refused');
    expect((await bank.shown('jirodt')).status).toBe('locked');
    expect((await bank.branchUnlock(['jirodt'], { document: undefined })).body).toMatchObject({ outcome: 'done' });
    for (const name of ['hanakodt', 'jirodt']) expect((await bank.shown(name)).status).toBe('active');
  });
});

describe('OTPトークン失効', () => {
  /** The manual's list: in use, expired, revoked, issued, unregistered, and two who share a fob. */
  async function list() {
    const bank = await kumashin();
    const ids = ['hanakodt', 'ichirodt', 'jirodt', 'rokurodt', 'shirodt', 'sachikodt', 'tarodt'] as const;
    const roles = ['administrator', 'master', 'general', 'master', 'general', 'general', 'general'] as const;
    for (const [i, id] of ids.entries()) await bank.user(id, roles[i]);
    const fobs = {
      hanakodt: await bank.fob('33456789', { expiresAt: japan(printed) }),
      ichirodt: await bank.fob('23456789', { expiresAt: japan('2026-11-30T09:00') }),
      jirodt: await bank.fob('45678901'),
      sachikodt: await bank.fob('78100441', { expiresAt: japan(printed) }),
    };
    for (const id of ['hanakodt', 'ichirodt', 'jirodt', 'sachikodt'] as const) await bank.holds(id, fobs[id]);
    await bank.holds('tarodt', fobs.sachikodt);
    bank.goTo('2026-12-01T10:00');
    await bank.revoke('hanakodt', ['jirodt']);
    await bank.issue('rokurodt');
    return { bank, ids, fobs };
  }

  test('手順1–5: the manual’s list, two chosen, and the result with serial and expiry of what was revoked', async () => {
    const { bank, ids, fobs } = await list();
    // 手順4
    const rows: unknown[] = [];
    for (const id of ids) {
      const { otp } = await bank.listed(id);
      rows.push([otp.serial, otp.status, otp.serial === null ? null : otp.expiresAt]);
    }
    expect(rows).toEqual([
      ['33456789', 'active', japan(printed)],
      ['23456789', 'expired', japan('2026-11-30T09:00')],
      [null, 'revoked', null],
      [null, 'issued', null],
      [null, 'unregistered', null],
      ['78100441', 'active', japan(printed)],
      ['78100441', 'active', japan(printed)],
    ]);
    const chosen = ['ichirodt', 'sachikodt'];
    expect(await bank.revoke('hanakodt', chosen, { confirmationPassword: 'wrong' })).toMatchObject({
      outcome: 'refused',
      reason: 'confirmationPasswordWrong',
    });
    expect((await bank.shown('ichirodt')).status).toBe('expired');
    // 手順5: the confirmation password was enough, though the actor has a token.
    const reissuableAt = japan('2026-12-01T10:30');
    const revoked = { outcome: 'revoked', reason: null, status: 'revoked', reissuableAt };
    expect(await bank.revoke('hanakodt', chosen, { cause: 'lost' })).toEqual({
      outcome: 'done',
      reason: null,
      remainingAttempts: null,
      results: [
        {
          loginId: 'ichirodt',
          name: 'ichirodt',
          role: 'master',
          serial: '23456789',
          expiresAt: japan('2026-11-30T09:00'),
          ...revoked,
        },
        {
          loginId: 'sachikodt',
          name: 'sachikodt',
          role: 'general',
          serial: '78100441',
          expiresAt: japan(printed),
          ...revoked,
        },
      ],
    });
    for (const name of chosen) {
      expect(await bank.shown(name)).toEqual({ ...nothingHeld, status: 'revoked', reissuableAt });
      // The manual's warning on this screen: whoever was chosen cannot log in.
      expect(await bank.wants(name, 'login')).toMatchObject({ otp: 'blocked', reason: 'revoked' });
    }
    // Who shared the fob keeps it.
    expect(await bank.shown('tarodt')).toMatchObject({ ...working, serial: '78100441' });
    expect(await bank.does('tarodt', 'login', fobs.sachikodt.code())).toMatchObject({ outcome: 'accepted' });
  });

  test('手順4: whoever has nothing in use cannot be revoked, and then nobody is', async () => {
    const { bank } = await list();
    for (const nobody of ['jirodt', 'rokurodt', 'shirodt']) {
      const before = await bank.shown(nobody);
      expect(await bank.revoke('hanakodt', ['sachikodt', nobody])).toMatchObject({
        outcome: 'refused',
        results: [
          { loginId: 'sachikodt', outcome: 'unchanged', status: 'active' },
          { loginId: nobody, outcome: 'refused', reason: 'nothingToRevoke' },
        ],
      });
      expect(await bank.shown(nobody)).toEqual(before);
    }
    expect((await bank.shown('sachikodt')).status).toBe('active');
  });

  test.each([
    ['2026-12-02T12:00', '2026-12-02T12:30'],
    ['2026-12-02T20:49', '2026-12-02T21:19'],
    ['2026-12-02T20:50', '2026-12-03T08:10'],
    ['2026-12-03T08:09', '2026-12-03T08:10'],
    ['2026-12-03T08:10', '2026-12-03T08:40'],
  ])('手順4: revoked at %s, a new fob is registered from %s on', async (revoked, open) => {
    const { bank } = await list();
    const fresh = await bank.fob('98100441');
    bank.goTo(revoked);
    const [result] = (await bank.revoke('hanakodt', ['sachikodt'])).results;
    expect(result.reissuableAt).toBe(japan(open));
    bank.at.clock.advance(Date.parse(japan(open)) - bank.at.clock.nowMs() - 1);
    expect(await bank.activate('sachikodt', fresh.code(), fresh.serial)).toEqual({
      outcome: 'refused',
      reason: 'reissueTooEarly',
      reissuableAt: japan(open),
    });
    expect(await bank.shown('sachikodt')).toMatchObject({ status: 'revoked', reissuableAt: japan(open) });
    bank.goTo(open);
    expect(await bank.wants('sachikodt', 'login')).toMatchObject({ otp: 'blocked', next: 'activation' });
    expect(await bank.activate('sachikodt', fresh.code(), fresh.serial)).toMatchObject({ outcome: 'accepted' });
    expect(await bank.shown('sachikodt')).toMatchObject({ status: 'active', serial: '98100441', reissuableAt: null });
  });

  test('【参考】 a revoked fob comes into use again by registering it again', async () => {
    const bank = await kumashin();
    await bank.user('boss', 'master');
    await bank.user('hanako');
    const fob = await bank.fob('00123456', { expiresAt: japan(printed) });
    await bank.holds('hanako', fob);
    expect((await bank.revoke('boss', ['hanako'])).outcome).toBe('done');
    bank.minutes(30);
    expect(await bank.activate('hanako', fob.code(), fob.serial)).toEqual({
      outcome: 'accepted',
      token: { kind: 'hardware', serial: '00123456', expiresAt: japan(printed) },
    });
    bank.minutes(1);
    expect(await bank.does('hanako', 'login', fob.code())).toMatchObject({ outcome: 'accepted' });
    expect(await bank.shown('hanako')).toMatchObject({ ...working, serial: '00123456' });
  });

  test('【参考】 a fob that was lost comes back into use when it is found; one that was stolen never does', async () => {
    for (const [cause, answer, next] of [
      ['lost', { outcome: 'accepted' }, 'activation'],
      ['stolen', { outcome: 'refused', reason: 'serialNotReusable' }, 'issue'],
    ] as const) {
      const bank = await kumashin();
      await bank.user('boss', 'master');
      for (const id of ['hanako', 'jiro']) await bank.user(id);
      const fob = await bank.fob('00123456', { expiresAt: japan(printed) });
      await bank.holds('hanako', fob);
      expect((await bank.revoke('boss', ['hanako'], { cause })).outcome).toBe('done');
      bank.minutes(30);
      expect(await bank.wants('jiro', 'login')).toMatchObject({ next });
      expect(await bank.activate('hanako', fob.code(), fob.serial)).toMatchObject(answer);
    }
  });
});
