import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { postgresUrl } from './database.ts';
import { addUser, temporaryFolder } from './fixture.ts';
import { databaseAt, overHttp, prepare, run, serve } from './processes.ts';

const headsPath = (folder: string) => join(folder, 'data', 'audit-heads.jsonl');

const query = (folder: string, sql: string) => databaseAt(folder).query(sql);

async function verify(folder: string, environment: Record<string, string> = {}) {
  const { status, out, err } = await run(folder, ['audit', 'verify', '--json'], environment);
  if (out === '') throw new Error(err);
  return { status, ...JSON.parse(out) };
}

const unsealed = (folder: string) =>
  query(
    folder,
    'SELECT count(*) AS rows FROM audit WHERE audit_id > (SELECT coalesce(max(last_audit_id), 0) FROM audit_segments)',
  )[0]?.rows;

async function until(done: () => boolean): Promise<void> {
  while (!done()) await setTimeout(20);
}

test('audit verify: 0 for an untouched log, 1 with each finding for a changed one, beside a running verifier too', async () => {
  const folder = temporaryFolder();
  const apiKey = await prepare(folder);
  const server = await serve(folder);
  await addUser({ bank: overHttp(() => server.url, apiKey) });
  await until(() => unsealed(folder) === 0);
  expect(await verify(folder)).toMatchObject({ status: 0, outcome: 'verified', sealedRows: 4, unsealed: { rows: 0 } });
  const right = await run(folder, ['audit', 'verify']);
  expect([right.status, right.out]).toEqual([
    0,
    expect.stringMatching(/^verified: 4 rows in .*\n未封印の行はありません/),
  ]);

  query(folder, `UPDATE audit SET login_id = 'jiro' WHERE audit_id = 4`);
  const wrong = await run(folder, ['audit', 'verify']);
  expect([wrong.status, wrong.out]).toEqual([1, expect.stringMatching(/rowEdited {2}auditId 4 {2}segmentId \d+\n/)]);
  expect(await verify(folder)).toMatchObject({ status: 1, outcome: 'refused', findingCount: 1 });
  expect(await server.end()).toBe(0);
});

test('at its end a verifier has sealed everything, and a later one goes on with the chain; so do short commands', async () => {
  const folder = temporaryFolder();
  const apiKey = await prepare(folder);
  for (let round = 1; round <= 3; round++) {
    const server = await serve(folder);
    await addUser({ bank: overHttp(() => server.url, apiKey) });
    expect(await server.end()).toBe(0);
    expect(unsealed(folder)).toBe(0);
    const { status } = await run(folder, ['key', 'create', '--scope', 'audit']);
    expect([status, unsealed(folder)]).toEqual([0, 0]);
  }
  const { status, sealedRows, segments, heads } = await verify(folder);
  expect([status, sealedRows, heads]).toEqual([0, 2 + 3 * 3, segments]);
});

test('two processes on one database: after a kill -9 of the one that seals the other takes over', async () => {
  const folder = temporaryFolder();
  const apiKey = await prepare(folder);
  let servers = [await serve(folder), await serve(folder)];
  for (let round = 0; round < 4; round++) {
    const asks = servers.map((server) => overHttp(() => server.url, apiKey));
    let writing = true;
    const writers = asks.map(async (bank, i) => {
      while (writing) await addUser({ bank }, `user${round}${i}`).catch(() => {});
    });
    await until(() => unsealed(folder) === 0 || query(folder, 'SELECT 1 FROM leases').length > 0);
    await setTimeout(700);
    await servers[0]?.end('SIGKILL');
    const at = query(folder, 'SELECT coalesce(max(last_audit_id), 0) AS id FROM audit_segments')[0]?.id as number;
    await until(() => {
      const [row] = query(folder, 'SELECT max(last_audit_id) AS id FROM audit_segments');
      return Number(row?.id) > at;
    });
    expect((await verify(folder)).findings).toEqual([]);
    writing = false;
    await Promise.all(writers);
    const [, survivor] = servers;
    if (survivor === undefined) throw new Error('no server');
    servers = [survivor, await serve(folder)];
  }
  for (const server of servers) expect(await server.end()).toBe(0);
  expect(unsealed(folder)).toBe(0);
  const ids = query(folder, 'SELECT segment_id AS id FROM audit_segments ORDER BY 1').map(({ id }) => id);
  expect(ids).toEqual(ids.map((_, i) => i + 1));
  expect(await verify(folder)).toMatchObject({ status: 0, findings: [] });
});

test('the check of 200,000 rows needs no more memory than that of few', async () => {
  const folder = temporaryFolder();
  await prepare(folder);
  await (await serve(folder)).end();
  query(
    folder,
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200000)
     INSERT INTO audit (service_id, at_ms, operation, outcome, login_id)
     SELECT '1001', n, 'validate', 'accepted', 'user' || (n % 997) FROM numbers`,
  );
  await (await serve(folder)).end();
  expect(unsealed(folder)).toBe(0);
  // Rows, digests and heads of this log take more than 100 MB as objects.
  const environment = { NODE_OPTIONS: '--max-old-space-size=32' };
  expect(await verify(folder, environment)).toMatchObject({ status: 0, sealedRows: 200_002, findings: [] });
});

test('a foreign or missing file of heads is named, and the key file is needed', async () => {
  const folder = temporaryFolder();
  const apiKey = await prepare(folder);
  for (let round = 0; round < 3; round++) {
    const server = await serve(folder);
    await addUser({ bank: overHttp(() => server.url, apiKey) });
    await server.end();
  }
  const kept = readFileSync(headsPath(folder));
  appendFileSync(headsPath(folder), 'no head\n');
  expect(await verify(folder)).toMatchObject({ status: 1, findings: [{ kind: 'headUnreadable' }] });
  rmSync(headsPath(folder));
  const missing = await verify(folder);
  // On PostgreSQL another node may have sealed it all.
  if (postgresUrl === null) expect(missing).toMatchObject({ status: 1, findings: [{ kind: 'headsFileMissing' }] });
  else expect(missing).toMatchObject({ status: 0, findings: [], headsBehind: missing.segments });
  appendFileSync(headsPath(folder), kept);
  expect(await verify(folder)).toMatchObject({ status: 0 });
  rmSync(join(folder, 'data', 'keyring.json'));
  const { status, err } = await run(folder, ['audit', 'verify']);
  expect([status, err]).toEqual([1, expect.stringContaining('keyring.json is missing')]);
});
