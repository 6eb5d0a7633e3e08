import pg from 'pg';
import { expect, test } from 'vitest';
import { auditEntry } from '../../verifier/audit.ts';
import { sealingTurn } from '../../verifier/sealing/sealer.ts';
import { databaseOf } from '../verifier/database.ts';
import { sealedBench } from '../verifier/sealing.ts';

const entry = (loginId: string) =>
  auditEntry({ serviceId: '1001', atMs: 1, operation: 'validate', outcome: 'blocked', loginId });

test('a row that becomes visible behind rows with a larger ID is sealed in its place', async () => {
  const at = await sealedBench();
  const { DATABASE_URL: url } = await databaseOf(at.folder).environment();
  const late = new pg.Client({ connectionString: url });
  await late.connect();
  await late.query('BEGIN');
  await late.query('SELECT pg_current_xact_id()');
  await late.query(`INSERT INTO audit (service_id, at_ms, operation, outcome, login_id)
    VALUES ('1001', 1, 'validate', 'blocked', 'late')`);
  for (const loginId of ['first', 'second']) await at.store.record({ audit: entry(loginId), kept: null });

  const turn = sealingTurn(at.parts);
  while ((await turn.step()) !== 'idle');
  expect(await at.store.auditLog.rows(0, 100)).not.toContainEqual(expect.objectContaining({ login_id: 'first' }));
  await late.query('COMMIT');
  await late.end();
  expect(await turn.step()).toBe('sealed');
  const sealed = (await at.store.auditLog.rows(0, 100)).map((row) => row.login_id);
  expect(sealed.slice(-3)).toEqual(['late', 'first', 'second']);
  expect((await at.check()).findings).toEqual([]);
});

test('under many writers at once every row is sealed and the check finds nothing', async () => {
  const at = await sealedBench();
  const turn = sealingTurn(at.parts);
  let writing = true;
  const sealing = (async () => {
    while (writing) await turn.step();
  })();
  await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const audit = { ...entry(`user${i}`), tokenId: i % 3 === 0 ? null : 't1' };
      if (i % 2 === 0) await at.store.record({ audit, kept: null });
      else await at.store.transaction('1001', (t) => t.addAudit(audit));
    }),
  );
  writing = false;
  await sealing;
  while ((await turn.step()) !== 'idle');
  const { findings, check } = await at.check();
  expect([findings, check.rows, check.unsealed.rows]).toEqual([[], 200, 0]);
});
