import { describe, expect, test } from 'vitest';
import { japan, nothingHeld, type World, working, world } from './world.ts';

// 山形中央信用組合 インターネットバンキング ワンタイムパスワードハードウェアトークン 画面操作手順書

const serial = '101109980021';
const printed = '2028-02-07T14:05';

const yamagata = () => world('yamagata-chuo');
const order = (bank: World, loginId: string, more: object = bank.password(loginId)) =>
  bank.post(`/v1/users/${loginId}/hardware-token`, more);
const deactivate = (bank: World, loginId: string, otp: string) =>
  bank.post(`/v1/users/${loginId}/deactivation`, { ...bank.password(loginId), otp });

/** Hanako has ordered, received and activated a fob. */
async function inUse() {
  const bank = await yamagata();
  await bank.user('hanako');
  const { requestId } = await order(bank, 'hanako');
  const fob = await bank.fob(serial, { expiresAt: japan(printed), requestId });
  await bank.holds('hanako', fob);
  return { bank, fob };
}

describe('ワンタイムパスワードとは', () => {
  test('the OTP is asked for at the login and nowhere else', async () => {
    const { bank, fob } = await inUse();
    expect(await bank.wants('hanako', 'login')).toEqual({ otp: 'required', reason: null, next: 'none', from: null });
    for (const operation of ['transfer', 'approval', 'taxPayment']) {
      expect(await bank.wants('hanako', operation)).toMatchObject({ otp: 'notRequired' });
    }
    expect(await bank.does('hanako', 'login', fob.code())).toMatchObject({ outcome: 'accepted', status: 'active' });
  });

  test('a new one every minute, void once it was used', async () => {
    const { bank, fob } = await inUse();
    const otp = fob.code();
    expect(await bank.does('hanako', 'login', otp)).toMatchObject({ outcome: 'accepted' });
    expect(await bank.does('hanako', 'login', otp)).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
    bank.minutes(1);
    expect(fob.code()).not.toBe(otp);
    expect(await bank.does('hanako', 'login', fob.code())).toMatchObject({ outcome: 'accepted' });
  });
});

describe('利用開始までの手続き', () => {
  test('STEP 1–4: order, receive, activate, use', async () => {
    const bank = await yamagata();
    await bank.user('hanako');
    // STEP 1
    const { requestId } = await order(bank, 'hanako');
    // STEP 2
    const fob = await bank.fob(serial, { expiresAt: japan(printed), requestId });
    // STEP 3
    await bank.holds('hanako', fob);
    // STEP 4
    expect(await bank.does('hanako', 'login', fob.code())).toMatchObject({ outcome: 'accepted' });
  });
});

describe('ハードウェアトークンの発行', () => {
  test('手順1–5: the user logs in without an OTP, chooses the kind, types the confirmation password, and has ordered', async () => {
    const bank = await yamagata();
    await bank.user('hanako');
    // 手順1 and 2: 未登録, and the way through the login is open.
    expect(await bank.shown('hanako')).toEqual({ status: 'unregistered', ...nothingHeld });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired', next: 'issue' });
    // 手順4
    expect(await order(bank, 'hanako', { confirmationPassword: 'wrong' })).toEqual({
      outcome: 'refused',
      reason: 'confirmationPasswordWrong',
    });
    const without = await bank.at.bank('POST', '/v1/users/hanako/hardware-token', {});
    expect([without.status, without.body.fields[0].path]).toEqual([400, 'confirmationPassword']);
    expect((await bank.shown('hanako')).status).toBe('unregistered');
    // 手順5: トークン発行済, and the institution has it on its list.
    const ordered = await order(bank, 'hanako');
    expect(ordered).toMatchObject({ outcome: 'requested', fee: { kind: 'free', amountYen: 0 } });
    expect(await bank.shown('hanako')).toMatchObject({ status: 'issued', kind: 'hardware', serial: null });
    const list = await bank.at.branch('GET', '/v1/branch/requests');
    expect(list.body.items).toMatchObject([{ requestId: ordered.requestId, loginId: 'hanako', contractId: 'C-1' }]);
    // The OTP is asked for only after the activation.
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired', next: 'activation' });
  });

  test('手順3: a software token may be chosen instead', async () => {
    const bank = await yamagata();
    await bank.user('hanako');
    expect(await bank.issue('hanako')).toMatchObject({ outcome: 'issued' });
    expect(await bank.shown('hanako')).toMatchObject({ status: 'issued', kind: 'software' });
  });

  test('an order can be called off, and the list shows 未登録 again', async () => {
    const bank = await yamagata();
    await bank.user('hanako');
    await order(bank, 'hanako');
    expect((await bank.at.bank('DELETE', '/v1/users/hanako/issue')).body).toEqual({ outcome: 'cancelled' });
    expect(await bank.shown('hanako')).toEqual({ status: 'unregistered', ...nothingHeld });
  });
});

