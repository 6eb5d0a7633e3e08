import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createClockGuard } from '../../verifier/clock-guard.ts';
import { pruneAudit } from '../../verifier/commands/audit-prune.ts';
import { keepHouse, retentionEndMs } from '../../verifier/housekeeping.ts';
import { createKeyring } from '../../verifier/keyring.ts';
import { type PruneOrder, PruningRefused, pruneStep } from '../../verifier/sealing/prune.ts';
import { makeFloor, signPruning } from '../../verifier/sealing/pruning.ts';
import { sealNow } from '../../verifier/sealing/sealer.ts';
import { digestsOf } from '../../verifier/sealing/segment.ts';
import type { AuditLog, PruneSegments } from '../../verifier/store/audit-log.ts';
import { addedRows, type SealedBench, sealedBench } from './sealing.ts';

const dayMs = 86_400_000;
const rested = async () => true;

/** Four segments of three rows, a day apart: rows 1 to 3, 4 to 6, … The second of each has no token; `t1` has 1 to 8. */
async function fourDays(): Promise<SealedBench> {
  const at = await sealedBench();
  for (let day = 0; day < 4; day++) {
    await at.segmentOf({}, { tokenId: null }, { loginId: 'jiro' });
    at.clock.advance(dayMs);
  }
  expect((await at.check()).findings).toEqual([]);
  return at;
}

/** An order for the segments of the first `days`. */
function orderOf(at: SealedBench, days: number): PruneOrder {
  const beforeMs = at.clock.nowMs() - (4 - days) * dayMs;
  return { beforeMs, nowMs: at.clock.nowMs(), actor: 'cli', serviceIds: ['1001'] };
}

async function prune(at: SealedBench, days: number): Promise<void> {
  const order = orderOf(at, days);
  while (typeof (await pruneStep(at.parts, order)) !== 'string');
}

const idsOf = (at: SealedBench) => at.rows('SELECT audit_id AS id FROM audit ORDER BY 1').map(({ id }) => Number(id));
const t1 = { serviceId: '1001', tokenId: 't1' };

test('whole segments go with their rows and digests, their heads and the rest stay, and the log is verified', async () => {
  const at = await fourDays();
  const heads = () => at.rows('SELECT segment_id, head, signature FROM audit_segments ORDER BY 1').slice(0, 4);
  const [before, file] = [heads(), readFileSync(at.parts.heads.path, 'utf8')];
  await prune(at, 2);
  expect(idsOf(at)).toEqual([7, 8, 9, 10, 11, 12, 13]);
  expect(heads()).toEqual(before);
  expect(readFileSync(at.parts.heads.path, 'utf8')).toBe(file);
  expect(at.rows('SELECT segment_id AS id FROM audit_segments WHERE length(row_digests) = 0 ORDER BY 1')).toEqual([
    { id: 1 },
    { id: 2 },
  ]);
  const { findings, check } = await at.check();
  expect(findings).toEqual([]);
  expect(check).toMatchObject({ rows: 6, segments: 4, heads: 4, tokens: 1, pruned: { segmentId: 2, rowCount: 6 } });

  // It goes on: new rows, sealed behind; a pruning up to another day.
  await at.segmentOf({});
  await prune(at, 3);
  expect(idsOf(at)).toEqual([10, 11, 12, 13, 14, 15]);
  await sealNow(at.parts);
  expect(await at.check()).toMatchObject({ findings: [], check: { pruned: { segmentId: 3, rowCount: 9 } } });
});

test('who pruned what and when stands in the log of each institution, once for each order', async () => {
  const at = await fourDays();
  const order = { ...orderOf(at, 2), serviceIds: ['1001', '1002'] };
  while (typeof (await pruneStep(at.parts, order)) !== 'string');
  const told = `SELECT service_id, actor, outcome, note, at_ms FROM audit WHERE operation = 'pruneAudit' ORDER BY 1`;
  const note = `before ${new Date(order.beforeMs).toISOString()}`;
  const row = { actor: 'cli', outcome: 'done', note, at_ms: at.clock.nowMs() };
  expect(at.rows(told)).toEqual([
    { service_id: '1001', ...row },
    { service_id: '1002', ...row },
  ]);
});

