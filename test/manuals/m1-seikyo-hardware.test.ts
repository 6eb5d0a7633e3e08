import { describe, expect, test } from 'vitest';
import { written } from '../verifier/office.ts';
import { japan, nothingHeld, type World, working, world } from './world.ts';

// 成協ビジネスバンキングサービス ワンタイムパスワード ご利用マニュアル（ハードウェアトークン）

const serial = '101109980021';
const printed = '2028-02-07T14:05';

const seikyo = (change: object = {}) => world('seikyo', change);

/** A master and two general users of one contract, each with a fob of their own in use. */
async function business(): Promise<{ bank: World; fobs: Record<'boss' | 'hanako' | 'jiro', Fob> }> {
  const bank = await seikyo();
  await bank.user('boss', 'master');
  await bank.user('hanako');
  await bank.user('jiro');
  const fobs = {
    boss: await bank.fob('10000001', { expiresAt: japan(printed) }),
    hanako: await bank.fob('10000002', { expiresAt: japan(printed) }),
    jiro: await bank.fob('10000003', { expiresAt: japan(printed) }),
  };
  for (const name of ['boss', 'hanako', 'jiro'] as const) await bank.holds(name, fobs[name]);
  return { bank, fobs };
}
type Fob = Awaited<ReturnType<World['fob']>>;

/** The same contract with one fob for master and general user. */
async function sharedFob(): Promise<{ bank: World; fob: Fob }> {
  const bank = await seikyo();
  await bank.user('boss', 'master');
  await bank.user('hanako');
  const fob = await bank.fob(serial, { expiresAt: japan(printed) });
  await bank.holds('boss', fob);
  await bank.holds('hanako', fob);
  return { bank, fob };
}

describe('1. ワンタイムパスワードとは', () => {
  test('a new OTP comes every minute', async () => {
    const { bank, fobs } = await business();
    const first = fobs.hanako.code();
    bank.minutes(1);
    expect(fobs.hanako.code()).not.toBe(first);
    expect(await bank.does('hanako', 'approval', fobs.hanako.code())).toMatchObject({ outcome: 'accepted' });
  });

  test('an OTP that was used is void at once', async () => {
    const { bank, fobs } = await business();
    const otp = fobs.hanako.code();
    expect(await bank.does('hanako', 'approval', otp)).toEqual({
      outcome: 'accepted',
      reason: null,
      remainingAttempts: 5,
      status: 'active',
    });
    expect(await bank.does('hanako', 'approval', otp)).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
    expect(await bank.does('hanako', 'transfer', otp)).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
  });

  test('※ a user takes either a software or a hardware token', async () => {
    const { bank } = await business();
    await bank.user('saburo');
    const app = await bank.holdsApp('saburo');
    expect(await bank.does('saburo', 'approval', app.code())).toMatchObject({ outcome: 'accepted' });
    expect(await bank.shown('saburo')).toMatchObject({ status: 'active', kind: 'software', serial: null });
    expect(await bank.issue('hanako')).toEqual({ outcome: 'refused', reason: 'tokenAlreadyActive' });
    const another = await bank.fob('10000009');
    expect(await bank.activate('saburo', another.code(), another.serial)).toEqual({
      outcome: 'refused',
      reason: 'tokenAlreadyActive',
    });
  });
});

