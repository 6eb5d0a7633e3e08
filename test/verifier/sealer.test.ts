import { rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { auditEntry } from '../../verifier/audit.ts';
import { sealingTurn, sealNow, startSealer } from '../../verifier/sealing/sealer.ts';
import { StoreUnavailable } from '../../verifier/store/store.ts';
import { fakeClock, temporaryFolder } from './fixture.ts';
import { type SealedBench, sealedBench } from './sealing.ts';

function add(at: SealedBench, count = 1): Promise<void> {
  return at.store.transaction('1001', async (transaction) => {
    const row = { serviceId: '1001', atMs: at.clock.nowMs(), operation: 'validate', outcome: 'accepted' } as const;
    for (let i = 0; i < count; i++) await transaction.addAudit(auditEntry({ ...row, tokenId: 't1' }));
  });
}

const segments = (at: SealedBench) =>
  at.rows('SELECT segment_id AS id, row_count AS rows FROM audit_segments ORDER BY segment_id');

test('a segment holds what was committed since the one before, at most 1,000 rows', async () => {
  const at = await sealedBench();
  await add(at, 2_345);
  await sealNow(at.parts);
  await sealNow(at.parts);
  await add(at);
  await sealNow(at.parts);
  expect(segments(at)).toEqual([
    { id: 1, rows: 1_000 },
    { id: 2, rows: 1_000 },
    { id: 3, rows: 345 },
    { id: 4, rows: 1 },
  ]);
  expect(await at.check()).toMatchObject({ findings: [], check: { rows: 2_346, unsealed: { rows: 0 } } });
});

test('what is not committed is not sealed', async () => {
  const at = await sealedBench();
  const turn = sealingTurn(at.parts);
  const row = { serviceId: '1001', atMs: 0, operation: 'validate', outcome: 'accepted' } as const;
  await expect(
    at.store.transaction('1001', async (transaction) => {
      await transaction.addAudit(auditEntry(row));
      expect((await at.store.auditLog.rows(0, 10)).length).toBe(0);
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  expect(await turn.step()).toBe('idle');
});

test('of two on one database one seals; the other takes over 2 s after the last sign of life, and goes on with the chain', async () => {
  const clock = fakeClock();
  const folder = temporaryFolder();
  const [one, other] = [await sealedBench({ folder, clock }), await sealedBench({ folder, clock })];
  const [turn, otherTurn] = [sealingTurn(one.parts), sealingTurn(other.parts)];
  await add(one);
  expect(await turn.step()).toBe('sealed');
  for (let second = 0; second < 5; second++) {
    clock.advance(1_000);
    await add(other);
    expect(await otherTurn.step()).toBe('elsewhere');
    expect(await turn.step()).toBe('sealed');
  }
  await add(one);
  clock.advance(1_999);
  expect(await otherTurn.step()).toBe('elsewhere');
  clock.advance(1);
  expect(await otherTurn.step()).toBe('sealed');
  // The first one wakes up and finds that its lease is gone.
  await add(one);
  expect(await turn.step()).toBe('elsewhere');
  await otherTurn.release();
  expect(await turn.step()).toBe('sealed');
  expect(segments(one)).toHaveLength(8);
  expect((await one.check()).findings).toEqual([]);
});

test('one that lost its lease between reading and writing writes nothing', async () => {
  const clock = fakeClock();
  const folder = temporaryFolder();
  const [one, other] = [await sealedBench({ folder, clock }), await sealedBench({ folder, clock })];
  const otherTurn = sealingTurn(other.parts);
  const auditLog = { ...one.parts.auditLog };
  const turn = sealingTurn({ ...one.parts, auditLog });
  await add(one);
  auditLog.seal = async (segment, lease) => {
    clock.advance(60_000);
    expect(await otherTurn.step()).toBe('sealed');
    return one.parts.auditLog.seal(segment, lease);
  };
  expect(await turn.step()).toBe('elsewhere');
  expect(segments(one)).toEqual([{ id: 1, rows: 1 }]);
  expect((await one.check()).findings).toEqual([]);
});

test('a segment whose commit nobody heard of has its head in the file all the same', async () => {
  const at = await sealedBench();
  const auditLog = { ...at.parts.auditLog };
  const turn = sealingTurn({ ...at.parts, auditLog });
  await add(at);
  expect(await turn.step()).toBe('sealed');
  await add(at);
  auditLog.seal = async (segment, lease) => {
    await at.parts.auditLog.seal(segment, lease);
    throw new StoreUnavailable('the connection broke');
  };
  await expect(turn.step()).rejects.toThrow(StoreUnavailable);
  auditLog.seal = at.parts.auditLog.seal;
  await add(at);
  expect(await turn.step()).toBe('sealed');
  expect(await at.check()).toMatchObject({ findings: [], check: { segments: 3, heads: 3 } });
});

test('a lease from a clock that ran ahead does not hold the sealing up', async () => {
  const at = await sealedBench();
  await add(at);
  await at.store.auditLog.claim({ owner: 'ahead', expiresAtMs: at.clock.nowMs() + 86_400_000 }, at.clock.nowMs());
  expect(await sealingTurn(at.parts).step()).toBe('sealed');
});

test('an idle database is not written to', async () => {
  const at = await sealedBench();
  await add(at);
  const turn = sealingTurn(at.parts);
  expect(await turn.step()).toBe('sealed');
  const leases = () => at.rows('SELECT * FROM leases');
  const before = leases();
  at.clock.advance(3_600_000);
  for (let i = 0; i < 5; i++) expect(await turn.step()).toBe('idle');
  expect(leases()).toEqual(before);
});

test('where the file of heads cannot be written nothing is sealed beyond one segment, and all is made up for later', async () => {
  const at = await sealedBench();
  const turn = sealingTurn(at.parts);
  const heads = { ...at.parts.heads };
  const failing = sealingTurn({ ...at.parts, heads });
  await add(at);
  heads.append = () => Promise.reject(new Error('no space left on device'));
  for (let i = 0; i < 3; i++) {
    await add(at);
    await expect(failing.step()).rejects.toThrow('no space');
  }
  expect(segments(at)).toHaveLength(1);
  expect((await at.check()).findings).toEqual([]);
  at.clock.advance(2_000);
  expect(await turn.step()).toBe('sealed');
  expect(await at.check()).toMatchObject({ findings: [], check: { segments: 2, heads: 2, unsealed: { rows: 0 } } });
});

test('a deleted file of heads is written anew from the signed segments after a restart', async () => {
  const at = await sealedBench();
  for (let i = 0; i < 3; i++) await at.segmentOf({});
  rmSync(at.parts.heads.path);
  at.clock.advance(2_000);
  await add(at);
  await sealNow(at.parts);
  expect(await at.check()).toMatchObject({ findings: [], check: { heads: 4 } });
});

test('a running sealer seals by itself, and the rest when it ends', async () => {
  const at = await sealedBench();
  const clock = { ...at.clock, monotonicMs: () => performance.now() };
  const sealer = startSealer({ ...at.parts, clock }, at.options.log);
  await add(at, 10);
  while ((await at.store.auditLog.lastSegment()) === null) await setTimeout(10);
  await add(at, 1_500);
  await sealer.end();
  expect(await at.check()).toMatchObject({ findings: [], check: { rows: 1_510, unsealed: { rows: 0 } } });
  expect(at.rows('SELECT * FROM leases')).toEqual([]);
});

test('a sealer that fails says so once, and once more when it works again', async () => {
  const at = await sealedBench();
  const heads = { ...at.parts.heads };
  heads.last = () => Promise.reject(new Error('permission denied'));
  const clock = { ...at.clock, monotonicMs: () => performance.now() };
  await add(at);
  const sealer = startSealer({ ...at.parts, heads, clock }, at.options.log);
  const said = (text: string) => at.logs.filter((line) => line.includes(text)).length;
  while (said('cannot be sealed') === 0) await setTimeout(10);
  await setTimeout(1_100);
  expect(said('cannot be sealed')).toBe(1);
  heads.last = at.parts.heads.last;
  while (said('sealed again') === 0) await setTimeout(10);
  await sealer.end();
  expect((await at.check()).check.unsealed.rows).toBe(0);
});

test('a sealer ends also while the database is away, and a later one seals what is left', async () => {
  const at = await sealedBench();
  const sealer = startSealer(at.parts, at.options.log);
  await add(at);
  await at.store.close();
  await sealer.end();
  expect(at.logs.filter((line) => line.includes('a later start'))).toHaveLength(1);
  const later = await sealedBench({ folder: at.folder });
  // Where the first one had begun, its lease has to run out.
  later.clock.advance(2_000);
  await sealNow(later.parts);
  expect((await later.check()).check).toMatchObject({ rows: 1, unsealed: { rows: 0 } });
});

test('the check makes no finding while others write and seal', async () => {
  const at = await sealedBench();
  const other = await sealedBench({ folder: at.folder, clock: at.clock });
  let ended = false;
  const writing = (async () => {
    for (let batch = 0; batch < 30; batch++) {
      await add(other, 5);
      await sealNow(other.parts);
    }
    ended = true;
  })();
  while (!ended) expect((await at.check()).findings).toEqual([]);
  await writing;
  expect(await at.check()).toMatchObject({ findings: [], check: { rows: 150 } });
});
