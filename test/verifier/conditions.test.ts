import { expect, test } from 'vitest';
import { auditEntry } from '../../verifier/audit.ts';
import type { ByHolder, TokenKey } from '../../verifier/store/store.ts';
import { databaseOf } from './database.ts';
import { activeToken, addUser, type Bench, bench, issue, setUp, validate } from './fixture.ts';

/** A user whose token is in use, or was set up, as a caller has read them. */
async function read(at: Bench, setUpOnly: boolean) {
  if (setUpOnly) await setUp(at);
  else await activeToken(at);
  const { token, assignment } = (await at.store.user('1001', 'hanako')) ?? expect.unreachable();
  if (token === null || assignment === null) return expect.unreachable();
  const key: TokenKey & ByHolder = { serviceId: '1001', tokenId: token.tokenId, loginId: 'hanako' };
  return { key, token, assignment };
}
type Read = Awaited<ReturnType<typeof read>>;
type Take = (at: Bench, found: Read, key: TokenKey & ByHolder) => Promise<unknown>;

const along = ({ serviceId, tokenId }: TokenKey) => ({
  audit: auditEntry({ serviceId, atMs: 0, operation: 'validate', outcome: 'x', tokenId }),
  kept: null,
});
const accepting = ({ token }: Read, key: TokenKey & ByHolder) => ({
  ...{ ...key, step: token.lastStep + 2, along: along(key) },
  drift: { beforeSteps: token.driftSteps, afterSteps: token.driftSteps },
});
const failing = (_: Read, key: TokenKey & ByHolder) => ({
  ...{ ...key, driftSteps: 0, afterFailures: 5, disableAfterFailures: 100, along: () => along(key) },
  assignmentStatus: 'active' as const,
});

/** Every way in which the store moves a counter. */
const ways: Readonly<Record<string, Take>> = {
  'a code': (at, found, key) => at.store.acceptStep(accepting(found, key)),
  'a code inside a transaction': (at, found, key) =>
    at.store.transaction('1001', (transaction) => transaction.acceptStep(accepting(found, key))),
  'a wrong code': (at, found, key) => at.store.countFailure(failing(found, key)),
  'a wrong code inside a transaction': (at, found, key) =>
    at.store.transaction('1001', (transaction) => transaction.countFailure(failing(found, key))),
  'a first code': (at, { token, assignment }, key) =>
    at.store.activateToken({
      ...{ ...key, assignmentId: assignment.assignmentId, step: 2, nowMs: at.clock.nowMs(), along: along(key) },
      ...{ sealedSeed: new Uint8Array(32), seedVersion: token.seedVersion },
    }),
};

const all = Object.keys(ways);
const accepts = all.slice(0, 2);
const counts = all.slice(2, 4);
const [first = ''] = all.slice(4);

const changed: readonly (readonly [what: string, ofWays: readonly string[], change: string])[] = [
  ['its token is locked', all, "UPDATE tokens SET status = 'locked'"],
  ['its token is disabled', all, "UPDATE tokens SET status = 'disabled'"],
  ['its token is void', all, "UPDATE tokens SET status = 'void'"],
  ['its user has lost the token', all, "UPDATE assignments SET status = 'revoked', ended_at_ms = 1"],
  ['the drift is another one', [...accepts, ...counts], 'UPDATE tokens SET drift_steps = drift_steps + 1'],
  ['a later step was taken', [...accepts, first], 'UPDATE tokens SET last_step = 99999999999'],
  ['the very step was taken', accepts, 'UPDATE tokens SET last_step = last_step + 2'],
  ['the very step was taken', [first], 'UPDATE tokens SET last_step = 2'],
  ['the seed is another one', [first], 'UPDATE tokens SET seed_version = seed_version + 1'],
  ['the token is not in use', [...accepts, ...counts], "UPDATE assignments SET status = 'provisioned'"],
  ['the token is in use', [first], "UPDATE assignments SET status = 'active'"],
];

test.each(changed.flatMap(([what, ofWays, change]) => ofWays.map((way) => [way, what, change] as const)))(
  '%s changes nothing where %s since it was read',
  async (way, _, change) => {
    const at = await bench();
    const found = await read(at, way === first);
    databaseOf(at.folder).query(change);
    const before = at.rows('SELECT * FROM tokens');
    expect(await ways[way]?.(at, found, found.key)).toBe(counts.includes(way) ? null : false);
    expect(at.rows('SELECT * FROM tokens')).toEqual(before);
    expect(at.rows("SELECT * FROM audit WHERE outcome = 'x'")).toEqual([]);
  },
);

test.each(all)('%s counts once for who holds the token, and never for another user or institution', async (way) => {
  const at = await bench();
  const found = await read(at, way === first);
  const take = ways[way] ?? expect.unreachable();
  const nothing = counts.includes(way) ? null : false;
  for (const other of [{ loginId: 'ichiro' }, { serviceId: '2002' }, { tokenId: 'another' }]) {
    expect(await take(at, found, { ...found.key, ...other })).toBe(nothing);
  }
  expect(at.rows("SELECT * FROM audit WHERE outcome = 'x'")).toEqual([]);
  expect(await take(at, found, found.key)).toEqual(
    counts.includes(way) ? { status: 'active', failures: 1, failuresSinceAccepted: 1 } : true,
  );
  if (!counts.includes(way)) expect(await take(at, found, found.key)).toBe(false);
  expect(at.rows("SELECT * FROM audit WHERE outcome = 'x'")).toHaveLength(1);
});