describe('2. ご利用方法', () => {
  test('hardware is applied for at the branch, not in the internet bank', async () => {
    const bank = await seikyo();
    await bank.user('hanako');
    expect(await bank.post('/v1/users/hanako/hardware-token', bank.password('hanako'))).toEqual({
      outcome: 'refused',
      reason: 'branchApplicationRequired',
    });
    expect(await bank.shown('hanako')).toEqual({ status: 'unregistered', ...nothingHeld });
  });

  test('before the start date nothing changes; from it on the first login brings the set-up', async () => {
    const bank = await seikyo();
    await bank.contract('C-1', { otpStartsOn: '2026-12-01' });
    await bank.user('hanako');
    const fob = await bank.fob(serial);

    bank.goTo('2026-11-30T23:59:59');
    for (const operation of ['login', 'transfer', 'approval']) {
      expect(await bank.wants('hanako', operation)).toMatchObject({ otp: 'notRequired' });
    }
    expect(await bank.wants('hanako', 'approval')).toMatchObject({ reason: 'beforeStartDate' });
    expect(await bank.activate('hanako', fob.code(), serial)).toEqual({
      outcome: 'refused',
      reason: 'beforeStartDate',
    });
    expect(await bank.shown('hanako')).toEqual({ status: 'unregistered', ...nothingHeld });

    bank.goTo('2026-12-01T00:00:00');
    expect(await bank.wants('hanako', 'approval')).toEqual({
      otp: 'blocked',
      reason: 'unregistered',
      next: 'activation',
      from: null,
    });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired', next: 'activation' });
    expect(await bank.activate('hanako', fob.code(), serial)).toMatchObject({ outcome: 'accepted' });
  });
});

describe('3. ご利用料金', () => {
  // The fee is told where a user orders a fob in the internet bank; here the file says that they may.
  const ordering = () => seikyo({ application: 'selfService' });
  const fee = async (bank: World, loginId: string) =>
    (await bank.post(`/v1/users/${loginId}/hardware-token`, bank.password(loginId))).fee;

  test('the first of a contract is free, from the second on it costs', async () => {
    const bank = await ordering();
    await bank.user('boss', 'master');
    await bank.user('hanako');
    await bank.user('other', 'master', { contractId: 'C-2' });
    expect(await fee(bank, 'boss')).toEqual({ kind: 'free', amountYen: 0 });
    await bank.fob(serial);
    expect(await fee(bank, 'hanako')).toEqual({ kind: 'additional', amountYen: 1100 });
    expect(await fee(bank, 'other')).toEqual({ kind: 'free', amountYen: 0 });
  });

  test.each([
    ['lost', { kind: 'reissue', amountYen: 1100 }],
    ['stolen', { kind: 'reissue', amountYen: 1100 }],
    ['broken', { kind: 'reissue', amountYen: 1100 }],
    ['expired', { kind: 'free', amountYen: 0 }],
  ])('a new one after %s costs %j', async (cause, expected) => {
    const bank = await ordering();
    await bank.user('boss', 'master');
    await bank.user('hanako');
    await bank.holds('hanako', await bank.fob(serial));
    expect(await bank.revoke('boss', ['hanako'], { cause })).toMatchObject({ outcome: 'done' });
    bank.minutes(30);
    expect(await fee(bank, 'hanako')).toEqual(expected);
  });
});

