import { describe, expect, test } from 'vitest';
import { type App, activationPassword, japan, nothingHeld, type World, working, world } from './world.ts';

// 成協ビジネスバンキングサービス ワンタイムパスワード ご利用マニュアル（ソフトウェアトークン）

const seikyo = (change: object = {}) => world('seikyo', change);

/** A master and a general user of one contract, each with an app in use. */
async function business(): Promise<{ bank: World; apps: Record<'boss' | 'hanako', App> }> {
  const bank = await seikyo();
  await bank.user('boss', 'master');
  await bank.user('hanako');
  const boss = await bank.holdsApp('boss');
  return { bank, apps: { boss, hanako: await bank.holdsApp('hanako') } };
}

/** Wants a set-up and gets none. */
async function refused(app: Promise<App | null>): Promise<void> {
  expect(await app).toBe(null);
}

describe('1. ワンタイムパスワードとは', () => {
  test('a new OTP comes every minute, and one that was used is void at once', async () => {
    const { bank, apps } = await business();
    const otp = apps.hanako.code();
    expect(await bank.does('hanako', 'transfer', otp)).toMatchObject({ outcome: 'accepted' });
    expect(await bank.does('hanako', 'transfer', otp)).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
    bank.minutes(1);
    expect(apps.hanako.code()).not.toBe(otp);
    expect(await bank.does('hanako', 'transfer', apps.hanako.code())).toMatchObject({ outcome: 'accepted' });
  });
});

describe('2. ご利用料金', () => {
  test('a software token costs nothing: no fee is told at its issue', async () => {
    const bank = await seikyo();
    await bank.user('hanako');
    expect(await bank.issue('hanako')).not.toHaveProperty('fee');
  });
});

describe('3. ご利用方法', () => {
  test('before the start date nothing changes; from it on the first use brings the issue', async () => {
    const bank = await seikyo();
    await bank.contract('C-1', { otpStartsOn: '2026-12-01' });
    await bank.user('hanako');
    bank.goTo('2026-11-30T23:59:59');
    expect(await bank.wants('hanako', 'approval')).toMatchObject({ otp: 'notRequired', reason: 'beforeStartDate' });
    expect(await bank.issue('hanako')).toEqual({ outcome: 'refused', reason: 'beforeStartDate' });
    expect(await bank.shown('hanako')).toEqual({ status: 'unregistered', ...nothingHeld });
    bank.goTo('2026-12-01T00:00:00');
    expect(await bank.wants('hanako', 'approval')).toEqual({
      otp: 'blocked',
      reason: 'unregistered',
      next: 'issue',
      from: null,
    });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired', next: 'issue' });
    expect(await bank.issue('hanako')).toMatchObject({ outcome: 'issued' });
  });
});