test('where two prune up to the same time, in turns, the log names both', async () => {
  const at = await sealedBench();
  for (let i = 0; i < 2; i++) await at.segmentOf(...Array.from({ length: 300 }, () => ({ tokenId: null })));
  at.clock.advance(4 * dayMs);
  for (const actor of ['retention', 'cli'] as const) {
    expect(await pruneStep(at.parts, { ...orderOf(at, 4), actor })).toEqual({ rows: 300, segments: 1 });
  }
  expect(at.rows(`SELECT actor FROM audit WHERE operation = 'pruneAudit' ORDER BY audit_id`)).toEqual([
    { actor: 'retention' },
    { actor: 'cli' },
  ]);
});

test('with all rows pruned the clock’s mark stays, IDs and numbers go on, and the log is listed and verified', async () => {
  const at = await fourDays();
  await prune(at, 4);
  const audit = { authorization: `Bearer ${await at.key(['audit'])}` };
  const list = async (query = '') => {
    const { body } = await at.bank('GET', `/v1/audit${query}`, undefined, audit);
    return body.items.map((item: { id: number; operation: string }) => [item.id, item.operation]);
  };
  expect(await list()).toEqual([[13, 'pruneAudit']]);
  await at.segmentOf({}, {});
  expect(at.rows('SELECT audit_id AS id, token_number AS number FROM audit ORDER BY 1')).toEqual([
    { id: 13, number: null },
    { id: 14, number: 9 },
    { id: 15, number: 10 },
  ]);
  expect(await list(`?since=${new Date(at.clock.nowMs() - 5 * dayMs).toISOString()}`)).toHaveLength(3);
  expect(await list('?loginId=hanako')).toHaveLength(2);
  expect(await list(`?cursor=${Buffer.from('[2]').toString('base64url')}`)).toHaveLength(3);
  expect((await at.check()).findings).toEqual([]);

  // Another process, whose clock is behind.
  const clock = { ...at.clock, nowMs: () => at.clock.nowMs() - 3_600_000 };
  expect(await createClockGuard(at.store, clock).behindMs()).toBe(3_600_000);
});

test('the file of heads is written anew after a loss, pruned segments included', async () => {
  const at = await fourDays();
  await prune(at, 2);
  rmSync(at.parts.heads.path);
  at.clock.advance(2_000);
  await sealNow(at.parts);
  expect(await at.check()).toMatchObject({ findings: [], check: { heads: 5 } });
});

test('of two that prune at once one does; the other finds that it was done', async () => {
  const at = await fourDays();
  // The first statement of the log, and one in place of another.
  for (const [days, told] of [
    [2, 1],
    [4, 2],
  ] as const) {
    const order = orderOf(at, days);
    const done = await Promise.all([1, 2, 3].map(() => pruneStep(at.parts, order)));
    expect(done.filter((step) => typeof step !== 'string')).toEqual([{ rows: 6, segments: 2 }]);
    expect(at.rows(`SELECT count(*) AS n FROM audit WHERE operation = 'pruneAudit'`)).toEqual([{ n: told }]);
    expect((await at.check()).findings).toEqual([]);
  }
});

test('a pruning that fails at its first, a middle or its last statement changes nothing', async () => {
  const at = await fourDays();
  const order = orderOf(at, 2);
  const { auditLog } = at.parts;
  const before = at.rows('SELECT * FROM audit_segments ORDER BY segment_id');
  const spoilt = [
    (batch: PruneSegments) => ({ ...batch, after: { ...batch.after, actor: null as never } }),
    (batch: PruneSegments) => ({ ...batch, rows: batch.rows + 1 }),
    (batch: PruneSegments) => ({
      ...batch,
      floors: batch.floors.map((floor) => ({ ...floor, number: null as never })),
    }),
    (batch: PruneSegments) => ({
      ...batch,
      audits: batch.audits.map((entry) => ({ ...entry, outcome: null as never })),
    }),
  ];
  for (const spoil of spoilt) {
    const failing: AuditLog = { ...auditLog, prune: (batch) => auditLog.prune(spoil(batch)) };
    await expect(pruneStep({ ...at.parts, auditLog: failing }, order)).rejects.toThrow();
    expect(idsOf(at)).toHaveLength(12);
    expect(at.rows('SELECT * FROM audit_segments ORDER BY segment_id')).toEqual(before);
    for (const table of ['audit_pruning', 'audit_floors']) expect(at.rows(`SELECT * FROM ${table}`)).toEqual([]);
    expect((await at.check()).findings).toEqual([]);
  }
  await prune(at, 2);
  expect((await at.check()).findings).toEqual([]);
});