describe('4. ご利用の際の注意事項', () => {
  describe('(1) 共有', () => {
    test('several users of one contract register the same fob; an OTP of it counts once among them', async () => {
      const { bank, fob } = await sharedFob();
      for (const name of ['boss', 'hanako']) {
        expect(await bank.shown(name)).toEqual({
          ...working,
          kind: 'hardware',
          serial,
          expiresAt: japan(printed),
        });
      }
      const otp = fob.code();
      expect(await bank.does('boss', 'approval', otp)).toMatchObject({ outcome: 'accepted' });
      expect(await bank.does('hanako', 'approval', otp)).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
      bank.minutes(1);
      expect(await bank.does('hanako', 'approval', fob.code())).toMatchObject({ outcome: 'accepted' });
    });

    test('whoever comes later is led to the registration, with no fob of their own on the way', async () => {
      const { bank } = await sharedFob();
      await bank.user('jiro');
      expect(await bank.wants('jiro', 'approval')).toMatchObject({ otp: 'blocked', next: 'activation' });
    });

    test('not with users of another contract', async () => {
      const { bank, fob } = await sharedFob();
      await bank.user('stranger', 'general', { contractId: 'C-2' });
      expect(await bank.activate('stranger', fob.code(), serial)).toEqual({
        outcome: 'refused',
        reason: 'serialOfAnotherContract',
      });
      expect(await bank.shown('stranger')).toEqual({ status: 'unregistered', ...nothingHeld });
    });
  });

  test('(2) a user without the set-up cannot approve or transfer, and does everything else', async () => {
    const bank = await seikyo();
    await bank.user('hanako');
    const fob = await bank.fob(serial);
    for (const operation of ['transfer', 'approval']) {
      expect(await bank.wants('hanako', operation)).toMatchObject({ otp: 'blocked', reason: 'unregistered' });
      expect(await bank.does('hanako', operation, fob.code())).toEqual({
        outcome: 'blocked',
        reason: 'unregistered',
        remainingAttempts: null,
        status: 'unregistered',
      });
    }
    for (const operation of ['login', 'registeredTransfer', 'userManagement']) {
      expect(await bank.wants('hanako', operation)).toMatchObject({ otp: 'notRequired' });
    }
  });

  describe('(3) 有効期限', () => {
    test('holds to the printed minute in Japan; afterwards approval and transfer are closed, the login is not', async () => {
      const { bank, fobs } = await business();
      bank.goTo('2028-02-07T14:04:59');
      expect(await bank.wants('hanako', 'approval')).toMatchObject({ otp: 'required' });
      expect(await bank.does('hanako', 'approval', fobs.hanako.code())).toMatchObject({ outcome: 'accepted' });
      bank.goTo('2028-02-07T14:05:00');
      for (const operation of ['transfer', 'approval']) {
        expect(await bank.wants('hanako', operation)).toEqual({
          otp: 'blocked',
          reason: 'expired',
          next: 'none',
          from: null,
        });
        expect(await bank.does('hanako', operation, fobs.hanako.code())).toMatchObject({
          outcome: 'blocked',
          reason: 'expired',
          status: 'expired',
        });
      }
      expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired' });
      expect(await bank.shown('hanako')).toMatchObject({
        status: 'expired',
        serial: '10000002',
        expiresAt: japan(printed),
      });
    });

    test.each(['2028-02-01T10:00', '2028-02-20T10:00'])(
      '① the master revokes a general user’s at %s, and the new fob is set up',
      async (day) => {
        const { bank, fobs } = await business();
        const spare = await bank.fob('20000002');
        // The master's own fob was changed in good time.
        bank.goTo('2028-01-10T10:00');
        await bank.revoke('boss', ['boss'], { cause: 'expired', otp: fobs.boss.code() });
        bank.minutes(30);
        const masters = await bank.fob('20000001');
        await bank.holds('boss', masters);

        bank.goTo(day);
        const done = await bank.revoke('boss', ['hanako'], { cause: 'expired', otp: masters.code() });
        expect(done).toMatchObject({
          outcome: 'done',
          results: [{ loginId: 'hanako', outcome: 'revoked', serial: '10000002', expiresAt: japan(printed) }],
        });
        bank.minutes(30);
        expect(await bank.activate('hanako', spare.code(), spare.serial)).toMatchObject({ outcome: 'accepted' });
        expect(await bank.shown('hanako')).toMatchObject({ status: 'active', serial: '20000002' });
      },
    );

    test('② the master revokes their own before it, and is left to the branch, in writing, after it', async () => {
      const { bank, fobs } = await business();
      bank.goTo('2028-02-07T14:05:00');
      const late = await bank.revoke('boss', ['boss'], { cause: 'expired', otp: fobs.boss.code() });
      expect(late.outcome).toBe('refused');
      expect(await bank.shown('boss')).toMatchObject({ status: 'expired', serial: '10000001' });

      expect((await bank.branchRevoke(['boss'], { cause: 'expired', document: undefined })).status).toBe(400);
      expect(await bank.shown('boss')).toMatchObject({ status: 'expired' });
      expect((await bank.branchRevoke(['boss'], { cause: 'expired' })).body).toMatchObject({
        outcome: 'done',
        results: [{ loginId: 'boss', outcome: 'revoked', serial: '10000001', status: 'revoked' }],
      });
      bank.minutes(30);
      const fresh = await bank.fob('20000001');
      await bank.holds('boss', fresh);
      expect(await bank.does('boss', 'approval', fresh.code())).toMatchObject({ outcome: 'accepted' });
    });
  });

  describe('(4) 利用停止', () => {
    test('wrong OTPs in a row close approval and transfer, not the login; an accepted one starts the count anew', async () => {
      const { bank, fobs } = await business();
      for (const left of [4, 3, 2, 1]) {
        expect(await bank.does('hanako', 'approval', fobs.hanako.wrong())).toEqual({
          outcome: 'rejected',
          reason: 'wrong',
          remainingAttempts: left,
          status: 'active',
        });
        expect((await bank.shown('hanako')).remainingAttempts).toBe(left);
      }
      expect(await bank.does('hanako', 'approval', fobs.hanako.code())).toMatchObject({ remainingAttempts: 5 });
      bank.minutes(1);

      const answers = await bank.mistypes('hanako', 'approval', fobs.hanako);
      expect(answers.map((answer) => answer.remainingAttempts)).toEqual([4, 3, 2, 1, 0]);
      expect(answers.at(-1)).toMatchObject({ outcome: 'rejected', reason: 'wrong', status: 'locked' });
      expect(await bank.shown('hanako')).toMatchObject({ status: 'locked', remainingAttempts: 0, serial: '10000002' });
      for (const operation of ['transfer', 'approval']) {
        expect(await bank.wants('hanako', operation)).toMatchObject({ otp: 'blocked', reason: 'locked', next: 'none' });
      }
      expect(await bank.does('hanako', 'approval', fobs.hanako.code())).toMatchObject({
        outcome: 'blocked',
        reason: 'locked',
      });
      expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired' });
    });

    test('② a master’s is lifted by the branch, in writing, and by nobody else', async () => {
      const { bank, fobs } = await business();
      await bank.user('chief', 'master');
      await bank.mistypes('boss', 'approval', fobs.boss);
      for (const actor of ['boss', 'chief', 'hanako']) {
        expect(await bank.unlock(actor, ['boss'])).toMatchObject({
          outcome: 'refused',
          results: [{ loginId: 'boss', outcome: 'refused', status: 'locked' }],
        });
      }
      expect((await bank.branchUnlock(['boss'], { document: undefined })).status).toBe(400);
      expect(await bank.shown('boss')).toMatchObject({ status: 'locked' });
      expect((await bank.branchUnlock(['boss'])).body).toMatchObject({
        outcome: 'done',
        results: [{ loginId: 'boss', role: 'master', outcome: 'unlocked', status: 'active' }],
      });
      expect(await bank.does('boss', 'approval', fobs.boss.code())).toMatchObject({ outcome: 'accepted' });
    });

    test('③ a shared one closes for everybody who shares it, and the branch lifts it, in writing', async () => {
      const { bank, fob } = await sharedFob();
      await bank.user('chief', 'master');
      await bank.mistypes('hanako', 'approval', fob);
      for (const name of ['boss', 'hanako']) {
        expect(await bank.shown(name)).toMatchObject({ status: 'locked', serial, remainingAttempts: 0 });
        expect(await bank.does(name, 'approval', fob.code())).toMatchObject({ outcome: 'blocked', reason: 'locked' });
        expect(await bank.wants(name, 'transfer')).toMatchObject({ otp: 'blocked', reason: 'locked' });
      }
      for (const actor of ['boss', 'chief', 'hanako']) {
        for (const target of ['boss', 'hanako']) {
          expect((await bank.unlock(actor, [target])).outcome).toBe('refused');
        }
      }
      expect((await bank.branchUnlock(['hanako'])).body.outcome).toBe('done');
      for (const name of ['boss', 'hanako']) {
        expect(await bank.shown(name)).toMatchObject({ status: 'active', remainingAttempts: 5 });
        expect(await bank.does(name, 'approval', fob.code())).toMatchObject({ outcome: 'accepted' });
        bank.minutes(1);
      }
    });

    test('a fob that two general users share is still the master’s to unlock, for both', async () => {
      const { bank, fobs } = await business();
      await bank.user('saburo');
      await bank.holds('saburo', fobs.hanako);
      await bank.mistypes('saburo', 'approval', fobs.hanako);
      expect(await bank.unlock('boss', ['hanako'])).toMatchObject({ outcome: 'done' });
      for (const name of ['hanako', 'saburo']) expect((await bank.shown(name)).status).toBe('active');
    });
  });

  describe('(5) 紛失・盗難・故障等', () => {
    test.each(['lost', 'stolen', 'broken'])(
      '① a general user’s, %s: the master revokes, the branch ships a new one, and that is set up',
      async (cause) => {
        const { bank, fobs } = await business();
        expect(await bank.revoke('boss', ['hanako'], { cause, otp: fobs.boss.code() })).toMatchObject({
          outcome: 'done',
          results: [{ outcome: 'revoked', serial: '10000002', status: 'revoked' }],
        });
        expect(await bank.does('hanako', 'approval', fobs.hanako.code())).toMatchObject({
          outcome: 'blocked',
          reason: 'revoked',
        });
        expect(await bank.wants('hanako', 'approval')).toMatchObject({ otp: 'blocked', reason: 'revoked' });
        const fresh = await bank.fob('20000002');
        bank.minutes(30);
        // It takes the new one, and not the old one should it turn up again.
        expect(await bank.activate('hanako', fobs.hanako.code(), '10000002')).toMatchObject({
          outcome: 'refused',
          reason: 'serialNotReusable',
        });
        await bank.holds('hanako', fresh);
        expect(await bank.does('hanako', 'approval', fresh.code())).toMatchObject({ outcome: 'accepted' });
      },
    );

    test.each(['lost', 'stolen', 'broken'])('② a master’s, %s, is the branch’s, in writing', async (cause) => {
      const { bank } = await business();
      for (const actor of ['hanako', 'jiro']) {
        expect((await bank.revoke(actor, ['boss'], { cause, otp: '123456' })).outcome).toBe('refused');
      }
      expect((await bank.shown('boss')).status).toBe('active');
      expect((await bank.branchRevoke(['boss'], { cause, document: undefined })).status).toBe(400);
      expect((await bank.branchRevoke(['boss'], { cause })).body).toMatchObject({ outcome: 'done' });
      expect((await bank.shown('boss')).status).toBe('revoked');
    });

    test.each(['lost', 'stolen', 'broken'])(
      '③ one that master and general user share, %s, is the branch’s: all who share it are closed out',
      async (cause) => {
        const { bank, fob } = await sharedFob();
        await bank.user('chief', 'master');
        for (const [actor, target, otp] of [
          ['chief', 'hanako', {}],
          ['boss', 'hanako', { otp: fob.code() }],
          ['boss', 'boss', { otp: fob.code() }],
        ] as const) {
          expect(await bank.revoke(actor, [target], { cause, ...otp })).toMatchObject({
            outcome: 'refused',
            results: [{ outcome: 'refused', reason: 'roleNotAllowed', status: 'active' }],
          });
        }
        expect((await bank.branchRevoke(['boss', 'hanako'], { cause })).body).toMatchObject({
          outcome: 'done',
          results: [{ outcome: 'revoked' }, { outcome: 'revoked' }],
        });
        for (const name of ['boss', 'hanako']) {
          expect(await bank.does(name, 'approval', fob.code())).toMatchObject({
            outcome: 'blocked',
            reason: 'revoked',
          });
        }
      },
    );
  });

  test('(6) somebody else’s use is reported to the branch in writing and ends the fob for all who share it', async () => {
    const { bank, fob } = await sharedFob();
    expect((await bank.report('hanako', { document: undefined })).status).toBe(400);
    expect((await bank.report('hanako')).body).toMatchObject({
      outcome: 'done',
      results: [
        { loginId: 'boss', outcome: 'revoked', serial, status: 'revoked' },
        { loginId: 'hanako', outcome: 'revoked', serial, status: 'revoked' },
      ],
    });
    bank.minutes(30);
    for (const name of ['boss', 'hanako']) {
      expect(await bank.activate(name, fob.code(), serial)).toMatchObject({ reason: 'serialNotReusable' });
    }
  });
});