describe('4. ご利用の際の注意事項', () => {
  test('(2) one login ID has one device: an issue is set up once, and no second one is issued beside it', async () => {
    const bank = await seikyo();
    await bank.user('hanako');
    const { userId } = await bank.issue('hanako');
    const first = await bank.provision(userId);
    await refused(bank.provision(userId));
    expect(await bank.activate('hanako', first?.code() ?? '')).toMatchObject({ outcome: 'accepted' });
    await refused(bank.provision(userId));
    expect(await bank.issue('hanako')).toEqual({ outcome: 'refused', reason: 'tokenAlreadyActive' });
  });

  test('(3) before the set-up is done approval and transfer are closed', async () => {
    const bank = await seikyo();
    await bank.user('hanako');
    const blocked = { otp: 'blocked', from: null };
    expect(await bank.wants('hanako', 'approval')).toEqual({ ...blocked, reason: 'unregistered', next: 'issue' });
    const { userId } = await bank.issue('hanako');
    expect(await bank.wants('hanako', 'approval')).toEqual({ ...blocked, reason: 'issued', next: 'activation' });
    const app = await bank.provision(userId);
    expect(await bank.wants('hanako', 'transfer')).toEqual({ ...blocked, reason: 'issued', next: 'activation' });
    expect(await bank.does('hanako', 'transfer', app?.code() ?? '')).toMatchObject({
      outcome: 'blocked',
      reason: 'issued',
      status: 'issued',
    });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired' });
  });

  describe('(4) 利用停止', () => {
    test('① a general user’s is lifted by the master', async () => {
      const { bank, apps } = await business();
      const answers = await bank.mistypes('hanako', 'approval', apps.hanako);
      expect(answers.map((answer) => answer.remainingAttempts)).toEqual([4, 3, 2, 1, 0]);
      expect(await bank.shown('hanako')).toMatchObject({ status: 'locked', kind: 'software', remainingAttempts: 0 });
      expect(await bank.wants('hanako', 'approval')).toMatchObject({ otp: 'blocked', reason: 'locked', next: 'none' });
      expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired' });
      expect(await bank.does('hanako', 'approval', apps.hanako.code())).toMatchObject({ reason: 'locked' });
      expect(await bank.unlock('boss', ['hanako'])).toMatchObject({ outcome: 'done' });
      expect(await bank.shown('hanako')).toMatchObject({ ...working, kind: 'software' });
      expect(await bank.does('hanako', 'approval', apps.hanako.code())).toMatchObject({ outcome: 'accepted' });
    });

    test('② a master’s is lifted by the branch, in writing', async () => {
      const { bank, apps } = await business();
      await bank.user('chief', 'master');
      await bank.mistypes('boss', 'approval', apps.boss);
      for (const actor of ['boss', 'chief', 'hanako']) {
        expect((await bank.unlock(actor, ['boss'])).outcome).toBe('refused');
      }
      expect((await bank.branchUnlock(['boss'], { document: undefined })).status).toBe(400);
      expect((await bank.shown('boss')).status).toBe('locked');
      expect((await bank.branchUnlock(['boss'])).body).toMatchObject({ outcome: 'done' });
      expect(await bank.does('boss', 'approval', apps.boss.code())).toMatchObject({ outcome: 'accepted' });
    });
  });

  describe('(5) 機種変更', () => {
    test('the master revokes before it, and the new device is set up', async () => {
      const { bank, apps } = await business();
      const done = await bank.revoke('boss', ['boss'], { cause: 'deviceChange', otp: apps.boss.code() });
      expect(done).toMatchObject({
        outcome: 'done',
        results: [{ loginId: 'boss', outcome: 'revoked', serial: null, status: 'revoked' }],
      });
      expect(await bank.does('boss', 'approval', apps.boss.code(1))).toMatchObject({
        outcome: 'blocked',
        reason: 'revoked',
      });
      bank.minutes(30);
      const fresh = await bank.holdsApp('boss');
      expect(await bank.shown('boss')).toMatchObject({ ...working, kind: 'software' });
      expect(await bank.does('boss', 'approval', fresh.code())).toMatchObject({ outcome: 'accepted' });
    });

    test('① without it the master revokes a general user’s afterwards', async () => {
      const { bank, apps } = await business();
      expect(await bank.revoke('boss', ['hanako'], { cause: 'deviceChange', otp: apps.boss.code() })).toMatchObject({
        outcome: 'done',
      });
      bank.minutes(30);
      const fresh = await bank.holdsApp('hanako');
      expect(await bank.does('hanako', 'transfer', fresh.code())).toMatchObject({ outcome: 'accepted' });
    });

    test('② without it a master has no OTP to revoke with; the branch does, in writing', async () => {
      const { bank, apps } = await business();
      expect(await bank.revoke('boss', ['boss'], { cause: 'deviceChange', otp: apps.boss.wrong() })).toMatchObject({
        outcome: 'refused',
        reason: 'otpWrong',
      });
      expect((await bank.shown('boss')).status).toBe('active');
      expect((await bank.branchRevoke(['boss'], { cause: 'deviceChange', document: undefined })).status).toBe(400);
      expect((await bank.branchRevoke(['boss'], { cause: 'deviceChange' })).body).toMatchObject({ outcome: 'done' });
      bank.minutes(30);
      await bank.holdsApp('boss');
      expect((await bank.shown('boss')).status).toBe('active');
    });
  });

  describe('(6) 紛失・盗難・故障、アプリの削除、トークンの削除', () => {
    test.each(['lost', 'stolen', 'broken', 'other'])('① a general user’s, %s: the master revokes', async (cause) => {
      const { bank, apps } = await business();
      expect(await bank.revoke('boss', ['hanako'], { cause, otp: apps.boss.code() })).toMatchObject({
        outcome: 'done',
        results: [{ outcome: 'revoked', serial: null, expiresAt: null, status: 'revoked' }],
      });
      expect(await bank.does('hanako', 'approval', apps.hanako.code())).toMatchObject({ reason: 'revoked' });
      expect(await bank.wants('hanako', 'approval')).toMatchObject({ otp: 'blocked', reason: 'revoked' });
      bank.minutes(30);
      await bank.holdsApp('hanako');
    });

    test.each(['lost', 'stolen', 'broken', 'other'])('② a master’s, %s: the branch, in writing', async (cause) => {
      const { bank } = await business();
      expect((await bank.branchRevoke(['boss'], { cause, document: undefined })).status).toBe(400);
      expect((await bank.branchRevoke(['boss'], { cause })).body).toMatchObject({ outcome: 'done' });
      expect((await bank.shown('boss')).status).toBe('revoked');
    });
  });

  test.each([true, false])(
    '(7) forgery feared (%s) or misuse known is reported in writing and ends the token',
    async (suspected) => {
      const { bank, apps } = await business();
      expect((await bank.report('hanako', { suspected, document: undefined })).status).toBe(400);
      expect((await bank.shown('hanako')).status).toBe('active');
      expect((await bank.report('hanako', { suspected })).body).toMatchObject({
        outcome: 'done',
        results: [{ loginId: 'hanako', outcome: 'revoked', status: 'revoked' }],
      });
      expect(await bank.does('hanako', 'approval', apps.hanako.code())).toMatchObject({ reason: 'revoked' });
    },
  );

  test('(8) users of several contracts each have a token of their own', async () => {
    const { bank, apps } = await business();
    await bank.user('second', 'general', { contractId: 'C-2' });
    const second = await bank.holdsApp('second');
    expect(await bank.does('second', 'approval', second.code())).toMatchObject({ outcome: 'accepted' });
    expect(await bank.does('second', 'approval', apps.hanako.code())).toMatchObject({ reason: 'wrong' });
    expect(await bank.does('hanako', 'approval', apps.hanako.code())).toMatchObject({ outcome: 'accepted' });
  });
});