test('the check makes no finding while others write, seal and prune', async () => {
  const at = await sealedBench();
  const other = await sealedBench({ folder: at.folder, clock: at.clock });
  let ended = false;
  const working = (async () => {
    for (let batch = 0; batch < 25; batch++) {
      await other.segmentOf({}, {}, { tokenId: null });
      at.clock.advance(1_000);
      if (batch % 3 === 2) {
        const order = { beforeMs: at.clock.nowMs() - 2_500, nowMs: at.clock.nowMs(), actor: 'cli' } as const;
        await pruneStep(other.parts, { ...order, serviceIds: ['1001'] });
      }
    }
    ended = true;
  })();
  while (!ended) expect((await at.check()).findings).toEqual([]);
  await working;
  const { findings, check } = await at.check();
  expect([findings, (check.pruned?.segmentId ?? 0) > 15]).toEqual([[], true]);
});

describe('the check still finds', () => {
  test('a row deleted behind what was pruned, sealed or not', async () => {
    const at = await fourDays();
    await prune(at, 2);
    at.tamper('DELETE FROM audit WHERE audit_id = 7');
    expect((await at.check()).findings).toEqual([
      { kind: 'rowMissing', auditId: 7, segmentId: 3 },
      { kind: 'numberMissing', ...t1, firstNumber: 5, lastNumber: 5 },
    ]);
  });

  test('an unsealed row deleted of a token whose other rows were all pruned', async () => {
    const at = await fourDays();
    await prune(at, 4);
    at.tamper('UPDATE tokens SET audit_number = audit_number + 1');
    expect((await at.check()).findings).toEqual([{ kind: 'numberMissing', ...t1, firstNumber: 9, lastNumber: 9 }]);
    at.tamper('UPDATE tokens SET audit_number = audit_number - 2');
    expect((await at.check()).findings).toEqual([{ kind: 'numberUnknown', ...t1, firstNumber: 8, lastNumber: 8 }]);
  });

  test('rows and digests deleted without a statement', async () => {
    const at = await fourDays();
    at.tamper('DELETE FROM audit WHERE audit_id <= 3');
    at.tamper('UPDATE audit_segments SET row_digests = ? WHERE segment_id = 1', new Uint8Array());
    expect((await at.check()).findings).toEqual([
      { kind: 'segmentEdited', segmentId: 1 },
      { kind: 'numberMissing', ...t1, firstNumber: 1, lastNumber: 2 },
    ]);
  });

  test('a pruning that reaches further than its statement', async () => {
    const at = await fourDays();
    await prune(at, 2);
    at.tamper('DELETE FROM audit WHERE audit_id <= 9');
    at.tamper('UPDATE audit_segments SET row_digests = ? WHERE segment_id = 3', new Uint8Array());
    at.tamper('UPDATE audit_floors SET number = 6');
    expect((await at.check()).findings).toEqual([
      { kind: 'segmentEdited', segmentId: 3 },
      { kind: 'floorForged', ...t1, number: 6 },
      { kind: 'numberMissing', ...t1, firstNumber: 1, lastNumber: 6 },
    ]);
  });

  test.each(['segment_id', 'last_audit_id', 'row_count', 'before_ms', 'pruned_at_ms'])(
    'a statement whose %s was edited',
    async (column) => {
      const at = await fourDays();
      await prune(at, 2);
      at.tamper(`UPDATE audit_pruning SET ${column} = ${column} + 1`);
      const { findings, check } = await at.check();
      expect(check.pruned).toBe(null);
      expect(findings[0]).toEqual({ kind: 'pruningForged', segmentId: column === 'segment_id' ? 3 : 2 });
      for (const segmentId of [1, 2]) expect(findings).toContainEqual({ kind: 'segmentEdited', segmentId });
    },
  );

  test('a statement and floors that somebody without the key file made, and a statement of another log', async () => {
    const at = await fourDays();
    const other = createKeyring([{ id: 'testkey1', secret: new Uint8Array(32).fill(8) }], at.options.random);
    const [head] = await at.parts.auditLog.headsOf([2]);
    if (head === undefined) throw new Error('there is no second segment');
    const values = {
      segmentId: 2,
      lastAuditId: head.lastAuditId,
      rowCount: 6,
      beforeMs: at.clock.nowMs(),
      prunedAtMs: at.clock.nowMs(),
      actor: 'retention',
    };
    const batch = { before: null, rows: 6, audits: [] };
    const floors = [makeFloor({ ...t1, number: 4 }, other)];
    await at.parts.auditLog.prune({
      ...batch,
      floors,
      after: signPruning({ ...values, segmentHead: head.head }, other),
    });
    const found = await at.check();
    expect(found.findings).toEqual([
      { kind: 'pruningForged', segmentId: 2 },
      { kind: 'segmentEdited', segmentId: 1 },
      { kind: 'segmentEdited', segmentId: 2 },
      { kind: 'floorForged', ...t1, number: 4 },
      { kind: 'numberMissing', ...t1, firstNumber: 1, lastNumber: 4 },
    ]);
    const elsewhere = signPruning({ ...values, segmentHead: new Uint8Array(32).fill(1) }, at.parts.keyring);
    at.tamper(
      'UPDATE audit_pruning SET segment_head = ?, signature = ?',
      elsewhere.segmentHead,
      elsewhere.signature.bytes,
    );
    expect((await at.check()).findings[0]).toEqual({ kind: 'pruningForged', segmentId: 2 });
  });

  test('a statement or a floor that was deleted, or put back to an older one', async () => {
    const at = await fourDays();
    await prune(at, 1);
    const [older] = at.rows('SELECT number, mac FROM audit_floors');
    await prune(at, 2);
    at.tamper('UPDATE audit_floors SET number = ?, mac = ?', Number(older?.number), older?.mac as Uint8Array);
    expect((await at.check()).findings).toEqual([{ kind: 'numberMissing', ...t1, firstNumber: 3, lastNumber: 4 }]);
    at.tamper('DELETE FROM audit_floors');
    expect((await at.check()).findings).toEqual([{ kind: 'numberMissing', ...t1, firstNumber: 1, lastNumber: 4 }]);
    at.tamper('DELETE FROM audit_pruning');
    const { findings } = await at.check();
    for (const segmentId of [1, 2]) expect(findings).toContainEqual({ kind: 'segmentEdited', segmentId });
  });

  test('a statement whose rows or digests are still there, or were brought back', async () => {
    const at = await fourDays();
    const [kept] = await at.parts.auditLog.rows(1, 1);
    const columns = Object.keys(kept ?? {});
    const digests = at.rows('SELECT segment_id AS id, row_digests AS bytes FROM audit_segments WHERE segment_id <= 2');
    await prune(at, 2);
    const values = columns.map((name) => kept?.[name] as string | number);
    const given = columns.filter((_, i) => values[i] !== null);
    at.tamper(
      `INSERT INTO audit (${given.join(', ')}) VALUES (${given.map(() => '?').join(', ')})`,
      ...values.filter((value) => value !== null),
    );
    for (const { id, bytes } of digests)
      at.tamper('UPDATE audit_segments SET row_digests = ? WHERE segment_id = ?', bytes as Uint8Array, Number(id));
    expect((await at.check()).findings).toEqual([
      { kind: 'rowNotPruned', auditId: 2 },
      { kind: 'segmentEdited', segmentId: 1 },
      { kind: 'segmentEdited', segmentId: 2 },
    ]);
  });

  test('each row where all were pruned, also of more than are read at once', async () => {
    const at = await fourDays();
    await prune(at, 2);
    at.tamper(addedRows, 1_001);
    const { findings } = await at.check();
    expect(findings.length).toBe(1_001);
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['rowNotPruned']));
  });

  test('a statement under a key that is not in the key file, and says which', async () => {
    const at = await fourDays();
    await prune(at, 2);
    at.tamper(`UPDATE audit_pruning SET key_id = 'gone1234'`);
    expect((await at.check()).findings[0]).toEqual({ kind: 'keyUnknown', segmentId: 2, keyId: 'gone1234' });
  });

  test('a pruned segment whose head is gone or was edited', async () => {
    const at = await fourDays();
    await prune(at, 2);
    at.tamper('UPDATE audit_segments SET row_count = 2 WHERE segment_id = 2');
    expect((await at.check()).findings).toEqual([{ kind: 'segmentEdited', segmentId: 2 }]);
    at.tamper('DELETE FROM audit_segments WHERE segment_id = 1');
    expect((await at.check()).findings[0]).toMatchObject({ kind: 'segmentMissing', firstSegmentId: 1 });
  });
});

