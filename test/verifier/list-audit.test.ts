import { expect, test } from 'vitest';
import { auditEntry } from '../../verifier/audit.ts';
import { postgresUrl } from './database.ts';
import { activationPassword, activeToken, addUser, type Bench, bench, institutionOf, validate } from './fixture.ts';
import { wrongCode } from './totp.ts';

async function asAuditor(at: Bench, serviceId?: string) {
  const key = await at.key(['audit'], serviceId);
  const list = (query = '') => at.anyone('GET', `/v1/audit${query}`, undefined, { authorization: `Bearer ${key}` });
  return list;
}

test('lists what happened, oldest first, in the words of the interface and without a code', async () => {
  const at = await bench();
  const list = await asAuditor(at);
  const token = await activeToken(at);
  const wrong = wrongCode(token.code());
  await validate(at, wrong, { reference: 'T-1' });
  await validate(at, token.code());
  const answer = await list();
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
    operator: 'S-0042',
    document: 'D-2026-0815',
  });
});

test('pages through any number of rows without losing or repeating one, by user and by time too', async () => {
  const at = await bench();
  const list = await asAuditor(at);
  const startMs = at.clock.nowMs() - 200_000;
  await at.store.transaction(async (transaction) => {
    for (let i = 0; i < 137; i++) {
      const row = { serviceId: '1001', operation: 'validate', outcome: 'accepted' } as const;
      // Times that are out of order by some seconds, as transactions that waited leave them.
      const atMs = startMs + i * 1_000 - (i % 7) * 1_500;
      await transaction.addAudit(auditEntry({ ...row, atMs, loginId: `user${i % 3}` }));
    }
  });
  const all = async (query: string, limit: number) => {
    const items: { id: number; at: string; loginId: string }[] = [];
    for (let cursor = ''; ; ) {
      const page = (await list(`?limit=${limit}${query}${cursor}`)).body;
      expect(page.items.length).toBeLessThanOrEqual(limit);
      items.push(...page.items);
      if (page.nextCursor === null) return items;
      cursor = `&cursor=${page.nextCursor}`;
    }
  };
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

test('shows nothing of another institution, and neither do its cursors', async () => {
  const at = await bench();
  await at.store.transaction((transaction) =>
    transaction.putInstitution(institutionOf({ serviceId: '2002' }), at.clock.nowMs()),
  );
  const [list, other] = [await asAuditor(at), await asAuditor(at, '2002')];
  await addUser(at);
  const first = (await list('?limit=1')).body;
  expect(first.items).toHaveLength(1);
  expect((await other()).body).toEqual({ items: [], nextCursor: null });
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
  [`cursor=${Buffer.from('["1 OR 1=1"]').toString('base64url')}`, 'cursor'],
  ['until=2026-11-21T00:00:00Z', 'until'],
])('refuses ?%s and names the field', async (query, field) => {
  const at = await bench();
  const list = await asAuditor(at);
  const answer = await list(`?${query}`);
  expect([answer.status, answer.body.code, answer.body.fields?.[0].path]).toEqual([400, 'malformed', field]);
});

// The words of a plan are SQLite's own.
test.skipIf(postgresUrl !== null)('of a million rows neither a page nor a user’s page is sorted', async () => {
  const at = await bench();
  const plans = (where: string) =>
    at
      .rows(`EXPLAIN QUERY PLAN SELECT * FROM audit WHERE ${where} ORDER BY audit_id LIMIT 50`)
      .map(({ detail }) => detail);
  expect(plans(`service_id = '1001' AND audit_id > 5`)).toEqual([
    'SEARCH audit USING INDEX audit_by_institution (service_id=? AND audit_id>?)',
  ]);
  expect(plans(`service_id = '1001' AND audit_id > 5 AND +at_ms >= 7`)).toEqual([
    'SEARCH audit USING INDEX audit_by_institution (service_id=? AND audit_id>?)',
  ]);
  expect(plans(`service_id = '1001' AND audit_id > 5 AND login_id = 'x' AND +at_ms >= 7`)).toEqual([
    'SEARCH audit USING INDEX audit_by_user (service_id=? AND login_id=? AND audit_id>?)',
  ]);
});
