import { describe, expect, test } from 'vitest';
import { stockStatuses } from '../../shared/wire-stock.ts';
import { auditEntry } from '../../verifier/audit.ts';
import { stockStatusOf } from '../../verifier/rules/stock.ts';
import { databaseOf } from './database.ts';
import { setUp } from './fixture.ts';
import { activate, activated, fob, goTo, lockOut, type Office, office, otpOf, person, written } from './office.ts';

const path = '/v1/branch/hardware-tokens';

const list = async (at: Office, query = '') => (await at.branch('GET', `${path}${query}`)).body;
const serials = async (at: Office, query = ''): Promise<string[]> =>
  (await list(at, query)).items.map((item: { serial: string }) => item.serial);
const ship = (at: Office, serial: string, more: object = {}, headers = {}) =>
  at.branch('POST', `${path}/${serial}/shipment`, { ...written, contractId: 'C-1', cause: 'first', ...more }, headers);
const update = (at: Office, serial: string, status: string, more: object = {}) =>
  at.branch('PATCH', `${path}/${serial}`, { ...written, status, ...more });
const unlock = (at: Office, serial: string, more: object = {}) =>
  at.branch('POST', `${path}/${serial}/unlock`, { ...written, ...more });
const japan = (local: string) => new Date(`${local}+09:00`).toISOString();

