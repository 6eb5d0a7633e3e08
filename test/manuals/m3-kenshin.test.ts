import { describe, expect, test } from 'vitest';
import { type App, japan, nothingHeld, type World, working, world } from './world.ts';

// けんしんビジネスバンキング ワンタイムパスワード

const kenshin = () => world('kenshin');

const withOtp = [
  'transfer',
  'bulkTransfer',
  'payroll',
  'approval',
  'taxPayment',
  'tokenManagement',
  'userManagement',
] as const;

type Staff = 'boss' | 'kanri' | 'kanri2' | 'hanako';
const roleOf = { boss: 'master', kanri: 'administrator', kanri2: 'administrator', hanako: 'general' } as const;

/** A contract with a master, two administrators and a general user, each with an app in use. */
async function business(): Promise<{ bank: World; apps: Record<Staff, App> }> {
  const bank = await kenshin();
  const apps: Partial<Record<Staff, App>> = {};
  for (const name of Object.keys(roleOf) as Staff[]) {
    await bank.user(name, roleOf[name]);
    apps[name] = await bank.holdsApp(name);
  }
  return { bank, apps: apps as Record<Staff, App> };
}

describe('ワンタイムパスワードとは', () => {
  test('seven operations need an OTP; the login and transfers to registered payees do not', async () => {
    const { bank, apps } = await business();
    for (const operation of withOtp) {
      expect(await bank.wants('hanako', operation)).toEqual({
        otp: 'required',
        reason: null,
        next: 'none',
        from: null,
      });
      expect(await bank.does('hanako', operation, apps.hanako.code())).toMatchObject({ outcome: 'accepted' });
      bank.minutes(1);
    }
    for (const operation of ['login', 'registeredTransfer']) {
      expect(await bank.wants('hanako', operation)).toMatchObject({ otp: 'notRequired' });
    }
  });

  test('a new OTP every minute, void once it was used', async () => {
    const { bank, apps } = await business();
    const otp = apps.hanako.code();
    expect(await bank.does('hanako', 'payroll', otp)).toMatchObject({ outcome: 'accepted' });
    expect(await bank.does('hanako', 'approval', otp)).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
    bank.minutes(1);
    expect(apps.hanako.code()).not.toBe(otp);
    expect(await bank.does('hanako', 'approval', apps.hanako.code())).toMatchObject({ outcome: 'accepted' });
  });

  test('there are software tokens only', async () => {
    const bank = await kenshin();
    await bank.user('hanako');
    const fob = await bank.fob('00123456');
    expect(await bank.activate('hanako', fob.code(), fob.serial)).toEqual({
      outcome: 'refused',
      reason: 'kindNotOffered',
    });
    expect(await bank.post('/v1/users/hanako/hardware-token', bank.password('hanako'))).toMatchObject({
      outcome: 'refused',
    });
    expect((await bank.shown('hanako')).status).toBe('unregistered');
  });
});

describe('利用申込', () => {
  test('nothing changes for the user before the branch’s start date', async () => {
    const bank = await kenshin();
    await bank.contract('C-1', { otpStartsOn: '2026-12-01' });
    await bank.user('hanako');
    bank.goTo('2026-11-30T23:59:59');
    for (const operation of ['login', ...withOtp]) {
      expect(await bank.wants('hanako', operation)).toMatchObject({ otp: 'notRequired' });
    }
    expect(await bank.issue('hanako')).toEqual({ outcome: 'refused', reason: 'beforeStartDate' });
    bank.goTo('2026-12-01T00:00:00');
    expect(await bank.wants('hanako', 'login')).toMatchObject({
      otp: 'blocked',
      reason: 'unregistered',
      next: 'issue',
    });
  });
});

describe('事前準備', () => {
  test('the app can ask for the right time', async () => {
    const bank = await kenshin();
    const { body } = await bank.at.anyone('GET', '/v1/time');
    expect(Date.parse(body.now)).toBe(bank.at.clock.nowMs());
  });
});

