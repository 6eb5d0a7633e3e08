import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { written } from '../verifier/office.ts';
import { independentCode, wrongCode } from '../verifier/totp.ts';
import { type Generator, japan, type World, working, world } from './world.ts';

// The hardware procedures of M1 (成協), M2 (山形中央) and M5 (くましん) as the branch and the users go through them, from
// the vendor's file to the last fob, against the institution files as they ship.

const path = '/v1/branch/hardware-tokens';
const parameters = { algorithm: 'SHA1', digits: 6, periodSeconds: 60 } as const;

/** A box of fobs with its list, whose expiry is written as it is printed. */
async function boxArrives(bank: World, serials: readonly string[], printed: string) {
  const seeds = serials.map(() => randomBytes(20));
  const rows = serials.map((serial, i) => `${serial},${seeds[i]?.toString('hex')},TOTP,6,60,${printed}`);
  const file = Buffer.from(['シリアル番号,シード,種別,桁数,周期,有効期限', ...rows].join('\r\n')).toString('base64');
  const answer = await bank.at.branch('POST', `${path}/import`, { ...written, file });
  expect(answer.body).toMatchObject({ outcome: 'imported', accepted: serials, refused: [] });
  return seeds.map((seed): Generator => {
    const code = (away = 0) => independentCode(seed, parameters, bank.at.clock.nowMs(), away);
    return { code, wrong: () => wrongCode(...Array.from({ length: 41 }, (_, i) => code(i - 20))) };
  });
}

const ship = async (bank: World, serial: string, cause: string, more: object = {}) =>
  (await bank.at.branch('POST', `${path}/${serial}/shipment`, { ...written, contractId: 'C-1', cause, ...more })).body;
const becomes = async (bank: World, serial: string, status: string) =>
  (await bank.at.branch('PATCH', `${path}/${serial}`, { ...written, status })).body;
const list = async (bank: World, query: string) => (await bank.at.branch('GET', `${path}?${query}`)).body.items;
const onList = async (bank: World, query: string) =>
  (await list(bank, query)).map((item: { serial: string }) => item.serial);

async function setsUp(bank: World, loginId: string, serial: string, by: Generator | undefined) {
  expect(await bank.activate(loginId, by?.code() ?? '', serial)).toMatchObject({ outcome: 'accepted' });
  bank.minutes(1);
}

const free = { kind: 'free', amountYen: 0 };
const additional = { kind: 'additional', amountYen: 1100 };
const reissue = { kind: 'reissue', amountYen: 1100 };