describe('GET /v1/branch/hardware-tokens', () => {
  /** A token in each status, and the query that asks for it. */
  async function everyStatus(): Promise<Office> {
    const at = await office();
    await person(at, 'hanako');
    const soon = { expiresAtMs: Date.parse(japan('2026-12-01T09:00')) };
    await fob(at, '10000001', null);
    await fob(at, '10000002');
    const active = await fob(at, '10000003');
    const locked = await fob(at, '10000004');
    await fob(at, '10000005', 'C-1', soon);
    for (const [i, status] of ['lost', 'stolen', 'broken', 'retired'].entries()) {
      await fob(at, `1000001${i}`, 'C-1', soon);
      expect((await update(at, `1000001${i}`, status)).body.outcome).toBe('done');
    }
    await person(at, 'jiro');
    await person(at, 'saburo');
    await activated(at, 'hanako', active);
    for (let i = 0; i < 5; i++) await activate(at, 'jiro', locked.wrong(), locked.serial);
    const misused = await fob(at, '10000006', 'C-1', soon);
    await activated(at, 'saburo', misused);
    const report = { ...written, loginId: 'saburo', description: 'x' };
    expect((await at.branch('POST', '/v1/branch/compromise-reports', report)).body.outcome).toBe('done');
    goTo(at, '2026-12-01T09:00');
    return at;
  }

  const wanted = {
    inStock: ['10000001'],
    shipped: ['10000002'],
    active: ['10000003'],
    locked: ['10000004'],
    disabled: ['10000006'],
    expired: ['10000005'],
    lost: ['10000010'],
    stolen: ['10000011'],
    broken: ['10000012'],
    retired: ['10000013'],
    void: [],
  };

  test('shows every token with its status, and asked for a status those alone', async () => {
    const at = await everyStatus();
    for (const [status, tokens] of Object.entries(wanted)) {
      expect([status, await serials(at, `?status=${status}`)]).toEqual([status, tokens]);
    }
    const shown = (await list(at)).items.map(({ serial, status }: Record<string, string>) => [serial, status]);
    const pairs = Object.entries(wanted).flatMap(([status, tokens]) => tokens.map((serial) => [serial, status]));
    expect(shown).toEqual(pairs.sort());
  });

  test('puts every token under one status, whatever its counters, its report, its contract and its expiry', async () => {
    const at = await office();
    const nowMs = at.clock.nowMs();
    await person(at, 'hanako');
    const parameters = { algorithm: 'SHA1', digits: 6, periodSeconds: 60 } as const;
    const details = ['compromised', 'suspected', 'lost', 'stolen', 'broken', 'retired'] as const;
    const made = [
      ...(['stock', 'active', 'locked', 'disabled', 'void'] as const).map((status) => [status, null] as const),
      ...details.map((detail) => ['disabled', detail] as const),
    ].flatMap(([status, statusDetail]) =>
      [null, 'C-1'].flatMap((contractId) =>
        [null, nowMs - 1, nowMs, nowMs + 1].map((expiresAtMs) => ({ status, statusDetail, contractId, expiresAtMs })),
      ),
    );
    const tokens = made.map((token, i) => ({ ...token, serial: String(10_000_000 + i), tokenId: `fob-${i}` }));
    await at.store.transaction('1001', async (t) => {
      const sealed = { sealedSeed: new Uint8Array(60), seedVersion: 1, parameters, driftSteps: 0 };
      await t.addStock(
        tokens.map((token) => ({ ...token, ...sealed, serviceId: '1001', kind: 'hardware' })),
        auditEntry({ serviceId: '1001', atMs: nowMs, operation: 'importHardware', outcome: 'imported' }),
      );
    });
    const idsOf = (which: (token: (typeof tokens)[number]) => boolean) =>
      tokens.flatMap((token) => (which(token) ? [`'${token.tokenId}'`] : [])).join();
    const database = databaseOf(at.folder);
    database.query(`UPDATE tokens SET contract_id = 'C-1' WHERE token_id IN (${idsOf((t) => t.contractId !== null)})`);
    for (const detail of details) {
      const ids = idsOf(({ statusDetail }) => statusDetail === detail);
      database.query(`UPDATE tokens SET status_detail = '${detail}' WHERE token_id IN (${ids})`);
    }
    const everything = { contractId: null, expiringBeforeMs: null, inUse: null, replaced: null, after: null };
    for (const status of stockStatuses) {
      const asked = { ...everything, serviceId: '1001', status, nowMs, limit: 500 };
      const listed = (await at.store.stock(asked)).map(({ token }) => token.serial);
      const expected = tokens.filter((token) => stockStatusOf(token, nowMs) === status);
      expect([status, listed.toSorted()]).toEqual([status, expected.map(({ serial }) => serial)]);
    }
  });

  test('names of those sent in its place the latest that is not out of use', async () => {
    const at = await office();
    await person(at, 'hanako');
    await fob(at, '10000001');
    for (const serial of ['10000002', '10000003', '10000004']) await fob(at, serial, null);
    const replacing = { cause: 'lost', replaces: '10000001' };
    await ship(at, '10000002', replacing);
    at.clock.advance(1000);
    for (const serial of ['10000004', '10000003']) await ship(at, serial, replacing);
    for (const serial of ['10000003', '10000004', '10000002']) {
      expect((await list(at)).items[0]).toMatchObject({ serial: '10000001', replacedBy: serial });
      await update(at, serial, 'lost');
    }
    expect((await list(at)).items[0]).toMatchObject({ serial: '10000001', replacedBy: null });
  });

  test('tells contract, printed expiry, shipment and who uses it', async () => {
    const at = await office();
    await person(at, 'boss', 'master', { name: '山田 花子' });
    await person(at, 'jiro');
    const shared = await fob(at, '10000001', null, { expiresAtMs: Date.parse(japan('2028-02-07T14:05')) });
    expect((await ship(at, '10000001')).body.outcome).toBe('shipped');
    const shippedAt = new Date(at.clock.nowMs()).toISOString();
    await activated(at, 'boss', shared);
    await activated(at, 'jiro', shared);
    expect(await list(at)).toEqual({
      items: [
        {
          serial: '10000001',
          status: 'active',
          contractId: 'C-1',
          expiresAt: japan('2028-02-07T14:05'),
          shippedAt,
          holders: [
            { loginId: 'boss', name: '山田 花子', role: 'master' },
            { loginId: 'jiro', name: 'jiro', role: 'general' },
          ],
          replaces: null,
          replacedBy: null,
        },
      ],
      nextCursor: null,
    });
    await at.bank('DELETE', '/v1/users/jiro');
    expect((await list(at)).items[0].holders).toHaveLength(1);
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['boss'] });
    expect((await list(at)).items[0].holders).toEqual([]);
  });

  test('goes on page by page, by serial or by expiry, and names no token twice', async () => {
    const at = await office();
    await person(at, 'hanako');
    // The later the serial the sooner the end, and three end at once.
    for (let i = 0; i < 9; i++) {
      const expiresAtMs = at.clock.nowMs() + 1000 * Math.ceil((9 - i) / 3);
      await fob(at, `1000000${i}`, 'C-1', { expiresAtMs });
    }
    await fob(at, '20000000');
    for (const [query, first, last, count] of [
      ['', '10000000', '20000000', 10],
      ['&expiringBefore=2027-01-01', '10000006', '10000002', 9],
    ] as const) {
      const seen: string[] = [];
      let cursor = '';
      do {
        const page = await list(at, `?limit=2${query}${cursor}`);
        expect(page.items).not.toEqual([]);
        seen.push(...page.items.map((item: { serial: string }) => item.serial));
        cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
      } while (cursor !== '');
      expect([seen[0], seen.at(-1), seen.length, new Set(seen).size]).toEqual([first, last, count, count]);
    }
    const { nextCursor } = await list(at, '?limit=9');
    expect((await list(at, `?limit=9&cursor=${nextCursor}`)).items).toHaveLength(1);
    // Of a token without an end, which a list by expiry does not hold.
    const bySerial = Buffer.from(JSON.stringify([null, '10000000'])).toString('base64url');
    expect((await list(at, `?cursor=${bySerial}`)).items).toHaveLength(9);
    for (const query of ['expiringBefore=2027-01-01', 'status=expired']) {
      const answer = await at.branch('GET', `${path}?${query}&cursor=${bySerial}`);
      expect([answer.status, answer.body.fields?.[0].path]).toEqual([400, 'cursor']);
    }
    for (const wrong of ['limit=0', 'limit=501', 'status=sold', 'expiringBefore=soon', 'inUse=1', 'cursor=x', 'x=1']) {
      expect((await at.branch('GET', `${path}?${wrong}`)).status).toBe(400);
    }
  });

  test('a day means its first moment in the institution’s zone: what ends with the day before is found', async () => {
    const at = await office();
    await person(at, 'hanako');
    await fob(at, '10000001', 'C-1', { expiresAtMs: Date.parse('2026-12-31T23:59+09:00') });
    // What a seed file calls 2026-12-31 ends with that day.
    await fob(at, '10000002', 'C-1', { expiresAtMs: Date.parse('2027-01-01T00:00+09:00') });
    await fob(at, '10000003', 'C-1', { expiresAtMs: Date.parse('2027-01-01T00:00:00.001+09:00') });
    expect(await serials(at, '?expiringBefore=2026-12-31')).toEqual([]);
    expect(await serials(at, '?expiringBefore=2027-01-01')).toEqual(['10000001', '10000002']);
    const time = encodeURIComponent('2027-01-01T00:01:00+09:00');
    expect(await serials(at, `?expiringBefore=${time}`)).toEqual(['10000001', '10000002', '10000003']);
  });

  test('who must receive a new one: what ends soon, is in use and was not replaced', async () => {
    const at = await office();
    const end = { expiresAtMs: Date.parse(japan('2026-12-20T12:00')) };
    await person(at, 'hanako', 'master');
    await person(at, 'jiro');
    await person(at, 'saburo', 'general', { contractId: 'C-2' });
    const [first, second, third] = [
      await fob(at, '10000001', 'C-1', end),
      await fob(at, '10000002', 'C-1', end),
      await fob(at, '10000003', 'C-2', end),
    ];
    await activated(at, 'hanako', first);
    await activated(at, 'jiro', second);
    await activated(at, 'saburo', third);
    // In nobody's hands, in nobody's use, and good for years.
    await fob(at, '10000004', null, end);
    await fob(at, '10000005', 'C-1', end);
    await fob(at, '10000006', null);
    await fob(at, '10000007', null);
    await fob(at, '10000008', null);
    const due = '?expiringBefore=2027-01-01&inUse=true&replaced=false';
    expect(await serials(at, due)).toEqual(['10000001', '10000002', '10000003']);

    const sent = await ship(at, '10000006', { cause: 'expiry', replaces: '10000002' });
    expect(sent.body).toMatchObject({ outcome: 'shipped', replaces: '10000002', fee: { kind: 'free', amountYen: 0 } });
    expect(await serials(at, due)).toEqual(['10000001', '10000003']);
    expect((await list(at, '?contractId=C-1&replaced=true')).items).toMatchObject([
      { serial: '10000002', replacedBy: '10000006', holders: [{ loginId: 'jiro' }] },
    ]);
    expect((await list(at, '?contractId=C-1&inUse=false')).items).toMatchObject([
      { serial: '10000005' },
      { serial: '10000006', replaces: '10000002', status: 'shipped' },
    ]);
    // Unsaid, it is for the contract's token that is in use and ends soonest.
    expect((await ship(at, '10000007', { cause: 'expiry' })).body).toMatchObject({ replaces: '10000001' });
    expect(await serials(at, due)).toEqual(['10000003']);
    // Lost on its way: somebody must receive a new one again.
    await update(at, '10000007', 'lost');
    expect(await serials(at, due)).toEqual(['10000001', '10000003']);
    // Whoever has moved on needs none.
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'], cause: 'expired' });
    expect(await serials(at, due)).toEqual(['10000003']);
  });

  test('tells nothing of another institution’s', async () => {
    const at = await office();
    await fob(at, '10000001', null);
    const other = { ...at.institution, serviceId: '2002' };
    await at.store.transaction('2002', (transaction) => transaction.putInstitution(other, at.clock.nowMs()));
    const headers = { authorization: `Bearer ${await at.key(['branch'], '2002')}` };
    expect((await at.bank('GET', path, undefined, headers)).body.items).toEqual([]);
    for (const [method, more, body] of [
      ['POST', '/shipment', { contractId: 'C-1', cause: 'first' }],
      ['POST', '/unlock', {}],
      ['PATCH', '', { status: 'lost' }],
    ] as const) {
      const answer = await at.bank(method, `${path}/10000001${more}`, { ...written, ...body }, headers);
      expect([answer.status, answer.body.code]).toEqual([404, 'notFound']);
    }
  });
});

