import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { migrations } from '../../verifier/store/migrations.ts';
import { DatabaseTooNew } from '../../verifier/store/open.ts';
import { openSqliteStore } from '../../verifier/store/sqlite.ts';
import { institutionFile, temporaryFolder } from './fixture.ts';

test('a database of the first version is brought up with all that it holds: a token in use stays in use, an issue open', async () => {
  const path = join(temporaryFolder(), 'verifier.sqlite');
  const old = new DatabaseSync(path);
  old.exec('CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, applied_at_ms INTEGER) STRICT');
  old.exec(migrations[0] ?? '');
  old.exec('INSERT INTO schema_versions VALUES (1, 0)');
  old.prepare('INSERT INTO institutions VALUES (?, ?, 0)').run('1001', JSON.stringify(institutionFile()));
  old.exec(`INSERT INTO contracts VALUES ('1001', 'C-1', 'business', 'x', NULL)`);
  for (const [id, status] of [
    ['hanako', 'active'],
    ['jiro', 'provisioned'],
  ]) {
    old.exec(`INSERT INTO tokens (service_id, token_id, kind, status, algorithm, digits, period_seconds, sealed_seed,
      seed_version, last_step, failures) VALUES ('1001', 't-${id}', 'software', 'active', 'SHA256', 8, 60, x'01', 1, 7, 2)`);
    old.exec(`INSERT INTO users (service_id, login_id, contract_id, name, role, assignment_id)
      VALUES ('1001', '${id}', 'C-1', 'x', 'general', 'a-${id}')`);
    old.exec(`INSERT INTO assignments (service_id, assignment_id, login_id, token_id, status, prior_status, thumbprint,
      issued_at_ms) VALUES ('1001', 'a-${id}', '${id}', 't-${id}', '${status}', 'unregistered', 'p', 0)`);
  }
  old.close();

  const store = openSqliteStore(path, 0);
  const hanako = await store.user('1001', 'hanako');
  expect(hanako).toMatchObject({
    assignment: { status: 'active', kind: 'software' },
    token: { status: 'active', lastStep: 7, failures: 2, contractId: null },
    previous: null,
  });
  expect((await store.user('1001', 'jiro'))?.assignment).toMatchObject({ status: 'provisioned', thumbprint: 'p' });
  const token = { tokenId: 't-hanako', lastStep: 7 };
  expect(await store.otpUser('1001', 'hanako')).toMatchObject({ assignment: { status: 'active' }, token });
  expect(await store.otpUser('1001', 'jiro')).toMatchObject({ assignment: { status: 'provisioned' } });
  const done = await store.transaction('1001', (t) => t.endAssignment('1001', 'a-hanako', 'revoked', 'lost', 5));
  expect(done).toBe(true);
  expect(await store.otpUser('1001', 'hanako')).toMatchObject({ assignment: { status: 'revoked' } });
  await store.close();
  const again = openSqliteStore(path, 0);
  expect((await again.user('1001', 'hanako'))?.assignment).toMatchObject({ status: 'revoked', endCause: 'lost' });
  await again.close();
});

test('a later version that comes while one waits for its turn is refused, and nothing is changed', async () => {
  const path = join(temporaryFolder(), 'verifier.sqlite');
  const later = new DatabaseSync(path);
  onTestFinished(() => later.close());
  later.exec('PRAGMA journal_mode = WAL');
  const execute = DatabaseSync.prototype.exec;
  const waiting = vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql) {
    if (sql === 'BEGIN IMMEDIATE') {
      waiting.mockRestore();
      later.exec('CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, applied_at_ms INTEGER) STRICT');
      later.exec('INSERT INTO schema_versions VALUES (999, 0)');
    }
    execute.call(this, sql);
  });
  onTestFinished(() => waiting.mockRestore());
  expect(() => openSqliteStore(path, 0)).toThrow(DatabaseTooNew);
  expect(later.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'schema_versions' }]);
});
