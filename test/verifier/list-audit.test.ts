import { expect, test } from 'vitest';
import { type AuditEntry, auditEntry } from '../../verifier/audit.ts';
import type { Along, KeptAnswer } from '../../verifier/store/store.ts';
import { databaseOf, postgresUrl } from './database.ts';
import {
  type Answer,
  activationPassword,
  activeToken,
  addUser,
  type Bench,
  bench,
  institutionOf,
  setUp,
  validate,
} from './fixture.ts';
import { activated, check, fob, office, person, written } from './office.ts';
import { wrongCode } from './totp.ts';

type List = (query: string) => Promise<Answer>;

async function asAuditor(at: Bench, serviceId?: string): Promise<List> {
  const key = await at.key(['audit'], serviceId);
  return (query) => at.anyone('GET', `/v1/audit${query}`, undefined, { authorization: `Bearer ${key}` });
}

/** Each database gives bytes in a class of its own. */
const bytesOf = ({ keyMac, bodyMac, sealedAnswer }: KeptAnswer) => ({
  keyMac: [...keyMac],
  bodyMac: [...bodyMac],
  sealedAnswer: [...sealedAnswer],
});

type Item = { readonly id: number; readonly at: string; readonly loginId: string };

/** Page after page, each of so many rows at most. */
async function pages(list: List, query: string, limit: number): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let cursor = ''; ; ) {
    const page = (await list(`?limit=${limit}${query}${cursor}`)).body;
    expect(page.items.length).toBeLessThanOrEqual(limit);
    // A cursor leads to more, or there is none.
    if (cursor !== '') expect(page.items).not.toEqual([]);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = `&cursor=${page.nextCursor}`;
  }
}

test('lists what happened, oldest first, in the words of the interface and without a code', async () => {
  const at = await bench();
  const list = await asAuditor(at);
  const token = await activeToken(at);
  const wrong = wrongCode(token.code());
  await validate(at, wrong, { reference: 'T-1' });
  await validate(at, token.code());
  const answer = await list('');
  expect(answer.status).toBe(200);
  const { items, nextCursor } = answer.body;
  expect(nextCursor).toBe(null);
  expect(items.map((item: { operation: string; outcome: string }) => [item.operation, item.outcome])).toEqual([
    ['putContract', 'done'],
    ['putUser', 'done'],
    ['issueSoftware', 'issued'],
    ['provision', 'provisioned'],
    ['activate', 'accepted'],
    ['validate', 'rejected'],
    ['validate', 'accepted'],
  ]);
  expect(items[5]).toEqual({
    id: 6,
    at: new Date(at.clock.nowMs()).toISOString(),
    operation: 'validate',
    purpose: 'transfer',
    outcome: 'rejected',
    reason: 'wrong',
    loginId: 'hanako',
    keyId: at.apiKey.split('_')[1],
    actingLoginId: null,
    operator: null,
    document: null,
    reference: 'T-1',
    note: null,
    tokenId: expect.any(String),
    tokenNumber: 4,
  });
  expect(items.map((item: { tokenNumber: number }) => item.tokenNumber)).toEqual([null, null, 1, 2, 3, 4, 5]);
  for (const secret of [wrong, token.code(), activationPassword]) expect(answer.text).not.toContain(secret);
});