describe('nothing is pruned, so that the trace stays, where', () => {
  const refused = async (at: SealedBench, days = 4) => {
    const before = [idsOf(at), at.rows('SELECT * FROM audit_pruning'), at.rows('SELECT * FROM audit_floors')];
    await expect(pruneStep(at.parts, orderOf(at, days))).rejects.toThrow(PruningRefused);
    expect([idsOf(at), at.rows('SELECT * FROM audit_pruning'), at.rows('SELECT * FROM audit_floors')]).toEqual(before);
  };

  test.each([
    ['a row was edited', `UPDATE audit SET outcome = 'rejected' WHERE audit_id = 5`],
    ['a row was deleted', 'DELETE FROM audit WHERE audit_id = 5'],
    [
      'a row was added',
      `INSERT INTO audit (audit_id, service_id, at_ms, operation, outcome) VALUES (-1, '1001', 0, 'validate', 'accepted')`,
    ],
    ['a segment was edited', 'UPDATE audit_segments SET sealed_at_ms = sealed_at_ms - 1 WHERE segment_id = 2'],
    ['a segment was deleted', 'DELETE FROM audit_segments WHERE segment_id = 1'],
  ])('%s', async (_, sql) => {
    const at = await fourDays();
    at.tamper(sql);
    await refused(at);
  });

  test('a row was edited and its segment’s digests with it', async () => {
    const at = await fourDays();
    at.tamper(`UPDATE audit SET outcome = 'rejected' WHERE audit_id = 5`);
    const [segment] = await at.parts.auditLog.segments(1, 1);
    const digests = digestsOf(await at.parts.auditLog.rows(3, 3), segment?.form ?? 0);
    if (digests === null) throw new Error('the rows are not of the form');
    at.tamper('UPDATE audit_segments SET row_digests = ? WHERE segment_id = 2', digests.rowDigests);
    await refused(at);
  });

  test.each([1, 2])('segment %i was deleted with its rows, which were of no token', async (segmentId) => {
    const at = await sealedBench();
    for (let i = 0; i < 4; i++) await at.segmentOf({ tokenId: null });
    at.clock.advance(4 * dayMs);
    at.tamper('DELETE FROM audit WHERE audit_id = ?', segmentId);
    at.tamper('DELETE FROM audit_segments WHERE segment_id = ?', segmentId);
    await refused(at);
  });

  test('a number of a token is missing although every segment is whole', async () => {
    const at = await fourDays();
    await prune(at, 2);
    at.tamper('UPDATE tokens SET audit_number = audit_number + 1');
    await at.segmentOf({});
    at.clock.advance(dayMs);
    expect((await at.check()).findings).toEqual([{ kind: 'numberMissing', ...t1, firstNumber: 9, lastNumber: 9 }]);
    await refused(at, 5);
  });

  test('the statement or a floor is not ours', async () => {
    const at = await fourDays();
    await prune(at, 2);
    at.tamper('UPDATE audit_floors SET number = 3');
    await refused(at);
    at.tamper('UPDATE audit_floors SET number = 4, mac = ?', new Uint8Array(32));
    await refused(at);
    at.tamper('UPDATE audit_pruning SET row_count = 7');
    await refused(at);
    await expect(pruneStep(at.parts, orderOf(at, 4))).rejects.toThrow('the statement of what was pruned is not ours');
  });
});