test.each([...accepts, first])('%s clears both counts of failures', async (way) => {
  const at = await bench();
  const found = await read(at, way === first);
  databaseOf(at.folder).query('UPDATE tokens SET failures = 2, failures_since_accepted = 7');
  expect(await ways[way]?.(at, found, found.key)).toBe(true);
  expect(at.rows('SELECT failures, failures_since_accepted AS since FROM tokens')).toEqual([{ failures: 0, since: 0 }]);
});

test('codes that come together are answered each by itself, whatever their order', async () => {
  const at = await bench();
  const loginIds = ['hanako', 'ichiro', 'midori', 'takashi'];
  const found: Read[] = [];
  for (const loginId of loginIds) {
    await activeToken(at, loginId);
    const { token, assignment } = (await at.store.user('1001', loginId)) ?? expect.unreachable();
    if (token === null || assignment === null) return expect.unreachable();
    found.push({ key: { serviceId: '1001', tokenId: token.tokenId, loginId }, token, assignment });
  }
  // In the order of their keys and against it.
  found.sort((one, other) => (one.key.tokenId < other.key.tokenId ? -1 : 1));
  for (const [round, some] of [found, found.toReversed()].entries()) {
    const answers = some.map((one, i) => {
      const step = i === 0 ? one.token.lastStep : one.token.lastStep + 1 + round;
      return at.store.acceptStep({ ...accepting(one, one.key), step });
    });
    expect(await Promise.all(answers)).toEqual([false, true, true, true]);
  }
});

test('a user whose row was damaged keeps nobody from being read whose code came with theirs', async () => {
  const at = await bench();
  const token = await activeToken(at, 'ichiro');
  await read(at, false);
  databaseOf(at.folder).query(`UPDATE tokens SET last_step = 9007199254740993
    WHERE token_id = (SELECT token_id FROM assignments WHERE login_id = 'hanako')`);
  at.clock.advance(60_000);
  const answers = ['hanako', 'ichiro'].map((loginId) => validate(at, token.code(), { loginId }));
  const [damaged, sound] = await Promise.all(answers);
  expect(damaged?.body.outcome).not.toBe('accepted');
  expect(sound?.body.outcome).toBe('accepted');
});

test('a right confirmation password clears no count that has reached its limit meanwhile', async () => {
  const at = await bench();
  await addUser(at);
  await at.store.transaction('1001', async (transaction) => {
    for (let count = 1; count <= 3; count++) {
      expect(await transaction.countConfirmationFailure('1001', 'hanako', 3)).toBe(count);
    }
    expect(await transaction.countConfirmationFailure('1001', 'hanako', 3)).toBe(null);
    expect(await transaction.clearConfirmationFailures('1001', 'hanako', 3)).toBe(false);
    expect(await transaction.clearConfirmationFailures('1001', 'hanako', 4)).toBe(true);
  });
  expect(at.rows('SELECT confirmation_failures AS n FROM users')).toEqual([{ n: 0 }]);
});

test('an issue that was called off is not provisioned, called off or ended once more, nor one in use called off', async () => {
  const at = await bench();
  await addUser(at);
  await issue(at);
  const { assignment } = (await at.store.user('1001', 'hanako')) ?? expect.unreachable();
  const calledOff = assignment?.assignmentId ?? '';
  const inUse = (await read(at, false)).assignment.assignmentId;
  const rows = () => at.rows('SELECT * FROM assignments ORDER BY assignment_id');
  const before = rows();
  expect(before.map((row) => row.activation_mac)).toEqual([null, null]);
  await at.store.transaction('1001', async (transaction) => {
    expect(await transaction.provision('1001', calledOff, 'thumbprint', 5)).toBe(false);
    expect(await transaction.endIssue('1001', calledOff, 5)).toBe(false);
    expect(await transaction.endAssignment('1001', calledOff, 'revoked', 'lost', 5)).toBe(false);
    expect(await transaction.endIssue('1001', inUse, 5)).toBe(false);
    await transaction.countActivationPassword('1001', calledOff, 5, 5);
    await transaction.countActivationPassword('1001', inUse, 5, 5);
  });
  expect(rows()).toEqual(before);
  const end = (to: 'revoked' | 'deactivated') =>
    at.store.transaction('1001', (transaction) => transaction.endAssignment('1001', inUse, to, 'lost', 5));
  expect([await end('revoked'), await end('revoked'), await end('deactivated')]).toEqual([true, false, false]);
});

test('the last token of a user is the one that they used last, not one that was issued since', async () => {
  const at = await bench();
  const { token, assignment } = await read(at, false);
  await at.store.transaction('1001', (transaction) =>
    transaction.endAssignment('1001', assignment.assignmentId, 'revoked', 'lost', at.clock.nowMs()),
  );
  at.clock.advance(24 * 3_600_000);
  expect((await issue(at)).body.outcome).toBe('issued');
  expect((await at.store.lastToken('1001', 'hanako'))?.tokenId).toBe(token.tokenId);
});