describe('初期設定: ハードウェアトークン・ワンタイムパスワード初期登録方法', () => {
  test('手順2–4: log in, type serial and OTP, arrive at the top page', async () => {
    const bank = await seikyo();
    await bank.user('hanako');
    const fob = await bank.fob(serial, { expiresAt: japan(printed) });

    // 手順2
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired', next: 'activation' });
    // 手順3
    expect(await bank.activate('hanako', fob.wrong(), serial)).toEqual({
      outcome: 'rejected',
      reason: 'wrong',
      remainingAttempts: 4,
    });
    expect(await bank.shown('hanako')).toMatchObject({ status: 'unregistered', serial: null });
    expect(await bank.activate('hanako', fob.code(), serial)).toEqual({
      outcome: 'accepted',
      token: { kind: 'hardware', serial, expiresAt: japan(printed) },
    });
    // 手順4
    expect(await bank.shown('hanako')).toEqual({ ...working, kind: 'hardware', serial, expiresAt: japan(printed) });
    expect(await bank.wants('hanako', 'approval')).toEqual({
      otp: 'required',
      reason: null,
      next: 'none',
      from: null,
    });
  });

  test('手順3: the serial has 8 to 12 digits and belongs to a fob that was shipped', async () => {
    const bank = await seikyo();
    await bank.user('hanako');
    const [shortest, longest] = [await bank.fob('00123456'), await bank.fob('012345678901')];
    for (const typed of ['1234567', '1234567890123', 'ABCDEFGH']) {
      const answer = await bank.at.bank('POST', '/v1/users/hanako/activation', { otp: '123456', serial: typed });
      expect([answer.status, answer.body.fields[0].path]).toEqual([400, 'serial']);
    }
    // Leading zeros count: this is none of the two.
    expect(await bank.activate('hanako', shortest.code(), '12345678')).toEqual({
      outcome: 'refused',
      reason: 'serialUnknown',
    });
    expect(await bank.activate('hanako', shortest.code(), '００１２３４５６')).toMatchObject({
      outcome: 'accepted',
      token: { serial: '00123456' },
    });
    await bank.user('jiro');
    expect(await bank.activate('jiro', longest.code(), '012345678901')).toMatchObject({ outcome: 'accepted' });
  });
});