describe('POST /v1/branch/hardware-tokens/{serial}/shipment', () => {
  test.each([
    ['first', { kind: 'free', amountYen: 0 }, 'first'],
    ['additional', { kind: 'additional', amountYen: 1100 }, 'additional'],
    ['lost', { kind: 'reissue', amountYen: 1500 }, 'lost'],
    ['stolen', { kind: 'reissue', amountYen: 1500 }, 'stolen'],
    ['broken', { kind: 'reissue', amountYen: 1500 }, 'broken'],
    ['expiry', { kind: 'free', amountYen: 0 }, 'expiry'],
  ])('%s costs %j', async (cause, fee) => {
    const at = await office({ hardware: { feesYen: { first: 0, additional: 1100, lost: 1500, expiry: 0 } } });
    await person(at, 'hanako');
    const token = await fob(at, '10000001', null);
    expect((await ship(at, '10000001', { cause })).body).toEqual({
      outcome: 'shipped',
      serial: '10000001',
      contractId: 'C-1',
      cause,
      fee,
      requestId: null,
      replaces: null,
      expiresAt: null,
    });
    expect((await activate(at, 'hanako', token.code(), '10000001')).body.outcome).toBe('accepted');
  });

  test('a second `first` of a contract is charged as what it is, another contract’s first is not', async () => {
    const at = await office({ hardware: { feesYen: { additional: 1100 } } });
    await person(at, 'hanako');
    await person(at, 'other', 'general', { contractId: 'C-2' });
    for (const serial of ['10000001', '10000002', '10000003']) await fob(at, serial, null);
    expect((await ship(at, '10000001')).body).toMatchObject({ cause: 'first', fee: { kind: 'free', amountYen: 0 } });
    // It stays the contract's first whatever becomes of it.
    await update(at, '10000001', 'retired');
    expect((await ship(at, '10000002')).body).toMatchObject({
      cause: 'additional',
      fee: { kind: 'additional', amountYen: 1100 },
    });
    expect((await ship(at, '10000003', { contractId: 'C-2' })).body).toMatchObject({
      cause: 'first',
      fee: { kind: 'free', amountYen: 0 },
    });
  });

  test('is refused for what is not in stock, and nothing changes', async () => {
    const at = await office();
    await person(at, 'hanako');
    await person(at, 'other', 'general', { contractId: 'C-2' });
    const [, used] = [await fob(at, '10000001'), await fob(at, '10000002')];
    await activated(at, 'hanako', used);
    await fob(at, '10000003', null, { expiresAtMs: at.clock.nowMs() });
    await fob(at, '10000004', null);
    await update(at, '10000004', 'broken');
    await fob(at, '10000005', null);
    const before = JSON.stringify(await list(at));
    for (const [serial, more, reason] of [
      ['10000001', {}, 'alreadyShipped'],
      ['10000001', { contractId: 'C-2' }, 'alreadyShipped'],
      ['10000002', {}, 'serialNotReusable'],
      ['10000003', {}, 'tokenExpired'],
      ['10000004', {}, 'serialNotReusable'],
      ['10000005', { requestId: '0123456789abcdef' }, 'requestUnknown'],
      ['10000005', { cause: 'lost', replaces: '99999999' }, 'replacedUnknown'],
      ['10000005', { cause: 'lost', contractId: 'C-2', replaces: '10000001' }, 'replacedUnknown'],
    ] as const) {
      const answer = await ship(at, serial, more);
      expect([serial, answer.status, answer.body]).toEqual([serial, 200, { outcome: 'refused', reason }]);
    }
    expect((await ship(at, '99999999')).status).toBe(404);
    const nowhere = await ship(at, '10000005', { contractId: 'C-9' });
    expect([nowhere.status, nowhere.body.fields[0].path]).toEqual([422, 'contractId']);
    for (const more of [{ cause: 'gift' }, { replaces: '10000001' }, { operator: undefined }, { fee: 0 }]) {
      expect((await ship(at, '10000005', more)).status).toBe(400);
    }
    expect(JSON.stringify(await list(at))).toBe(before);
    const software = await office({ kinds: ['software'] });
    await person(software, 'hanako');
    await fob(software, '10000001', null);
    expect((await ship(software, '10000001')).body).toEqual({ outcome: 'refused', reason: 'kindNotOffered' });
  });

  test('fulfils the oldest open order of the contract, or the one named, at the fee that the user was told', async () => {
    const at = await office({ application: 'selfService', hardware: { feesYen: { additional: 1100 } } });
    const orders: Record<string, string> = {};
    for (const name of ['other', 'hanako', 'jiro', 'saburo']) {
      await person(at, name, 'general', { contractId: name === 'other' ? 'C-2' : 'C-1' });
      orders[name] = (await at.bank('POST', `/v1/users/${name}/hardware-token`, {})).body.requestId;
      at.clock.advance(1000);
    }
    for (const serial of ['10000001', '10000002', '10000003', '10000004']) await fob(at, serial, null);
    const waiting = async () =>
      (await at.branch('GET', '/v1/branch/requests')).body.items.map((item: { loginId: string }) => item.loginId);
    expect((await ship(at, '10000001')).body).toMatchObject({
      requestId: orders.hanako,
      fee: { kind: 'free', amountYen: 0 },
    });
    expect(await waiting()).toEqual(['other', 'jiro', 'saburo']);
    expect((await ship(at, '10000002', { cause: 'additional', requestId: orders.saburo })).body).toMatchObject({
      requestId: orders.saburo,
      fee: { kind: 'additional', amountYen: 1100 },
    });
    expect(await waiting()).toEqual(['other', 'jiro']);
    for (const requestId of [orders.saburo, orders.other])
      expect((await ship(at, '10000003', { requestId })).body.reason).toBe('requestUnknown');
    // The cause of the moment does not change what was told with the order.
    expect((await ship(at, '10000003', { cause: 'expiry', requestId: orders.jiro })).body).toMatchObject({
      requestId: orders.jiro,
      fee: { kind: 'additional', amountYen: 1100 },
    });
    expect((await ship(at, '10000004', { cause: 'additional' })).body).toMatchObject({ requestId: null });
  });

  test.each(['named', 'the oldest'])(
    'the contract’s first costs what a first costs, though the order (%s) was told as an additional one',
    async (which) => {
      const at = await office({ application: 'selfService', hardware: { feesYen: { additional: 1100 } } });
      for (const name of ['hanako', 'jiro', 'saburo']) await person(at, name);
      const order = async (name: string) => (await at.bank('POST', `/v1/users/${name}/hardware-token`, {})).body;
      await order('hanako');
      const { requestId, fee } = await order('jiro');
      expect(fee).toEqual({ kind: 'additional', amountYen: 1100 });
      at.clock.advance(1000);
      const later = await order('saburo');
      await at.bank('DELETE', '/v1/users/hanako/issue');
      for (const serial of ['10000001', '10000002']) await fob(at, serial, null);
      const more = which === 'named' ? { requestId } : {};
      expect((await ship(at, '10000001', more)).body).toMatchObject({
        cause: 'first',
        requestId,
        fee: { kind: 'free', amountYen: 0 },
      });
      expect((await ship(at, '10000002')).body).toMatchObject({ requestId: later.requestId, fee: later.fee });
    },
  );

  test('an additional order keeps its fee while the order of the contract’s first is open', async () => {
    const at = await office({ application: 'selfService', hardware: { feesYen: { additional: 1100 } } });
    for (const name of ['hanako', 'jiro']) await person(at, name);
    const order = async (name: string) => (await at.bank('POST', `/v1/users/${name}/hardware-token`, {})).body;
    const [first, second] = [await order('hanako'), await order('jiro')];
    for (const serial of ['10000001', '10000002']) await fob(at, serial, null);
    expect((await ship(at, '10000001', { requestId: second.requestId })).body.fee).toEqual(second.fee);
    expect((await ship(at, '10000002', { requestId: first.requestId })).body.fee).toEqual(first.fee);
  });

  test('a replacement for which no order is named leaves an order of somebody else open', async () => {
    const at = await office({ application: 'selfService', hardware: { feesYen: { additional: 1100 } } });
    for (const name of ['hanako', 'jiro', 'saburo']) await person(at, name);
    const order = async (name: string) => (await at.bank('POST', `/v1/users/${name}/hardware-token`, {})).body;
    const end = { expiresAtMs: Date.parse(japan('2026-12-20T12:00')) };
    for (const serial of ['10000001', '10000002', '10000003', '10000004']) await fob(at, serial, null);
    const first = await order('jiro');
    expect(first.fee.kind).toBe('free');
    expect((await ship(at, '10000001', { cause: 'lost' })).body).toMatchObject({
      requestId: null,
      fee: { kind: 'reissue', amountYen: 1100 },
    });
    await activated(at, 'hanako', await fob(at, '20000001', 'C-1', end));
    expect((await order('saburo')).fee).toEqual({ kind: 'additional', amountYen: 1100 });
    // Free as an order is that was told nothing to pay: it goes to hanako all the same.
    expect((await ship(at, '10000002', { cause: 'expiry' })).body).toMatchObject({
      requestId: null,
      replaces: '20000001',
      fee: { kind: 'free', amountYen: 0 },
    });
    // Nobody's is about to end any more.
    expect((await ship(at, '10000003', { cause: 'expiry' })).body).toMatchObject({
      requestId: first.requestId,
      replaces: null,
    });
    expect((await ship(at, '10000004', { cause: 'expiry' })).body).toMatchObject({ requestId: null, replaces: null });
  });

  test('a replacement for which no order is named fulfils the order that was told its fee', async () => {
    const at = await office({ application: 'selfService', reissue: { waitMinutes: 0, closed: null } });
    for (const name of ['hanako', 'jiro']) await person(at, name);
    await activated(at, 'hanako', await fob(at, '10000001'));
    const order = async (name: string) => (await at.bank('POST', `/v1/users/${name}/hardware-token`, {})).body;
    await order('jiro');
    at.clock.advance(1000);
    await update(at, '10000001', 'lost');
    const { requestId, fee } = await order('hanako');
    await fob(at, '20000001', null);
    expect((await ship(at, '20000001', { cause: 'lost' })).body).toMatchObject({
      requestId,
      fee,
      replaces: '10000001',
    });
  });

  test('a replacement after loss is for the token that was reported', async () => {
    const at = await office();
    await person(at, 'hanako');
    for (const serial of ['10000001', '10000002']) await fob(at, serial);
    const expiresAt = japan('2031-12-31T14:05');
    await fob(at, '20000001', null, { expiresAtMs: Date.parse(expiresAt) });
    await fob(at, '20000002', null);
    await update(at, '10000002', 'stolen');
    expect((await ship(at, '20000001', { cause: 'stolen' })).body).toMatchObject({ replaces: '10000002', expiresAt });
    expect((await ship(at, '20000002', { cause: 'stolen' })).body).toMatchObject({ replaces: null });
  });

  test('sent twice under one Idempotency-Key it happens once', async () => {
    const at = await office();
    await person(at, 'hanako');
    await fob(at, '10000001', null);
    const key = { 'idempotency-key': 'one' };
    const [first, again] = [await ship(at, '10000001', {}, key), await ship(at, '10000001', {}, key)];
    expect(first.body.outcome).toBe('shipped');
    expect(again.body).toEqual(first.body);
    expect((await ship(at, '10000001')).body.reason).toBe('alreadyShipped');
    expect((await ship(at, '10000001', { cause: 'lost' }, key)).status).toBe(422);
  });

  test('two branches at once send one token to one contract', async () => {
    const at = await office();
    for (let i = 0; i < 8; i++) await person(at, `u${i}`, 'general', { contractId: `C-${i}` });
    await fob(at, '10000001', null);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => ship(at, '10000001', { contractId: `C-${i}` })),
    );
    const sent = answers.filter(({ body }) => body.outcome === 'shipped');
    expect(sent).toHaveLength(1);
    expect((await list(at)).items[0].contractId).toBe(sent[0]?.body.contractId);
  });

  test('the log tells who sent what to whom, why and for how much', async () => {
    const at = await office();
    await person(at, 'hanako');
    await fob(at, '10000001', null);
    await ship(at, '10000001');
    await ship(at, '10000001');
    const rows = at.rows(`SELECT token_id, purpose, outcome, reason, reference, note, operator, document FROM audit
      WHERE operation = 'shipHardware' ORDER BY audit_id`);
    const common = { token_id: 'fob-10000001', purpose: 'first', reference: 'C-1', ...written };
    expect(rows).toEqual([
      { ...common, outcome: 'shipped', reason: null, note: 'free, 0 yen' },
      { ...common, outcome: 'refused', reason: 'alreadyShipped', note: null },
    ]);
  });

  test('the log tells whose order was fulfilled, in place of what, and the cause as it counted', async () => {
    const at = await office({ application: 'selfService', reissue: { waitMinutes: 0, closed: null } });
    for (const loginId of ['hanako', 'jiro']) await person(at, loginId);
    await activated(at, 'hanako', await fob(at, '10000001'));
    await update(at, '10000001', 'lost');
    const order = async (name: string) =>
      (await at.bank('POST', `/v1/users/${name}/hardware-token`, {})).body.requestId;
    const [lost, further] = [await order('hanako'), await order('jiro')];
    for (const serial of ['20000001', '20000002']) await fob(at, serial, null);
    await ship(at, '20000001', { cause: 'lost' });
    await ship(at, '20000002');
    expect(
      at.rows(`SELECT login_id, purpose, note FROM audit WHERE operation = 'shipHardware' ORDER BY audit_id`),
    ).toEqual([
      { login_id: 'hanako', purpose: 'lost', note: `reissue, 1100 yen; order ${lost} of hanako; in place of 10000001` },
      { login_id: 'jiro', purpose: 'additional', note: `additional, 1100 yen; order ${further} of jiro` },
    ]);
  });
});