describe('M1 成協', () => {
  const serials = ['10000001', '10000002', '10000003', '10000004', '10000005'];
  const printed = '2028年02月07日 14時05分';

  test('3. at the shipment the first fob is free, the second costs, one after loss costs, one for expiry does not', async () => {
    const bank = await world('seikyo');
    await bank.user('boss', 'master');
    await boxArrives(bank, serials, printed);
    const fees: unknown[] = [];
    for (const [i, cause] of ['first', 'additional', 'lost', 'broken', 'expiry'].entries()) {
      fees.push((await ship(bank, serials[i] ?? '', cause)).fee);
    }
    expect(fees).toEqual([free, additional, reissue, reissue, free]);
  });

  test('4 (3): before the expiry the branch finds who needs a new fob, ships it free, and each is set up in time', async () => {
    const bank = await world('seikyo');
    await bank.user('boss', 'master');
    await bank.user('hanako');
    const old = await boxArrives(bank, ['10000001', '10000002'], printed);
    await ship(bank, '10000001', 'first');
    await ship(bank, '10000002', 'additional');
    await setsUp(bank, 'boss', '10000001', old[0]);
    await setsUp(bank, 'hanako', '10000002', old[1]);

    bank.goTo('2028-01-10T10:00');
    const due = 'expiringBefore=2028-03-01&inUse=true&replaced=false';
    expect(await list(bank, due)).toMatchObject([
      { serial: '10000001', expiresAt: japan('2028-02-07T14:05'), holders: [{ loginId: 'boss', role: 'master' }] },
      { serial: '10000002', contractId: 'C-1', holders: [{ loginId: 'hanako' }] },
    ]);
    const fresh = await boxArrives(bank, ['20000001', '20000002'], '2031年02月07日 14時05分');
    expect(await ship(bank, '20000001', 'expiry', { replaces: '10000001' })).toMatchObject({ fee: free });
    expect(await onList(bank, due)).toEqual(['10000002']);
    expect(await ship(bank, '20000002', 'expiry')).toMatchObject({ fee: free, replaces: '10000002' });
    expect(await onList(bank, due)).toEqual([]);

    const otp = () => ({ cause: 'expired', otp: old[0]?.code() });
    expect(await bank.revoke('boss', ['hanako'], otp())).toMatchObject({ outcome: 'done' });
    bank.minutes(1);
    expect(await bank.revoke('boss', ['boss'], otp())).toMatchObject({ outcome: 'done' });
    bank.minutes(30);
    await setsUp(bank, 'boss', '20000001', fresh[0]);
    await setsUp(bank, 'hanako', '20000002', fresh[1]);
    // The old ones come back by post.
    for (const serial of ['10000001', '10000002']) {
      expect(await becomes(bank, serial, 'retired')).toMatchObject({ outcome: 'done', results: [] });
    }
    bank.goTo('2028-02-07T14:05');
    for (const [i, name] of ['boss', 'hanako'].entries()) {
      expect(await bank.does(name, 'approval', fresh[i]?.code() ?? '')).toMatchObject({ outcome: 'accepted' });
    }
    expect(await onList(bank, 'status=expired')).toEqual([]);
  });

  test.each(['lost', 'stolen', 'broken'])(
    '4 (5) ③ a shared fob, %s: the branch closes it for all who share it, and ships a new one against the fee',
    async (status) => {
      const bank = await world('seikyo');
      await bank.user('boss', 'master');
      await bank.user('hanako');
      const [old, fresh] = await boxArrives(bank, ['10000001', '10000002'], printed);
      await ship(bank, '10000001', 'first');
      for (const name of ['boss', 'hanako']) await setsUp(bank, name, '10000001', old);
      expect((await bank.at.branch('PATCH', `${path}/10000001`, { operator: 'S-0042', status })).status).toBe(400);
      expect(await becomes(bank, '10000001', status)).toMatchObject({
        outcome: 'done',
        status,
        results: [
          { loginId: 'boss', outcome: 'revoked' },
          { loginId: 'hanako', outcome: 'revoked' },
        ],
      });
      for (const name of ['boss', 'hanako']) {
        expect(await bank.does(name, 'approval', old?.code() ?? '')).toMatchObject({ outcome: 'blocked' });
        expect(await bank.wants(name, 'login')).toMatchObject({ otp: 'notRequired' });
      }
      expect(await ship(bank, '10000002', status)).toMatchObject({ fee: reissue, replaces: '10000001' });
      bank.minutes(30);
      expect(await bank.activate('boss', old?.code() ?? '', '10000001')).toMatchObject({ reason: 'serialNotReusable' });
      for (const name of ['boss', 'hanako']) await setsUp(bank, name, '10000002', fresh);
      expect(await list(bank, 'inUse=true')).toMatchObject([
        { serial: '10000002', holders: [{ loginId: 'boss' }, { loginId: 'hanako' }] },
      ]);
    },
  );
});

describe('M2 山形中央', () => {
  test('STEP 1–4 and 利用解除: order, shipment, activation, deactivation, and a new order, since the fob is spent', async () => {
    const bank = await world('yamagata-chuo');
    await bank.contract('C-1', { kind: 'individual' });
    await bank.user('hanako');
    const fobs = await boxArrives(bank, ['101109980021', '101109980022'], '2028年02月07日 14時05分');
    const order = () => bank.post('/v1/users/hanako/hardware-token', bank.password('hanako'));
    const waiting = async () => (await bank.at.branch('GET', '/v1/branch/requests')).body.items;

    const first = await order();
    expect(await waiting()).toMatchObject([{ requestId: first.requestId, loginId: 'hanako', contractId: 'C-1' }]);
    expect(await bank.activate('hanako', fobs[0]?.code() ?? '', '101109980021')).toMatchObject({
      outcome: 'refused',
      reason: 'serialUnknown',
    });
    // No written application is asked for here.
    expect(await ship(bank, '101109980021', 'first', { document: undefined })).toMatchObject({
      outcome: 'shipped',
      requestId: first.requestId,
      fee: free,
      expiresAt: japan('2028-02-07T14:05'),
    });
    expect(await waiting()).toEqual([]);
    await setsUp(bank, 'hanako', '101109980021', fobs[0]);
    expect(await bank.does('hanako', 'login', fobs[0]?.code() ?? '')).toMatchObject({ outcome: 'accepted' });
    bank.minutes(1);

    const ending = { ...bank.password('hanako'), otp: fobs[0]?.code() };
    expect(await bank.post('/v1/users/hanako/deactivation', ending)).toMatchObject({ outcome: 'accepted' });
    bank.goTo('2026-12-24T12:00');
    expect(await bank.activate('hanako', fobs[0]?.code() ?? '', '101109980021')).toMatchObject({
      reason: 'serialNotReusable',
    });
    const second = await order();
    expect(await ship(bank, '101109980022', 'additional')).toMatchObject({
      requestId: second.requestId,
      fee: additional,
    });
    await setsUp(bank, 'hanako', '101109980022', fobs[1]);
    expect(await bank.shown('hanako')).toMatchObject({ ...working, serial: '101109980022' });
  });

  test('a lost fob: the institution closes it, the user orders again at the fee for it', async () => {
    const bank = await world('yamagata-chuo');
    await bank.user('hanako');
    const fobs = await boxArrives(bank, ['101109980021', '101109980022'], '2028年02月07日 14時05分');
    const order = () => bank.post('/v1/users/hanako/hardware-token', bank.password('hanako'));
    await order();
    await ship(bank, '101109980021', 'first');
    await setsUp(bank, 'hanako', '101109980021', fobs[0]);
    await becomes(bank, '101109980021', 'lost');
    expect(await bank.does('hanako', 'login', fobs[0]?.code() ?? '')).toMatchObject({ outcome: 'blocked' });
    expect(await order()).toMatchObject({ fee: reissue });
    expect(await ship(bank, '101109980022', 'lost')).toMatchObject({ fee: reissue, replaces: '101109980021' });
    await setsUp(bank, 'hanako', '101109980022', fobs[1]);
    expect(await bank.does('hanako', 'login', fobs[1]?.code() ?? '')).toMatchObject({ outcome: 'accepted' });
  });
});