test('初期設定: wrong OTPs in a row stop the new fob too; the master lifts it and the set-up goes on', async () => {
  const bank = await seikyo();
  await bank.user('boss', 'master');
  await bank.user('hanako');
  const fob = await bank.fob(serial);
  const left: number[] = [];
  for (let i = 0; i < 5; i++) left.push((await bank.activate('hanako', fob.wrong(), serial)).remainingAttempts);
  expect(left).toEqual([4, 3, 2, 1, 0]);
  expect(await bank.activate('hanako', fob.code(), serial)).toEqual({ outcome: 'refused', reason: 'locked' });
  expect((await bank.shown('hanako')).status).toBe('unregistered');
  expect(await bank.unlock('boss', ['hanako'])).toMatchObject({
    outcome: 'done',
    results: [{ loginId: 'hanako', outcome: 'unlocked', serial, status: 'unregistered' }],
  });
  expect(await bank.activate('hanako', fob.code(), serial)).toMatchObject({ outcome: 'accepted' });
  expect(await bank.shown('hanako')).toMatchObject({ status: 'active', serial });
});

describe('利用方法', () => {
  test('手順1: the OTP is typed, half-width or full-width, and the transaction is carried out', async () => {
    const { bank, fobs } = await business();
    const wide = fobs.hanako.code().replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
    expect(await bank.does('hanako', 'transfer', wide)).toMatchObject({ outcome: 'accepted', status: 'active' });
    expect(await bank.does('hanako', 'transfer', fobs.hanako.code())).toMatchObject({ reason: 'replayed' });
  });
});

