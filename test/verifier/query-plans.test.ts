import { DatabaseSync } from 'node:sqlite';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { expect, test } from 'vitest';
import { auditLogOver } from '../../verifier/store/audit-log-sql.ts';
import { followedBack, markBehind, rowsOfUser } from '../../verifier/store/audit-of-user.ts';
import { lapsedIssues } from '../../verifier/store/lapsed.ts';
import { holdersWithTokens, tokensInPlace } from '../../verifier/store/reads.ts';
import { stockReaderOver } from '../../verifier/store/reads-stock.ts';
import type { ListStock } from '../../verifier/store/store.ts';
import type { Tables } from '../../verifier/store/tables.ts';
import { bench } from './fixture.ts';

/** What the store looks up by something else than the primary key: the condition, and the index that answers it. */
test.each([
  ['users', `contract_id = 'C-1' AND login_id > 'a' ORDER BY login_id LIMIT 50`, 'users_by_contract'],
  ['users', `tried_token_id = 't'`, 'users_by_tried_token'],
  ['tokens', `serial = '00123456'`, 'tokens_by_serial'],
  ['tokens', `contract_id = 'C-1'`, 'tokens_by_contract'],
  ['assignments', `user_id = 'u'`, 'assignments_by_user_id'],
  ['assignments', `token_id = 't'`, 'assignments_by_token'],
  ['assignments', `login_id = 'hanako' ORDER BY activated_at_ms DESC LIMIT 1`, 'assignments_by_user'],
  ['assignments', `request_id = 'r'`, 'assignments_by_request'],
])('%s by %s is looked up in its index, not in the whole institution', async (table, condition, index) => {
  const at = await bench();
  const database = new DatabaseSync(`${at.folder}/verifier.sqlite`, { readOnly: true });
  try {
    const sql = `EXPLAIN QUERY PLAN SELECT * FROM ${table} WHERE service_id = '1001' AND ${condition}`;
    const plan = database
      .prepare(sql)
      .all()
      .map(({ detail }) => detail);
    expect(plan).toEqual([expect.stringContaining(`USING INDEX ${index} (`)]);
  } finally {
    database.close();
  }
});

/** A query as it is sent, with its values: the first, or one of those after it. */
async function queryOf(asked: (db: Kysely<Tables>) => Promise<unknown>, number = 0) {
  const sent: { readonly sql: string; readonly parameters: readonly unknown[] }[] = [];
  const db = new Kysely<Tables>({
    dialect: {
      createDriver: () => new DummyDriver(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (of) => new SqliteIntrospector(of),
    },
    log: ({ query }) => void sent.push(query),
  });
  await asked(db);
  const query = sent[number];
  if (query === undefined) throw new Error('nothing was asked');
  return query;
}

/** The steps by which SQLite would answer it. */
async function planOf(asked: (db: Kysely<Tables>) => Promise<unknown>, number = 0): Promise<readonly string[]> {
  const at = await bench();
  const database = new DatabaseSync(`${at.folder}/verifier.sqlite`, { readOnly: true });
  try {
    const { sql, parameters } = await queryOf(asked, number);
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as string[]));
    return plan.map(({ detail }) => String(detail));
  } finally {
    database.close();
  }
}

test('issues that lapsed are found through the index of those that still have something to wipe', async () => {
  expect(await planOf((db) => lapsedIssues(db, 5, 25))).toEqual([
    'SEARCH assignments USING INDEX assignments_lapsing (lapses_at_ms<?)',
  ]);
});