describe('M5 くましん', () => {
  const printed = '2028年09月30日 09時00分';

  test('STEP 1–4, 共有, 利用停止解除, 失効 and 再利用: one fob through all of it', async () => {
    const bank = await world('kumashin');
    await bank.contract('C-1', { otpStartsOn: '2026-12-01' });
    await bank.user('kanri', 'administrator');
    await bank.user('hanako');
    await bank.user('jiro');
    const [fob] = await boxArrives(bank, ['12345678'], printed);
    expect(await ship(bank, '12345678', 'first')).toMatchObject({ fee: free });
    bank.goTo('2026-12-01T09:00');
    for (const name of ['hanako', 'jiro']) await setsUp(bank, name, '12345678', fob);

    await bank.mistypes('jiro', 'login', fob as Generator);
    expect(await onList(bank, 'status=locked')).toEqual(['12345678']);
    expect(await bank.unlock('kanri', ['jiro'])).toMatchObject({ outcome: 'done' });
    for (const name of ['hanako', 'jiro']) {
      expect(await bank.does(name, 'login', fob?.code() ?? '')).toMatchObject({ outcome: 'accepted' });
      bank.minutes(1);
    }

    expect(await bank.revoke('kanri', ['hanako', 'jiro'], { cause: 'other' })).toMatchObject({ outcome: 'done' });
    expect(await list(bank, 'inUse=false')).toMatchObject([{ serial: '12345678', status: 'active', holders: [] }]);
    bank.minutes(30);
    await setsUp(bank, 'jiro', '12345678', fob);
    bank.goTo('2028-09-30T08:59:30');
    expect(await bank.does('jiro', 'login', fob?.code() ?? '')).toMatchObject({ outcome: 'accepted' });
    bank.goTo('2028-09-30T09:00');
    expect(await bank.does('jiro', 'login', fob?.code() ?? '')).toMatchObject({ reason: 'expired' });
    expect(await onList(bank, 'status=expired')).toEqual(['12345678']);
  });

  test('トークン失効: a lost fob is never registered again, though a revoked one may be', async () => {
    const bank = await world('kumashin');
    await bank.user('boss', 'master');
    await bank.user('hanako');
    const [old, fresh] = await boxArrives(bank, ['12345678', '23456789'], printed);
    await ship(bank, '12345678', 'first');
    await setsUp(bank, 'hanako', '12345678', old);
    expect(await bank.revoke('boss', ['hanako'], { cause: 'lost' })).toMatchObject({ outcome: 'done' });
    expect(await becomes(bank, '12345678', 'lost')).toMatchObject({ outcome: 'done', results: [] });
    expect(await ship(bank, '23456789', 'lost')).toMatchObject({ fee: reissue, replaces: '12345678' });
    bank.minutes(30);
    expect(await bank.activate('hanako', old?.code() ?? '', '12345678')).toMatchObject({ reason: 'serialNotReusable' });
    await setsUp(bank, 'hanako', '23456789', fresh);
  });
});