describe('管理: ワンタイムパスワード利用停止解除', () => {
  test('手順1–4: the master chooses users, types the confirmation password and sees the result', async () => {
    const { bank, fobs } = await business();
    await bank.mistypes('hanako', 'approval', fobs.hanako);
    await bank.mistypes('jiro', 'approval', fobs.jiro);

    // 手順3: no OTP is asked for, but the right confirmation password.
    expect(await bank.unlock('boss', ['hanako'], { confirmationPassword: 'wrong' })).toMatchObject({
      outcome: 'refused',
      reason: 'confirmationPasswordWrong',
      results: [],
    });
    expect((await bank.shown('hanako')).status).toBe('locked');

    // 手順4
    const done = await bank.unlock('boss', ['hanako', 'jiro']);
    expect(done).toEqual({
      outcome: 'done',
      reason: null,
      results: ['hanako', 'jiro'].map((name) => ({
        loginId: name,
        name,
        role: 'general',
        serial: fobs[name as 'hanako' | 'jiro'].serial,
        outcome: 'unlocked',
        reason: null,
        status: 'active',
      })),
    });
    for (const name of ['hanako', 'jiro'] as const) {
      expect(await bank.shown(name)).toMatchObject({ status: 'active', remainingAttempts: 5 });
      expect(await bank.does(name, 'approval', fobs[name].code())).toMatchObject({ outcome: 'accepted' });
    }
  });

  test('general users and the unused role of administrator unlock nobody', async () => {
    const { bank, fobs } = await business();
    await bank.user('kanri', 'administrator');
    await bank.mistypes('hanako', 'approval', fobs.hanako);
    for (const actor of ['jiro', 'kanri', 'hanako']) {
      expect((await bank.unlock(actor, ['hanako'])).outcome).toBe('refused');
    }
    expect((await bank.shown('hanako')).status).toBe('locked');
  });
});