describe('ワンタイムパスワードアプリのダウンロード and 初期設定', () => {
  test('login, issue, mail with both IDs, set-up, 認証確認, top page', async () => {
    const bank = await kenshin();
    await bank.user('hanako');
    // 手順1: the login leads to the issue screen.
    expect(await bank.wants('hanako', 'login')).toEqual({
      otp: 'blocked',
      reason: 'unregistered',
      next: 'issue',
      from: null,
    });
    const issued = await bank.issue('hanako', { email: 'hanako@phone.example', activationPassword: '2718' });
    expect(issued).toMatchObject({ outcome: 'issued', serviceId: '1003', mail: 'sent' });
    expect(await bank.shown('hanako')).toMatchObject({ status: 'issued', kind: 'software', serial: null });
    // 手順2: Service ID, User ID, the address of the app, whom to ask; not the activation password.
    const [mail] = await bank.mails();
    expect(mail?.to).toEqual([{ address: 'hanako@phone.example', name: '' }]);
    expect(mail?.text).toContain('茨城県信用組合');
    expect(mail?.text).toContain('1003');
    expect(mail?.text).toContain(issued.userId);
    expect(mail?.text).toContain('https://otp.example/');
    expect(mail?.text).toContain('インターネットバンキングサポートセンター');
    expect(mail?.text).not.toContain('2718');
    // 初期設定 手順1
    expect(await bank.provision(issued.userId, '2719')).toBe(null);
    const app = await bank.provision(issued.userId, '2718');
    if (app === null) throw new Error('the set-up was refused');
    // 手順2 ※: this alone is not the end.
    expect((await bank.shown('hanako')).status).toBe('issued');
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'blocked', reason: 'issued', next: 'activation' });
    expect(await bank.does('hanako', 'transfer', app.code())).toMatchObject({ outcome: 'blocked', reason: 'issued' });
    // 手順3
    expect(app.envelope).toMatchObject({ digits: 8, period: 60 });
    expect(app.code()).toMatch(/^\d{8}$/);
    // 手順4
    expect(await bank.activate('hanako', app.wrong())).toMatchObject({ outcome: 'rejected', reason: 'wrong' });
    expect(await bank.activate('hanako', app.code())).toMatchObject({ outcome: 'accepted' });
    // 手順5
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired', next: 'none' });
    expect(await bank.shown('hanako')).toEqual({ ...working, kind: 'software', serial: null, expiresAt: null });
  });

  test('手順1 ※ トークン発行の省略: whoever was issued a token goes on with 認証確認', async () => {
    const bank = await kenshin();
    await bank.user('hanako');
    const { userId } = await bank.issue('hanako');
    expect(await bank.wants('hanako', 'login')).toMatchObject({ next: 'activation', reason: 'issued' });
    const app = await bank.provision(userId);
    expect(await bank.activate('hanako', app?.code() ?? '')).toMatchObject({ outcome: 'accepted' });
  });
});

describe('ワンタイムパスワード利用停止の解除', () => {
  test('wrong OTPs in a row stop the whole service', async () => {
    const { bank, apps } = await business();
    const answers = await bank.mistypes('hanako', 'transfer', apps.hanako);
    expect(answers.map((answer) => answer.remainingAttempts)).toEqual([4, 3, 2, 1, 0]);
    expect(await bank.shown('hanako')).toMatchObject({ status: 'locked', remainingAttempts: 0 });
    for (const operation of ['login', 'registeredTransfer', ...withOtp]) {
      expect(await bank.wants('hanako', operation)).toMatchObject({ otp: 'blocked', reason: 'locked', next: 'none' });
    }
    expect(await bank.does('hanako', 'transfer', apps.hanako.code())).toMatchObject({ reason: 'locked' });
  });

  test.each([
    ['hanako', 'boss', true],
    ['hanako', 'kanri', true],
    ['boss', 'kanri', true],
    ['kanri', 'boss', true],
    ['kanri', 'kanri2', true],
    ['kanri', 'kanri', false],
    ['boss', 'boss', false],
    ['boss', 'hanako', false],
    ['kanri', 'hanako', false],
    ['hanako', 'hanako', false],
  ] as const)('%s was stopped; may %s lift it: %s', async (stopped, actor, may) => {
    const { bank, apps } = await business();
    await bank.mistypes(stopped, 'transfer', apps[stopped]);
    // 手順3: the confirmation password alone
    expect((await bank.unlock(actor, [stopped], { confirmationPassword: 'wrong' })).reason).toBe(
      'confirmationPasswordWrong',
    );
    expect((await bank.shown(stopped)).status).toBe('locked');
    // 手順4
    expect(await bank.unlock(actor, [stopped])).toMatchObject({
      outcome: may ? 'done' : 'refused',
      results: [
        {
          loginId: stopped,
          role: roleOf[stopped],
          outcome: may ? 'unlocked' : 'refused',
          status: may ? 'active' : 'locked',
        },
      ],
    });
    expect(await bank.shown(stopped)).toMatchObject({
      status: may ? 'active' : 'locked',
      remainingAttempts: may ? 5 : 0,
    });
    expect((await bank.does(stopped, 'transfer', apps[stopped].code())).outcome).toBe(may ? 'accepted' : 'blocked');
  });

  test('a master without an administrator goes to the branch, with an application', async () => {
    const bank = await kenshin();
    await bank.user('boss', 'master');
    await bank.user('boss2', 'master');
    const app = await bank.holdsApp('boss');
    await bank.mistypes('boss', 'approval', app);
    expect((await bank.unlock('boss2', ['boss'])).outcome).toBe('refused');
    expect((await bank.branchUnlock(['boss'], { document: undefined })).status).toBe(400);
    expect((await bank.branchUnlock(['boss'])).body).toMatchObject({ outcome: 'done' });
    expect(await bank.wants('boss', 'login')).toMatchObject({ otp: 'notRequired' });
  });
});