test('every field of a decision stands in its row and its answer is kept beside it, whatever wrote them', async () => {
  const at = await bench();
  const { store } = at;
  await activeToken(at);
  await setUp(at, 'ichiro');
  const serviceId = '1001';
  const read = async (loginId: string) => (await store.user(serviceId, loginId)) ?? expect.unreachable();
  const [hanako, ichiro] = [await read('hanako'), await read('ichiro')];
  const [used, fresh] = [hanako.token ?? expect.unreachable(), ichiro.token ?? expect.unreachable()];
  const written: AuditEntry[] = [];
  const answers: KeptAnswer[] = [];
  const along = (tokenId: string | null): Along => {
    const mark = written.length;
    const texts = (name: string) => `${name} ${mark}`;
    const audit: AuditEntry = {
      ...{ serviceId, atMs: at.clock.nowMs() + mark, operation: 'validate', tokenId, loginId: texts('login') },
      ...{ actor: texts('actor'), purpose: texts('purpose'), outcome: texts('outcome'), reason: texts('reason') },
      ...{ reference: texts('reference'), actingLoginId: texts('acting'), operator: texts('operator') },
      ...{ document: texts('document'), note: texts('note') },
    };
    const bytes = (first: number) => new Uint8Array([first, mark]);
    const kept = { keyMac: bytes(1), bodyMac: bytes(2), status: 200 + mark, sealedAnswer: bytes(3) };
    written.push(audit);
    answers.push({ ...kept, expiresAtMs: at.clock.nowMs() + 1_000 + mark });
    return { audit, kept: answers.at(-1) ?? null };
  };
  const key = { serviceId, tokenId: used.tokenId, loginId: 'hanako' };
  const limits = { assignmentStatus: 'active', driftSteps: 0, afterFailures: 5, disableAfterFailures: 100 } as const;
  const drift = { beforeSteps: 0, afterSteps: 0 };
  const wrong = along(used.tokenId);
  await store.countFailure({ ...key, ...limits, along: () => wrong });
  await store.record(along(used.tokenId));
  await store.record(along(null));
  expect(await store.acceptStep({ ...key, step: used.lastStep + 1, drift, along: along(used.tokenId) })).toBe(true);
  await store.transaction(serviceId, async (transaction) => {
    const wrongAgain = along(used.tokenId);
    await transaction.countFailure({ ...key, ...limits, along: () => wrongAgain });
    await transaction.acceptStep({ ...key, step: used.lastStep + 2, drift, along: along(used.tokenId) });
    const { audit, kept } = along(used.tokenId);
    await transaction.addAudit(audit);
    if (kept !== null) await transaction.keepAnswer(serviceId, kept, audit.atMs);
  });
  const activated = await store.activateToken({
    ...{ serviceId, tokenId: fresh.tokenId, loginId: 'ichiro', along: along(fresh.tokenId) },
    ...{ assignmentId: ichiro.assignment?.assignmentId ?? '', step: 1, nowMs: at.clock.nowMs() },
    ...{ sealedSeed: new Uint8Array(32), seedVersion: fresh.seedVersion },
  });
  expect(activated).toBe(true);
  const rows = await store.auditLog.list({ serviceId, sinceMs: null, loginId: null, afterId: 0, limit: 500 });
  const last = rows.slice(-written.length).map(({ auditId: _, tokenNumber: __, ...row }) => row);
  expect(last).toEqual(written);
  for (const kept of answers) {
    const found = await store.keptAnswer(serviceId, kept.keyMac, at.clock.nowMs());
    expect(found && { ...found, ...bytesOf(found) }).toEqual({ ...kept, ...bytesOf(kept) });
  }
});

test('names the operator and the document of a branch’s call', async () => {
  const at = await bench();
  const list = await asAuditor(at);
  await addUser(at);
  const branch = await at.key(['branch']);
  const body = { operator: 'S-0042', document: 'D-2026-0815', loginIds: ['hanako'] };
  await at.anyone('POST', '/v1/branch/unlocks', body, { authorization: `Bearer ${branch}` });
  const { items } = (await list('?loginId=hanako')).body;
  expect(items.at(-1)).toMatchObject({
    operation: 'unlock',
    loginId: 'hanako',
    keyId: branch.split('_')[1],
    actingLoginId: null,
    operator: 'S-0042',
    document: 'D-2026-0815',
  });
});

test('names the user who acted for another one, and what a report of misuse tells', async () => {
  const at = await office();
  const list = await asAuditor(at);
  await person(at, 'boss', 'master');
  await person(at, 'hanako');
  await activated(at, 'hanako', await fob(at));
  await at.bank('POST', '/v1/unlocks', { actor: 'boss', loginIds: ['hanako'] });
  const report = { ...written, loginId: 'hanako', description: '身に覚えのない振込' };
  await at.branch('POST', '/v1/branch/compromise-reports', report);
  const { items } = (await list('?loginId=hanako')).body;
  const of = (operation: string) => items.find((item: { operation: string }) => item.operation === operation);
  expect(of('unlock')).toMatchObject({ actingLoginId: 'boss', operator: null, document: null, note: null });
  expect(of('reportCompromise')).toMatchObject({ actingLoginId: null, ...written, note: report.description });
});

