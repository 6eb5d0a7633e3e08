import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { auditEntry } from '../../verifier/audit.ts';
import { headsFile } from '../../verifier/sealing/heads-file.ts';
import { sealingTurn } from '../../verifier/sealing/sealer.ts';
import { readSettings } from '../../verifier/settings.ts';
import { openKeyring, openStore } from '../../verifier/start-problem.ts';
import { fakeClock, institutionOf, temporaryFolder } from './fixture.ts';
import { databaseAt, prepare, run, serve } from './processes.ts';
import { loggedToken } from './sealing.ts';

const dayMs = 86_400_000;
const [segments, rowsOfSegment, tokens] = [150, 100, 25];

/** A log that was written and sealed 40 days ago, under the key file that `serve` finds. */
async function oldLog(folder: string): Promise<void> {
  const environment = await databaseAt(folder).environment();
  const read = readSettings({ DATA_DIR: join(folder, 'data'), ...environment });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const { settings } = read;
  const clock = fakeClock(Date.now() - 40 * dayMs);
  const store = await openStore(settings, clock.nowMs());
  try {
    const keyring = await openKeyring(settings, store, randomBytes);
    await store.transaction('1001', async (transaction) => {
      await transaction.putInstitution(institutionOf(), clock.nowMs());
      for (let token = 0; token < tokens; token++) {
        await transaction.addToken(loggedToken(`t${token}`));
      }
    });
    const heads = headsFile(settings.auditHeadsPath);
    const turn = sealingTurn({ auditLog: store.auditLog, heads, keyring, clock, random: randomBytes });
    const row = { serviceId: '1001', operation: 'validate', outcome: 'accepted', loginId: 'hanako' } as const;
    for (let segment = 0; segment < segments; segment++) {
      await store.transaction('1001', async (transaction) => {
        for (let i = 0; i < rowsOfSegment; i++) {
          await transaction.addAudit(auditEntry({ ...row, atMs: clock.nowMs(), tokenId: `t${i % tokens}` }));
        }
      });
      expect(await turn.step()).toBe('sealed');
      clock.advance(1_000);
    }
    await turn.release();
  } finally {
    await store.close();
  }
}

async function verify(folder: string) {
  const { status, out, err } = await run(folder, ['audit', 'verify', '--json']);
  if (out === '') throw new Error(err);
  return { status, ...JSON.parse(out) };
}

test('kill -9 again and again while the log is pruned: it is verified each time, and pruned to the end', async () => {
  const folder = temporaryFolder();
  await oldLog(folder);
  const all = segments * rowsOfSegment;
  const pruned = () =>
    Number(databaseAt(folder).query('SELECT max(row_count) AS rows FROM audit_pruning')[0]?.rows ?? 0);
  let kills = 0;
  while (pruned() < all) {
    const before = pruned();
    const server = await serve(folder, { AUDIT_RETENTION_DAYS: '30' });
    while (pruned() === before) await setTimeout(1);
    // Somewhere in one of the next steps.
    await setTimeout((kills * 37) % 90);
    await server.end('SIGKILL');
    kills++;
    const { status, findings, pruned: told } = await verify(folder);
    expect([status, findings, told.rows]).toEqual([0, [], pruned()]);
  }
  expect(kills).toBeGreaterThan(1);
  const server = await serve(folder, { AUDIT_RETENTION_DAYS: '30' });
  expect(await server.end()).toBe(0);
  const { status, findings, pruned: told, tokens: checked } = await verify(folder);
  expect([status, findings, told.rows, checked]).toEqual([0, [], all, tokens]);
  // A dozen starts and as many checks, one after the other.
}, 600_000);

test('audit prune on the command line: never into the last 30 days, told in both languages, seen by audit verify', async () => {
  const folder = temporaryFolder();
  await oldLog(folder);
  const yesterday = new Date(Date.now() - dayMs).toISOString().slice(0, 10);
  for (const args of [[], ['--before', yesterday], ['--before', 'last year'], ['--before', '2020-01-01', 'x']]) {
    const { status, err } = await run(folder, ['audit', 'prune', ...args]);
    expect([status, err]).toEqual([2, expect.stringContaining('audit prune --before DATE')]);
  }
  const none = await run(folder, ['audit', 'prune', '--before', '2020-01-01', '--json']);
  expect([none.status, JSON.parse(none.out)]).toMatchObject([0, { outcome: 'pruned', rows: 0 }]);
  const before = new Date(Date.now() - 35 * dayMs).toISOString();
  const done = await run(folder, ['audit', 'prune', '--before', before, '--export', 'rows.jsonl']);
  expect([done.status, done.out]).toEqual([
    0,
    expect.stringMatching(/15000 件\(150 セグメント\)を整理しました。\n.*15000 rows/),
  ]);
  const { out } = await run(folder, ['audit', 'verify']);
  expect(out).toMatch(/整理済みの行: 15000 件.*Pruned: 15000 rows up to segment 150/);
  const again = await run(folder, ['audit', 'prune', '--before', before, '--export', 'rows.jsonl']);
  expect([again.status, again.err]).toEqual([1, expect.stringMatching(/書き出せないため[\s\S]*cannot be written/)]);
});

test('a setting that is wrong is named in both languages before anything starts', async () => {
  const folder = temporaryFolder();
  await prepare(folder);
  const { status, err } = await run(folder, ['serve'], { AUDIT_RETENTION_DAYS: '7' });
  expect([status, err]).toEqual([
    1,
    expect.stringMatching(/監査ログを保存する日数[\s\S]*AUDIT_RETENTION_DAYS is wrong/),
  ]);
});