describe('トークンの失効', () => {
  test.each([
    ['hanako', 'boss', true],
    ['hanako', 'kanri', true],
    ['boss', 'kanri', true],
    ['kanri', 'boss', true],
    ['kanri', 'kanri2', true],
    ['boss', 'boss', true],
    ['hanako', 'hanako', false],
    ['boss', 'hanako', false],
    ['kanri', 'hanako', false],
  ] as const)('before %s changes the device, may %s revoke: %s', async (target, actor, may) => {
    const { bank, apps } = await business();
    const call = { cause: 'deviceChange', otp: apps[actor].code() };
    // 手順3: confirmation password and OTP of the one who acts
    expect((await bank.revoke(actor, [target], { ...call, confirmationPassword: 'wrong' })).reason).toBe(
      'confirmationPasswordWrong',
    );
    if (may) {
      expect((await bank.revoke(actor, [target], { ...call, otp: apps[actor].wrong() })).reason).toBe('otpWrong');
    }
    expect((await bank.shown(target)).status).toBe('active');
    // 手順4
    expect(await bank.revoke(actor, [target], call)).toMatchObject({
      outcome: may ? 'done' : 'refused',
      results: [
        { loginId: target, serial: null, outcome: may ? 'revoked' : 'refused', status: may ? 'revoked' : 'active' },
      ],
    });
    expect((await bank.shown(target)).status).toBe(may ? 'revoked' : 'active');
    expect((await bank.does(target, 'transfer', apps[target].code(1))).outcome).toBe(may ? 'blocked' : 'accepted');
  });

  test('a master who is too late: an administrator revokes, and where there is none the branch', async () => {
    const { bank, apps } = await business();
    await bank.mistypes('boss', 'approval', apps.boss);
    expect((await bank.revoke('boss', ['boss'], { cause: 'deviceChange', otp: apps.boss.code() })).outcome).toBe(
      'refused',
    );
    expect((await bank.shown('boss')).status).toBe('locked');
    expect(await bank.revoke('kanri', ['boss'], { cause: 'deviceChange', otp: apps.kanri.code() })).toMatchObject({
      outcome: 'done',
    });

    const alone = await kenshin();
    await alone.user('boss', 'master');
    await alone.holdsApp('boss');
    const call = { cause: 'deviceChange' };
    expect((await alone.branchRevoke(['boss'], { ...call, document: undefined })).status).toBe(400);
    expect((await alone.shown('boss')).status).toBe('active');
    expect((await alone.branchRevoke(['boss'], call)).body).toMatchObject({ outcome: 'done' });
    expect((await alone.shown('boss')).status).toBe('revoked');
  });

  test.each([
    ['2026-11-24T12:00', '2026-11-24T12:30'],
    ['2026-11-24T20:49', '2026-11-24T21:19'],
    ['2026-11-24T20:50', '2026-11-25T08:10'],
    ['2026-11-25T08:09', '2026-11-25T08:10'],
    ['2026-11-25T08:10', '2026-11-25T08:40'],
  ])('手順4 ※: revoked at %s, log in, issue, and have the new device confirmed from %s on', async (revoked, open) => {
    const { bank, apps } = await business();
    bank.goTo(revoked);
    const otp = apps.boss.code();
    const [result] = (await bank.revoke('boss', ['hanako'], { cause: 'deviceChange', otp })).results;
    expect(result.reissuableAt).toBe(japan(open));
    expect(await bank.shown('hanako')).toEqual({ ...nothingHeld, status: 'revoked', reissuableAt: japan(open) });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'blocked', reason: 'revoked', next: 'issue' });

    bank.at.clock.advance(Date.parse(japan(open)) - bank.at.clock.nowMs() - 1000);
    const app = await bank.provision((await bank.issue('hanako')).userId);
    if (app === null) throw new Error('the set-up was refused');
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'blocked', reason: 'issued', from: japan(open) });
    expect(await bank.activate('hanako', app.code())).toEqual({
      outcome: 'refused',
      reason: 'reissueTooEarly',
      reissuableAt: japan(open),
    });
    bank.goTo(open);
    expect(await bank.activate('hanako', app.code())).toMatchObject({ outcome: 'accepted' });
    expect(await bank.shown('hanako')).toEqual({ ...working, kind: 'software', serial: null, expiresAt: null });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired' });
  });
});
