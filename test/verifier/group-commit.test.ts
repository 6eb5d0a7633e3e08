import { execFile } from 'node:child_process';
import { type fdatasync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { auditEntry } from '../../verifier/audit.ts';
import { groupCommitOver } from '../../verifier/store/group-commit.ts';
import { openSqliteStore } from '../../verifier/store/sqlite.ts';
import {
  type Along,
  AlreadyAnswered,
  type KeptAnswer,
  type Store,
  StoreUnavailable,
} from '../../verifier/store/store.ts';
import { activeToken, addUser, bench, institutionOf, temporaryFolder, validate } from './fixture.ts';
import { wrongCode } from './totp.ts';

const serviceId = '1001';

/** A decision that is told apart by its reference. */
function decision(reference: string, kept: KeptAnswer | null = null): Along {
  return { audit: auditEntry({ serviceId, atMs: 0, operation: 'validate', outcome: 'x', reference }), kept };
}

function keptUnder(key: number): KeptAnswer {
  const bytes = new Uint8Array([key]);
  return { keyMac: bytes, bodyMac: bytes, status: 200, sealedAnswer: bytes, expiresAtMs: 1_000 };
}

/** Transactions in the write-ahead log: a frame that ends one says how large the database became. SQLite file format 4.1. */
function commitsIn(path: string): number {
  const log = readFileSync(`${path}-wal`);
  const frameBytes = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at < log.length; at += frameBytes) {
    const ofThisRound = log.readUInt32BE(at + 8) === log.readUInt32BE(16);
    if (ofThisRound && log.readUInt32BE(at + 4) > 0) commits++;
  }
  return commits;
}

async function opened(): Promise<{ store: Store; path: string; references: () => unknown[] }> {
  const path = join(temporaryFolder(), 'verifier.sqlite');
  const store = openSqliteStore(path, 0);
  onTestFinished(() => store.close());
  await store.transaction('1001', (transaction) => transaction.putInstitution(institutionOf(), 0));
  const references = () => {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const rows = database.prepare('SELECT reference FROM audit ORDER BY audit_id').all();
      return rows.map(({ reference }) => reference);
    } finally {
      database.close();
    }
  };
  return { store, path, references };
}

test('changes that come together share one commit, each with its own row', async () => {
  const { store, path, references } = await opened();
  const before = commitsIn(path);
  const names = Array.from({ length: 100 }, (_, i) => `T-${i}`);
  await Promise.all(names.map((name) => store.record(decision(name))));
  expect(commitsIn(path) - before).toBe(1);
  expect(references()).toEqual(names);
});