test('pages through any number of rows without losing or repeating one, by user and by time too', async () => {
  const at = await bench();
  const list = await asAuditor(at);
  const startMs = at.clock.nowMs() - 200_000;
  await at.store.transaction('1001', async (transaction) => {
    for (let i = 0; i < 137; i++) {
      const row = { serviceId: '1001', operation: 'validate', outcome: 'accepted' } as const;
      // Times that are out of order by some seconds, as transactions that waited leave them.
      const atMs = startMs + i * 1_000 - (i % 7) * 1_500;
      await transaction.addAudit(auditEntry({ ...row, atMs, loginId: `user${i % 3}` }));
    }
  });
  const all = (query: string, limit: number) => pages(list, query, limit);
  const everything = await all('', 500);
  const ids = everything.map(({ id }) => id);
  expect(ids).toEqual(Array.from({ length: 137 }, (_, i) => i + 1));
  for (const limit of [1, 10, 136, 137, 138]) expect(await all('', limit)).toEqual(everything);
  expect(await all('&loginId=user1', 10)).toEqual(everything.filter(({ loginId }) => loginId === 'user1'));
  for (const second of [0, 1, 60, 130, 200]) {
    const since = new Date(startMs + second * 1_000).toISOString();
    expect(await all(`&since=${since}`, 20)).toEqual(everything.filter((item) => item.at >= since));
  }
  const tokyo = encodeURIComponent('2026-11-21T08:57:50+09:00');
  expect((await all(`&since=${tokyo}`, 500))[0]?.id).toBe((await all('&since=2026-11-20T23:57:50Z', 500))[0]?.id);
});

test('whoever keeps the last cursor goes on later without missing or repeating a row, one that tells an earlier time too', async () => {
  const at = await bench();
  const list = await asAuditor(at);
  const nowMs = at.clock.nowMs();
  const write = (count: number, atMs: number) =>
    at.store.transaction('1001', async (transaction) => {
      const row = { serviceId: '1001', operation: 'validate', outcome: 'accepted', atMs } as const;
      for (let i = 0; i < count; i++) await transaction.addAudit(auditEntry(row));
    });
  const had: number[] = [];
  let cursor: string | null = null;
  const follow = async () => {
    for (;;) {
      const asked: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { items, nextCursor } = (await list(`?limit=4${asked}`)).body;
      had.push(...items.map(({ id }: Item) => id).filter((id: number) => id > (had.at(-1) ?? 0)));
      if (nextCursor === null) return;
      cursor = nextCursor;
    }
  };
  let written = 0;
  for (const [count, minutesAgo] of [
    [0, 0],
    [3, 0],
    [1, 60],
    [9, 0],
    [0, 0],
    [4, 600],
    [1, 0],
  ] as const) {
    await write(count, nowMs - minutesAgo * 60_000);
    written += count;
    await follow();
    expect(had).toEqual(Array.from({ length: written }, (_, i) => i + 1));
  }
});

test('a user’s pages hold all of their rows, however many codes a shared key fob accepted, and after the oldest are gone', async () => {
  const at = await office({
    reissue: { waitMinutes: 0, closed: null },
    hardware: { sharing: true, reusableAfterRevocation: true },
  });
  const list = await asAuditor(at);
  for (const id of ['hanako', 'jiro']) await person(at, id);
  const [shared, own] = [await fob(at, '10000001'), await fob(at, '10000002')];
  for (const id of ['hanako', 'jiro']) await activated(at, id, shared);
  for (let i = 0; i < 300; i++) {
    if (i === 90) {
      await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'] });
      await activated(at, 'hanako', own);
    }
    if (i === 190) {
      await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'] });
      await activated(at, 'hanako', shared);
    }
    const who = i % 3 === 0 ? 'jiro' : 'hanako';
    const used = who === 'hanako' && i >= 90 && i < 190 ? own : shared;
    if (i % 40 === 7) await check(at, who, used.wrong());
    expect((await check(at, who, used.code())).body.outcome).toBe('accepted');
    at.clock.advance(60_000);
  }
  const assertPages = async () => {
    const everything = await pages(list, '', 500);
    for (const who of ['hanako', 'jiro', 'saburo']) {
      const rows = everything.filter(({ loginId }) => loginId === who);
      for (const limit of [3, 64, 500]) expect(await pages(list, `&loginId=${who}`, limit)).toEqual(rows);
      for (const share of [0.3, 0.5, 0.9]) {
        const since = everything[Math.floor(everything.length * share)]?.at ?? '';
        const later = rows.filter((item) => item.at >= since);
        expect(await pages(list, `&loginId=${who}&since=${since}`, 10)).toEqual(later);
      }
    }
    return everything.length;
  };
  expect(await assertPages()).toBeGreaterThan(300);
  for (const upTo of [40, 150]) {
    databaseOf(at.folder).query('DELETE FROM audit WHERE audit_id <= ?', upTo);
    await assertPages();
  }
});