describe('ワンタイムパスワード利用開始登録', () => {
  test('手順1–4: serial and OTP of the fob; the result shows serial and expiry, and the next login asks', async () => {
    const bank = await yamagata();
    await bank.user('hanako');
    const { requestId } = await order(bank, 'hanako');
    const fob = await bank.fob(serial, { expiresAt: japan(printed), requestId });
    // 手順2
    expect(await bank.shown('hanako')).toMatchObject({ status: 'issued' });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired', next: 'activation' });
    // 手順3
    for (const typed of ['1234567', '1234567890123']) {
      const answer = await bank.at.bank('POST', '/v1/users/hanako/activation', { otp: fob.code(), serial: typed });
      expect([answer.status, answer.body.fields[0].path]).toEqual([400, 'serial']);
    }
    expect(await bank.activate('hanako', fob.wrong(), serial)).toMatchObject({ outcome: 'rejected', reason: 'wrong' });
    expect(await bank.shown('hanako')).toMatchObject({ status: 'issued' });
    // 手順4
    expect(await bank.activate('hanako', fob.code(), serial)).toEqual({
      outcome: 'accepted',
      token: { kind: 'hardware', serial, expiresAt: japan(printed) },
    });
    expect(await bank.shown('hanako')).toEqual({ ...working, kind: 'hardware', serial, expiresAt: japan(printed) });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'required' });
  });

  test('手順3: a fob that was shipped to somebody else’s contract is refused', async () => {
    const bank = await yamagata();
    await bank.user('hanako');
    await bank.user('other', 'general', { contractId: 'C-2' });
    await order(bank, 'hanako');
    const fob = await bank.fob(serial, { contractId: 'C-2' });
    expect(await bank.activate('hanako', fob.code(), serial)).toEqual({
      outcome: 'refused',
      reason: 'serialOfAnotherContract',
    });
    expect(await bank.shown('hanako')).toMatchObject({ status: 'issued' });
  });

  test('【参考】 the expiry on the back holds to its minute; from then on there is no login', async () => {
    const { bank, fob } = await inUse();
    bank.goTo('2028-02-07T14:04:59');
    expect(await bank.does('hanako', 'login', fob.code())).toMatchObject({ outcome: 'accepted' });
    bank.goTo('2028-02-07T14:05:00');
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'blocked', reason: 'expired' });
    expect(await bank.does('hanako', 'login', fob.code())).toMatchObject({ outcome: 'blocked', reason: 'expired' });
    expect(await bank.shown('hanako')).toMatchObject({ status: 'expired', serial, expiresAt: japan(printed) });
  });
});

describe('【注意事項】ワンタイムパスワード認証の停止について', () => {
  test('wrong OTPs in a row close the login; the institution lifts it on contact, without a written application', async () => {
    const { bank, fob } = await inUse();
    const answers = await bank.mistypes('hanako', 'login', fob);
    expect(answers.map((answer) => answer.remainingAttempts)).toEqual([4, 3, 2, 1, 0]);
    expect(await bank.shown('hanako')).toMatchObject({ status: 'locked', serial, remainingAttempts: 0 });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'blocked', reason: 'locked', next: 'none' });
    expect(await bank.does('hanako', 'login', fob.code())).toMatchObject({ outcome: 'blocked', reason: 'locked' });

    expect((await bank.branchUnlock(['hanako'], { document: undefined })).body).toMatchObject({
      outcome: 'done',
      results: [{ loginId: 'hanako', outcome: 'unlocked', serial, status: 'active' }],
    });
    expect(await bank.shown('hanako')).toEqual({ ...working, kind: 'hardware', serial, expiresAt: japan(printed) });
    expect(await bank.does('hanako', 'login', fob.code())).toMatchObject({ outcome: 'accepted' });
  });

  test('no user lifts it, of whichever role', async () => {
    const { bank, fob } = await inUse();
    await bank.mistypes('hanako', 'login', fob);
    for (const role of ['master', 'administrator', 'general'] as const) {
      await bank.user(role, role);
      expect(await bank.unlock(role, ['hanako'])).toMatchObject({
        outcome: 'refused',
        results: [{ outcome: 'refused', reason: 'roleNotAllowed', status: 'locked' }],
      });
    }
    expect((await bank.unlock('hanako', ['hanako'])).outcome).toBe('refused');
    expect((await bank.shown('hanako')).status).toBe('locked');
  });

  test('nor does any user revoke; a lost fob is the institution’s to revoke', async () => {
    const { bank, fob } = await inUse();
    await bank.user('boss', 'master');
    expect((await bank.revoke('boss', ['hanako'], { cause: 'lost' })).outcome).toBe('refused');
    expect((await bank.shown('hanako')).status).toBe('active');
    expect((await bank.branchRevoke(['hanako'], { cause: 'lost' })).body).toMatchObject({ outcome: 'done' });
    expect(await bank.does('hanako', 'login', fob.code())).toMatchObject({ outcome: 'blocked', reason: 'revoked' });
    // Ordering a new one does not open the login that the loss has closed.
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'blocked', reason: 'revoked', next: 'issue' });
    expect(await order(bank, 'hanako')).toMatchObject({ outcome: 'requested' });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'blocked', reason: 'issued', next: 'activation' });
  });
});