const soon = { expiringBeforeMs: 9 };
test.each<[Partial<ListStock>, string]>([
  [{}, 'tokens_by_serial (service_id=? AND serial>?)'],
  [{ status: 'active' }, 'tokens_by_serial (service_id=? AND serial>?)'],
  [{ status: 'inStock' }, 'tokens_waiting (service_id=? AND serial>?)'],
  [{ status: 'shipped' }, 'tokens_waiting (service_id=? AND serial>?)'],
  [{ status: 'locked' }, 'tokens_stopped (service_id=? AND status=?)'],
  [{ status: 'disabled' }, 'tokens_stopped (service_id=? AND status=?)'],
  [{ status: 'lost' }, 'tokens_stopped (service_id=? AND status=? AND status_detail=? AND serial>?)'],
  [{ status: 'expired' }, 'tokens_by_expiry (service_id=? AND expires_at_ms>? AND expires_at_ms<?)'],
  [soon, 'tokens_by_expiry (service_id=? AND expires_at_ms>? AND expires_at_ms<?)'],
  [
    { ...soon, inUse: true, replaced: false },
    'tokens_by_expiry (service_id=? AND expires_at_ms>? AND expires_at_ms<?)',
  ],
  [
    { ...soon, after: { expiresAtMs: 7, serial: '00123456' } },
    'tokens_by_expiry (service_id=? AND (expires_at_ms,serial)>(?,?) AND expires_at_ms<?)',
  ],
  [{ contractId: 'C-1' }, 'tokens_by_contract (service_id=? AND contract_id=?)'],
])('the stock by %j is read through its index, and all that is beside it through theirs', async (list, index) => {
  const all = { status: null, contractId: null, expiringBeforeMs: null, inUse: null, replaced: null, after: null };
  const asked = { serviceId: '1001', nowMs: 5, limit: 50, ...all, ...list };
  const plan = await planOf((db) => stockReaderOver(db).stock(asked));
  expect(plan[0]).toBe(`SEARCH tokens USING INDEX ${index}`);
  expect(plan.filter((detail) => detail.startsWith('SCAN'))).toEqual([]);
});

test('a software token is found by its row number, and of contracts only those are looked at whose OTP start later', async () => {
  expect(await planOf((db) => tokensInPlace(db, '1001', 'hanako').execute())).toEqual([
    'SEARCH tokens USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)',
    'SEARCH starting USING COVERING INDEX contracts_starting (service_id=? AND contract_id=?) LEFT-JOIN',
  ]);
});

test('any other token in use is found by primary keys', async () => {
  expect(await planOf((db) => holdersWithTokens(db, '1001', 'hanako').execute())).toEqual([
    'SEARCH holders USING PRIMARY KEY (service_id=? AND login_id=?)',
    'SEARCH tokens USING INTEGER PRIMARY KEY (rowid=?)',
    'SEARCH starting USING COVERING INDEX contracts_starting (service_id=? AND contract_id=?) LEFT-JOIN',
  ]);
});

test('accepted codes are followed back from row to row, and begin at marked ones', async () => {
  expect(await planOf((db) => markBehind(db, '1001', 't', 5).execute())).toEqual([
    'SEARCH audit USING INDEX audit_marks (service_id=? AND token_id=? AND audit_id>?)',
  ]);
  const plan = await planOf((db) => followedBack(db, 9, 5));
  expect(plan.filter((detail) => detail.includes(' audit'))).toEqual([
    'SEARCH audit USING INTEGER PRIMARY KEY (rowid=?)',
    'SEARCH audit USING INTEGER PRIMARY KEY (rowid=?)',
  ]);
});

test('neither a page nor a user’s page of the log is sorted', async () => {
  const page = { serviceId: '1001', sinceMs: null, loginId: null, afterId: 5, limit: 50 };
  const planOfPage = (more: object, number: number) =>
    planOf((db) => auditLogOver(db, () => Promise.reject(), { ofUser: rowsOfUser }).list({ ...page, ...more }), number);
  const byInstitution = ['SEARCH audit USING INDEX audit_by_institution (service_id=? AND audit_id>?)'];
  const byUser = ['SEARCH audit USING INDEX audit_by_user (service_id=? AND login_id=? AND audit_id>?)'];
  expect(await planOfPage({}, 0)).toEqual(byInstitution);
  expect(await planOfPage({ sinceMs: 7 }, 1)).toEqual(byInstitution);
  // Before it the newest row is asked for.
  expect(await planOfPage({ loginId: 'x' }, 1)).toEqual(byUser);
  expect(await planOfPage({ loginId: 'x', sinceMs: 7 }, 2)).toEqual(byUser);
});