describe('ソフトウェアトークン・ワンタイムパスワード初期登録方法', () => {
  test('手順3–10: issue, mail, IDs on the screen, set-up in the app, 認証確認, top page', async () => {
    const bank = await seikyo();
    await bank.user('hanako');

    // 手順3
    const issued = await bank.issue('hanako', { email: 'hanako@keitai.example', activationPassword: '2718' });
    expect(issued).toMatchObject({ outcome: 'issued', serviceId: '1001', mail: 'sent' });
    expect(await bank.shown('hanako')).toMatchObject({ status: 'issued', kind: 'software', serial: null });
    // 手順4: the IDs stand on the screen that waits for the OTP.
    expect(issued.userId).toMatch(/^\S{8,}$/);
    expect(await bank.wants('hanako', 'approval')).toMatchObject({ reason: 'issued', next: 'activation' });
    // 手順5: the mail has the address alone.
    const [mail] = await bank.mails();
    expect(mail?.to).toEqual([{ address: 'hanako@keitai.example', name: '' }]);
    expect(mail?.text).toContain('https://otp.example/');
    expect(mail?.text).not.toContain(issued.userId);
    expect(mail?.text).not.toContain('1001');
    expect(mail?.text).not.toContain('2718');
    // 手順6
    await refused(bank.provision(issued.userId, '2719'));
    const app = await bank.provision(issued.userId, '2718');
    if (app === null) throw new Error('the set-up was refused');
    // 手順7
    expect(app.envelope).toMatchObject({
      serviceId: '1001',
      userId: issued.userId,
      institution: { ja: '成協信用組合' },
      period: 60,
    });
    expect((await bank.shown('hanako')).status).toBe('issued');
    // 手順8 and 9
    expect(await bank.activate('hanako', app.wrong())).toEqual({
      outcome: 'rejected',
      reason: 'wrong',
      remainingAttempts: 4,
    });
    expect((await bank.shown('hanako')).status).toBe('issued');
    expect(await bank.activate('hanako', app.code())).toEqual({
      outcome: 'accepted',
      token: { kind: 'software', serial: null, expiresAt: null },
    });
    // 手順10
    expect(await bank.shown('hanako')).toEqual({ ...working, kind: 'software', serial: null, expiresAt: null });
    expect(await bank.wants('hanako', 'approval')).toMatchObject({ otp: 'required' });
    expect(await bank.does('hanako', 'approval', app.code())).toMatchObject({ reason: 'replayed' });
  });

  test.each(['123', '123456789', 'abcd', '12a4'])(
    '手順3: %j is no activation password of 4 to 8 digits',
    async (text) => {
      const bank = await seikyo();
      await bank.user('hanako');
      const answer = await bank.at.bank('POST', '/v1/users/hanako/software-token', {
        email: 'hanako@example.jp',
        activationPassword: text,
        ...bank.password('hanako'),
      });
      expect([answer.status, answer.body.fields[0].path]).toEqual([400, 'activationPassword']);
      expect(await bank.shown('hanako')).toEqual({ status: 'unregistered', ...nothingHeld });
    },
  );

  test.each(['2718', '27182818'])('手順3: %j is one, and the app takes it once', async (text) => {
    const bank = await seikyo();
    await bank.user('hanako');
    const { userId } = await bank.issue('hanako', { activationPassword: text });
    expect(await bank.provision(userId, text)).not.toBe(null);
    await refused(bank.provision(userId, text));
  });

  test('手順3: an institution may refuse the addresses of computers; by default none is', async () => {
    const strict = await seikyo({
      software: { activationMinutes: 60, emailDomains: { allow: ['keitai.example'], deny: [] }, toHardware: true },
    });
    await strict.user('hanako');
    expect(await strict.issue('hanako', { email: 'hanako@office.example' })).toEqual({
      outcome: 'refused',
      reason: 'emailNotAllowed',
    });
    expect((await strict.shown('hanako')).status).toBe('unregistered');
    expect(await strict.issue('hanako', { email: 'hanako@keitai.example' })).toMatchObject({ outcome: 'issued' });
    const asShipped = await seikyo();
    await asShipped.user('hanako');
    expect(await asShipped.issue('hanako', { email: 'hanako@office.example' })).toMatchObject({ outcome: 'issued' });
  });

  test('手順5 ※: without the mail the user starts again at once, and the first issue is worth nothing', async () => {
    const bank = await seikyo();
    await bank.user('hanako');
    const first = await bank.issue('hanako', { activationPassword: '27182' });
    const second = await bank.issue('hanako', { activationPassword: '31415' });
    expect(second).toMatchObject({ outcome: 'issued' });
    expect(second.userId).not.toBe(first.userId);
    await refused(bank.provision(first.userId, '27182'));
    const app = await bank.provision(second.userId, '31415');
    expect(await bank.activate('hanako', app?.code() ?? '')).toMatchObject({ outcome: 'accepted' });
  });
});