describe('PATCH /v1/branch/hardware-tokens/{serial}', () => {
  test.each(['lost', 'stolen', 'broken', 'retired'])('%s: all who share it are blocked for good', async (status) => {
    const at = await office({ hardware: { reusableAfterRevocation: true } });
    await person(at, 'boss', 'master');
    await person(at, 'hanako');
    const token = await fob(at, '10000001');
    await activated(at, 'boss', token);
    await activated(at, 'hanako', token);
    const answer = await update(at, '10000001', status);
    expect(answer.body).toMatchObject({
      outcome: 'done',
      reason: null,
      serial: '10000001',
      status,
      results: ['boss', 'hanako'].map((loginId) => ({
        loginId,
        outcome: 'revoked',
        serial: '10000001',
        status: 'revoked',
      })),
    });
    for (const loginId of ['boss', 'hanako']) {
      const check = { loginId, operation: 'transfer', otp: token.code() };
      expect((await at.bank('POST', '/v1/validations', check)).body).toMatchObject({ reason: 'revoked' });
      expect((await otpOf(at, loginId)).status).toBe('revoked');
    }
    at.clock.advance(24 * 3_600_000);
    expect((await activate(at, 'hanako', token.code(), '10000001')).body.reason).toBe('serialNotReusable');
    expect((await unlock(at, '10000001')).body).toMatchObject({ outcome: 'refused', reason: 'mustBeReissued', status });
    const causes = at.rows('SELECT end_cause FROM assignments').map((row) => row.end_cause);
    expect(new Set(causes)).toEqual(new Set([status === 'retired' ? 'other' : status]));
  });

  test('what was lost can be called otherwise later, until it is retired', async () => {
    const at = await office();
    await fob(at, '10000001', null);
    for (const status of ['lost', 'stolen', 'broken', 'retired']) {
      expect((await update(at, '10000001', status)).body).toMatchObject({ outcome: 'done', status, results: [] });
    }
    expect((await update(at, '10000001', 'lost')).body).toEqual({
      outcome: 'refused',
      reason: 'outOfUse',
      serial: '10000001',
      status: 'retired',
      results: [],
    });
  });

  test('knows no other status, and demands the written application where the institution does', async () => {
    const at = await office({ branch: { documentRequired: true } });
    await fob(at, '10000001', null);
    for (const status of ['active', 'inStock', 'expired'])
      expect((await update(at, '10000001', status)).status).toBe(400);
    for (const answer of [
      await update(at, '10000001', 'lost', { document: undefined }),
      await ship(at, '10000001', { document: undefined }),
      await unlock(at, '10000001', { document: undefined }),
    ]) {
      expect([answer.status, answer.body.fields[0].path]).toEqual([400, 'document']);
    }
    expect((await update(at, '99999999', 'lost')).status).toBe(404);
    expect(await serials(at, '?status=inStock')).toEqual(['10000001']);
  });

  test('the log names the token, everybody who used it and who acted', async () => {
    const at = await office();
    await person(at, 'hanako');
    await activated(at, 'hanako', await fob(at, '10000001'));
    await update(at, '10000001', 'lost');
    const rows = at.rows(`SELECT login_id, token_id, purpose, outcome, operator, document FROM audit
      WHERE operation = 'updateHardware' ORDER BY audit_id`);
    const common = { token_id: 'fob-10000001', purpose: 'lost', ...written };
    expect(rows).toEqual([
      { ...common, login_id: 'hanako', outcome: 'revoked' },
      { ...common, login_id: null, outcome: 'done' },
    ]);
    for (const status of ['retired', 'lost']) await update(at, '10000001', status);
    expect(
      at.rows(`SELECT purpose, outcome, reason, operator, document FROM audit
        WHERE operation = 'updateHardware' AND purpose = 'lost' AND outcome <> 'revoked' ORDER BY audit_id`),
    ).toEqual([
      { purpose: 'lost', outcome: 'done', reason: null, ...written },
      { purpose: 'lost', outcome: 'refused', reason: 'outOfUse', ...written },
    ]);
  });

  test('one that is retired when its time was over ended by that: the next one is free (M1 section 3)', async () => {
    const at = await office({ application: 'selfService', reissue: { waitMinutes: 0, closed: null } });
    for (const loginId of ['hanako', 'jiro']) await person(at, loginId);
    const end = { expiresAtMs: at.clock.nowMs() + 600_000 };
    await activated(at, 'hanako', await fob(at, '10000001', 'C-1', end));
    await activated(at, 'jiro', await fob(at, '10000002', 'C-1', end));
    await update(at, '10000001', 'retired');
    at.clock.advance(600_000);
    await update(at, '10000002', 'retired');
    const feeOf = async (loginId: string) =>
      (await at.bank('POST', `/v1/users/${loginId}/hardware-token`, {})).body.fee;
    expect(await feeOf('hanako')).toEqual({ kind: 'additional', amountYen: 1100 });
    expect(await feeOf('jiro')).toEqual({ kind: 'free', amountYen: 0 });
  });
});

