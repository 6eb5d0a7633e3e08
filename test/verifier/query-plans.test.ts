import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
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