describe('トークンを追加する', () => {
  test('手順1–8: a further token for the same app is issued, set up and confirmed like the first', async () => {
    const { bank, apps } = await business();
    await bank.user('jiro');
    const second = await bank.holdsApp('jiro');
    expect(second.envelope.institution).toEqual(apps.hanako.envelope.institution);
    expect(second.envelope.userId).not.toBe(apps.hanako.envelope.userId);
    expect(await bank.does('jiro', 'transfer', second.code())).toMatchObject({ outcome: 'accepted' });
    expect(await bank.does('hanako', 'transfer', apps.hanako.code())).toMatchObject({ outcome: 'accepted' });
  });
});

test('wrong OTPs at 認証確認 stop the app too; the master lifts it, or the user starts again from 手順1', async () => {
  const bank = await seikyo();
  await bank.user('boss', 'master');
  for (const name of ['hanako', 'jiro']) {
    await bank.user(name);
    const app = await bank.provision((await bank.issue(name)).userId);
    if (app === null) throw new Error('the set-up was refused');
    for (let i = 0; i < 5; i++) expect((await bank.activate(name, app.wrong())).reason).toBe('wrong');
    expect(await bank.activate(name, app.code())).toEqual({ outcome: 'refused', reason: 'locked' });
    expect((await bank.shown(name)).status).toBe('issued');
    if (name === 'hanako') {
      expect(await bank.unlock('boss', [name])).toMatchObject({ outcome: 'done', results: [{ status: 'issued' }] });
      expect(await bank.activate(name, app.code())).toMatchObject({ outcome: 'accepted' });
    } else {
      await bank.holdsApp(name);
    }
    expect((await bank.shown(name)).status).toBe('active');
  }
});