describe('retention', () => {
  test('the cut lies at midnight UTC, whole days ago', () => {
    const nowMs = Date.parse('2026-11-21T15:30:00Z');
    expect(new Date(retentionEndMs(nowMs, 30)).toISOString()).toBe('2026-10-22T00:00:00.000Z');
  });

  test('keeps a row for at least its days, prunes it within the day after them, and leaves the log verified', async () => {
    const at = await fourDays();
    const { store, clock } = at;
    const house = (auditRetentionDays: number | null) =>
      keepHouse({ store, keyring: at.parts.keyring, clock, auditRetentionDays }, rested);
    expect(await house(null)).toBe(0);
    expect(await house(30)).toBe(0);
    clock.advance(26 * dayMs);
    // The oldest rows are 30 days old now, but of the day of the cut.
    expect(await house(30)).toBe(0);
    clock.advance(dayMs);
    expect(await house(30)).toBe(3);
    expect(await house(30)).toBe(0);
    clock.advance(10 * dayMs);
    expect(await house(30)).toBe(9);
    expect((await at.check()).findings).toEqual([]);
  });

  test('goes on past a segment of more rows than a step takes', async () => {
    const at = await sealedBench();
    for (const count of [501, 1]) await at.segmentOf(...Array.from({ length: count }, () => ({ tokenId: null })));
    at.clock.advance(40 * dayMs);
    const parts = { store: at.store, keyring: at.parts.keyring, clock: at.clock, auditRetentionDays: 30 };
    expect(await keepHouse(parts, rested)).toBe(502);
  });

  test('goes in steps of about 500 rows, a rest between two, and ends where the rest says so', async () => {
    const at = await sealedBench();
    for (let i = 0; i < 4; i++) await at.segmentOf(...Array.from({ length: 300 }, () => ({ tokenId: null })));
    at.clock.advance(40 * dayMs);
    let rests = 0;
    const parts = { store: at.store, keyring: at.parts.keyring, clock: at.clock, auditRetentionDays: 30 };
    // Before it are one for the answers and one for the issues, of which there are none.
    expect(await keepHouse(parts, async () => ++rests < 4)).toBe(600);
    expect(await keepHouse(parts, rested)).toBe(600);
    expect((await at.check()).findings).toEqual([]);
  });

  test('removes kept answers that are over, of an institution from which no request comes any more', async () => {
    const at = await sealedBench();
    const { store, clock } = at;
    const keep = (expiresAtMs: number, from: number, count: number) =>
      store.transaction('1001', async (transaction) => {
        for (let key = from; key < from + count; key++) {
          const keyMac = new Uint8Array(32).fill(key).fill(key >> 8, 1);
          const row = { bodyMac: new Uint8Array(32), status: 200, sealedAnswer: new Uint8Array(40), expiresAtMs };
          await transaction.keepAnswer('1001', { keyMac, ...row }, clock.nowMs());
        }
      });
    // More than one step removes.
    await keep(clock.nowMs() + 600_000, 0, 504);
    await keep(clock.nowMs() + 600_001, 504, 1);
    const left = () => at.rows('SELECT count(*) AS n FROM kept_answers')[0]?.n;
    const house = () => keepHouse({ store, keyring: at.parts.keyring, clock, auditRetentionDays: null }, rested);
    await house();
    expect(left()).toBe(505);
    clock.advance(600_000);
    expect(await store.forgetAnswers(clock.nowMs(), 2)).toBe(2);
    await house();
    expect(left()).toBe(1);
  });
});