describe('管理: ワンタイムパスワードトークンの失効', () => {
  test('手順1–4: the master chooses users, types confirmation password and OTP and sees the result', async () => {
    const { bank, fobs } = await business();
    const call = { cause: 'expired', otp: fobs.boss.code() };

    // 手順3
    expect(await bank.revoke('boss', ['hanako'], { ...call, confirmationPassword: 'wrong' })).toMatchObject({
      outcome: 'refused',
      reason: 'confirmationPasswordWrong',
    });
    expect(await bank.revoke('boss', ['hanako'], { ...call, otp: fobs.boss.wrong() })).toMatchObject({
      outcome: 'refused',
      reason: 'otpWrong',
      remainingAttempts: 4,
    });
    const without = await bank.at.bank('POST', '/v1/revocations', {
      actor: 'boss',
      loginIds: ['hanako'],
      cause: 'expired',
      ...bank.password('boss'),
    });
    expect([without.status, without.body.fields[0].path]).toEqual([400, 'otp']);
    expect((await bank.shown('hanako')).status).toBe('active');

    // 手順4: the result still shows the token that was revoked, the list does not.
    expect(await bank.revoke('boss', ['hanako'], call)).toEqual({
      outcome: 'done',
      reason: null,
      remainingAttempts: null,
      results: [
        {
          loginId: 'hanako',
          name: 'hanako',
          role: 'general',
          serial: '10000002',
          outcome: 'revoked',
          reason: null,
          status: 'revoked',
          expiresAt: japan(printed),
          reissuableAt: new Date(bank.at.clock.nowMs() + 30 * 60_000).toISOString(),
        },
      ],
    });
    expect(await bank.shown('hanako')).toEqual({
      ...nothingHeld,
      status: 'revoked',
      reissuableAt: new Date(bank.at.clock.nowMs() + 30 * 60_000).toISOString(),
    });
    expect((await bank.shown('jiro')).status).toBe('active');
    expect(await bank.does('boss', 'approval', call.otp)).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
  });

  test('手順3 ※: a master who uses no OTP is asked for the confirmation password alone', async () => {
    const bank = await seikyo();
    await bank.user('boss', 'master');
    await bank.user('hanako');
    await bank.holds('hanako', await bank.fob(serial));
    expect(await bank.revoke('boss', ['hanako'])).toMatchObject({ outcome: 'done' });
  });

  test('a master gives up their own fob in time, and whoever shares it keeps it', async () => {
    const { bank, fob } = await sharedFob();
    expect(await bank.revoke('boss', ['boss'], { cause: 'expired', otp: fob.code() })).toMatchObject({
      outcome: 'done',
      results: [{ loginId: 'boss', outcome: 'revoked', serial, status: 'revoked' }],
    });
    bank.minutes(1);
    expect(await bank.does('hanako', 'approval', fob.code())).toMatchObject({ outcome: 'accepted' });
    expect(await bank.does('boss', 'approval', fob.code())).toMatchObject({ outcome: 'blocked', reason: 'revoked' });
  });

  test('only the master revokes', async () => {
    const { bank, fobs } = await business();
    await bank.user('kanri', 'administrator');
    expect((await bank.revoke('jiro', ['hanako'], { otp: fobs.jiro.code() })).outcome).toBe('refused');
    expect((await bank.revoke('kanri', ['hanako'])).outcome).toBe('refused');
    expect((await bank.revoke('hanako', ['hanako'], { otp: fobs.hanako.code() })).outcome).toBe('refused');
    expect((await bank.shown('hanako')).status).toBe('active');
  });

  test.each([
    ['2026-11-24T12:00', '2026-11-24T12:30'],
    ['2026-11-24T20:49', '2026-11-24T21:19'],
    ['2026-11-24T20:50', '2026-11-25T08:10'],
    ['2026-11-24T23:59', '2026-11-25T08:10'],
    ['2026-11-25T00:00', '2026-11-25T08:10'],
    ['2026-11-25T08:09', '2026-11-25T08:10'],
    ['2026-11-25T08:10', '2026-11-25T08:40'],
    ['2026-12-31T21:00', '2027-01-01T08:10'],
  ])('手順4 ※: revoked at %s, the new fob is set up from %s on', async (revoked, open) => {
    const bank = await seikyo();
    await bank.user('boss', 'master');
    await bank.user('hanako');
    await bank.holds('hanako', await bank.fob(serial));
    const fresh = await bank.fob('20000002');
    bank.goTo(revoked);
    const [result] = (await bank.revoke('boss', ['hanako'])).results;
    expect(result.reissuableAt).toBe(japan(open));
    expect((await bank.shown('hanako')).reissuableAt).toBe(japan(open));
    expect(await bank.wants('hanako', 'approval')).toMatchObject({ otp: 'blocked', from: japan(open) });

    bank.at.clock.advance(Date.parse(japan(open)) - bank.at.clock.nowMs() - 1);
    expect(await bank.activate('hanako', fresh.code(), fresh.serial)).toEqual({
      outcome: 'refused',
      reason: 'reissueTooEarly',
      reissuableAt: japan(open),
    });
    expect((await bank.shown('hanako')).status).toBe('revoked');

    bank.goTo(open);
    expect(await bank.wants('hanako', 'approval')).toMatchObject({ otp: 'blocked', next: 'activation', from: null });
    expect(await bank.activate('hanako', fresh.code(), fresh.serial)).toMatchObject({ outcome: 'accepted' });
    expect(await bank.shown('hanako')).toMatchObject({ status: 'active', serial: '20000002', reissuableAt: null });
  });

  test('the branch’s revocation waits as long', async () => {
    const bank = await seikyo();
    await bank.user('boss', 'master');
    await bank.holds('boss', await bank.fob(serial));
    bank.goTo('2026-11-24T21:00');
    const { body } = await bank.at.branch('POST', '/v1/branch/revocations', {
      ...written,
      loginIds: ['boss'],
      cause: 'lost',
    });
    expect(body.results[0].reissuableAt).toBe(japan('2026-11-25T08:10'));
  });
});