describe('管理: ワンタイムパスワード利用停止解除', () => {
  test('手順3–4: confirmation password and no OTP; the result shows who may go on', async () => {
    const { bank, apps } = await business();
    await bank.mistypes('hanako', 'transfer', apps.hanako);
    expect(await bank.unlock('boss', ['hanako'], { confirmationPassword: 'wrong' })).toMatchObject({
      reason: 'confirmationPasswordWrong',
    });
    expect((await bank.shown('hanako')).status).toBe('locked');
    expect(await bank.unlock('boss', ['hanako'])).toEqual({
      outcome: 'done',
      reason: null,
      results: [
        {
          loginId: 'hanako',
          name: 'hanako',
          role: 'general',
          serial: null,
          outcome: 'unlocked',
          reason: null,
          status: 'active',
        },
      ],
    });
  });
});

describe('管理: ワンタイムパスワードトークンの失効', () => {
  test('手順3–4: confirmation password and the master’s OTP; the result shows the users', async () => {
    const { bank, apps } = await business();
    await bank.user('jiro');
    await bank.holdsApp('jiro');
    const otp = apps.boss.code();
    const wrong = { otp, confirmationPassword: 'wrong' };
    expect(await bank.revoke('boss', ['hanako'], wrong)).toMatchObject({ reason: 'confirmationPasswordWrong' });
    expect(await bank.revoke('hanako', ['jiro'], { otp: apps.hanako.code() })).toMatchObject({ outcome: 'refused' });
    expect(await bank.revoke('boss', ['hanako', 'jiro'], { otp, cause: 'deviceChange' })).toMatchObject({
      outcome: 'done',
      results: [
        { loginId: 'hanako', role: 'general', outcome: 'revoked', status: 'revoked' },
        { loginId: 'jiro', role: 'general', outcome: 'revoked', status: 'revoked' },
      ],
    });
    for (const name of ['hanako', 'jiro']) {
      expect(await bank.shown(name)).toMatchObject({ status: 'revoked', kind: null, remainingAttempts: null });
    }
    expect((await bank.shown('boss')).status).toBe('active');
  });

  test('手順4 ※: the user is led to the issue again, also where others of the contract have fobs', async () => {
    const { bank } = await business();
    await bank.user('jiro');
    await bank.holds('jiro', await bank.fob('00123456'));
    await bank.branchRevoke(['hanako']);
    expect(await bank.wants('hanako', 'approval')).toMatchObject({ otp: 'blocked', reason: 'revoked', next: 'issue' });
  });

  test('手順3 ※: a master without a token is asked for no OTP', async () => {
    const bank = await seikyo();
    await bank.user('boss', 'master');
    await bank.user('hanako');
    await bank.holdsApp('hanako');
    expect(await bank.revoke('boss', ['hanako'])).toMatchObject({ outcome: 'done' });
  });

  test.each([
    ['2026-11-24T12:00', '2026-11-24T12:30'],
    ['2026-11-24T20:49', '2026-11-24T21:19'],
    ['2026-11-24T20:50', '2026-11-25T08:10'],
    ['2026-11-25T08:09', '2026-11-25T08:10'],
    ['2026-11-25T08:10', '2026-11-25T08:40'],
  ])('手順4 ※: revoked at %s, the next issue comes from %s on', async (revoked, open) => {
    const bank = await seikyo();
    await bank.user('boss', 'master');
    await bank.user('hanako');
    await bank.holdsApp('hanako');
    bank.goTo(revoked);
    const [result] = (await bank.revoke('boss', ['hanako'])).results;
    expect(result.reissuableAt).toBe(japan(open));
    bank.at.clock.advance(Date.parse(japan(open)) - bank.at.clock.nowMs() - 1);
    expect(await bank.issue('hanako')).toEqual({
      outcome: 'refused',
      reason: 'reissueTooEarly',
      reissuableAt: japan(open),
    });
    expect(await bank.shown('hanako')).toEqual({ ...nothingHeld, status: 'revoked', reissuableAt: japan(open) });
    expect(await bank.wants('hanako', 'approval')).toMatchObject({ otp: 'blocked', from: japan(open) });
    bank.goTo(open);
    expect(await bank.wants('hanako', 'approval')).toMatchObject({ otp: 'blocked', next: 'issue', from: null });
    await bank.holdsApp('hanako');
    expect((await bank.shown('hanako')).status).toBe('active');
  });
});

test('the activation password stands in no answer of the issue', async () => {
  const bank = await seikyo();
  await bank.user('hanako');
  expect(JSON.stringify(await bank.issue('hanako'))).not.toContain(activationPassword);
});