describe('POST /v1/branch/hardware-tokens/{serial}/unlock', () => {
  test('lifts the lockout of a token that no login ID leads to', async () => {
    const at = await office();
    await person(at, 'hanako');
    await person(at, 'jiro');
    const [token, other] = [await fob(at, '10000001'), await fob(at, '10000002')];
    for (let i = 0; i < 5; i++) await activate(at, 'hanako', token.wrong(), token.serial);
    // She goes on with another one: nobody's trial leads to the first any more.
    await activated(at, 'hanako', other);
    const byUser = { ...written, loginIds: ['hanako'] };
    expect((await at.branch('POST', '/v1/branch/unlocks', byUser)).body.results[0].reason).toBe('notLocked');
    expect((await unlock(at, '10000001')).body).toEqual({
      outcome: 'unlocked',
      reason: null,
      serial: '10000001',
      status: 'shipped',
    });
    expect((await activate(at, 'jiro', token.code(), '10000001')).body.outcome).toBe('accepted');
  });

  test('lifts it for all who share a token in use, and names them in the log', async () => {
    const at = await office();
    for (const name of ['hanako', 'jiro', 'saburo']) await person(at, name);
    const token = await fob(at, '10000001');
    for (const name of ['hanako', 'jiro']) await activated(at, name, token);
    await lockOut(at, 'jiro', token);
    expect((await activate(at, 'saburo', token.code(), '10000001')).body.reason).toBe('locked');
    expect((await unlock(at, '10000001')).body).toMatchObject({ outcome: 'unlocked', status: 'active' });
    for (const name of ['hanako', 'jiro']) expect((await otpOf(at, name)).status).toBe('active');
    await unlock(at, '10000001');
    const rows = at.rows(`SELECT login_id, token_id, outcome, reason, operator, document FROM audit
      WHERE operation = 'unlock' ORDER BY audit_id`);
    const common = { login_id: null, token_id: 'fob-10000001', outcome: 'unlocked', ...written };
    // Who only tried to register it does not share it.
    expect(rows).toEqual([
      { ...common, login_id: 'hanako', reason: 'shared' },
      { ...common, login_id: 'jiro', reason: 'shared' },
      { ...common, reason: null },
      { ...common, outcome: 'refused', reason: 'notLocked' },
    ]);
  });

  test('is refused for what is not locked, has ended, or only a new token helps', async () => {
    const at = await office({ lockout: { afterFailures: 5, disableAfterFailures: 5 } });
    await person(at, 'hanako');
    await fob(at, '10000001', null);
    expect((await unlock(at, '10000001')).body).toEqual({
      outcome: 'refused',
      reason: 'notLocked',
      serial: '10000001',
      status: 'inStock',
    });
    const dead = await fob(at, '10000002');
    for (let i = 0; i < 5; i++) await activate(at, 'hanako', dead.wrong(), dead.serial);
    expect((await unlock(at, '10000002')).body).toMatchObject({ reason: 'mustBeReissued', status: 'disabled' });
    await fob(at, '10000003', null, { expiresAtMs: at.clock.nowMs() });
    expect((await unlock(at, '10000003')).body).toMatchObject({ reason: 'tokenExpired', status: 'expired' });
    expect((await unlock(at, '99999999')).status).toBe(404);
  });
});