test('shows nothing of another institution, and neither do its cursors', async () => {
  const at = await bench();
  await at.store.transaction('2002', (transaction) =>
    transaction.putInstitution(institutionOf({ serviceId: '2002' }), at.clock.nowMs()),
  );
  const [list, other] = [await asAuditor(at), await asAuditor(at, '2002')];
  await addUser(at);
  const first = (await list('?limit=1')).body;
  expect(first.items).toHaveLength(1);
  expect((await other('')).body).toEqual({ items: [], nextCursor: null });
  expect((await other(`?cursor=${first.nextCursor}`)).body.items).toEqual([]);
  expect((await other('?loginId=hanako')).body.items).toEqual([]);
});

test('is for keys with the scope audit alone', async () => {
  const at = await bench();
  expect((await at.bank('GET', '/v1/audit')).status).toBe(403);
  expect((await at.anyone('GET', '/v1/audit')).status).toBe(401);
  const branch = await at.key(['bank', 'branch']);
  expect((await at.anyone('GET', '/v1/audit', undefined, { authorization: `Bearer ${branch}` })).status).toBe(403);
});

test.each([
  ['since=yesterday', 'since'],
  ['since=2026-11-21', 'since'],
  ['loginId=', 'loginId'],
  ['limit=0', 'limit'],
  ['limit=501', 'limit'],
  ['limit=x', 'limit'],
  ['cursor=x', 'cursor'],
  ...['["1 OR 1=1"]', '[1.5]', '[-1]', '[9007199254740993]', '{}'].map((text) => [
    `cursor=${Buffer.from(text).toString('base64url')}`,
    'cursor',
  ]),
  ['until=2026-11-21T00:00:00Z', 'until'],
])('refuses ?%s and names the field', async (query, field) => {
  const at = await bench();
  const list = await asAuditor(at);
  const answer = await list(`?${query}`);
  expect([answer.status, answer.body.code, answer.body.fields?.[0].path]).toEqual([400, 'malformed', field]);
});

// PostgreSQL has all of a user's rows in an index.
test.skipIf(postgresUrl !== null)(
  'an accepted code changes no page of the index by user; rows that name each other in a circle are listed once',
  async () => {
    const at = await office();
    await person(at, 'hanako');
    const token = await fob(at);
    await activated(at, 'hanako', token);
    for (let i = 0; i < 3; i++) {
      expect((await check(at, 'hanako', token.code())).body.outcome).toBe('accepted');
      at.clock.advance(60_000);
    }
    await check(at, 'hanako', token.wrong());
    const rows = at.rows(`SELECT audit_id, previous_accepted_id AS previous FROM audit WHERE operation = 'validate'`);
    const [first, second] = rows.map((row) => row.audit_id);
    expect(rows.map(({ previous }) => previous)).toEqual([0, first, second, null]);

    databaseOf(at.folder).query(
      'UPDATE audit SET previous_accepted_id = audit_id + 1 WHERE audit_id = ?',
      Number(first),
    );
    const { items } = (await (await asAuditor(at))('?loginId=hanako')).body;
    expect(items.filter(({ operation }: { operation: string }) => operation === 'validate')).toHaveLength(4);
  },
);