describe('audit prune', () => {
  async function command(at: SealedBench, change: object = {}) {
    const lines: string[] = [];
    const terminal = { json: true, out: (text: string) => void lines.push(text), err: () => {} };
    const { beforeMs, nowMs } = orderOf(at, 2);
    const order = { beforeMs, nowMs, dryRun: false, exportPath: null, ...change };
    const status = await pruneAudit({ store: at.store, keyring: at.parts.keyring }, terminal, order);
    return { status, ...JSON.parse(lines.join('')) };
  }

  test('--dry-run says how much would go and changes nothing', async () => {
    const at = await fourDays();
    expect(await command(at, { dryRun: true })).toMatchObject({
      status: 0,
      outcome: 'wouldPrune',
      rows: 6,
      segments: 2,
    });
    expect(idsOf(at)).toHaveLength(12);
    expect(await command(at)).toMatchObject({ status: 0, outcome: 'pruned', rows: 6, segments: 2 });
    expect(await command(at)).toMatchObject({ status: 0, outcome: 'pruned', rows: 0, segments: 0 });
    expect((await at.check()).findings).toEqual([]);
  });

  test('--export writes each row before it goes, so that the heads that stay vouch for the copy', async () => {
    const at = await fourDays();
    const exportPath = join(at.folder, 'rows.jsonl');
    expect(await command(at, { exportPath })).toMatchObject({ status: 0, rows: 6 });
    expect(statSync(exportPath).mode & 0o777).toBe(0o600);
    const rows = readFileSync(exportPath, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map((row) => row.audit_id)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const head of await at.parts.auditLog.headsOf([1, 2])) {
      const own = rows.filter((row) => row.audit_id >= head.firstAuditId && row.audit_id <= head.lastAuditId);
      expect(Buffer.from(digestsOf(own, head.form)?.rowsHash ?? [])).toEqual(Buffer.from(head.rowsHash));
    }
  });

  test('a file that is there already, or a log that differs, is refused and nothing goes', async () => {
    const at = await fourDays();
    expect(await command(at, { exportPath: at.parts.heads.path })).toEqual({
      status: 1,
      outcome: 'refused',
      reason: 'exportFailed',
    });
    at.tamper('DELETE FROM audit WHERE audit_id = 5');
    expect(await command(at)).toEqual({ status: 1, outcome: 'refused', reason: 'logDiffers' });
    expect(idsOf(at)).toHaveLength(11);
  });
});