describe('the store itself, whatever was decided before', () => {
  const refusals: readonly (readonly [string, string, string, string | null])[] = [
    ['of another contract', '10000001', 'C-2', null],
    ['in use', '10000002', 'C-1', null],
    ['for an order that nobody made', '10000003', 'C-1', 'unknown'],
    ['for an order of another contract', '10000003', 'C-2', 'by-hanako'],
    ['for an order that was fulfilled', '10000003', 'C-1', 'by-jiro'],
  ];

  test('ships nothing that belongs to others or is in use, and for no order that is not open in that contract', async () => {
    const at = await office();
    await person(at, 'hanako');
    await person(at, 'jiro');
    await person(at, 'other', 'general', { contractId: 'C-2' });
    await fob(at, '10000001');
    await activated(at, 'other', await fob(at, '10000002', 'C-2'));
    databaseOf(at.folder).query("UPDATE tokens SET contract_id = NULL WHERE serial = '10000002'");
    await fob(at, '10000003', null);
    await at.store.transaction('1001', async (t) => {
      for (const loginId of ['hanako', 'jiro']) {
        const request = { serviceId: '1001', assignmentId: `of-${loginId}`, loginId, requestId: `by-${loginId}` };
        const fresh = { priorStatus: 'unregistered', previousAssignmentId: null } as const;
        await t.addRequest({ ...request, ...fresh, fee: { kind: 'free', amountYen: 0 }, requestedAtMs: 0 });
      }
    });
    await fob(at, '10000004', 'C-1', { requestId: 'by-jiro' });
    const rows = () => [at.rows('SELECT * FROM tokens'), at.rows('SELECT * FROM assignments')];
    const before = rows();
    expect(at.rows("SELECT status FROM assignments WHERE login_id = 'jiro'")).toEqual([{ status: 'issued' }]);
    for (const [what, serial, contractId, requestId] of refusals) {
      const shipped = await at.store.transaction('1001', (t) => t.shipToken('1001', serial, contractId, requestId));
      expect([what, shipped, rows()]).toEqual([what, false, before]);
    }
  });

  test('registers a token on the order that is named, and forgets what this user tried and nobody else', async () => {
    const at = await office();
    for (const loginId of ['hanako', 'jiro']) await person(at, loginId);
    const token = await fob(at, '10000001');
    await fob(at, '10000002');
    const nowMs = at.clock.nowMs();
    const about = { serviceId: '1001', assignmentId: 'order', loginId: 'hanako' };
    const fresh = { priorStatus: 'unregistered', previousAssignmentId: null } as const;
    await at.store.transaction('1001', async (t) => {
      const fee = { kind: 'free', amountYen: 0 } as const;
      await t.addRequest({ ...about, ...fresh, requestId: 'one', fee, requestedAtMs: nowMs });
      for (const loginId of ['hanako', 'jiro']) await t.setTried('1001', loginId, 'fob-10000002');
      await t.registerHardware({ ...about, ...fresh, tokenId: token.tokenId, nowMs });
    });
    expect(await at.store.user('1001', 'hanako')).toMatchObject({
      assignment: { assignmentId: 'order', status: 'active' },
      token: { tokenId: token.tokenId },
      triedTokenId: null,
    });
    expect((await at.store.user('1001', 'jiro'))?.triedTokenId).toBe('fob-10000002');
    expect(at.rows('SELECT activated_at_ms AS at FROM assignments')).toEqual([{ at: nowMs }]);
  });

  test('unlocks only what is locked, and takes out of use only hardware that is not void', async () => {
    const at = await office();
    const app = await setUp(at);
    await fob(at, '10000001');
    const nobody = await fob(at, '10000002');
    databaseOf(at.folder).query(`UPDATE tokens SET status = 'void' WHERE token_id = '${nobody.tokenId}'`);
    await at.store.transaction('1001', (t) => t.setTried('1001', app.loginId, 'fob-10000001'));
    const software = (await at.store.user('1001', app.loginId))?.token?.tokenId ?? '';
    const rows = () => [at.rows('SELECT * FROM tokens'), at.rows('SELECT * FROM users')];
    const before = rows();
    await at.store.transaction('1001', async (t) => {
      for (const tokenId of ['fob-10000001', nobody.tokenId, software])
        expect([tokenId, await t.unlockToken('1001', tokenId)]).toEqual([tokenId, false]);
      for (const tokenId of [nobody.tokenId, software, 'unknown'])
        expect([tokenId, await t.disableToken('1001', tokenId, 'lost')]).toEqual([tokenId, false]);
    });
    expect(rows()).toEqual(before);
  });
});