test('one that fails harms no other of its batch and leaves nothing itself', async () => {
  const { store, references } = await opened();
  const broken = { ...decision('broken'), audit: { ...decision('broken').audit, outcome: null as unknown as string } };
  const results = await Promise.allSettled([
    store.record(decision('first')),
    store.record(decision('kept', keptUnder(1))),
    store.record(broken),
    store.record(decision('again', keptUnder(1))),
    store.record(decision('last')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(results[3]).toMatchObject({ reason: expect.any(AlreadyAnswered) });
  expect(results[2]).toMatchObject({ reason: { message: expect.stringContaining('audit.outcome') } });
  expect(references()).toEqual(['first', 'kept', 'last']);
});

/** A file of some table, its commits, and another connection to it. */
function plainGroup() {
  const path = join(temporaryFolder(), 'some.sqlite');
  const [database, other] = [new DatabaseSync(path), new DatabaseSync(path, { timeout: 0 })];
  onTestFinished(() => [database, other].forEach((one) => void one.close()));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 0; CREATE TABLE made (name TEXT)');
  const nothing = () => {};
  const log = { done: async () => {}, assertSound: nothing };
  const group = groupCommitOver({ database, beforeCommit: nothing, began: nothing, committed: nothing, log });
  return { database, other, group, make: database.prepare('INSERT INTO made VALUES (?)') };
}

test('where SQLite itself undoes all because of one, nobody is told that theirs was made, and none was', async () => {
  const { database, group, make } = plainGroup();
  const results = await Promise.allSettled([
    group.run(() => make.run('first').changes),
    group.run(() => {
      // As after a full disk.
      database.exec('ROLLBACK');
      throw new Error('its own fault');
    }),
    group.run(() => make.run('last').changes),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(database.prepare('SELECT name FROM made').all()).toEqual([]);
  expect(await group.run(() => make.run('later').changes)).toBe(1);
});

test('one that fails harms no other, even where another process takes its turn while it is undone', async () => {
  const { database, other, group, make } = plainGroup();
  let turns = 0;
  const execute = database.exec.bind(database);
  database.exec = (sql) => {
    execute(sql);
    if (sql !== 'ROLLBACK') return;
    turns++;
    if (turns > 1) return;
    other.exec('BEGIN IMMEDIATE');
    setTimeout(() => other.exec('COMMIT'), 0);
  };
  const results = await Promise.allSettled([
    group.run(() => make.run('first').changes),
    group.run(() => {
      throw new Error('its own fault');
    }),
    group.run(() => make.run('last').changes),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: { message: 'its own fault' } });
  expect(turns).toBe(2);
  expect(database.prepare('SELECT name FROM made').all()).toMatchObject([{ name: 'first' }, { name: 'last' }]);
});

/** A disk that takes a log when it is told to; `calls` are those that wait. */
function slowDisk() {
  const calls: ((error: NodeJS.ErrnoException | null) => void)[] = [];
  const sync = ((_fd: number, done: (error: NodeJS.ErrnoException | null) => void) => {
    calls.push(done);
  }) as typeof fdatasync;
  const called = async (count: number) => {
    while (calls.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { calls, sync, called };
}

/** Names in the order in which their promises were kept. */
function heard(promises: Readonly<Record<string, Promise<unknown>>>): string[] {
  const names: string[] = [];
  for (const [name, promise] of Object.entries(promises)) {
    promise.then(
      () => names.push(name),
      () => names.push(`${name} failed`),
    );
  }
  return names;
}

test('nobody hears of a change, shared or a transaction, before a sync that began after its commit has ended', async () => {
  const path = join(temporaryFolder(), 'verifier.sqlite');
  const disk = slowDisk();
  const store = openSqliteStore(path, 0, disk.sync);
  const order = heard({
    first: store.record(decision('first')),
    change: store.transaction('1001', (transaction) => transaction.putInstitution(institutionOf(), 0)),
  });
  await disk.called(1);
  const later = heard({ second: store.record(decision('second')), third: store.record(decision('third')) });
  for (let turn = 0; turn < 50; turn++) await store.ping();
  expect([order, later]).toEqual([[], []]);
  // The second sync stands for all that came while the first was at work.
  disk.calls[0]?.(null);
  await disk.called(2);
  for (let turn = 0; turn < 50; turn++) await store.ping();
  expect(later).toEqual([]);
  for (let next = 1; order.length + later.length < 4; next++) {
    await disk.called(next + 1);
    disk.calls[next]?.(null);
    for (let turn = 0; turn < 50; turn++) await store.ping();
  }
  expect([[...order].sort(), later]).toEqual([
    ['change', 'first'],
    ['second', 'third'],
  ]);
  await store.close();
});

test('once the disk did not take the log, nobody hears of a change any more, until the file is opened anew', async () => {
  const { path, store: before, references } = await opened();
  await before.close();
  const disk = slowDisk();
  const store = openSqliteStore(path, 0, disk.sync);
  const lost = store.record(decision('lost'));
  await disk.called(1);
  disk.calls[0]?.(Object.assign(new Error('planted'), { code: 'EIO' }));
  await expect(lost).rejects.toThrow(StoreUnavailable);
  await expect(store.record(decision('refused'))).rejects.toThrow(StoreUnavailable);
  let begun = false;
  const change = store.transaction('1001', async () => {
    begun = true;
  });
  await expect(change).rejects.toThrow(/EIO/);
  expect(begun).toBe(false);
  await expect(store.ping()).rejects.toThrow(StoreUnavailable);
  expect(disk.calls).toHaveLength(1);
  await store.close();
  const again = openSqliteStore(path, 0);
  await again.record(decision('afterwards'));
  await again.close();
  expect(references()).toContain('afterwards');
  expect(references()).not.toContain('refused');
});

test('a kept answer is told again only once it is on the disk, whichever process asks, and never where the disk refused it', async () => {
  const { path, store: before } = await opened();
  await before.close();
  const [disk, otherDisk] = [slowDisk(), slowDisk()];
  const store = openSqliteStore(path, 0, disk.sync);
  const other = openSqliteStore(path, 0, otherDisk.sync);
  const { keyMac } = keptUnder(1);
  const told = heard({ first: store.record(decision('kept', keptUnder(1))) });
  await disk.called(1);
  const again = heard({ other: other.keptAnswer(serviceId, keyMac, 0) });
  await otherDisk.called(1);
  for (let turn = 0; turn < 50; turn++) await other.ping();
  expect([told, again]).toEqual([[], []]);
  otherDisk.calls[0]?.(null);
  for (let turn = 0; turn < 50; turn++) await other.ping();
  expect(again).toEqual(['other']);
  expect(await store.keptAnswer(serviceId, keptUnder(2).keyMac, 0)).toBe(null);
  const refused = expect(store.keptAnswer(serviceId, keyMac, 0)).rejects.toThrow(StoreUnavailable);
  disk.calls[0]?.(Object.assign(new Error('planted'), { code: 'EIO' }));
  await refused;
  expect(told).toEqual(['first failed']);
  await expect(store.keptAnswer(serviceId, keyMac, 0)).rejects.toThrow(/EIO/);
  await Promise.all([store.close(), other.close()]);
});

test('a path that is a link to the file elsewhere is opened', async () => {
  const { path, store: before, references } = await opened();
  await before.close();
  const link = join(temporaryFolder(), 'verifier.sqlite');
  symlinkSync(path, link);
  const store = openSqliteStore(link, 0);
  await store.record(decision('by the link'));
  await store.close();
  expect(references()).toEqual(['by the link']);
});

/** Niceness of this process's threads, by their numbers: proc_pid_stat(5), field 19; the name before it may hold spaces. */
function niceness(): ReadonlyMap<number, number> {
  const of = (thread: string) =>
    Number(readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[16]);
  return new Map(readdirSync('/proc/self/task').map((thread) => [Number(thread), of(thread)]));
}

test('the write-ahead log starts again after some thousand changes, checkpointed by a low-priority thread, and all are there', async () => {
  // Whoever runs the tests may have made them give way already.
  const niceBefore = process.platform === 'linux' ? niceness().get(process.pid) : undefined;
  const { store, path, references } = await opened();
  /** How many times the log has begun. SQLite file format 4.1. */
  const beginnings = () => readFileSync(`${path}-wal`).readUInt32BE(12);
  const before = beginnings();
  let batches = 0;
  for (; beginnings() - before < 2 && batches < 2_000; batches++) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => store.record(decision(`T-${batches}-${i}`))));
  }
  expect(batches).toBeGreaterThan(15);
  expect(batches).toBeLessThan(2_000);
  expect(references()).toHaveLength(batches * 500);
  if (process.platform !== 'linux') return;
  expect([...niceness().values()]).toContain(19);
  expect(niceness().get(process.pid)).toBe(niceBefore);
});

test('the write-ahead log is checkpointed every few hundred changes, long before it starts again', async () => {
  const { store, path } = await opened();
  const beginnings = () => readFileSync(`${path}-wal`).readUInt32BE(12);
  /** Pages of the log that the file has. SQLite file format 4.3, `nBackfill`. */
  const carried = () => new Uint32Array(readFileSync(`${path}-shm`).buffer.slice(96, 100))[0] ?? 0;
  const records = (count: number) => Array.from({ length: count }, (_, i) => store.record(decision(`T-${i}`)));
  const before = beginnings();
  while (beginnings() === before) await Promise.all(records(500));
  // More parts than there can be when the log begins anew once, and too few changes for twice.
  for (let part = 0; part < 8; part++) {
    const seen = [beginnings(), carried()];
    await Promise.all(records(300));
    // The thread may be at work still; the next change after that asks it again.
    for (let turn = 0; turn < 500 && beginnings() === seen[0] && carried() === seen[1]; turn++) {
      await Promise.all(records(1));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect([beginnings(), carried()]).not.toEqual(seen);
  }
});

test('an answer waits for its commit: while another process writes nobody is answered, then all are', async () => {
  const { store, path, references } = await opened();
  const other = new DatabaseSync(path);
  onTestFinished(() => other.close());
  await store.record(decision('before'));
  other.exec('BEGIN IMMEDIATE');
  let answered = 0;
  const all = Array.from({ length: 20 }, async (_, i) => {
    await store.record(decision(`T-${i}`));
    answered++;
  });
  // Readers are not held up, and a read is a turn in which answers could have come.
  for (let turn = 0; turn < 200; turn++) await store.ping();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(answered).toBe(0);
  other.exec('COMMIT');
  await Promise.all(all);
  expect(references()).toHaveLength(21);
});

test('what waits when the store is closed is written; what comes later is refused', async () => {
  const { store, references } = await opened();
  const waiting = Array.from({ length: 50 }, (_, i) => store.record(decision(`T-${i}`)));
  const closed = store.close();
  await expect(store.record(decision('late'))).rejects.toThrow(StoreUnavailable);
  await Promise.all([...waiting, closed]);
  expect(references()).toHaveLength(50);
});

test('a transaction that is at work when the store is closed is carried out', async () => {
  const { store, references } = await opened();
  const change = store.transaction('1001', async (transaction) => {
    await new Promise((resolve) => setImmediate(resolve));
    await transaction.addAudit(decision('change').audit);
  });
  await Promise.all([change, store.close()]);
  expect(references()).toEqual(['change']);
});

test('a store is closed once the disk has taken what somebody still waits for', async () => {
  const disk = slowDisk();
  const store = openSqliteStore(join(temporaryFolder(), 'verifier.sqlite'), 0, disk.sync);
  const kept = keptUnder(1);
  const written = store.record(decision('kept', kept));
  await disk.called(1);
  disk.calls[0]?.(null);
  await written;
  const asked = store.keptAnswer(serviceId, kept.keyMac, 0);
  await disk.called(2);
  const closed = heard({ closed: store.close() });
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(closed).toEqual([]);
  disk.calls[1]?.(null);
  expect((await asked)?.status).toBe(200);
  await store.close();
});

test('more than may wait are refused at once, and the rest is written', async () => {
  const { store, references } = await opened();
  const results = await Promise.allSettled(Array.from({ length: 2_100 }, (_, i) => store.record(decision(`T-${i}`))));
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(100);
  for (const result of refused) expect(result.reason).toBeInstanceOf(StoreUnavailable);
  expect(references()).toHaveLength(2_000);
  await store.record(decision('afterwards'));
});

test('a transaction and shared commits take turns: none is lost, whichever comes first', async () => {
  const { store, references } = await opened();
  const work = Array.from({ length: 60 }, (_, i) =>
    i % 3 === 0
      ? store.transaction('1001', (transaction) => transaction.addAudit(decision(`T-${i}`).audit))
      : store.record(decision(`T-${i}`)),
  );
  await Promise.all(work);
  expect(references()).toHaveLength(60);
});

test('codes accepted together, one of them undone, have rows one behind the other, and each token names its own', async () => {
  const at = await bench();
  const users = ['hanako', 'ichiro', 'midori'];
  for (const loginId of users) await activeToken(at, loginId);
  const step = Math.floor(at.clock.nowMs() / (at.institution.otp.periodSeconds * 1000));
  const accept = async (loginId: string, ahead: number, kept: KeptAnswer | null = null) => {
    const { token } = (await at.store.otpUser(serviceId, loginId)) ?? {};
    const { tokenId } = token ?? expect.unreachable();
    const audit = auditEntry({ serviceId, atMs: 0, operation: 'validate', outcome: 'accepted', loginId, tokenId });
    const drift = { beforeSteps: 0, afterSteps: 0 };
    return at.store.acceptStep({ serviceId, tokenId, loginId, step: step + ahead, drift, along: { audit, kept } });
  };
  const said = await Promise.allSettled([
    accept('hanako', 0, keptUnder(1)),
    accept('ichiro', 0, keptUnder(1)),
    accept('midori', 0),
  ]);
  expect(said).toMatchObject([{ value: true }, { reason: expect.any(AlreadyAnswered) }, { value: true }]);
  // Rows of others come between two commits.
  expect(await accept('ichiro', 1)).toBe(true);
  await addUser(at, 'takashi');
  expect(await accept('ichiro', 2)).toBe(true);
  const rows = at.rows('SELECT audit_id, login_id FROM audit ORDER BY audit_id').slice(-6);
  expect(rows.map((row) => row.login_id)).toEqual(['hanako', 'midori', 'ichiro', null, 'takashi', 'ichiro']);
  const ids = rows.map((row) => Number(row.audit_id));
  expect(ids).toEqual(ids.map((_, i) => Number(ids[0]) + i));
  const named = at.rows('SELECT last_accepted_id AS id FROM tokens ORDER BY 1').map((row) => row.id);
  expect(named).toEqual([ids[0], ids[1], ids[5]]);
});

test('wrong codes that come together share one commit, and each counts for its own token', async () => {
  const at = await bench();
  const users = ['hanako', 'ichiro', 'midori', 'takashi'];
  const codes = new Map<string, string>();
  for (const loginId of users) {
    await addUser(at, loginId);
    codes.set(loginId, wrongCode((await activeToken(at, loginId)).code()));
  }
  const path = join(at.folder, 'verifier.sqlite');
  const wrongOnce = (key: string) =>
    Promise.all(
      users.map((loginId) =>
        validate(at, codes.get(loginId) ?? '', { loginId }, { 'idempotency-key': `${key}-${loginId}-000000` }),
      ),
    );
  const before = commitsIn(path);
  const answers = await wrongOnce('first');
  expect(commitsIn(path) - before).toBe(1);
  expect(answers.map(({ body }) => body)).toEqual(
    users.map(() => ({ outcome: 'rejected', reason: 'wrong', remainingAttempts: 4, status: 'active' })),
  );
  // The answer is kept with the count, and counts no second time.
  expect(await wrongOnce('first').then((again) => again.map(({ body }) => body.remainingAttempts))).toEqual([
    4, 4, 4, 4,
  ]);
  expect(at.rows('SELECT failures FROM tokens')).toEqual(users.map(() => ({ failures: 1 })));
});

test('of many wrong codes for one token at once as many count as the lockout allows, and no more', async () => {
  const at = await bench();
  const code = wrongCode((await activeToken(at)).code());
  const answers = await Promise.all(Array.from({ length: 40 }, () => validate(at, code)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const counted = answers.map(({ body }) => body).filter(({ reason }) => reason === 'wrong');
  expect(counted.map(({ remainingAttempts }) => remainingAttempts)).toEqual([4, 3, 2, 1, 0]);
  expect(at.rows('SELECT status, failures FROM tokens')).toEqual([{ status: 'locked', failures: 5 }]);
  expect(at.rows("SELECT reason FROM audit WHERE outcome = 'rejected' ORDER BY audit_id").map((r) => r.reason)).toEqual(
    ['wrong', 'wrong', 'wrong', 'wrong', 'wrong:locked'],
  );
});

test('a process that ends during a checkpoint exits in order, with nothing else to keep it alive', async () => {
  const path = join(temporaryFolder(), 'data.sqlite');
  const script = `
    const [{ Checkpoints }, { openDatabases }] = await Promise.all(
      ['checkpoints', 'open'].map((name) => import('${new URL('../../verifier/store/', import.meta.url)}' + name + '.ts')),
    );
    const databases = Object.values(openDatabases(process.argv[1], 0));
    const checkpoints = new Checkpoints(process.argv[1]);
    checkpoints.count(4_000);
    await new Promise((begun) => setTimeout(begun, 100));
    await checkpoints.close();
    for (const database of databases) database.close();
    console.log('closed');`;
  const ended = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, path]);
  expect(ended.stdout).toBe('closed\n');
});