describe('ワンタイムパスワード利用解除', () => {
  test('手順1–4: confirmation password and OTP end it; the login stays open and asks for no OTP', async () => {
    const { bank, fob } = await inUse();
    // 手順2
    expect(await bank.shown('hanako')).toMatchObject({ status: 'active' });
    // 手順3
    expect(
      await bank.post('/v1/users/hanako/deactivation', { otp: fob.code(), confirmationPassword: 'wrong' }),
    ).toEqual({ outcome: 'refused', reason: 'confirmationPasswordWrong' });
    expect(await deactivate(bank, 'hanako', fob.wrong())).toEqual({
      outcome: 'rejected',
      reason: 'wrong',
      remainingAttempts: 4,
    });
    expect((await bank.shown('hanako')).status).toBe('active');
    // 手順4: 未登録
    expect(await deactivate(bank, 'hanako', fob.code())).toMatchObject({ outcome: 'accepted' });
    expect(await bank.shown('hanako')).toEqual({ ...nothingHeld, status: 'deactivated' });
    expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired' });
    expect(await bank.does('hanako', 'login', fob.code(1))).toMatchObject({ outcome: 'blocked' });
  });

  test('手順2 ①: another device: deactivate with the old one, issue and activate with the new one, at once', async () => {
    const bank = await yamagata();
    await bank.user('hanako');
    const old = await bank.holdsApp('hanako');
    expect(await deactivate(bank, 'hanako', old.code())).toMatchObject({ outcome: 'accepted' });
    const fresh = await bank.holdsApp('hanako');
    expect(await bank.shown('hanako')).toEqual({ ...working, kind: 'software', serial: null, expiresAt: null });
    expect(await bank.does('hanako', 'login', old.code())).toMatchObject({ reason: 'wrong' });
    expect(await bank.does('hanako', 'login', fresh.code())).toMatchObject({ outcome: 'accepted' });
  });

  test.each([
    ['2026-11-24T09:30', '2026-11-25T00:00'],
    ['2026-11-24T23:59:30', '2026-11-25T00:00'],
    ['2026-12-31T12:00', '2027-01-01T00:00'],
  ])(
    '手順2 ②: software to hardware, deactivated at %s: ordered at once, activated from %s on',
    async (ended, nextDay) => {
      const bank = await yamagata();
      await bank.user('hanako');
      const app = await bank.holdsApp('hanako');
      bank.goTo(ended);
      expect(await deactivate(bank, 'hanako', app.code())).toEqual({
        outcome: 'accepted',
        reissuableAt: japan(nextDay),
      });
      expect(await bank.shown('hanako')).toMatchObject({ status: 'deactivated', reissuableAt: japan(nextDay) });
      const { requestId, outcome } = await order(bank, 'hanako');
      expect(outcome).toBe('requested');
      const fob = await bank.fob(serial, { requestId });
      bank.at.clock.advance(Date.parse(japan(nextDay)) - bank.at.clock.nowMs() - 1);
      expect(await bank.activate('hanako', fob.code(), serial)).toEqual({
        outcome: 'refused',
        reason: 'reissueTooEarly',
        reissuableAt: japan(nextDay),
      });
      expect(await bank.wants('hanako', 'login')).toMatchObject({ otp: 'notRequired' });
      bank.goTo(nextDay);
      expect(await bank.activate('hanako', fob.code(), serial)).toMatchObject({ outcome: 'accepted' });
      expect(await bank.shown('hanako')).toMatchObject({ status: 'active', kind: 'hardware', serial });
    },
  );

  test('手順2 ②: hardware to software never', async () => {
    const { bank, fob } = await inUse();
    await deactivate(bank, 'hanako', fob.code());
    bank.goTo('2026-12-24T12:00');
    expect(await bank.issue('hanako')).toEqual({ outcome: 'refused', reason: 'kindChangeNotAllowed' });
    expect((await bank.shown('hanako')).status).toBe('deactivated');
  });

  test('【注意事項】 the fob itself cannot be activated again; an order of a new one can', async () => {
    const { bank, fob } = await inUse();
    await deactivate(bank, 'hanako', fob.code());
    bank.goTo('2026-12-24T12:00');
    expect(await bank.activate('hanako', fob.code(), serial)).toEqual({
      outcome: 'refused',
      reason: 'serialNotReusable',
    });
    expect(await bank.shown('hanako')).toMatchObject({ status: 'deactivated', serial: null });
    const { requestId, outcome } = await order(bank, 'hanako');
    expect(outcome).toBe('requested');
    expect((await bank.shown('hanako')).status).toBe('issued');
    // Not even with the new order.
    expect(await bank.activate('hanako', fob.code(), serial)).toMatchObject({ reason: 'serialNotReusable' });
    const fresh = await bank.fob('101109980022', { requestId });
    await bank.holds('hanako', fresh);
    expect(await bank.does('hanako', 'login', fresh.code())).toMatchObject({ outcome: 'accepted' });
  });
});
