import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { parseInstitution } from '../../shared/institution.ts';
import { createVerifier } from '../../verifier/app.ts';
import { openPostgresStore } from '../../verifier/store/postgres/store.ts';
import { StoreUnavailable, type Transaction } from '../../verifier/store/store.ts';
import { databaseOf } from '../verifier/database.ts';
import {
  type AppToken,
  activeToken,
  addUser,
  asker,
  type Bench,
  bench,
  institutionFile,
  setUp,
  validate,
} from '../verifier/fixture.ts';
import { activated, check, type Fob, fob, office, person } from '../verifier/office.ts';
import { wrongCode } from '../verifier/totp.ts';

const urlOf = async (at: Bench) => String((await databaseOf(at.folder).environment()).DATABASE_URL);

/** Resolves once so many connections wait for a lock that this one has. */
async function somebodyWaits(other: pg.Client, connections = 1): Promise<void> {
  const waiting = async () => {
    const { rows } = await other.query(
      'SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))',
    );
    return rows.length;
  };
  while ((await waiting()) < connections) await new Promise((resolve) => setImmediate(resolve));
}

/** A connection of somebody else to the same database. */
async function somebody(at: Bench): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: await urlOf(at) });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

test('codes of tokens that others hold wait by themselves; all others are answered meanwhile', async () => {
  const at = await bench();
  const held = ['hanako', 'ichiro', 'midori', 'takashi'];
  const tokens = new Map<string, AppToken>();
  for (const loginId of [...held, 'free', 'later']) tokens.set(loginId, await activeToken(at, loginId));
  at.clock.advance(60_000);
  const answered: string[] = [];
  const ask = async (loginId: string) => {
    const { body } = await validate(at, tokens.get(loginId)?.code() ?? '', { loginId });
    answered.push(`${loginId} ${body.reason ?? body.outcome}`);
  };
  await ask('takashi');
  const other = await somebody(at);
  await other.query('BEGIN');
  await other.query(
    `SELECT 1 FROM tokens WHERE token_id IN (SELECT token_id FROM assignments WHERE login_id = ANY ($1))
      FOR NO KEY UPDATE`,
    [held],
  );
  const waiting = held.map(ask);
  await ask('free');
  await Promise.all([ask('free'), ask('later')]);
  await ask('later');
  expect(answered).toHaveLength(5);
  expect([...answered].sort()).toEqual([
    ...['free accepted', 'free replayed', 'later accepted', 'later replayed'],
    'takashi accepted',
  ]);
  await other.query('ROLLBACK');
  await Promise.all(waiting);
  expect(answered.slice(5).sort()).toEqual([
    ...['hanako accepted', 'ichiro accepted', 'midori accepted', 'takashi replayed'],
  ]);
});

test('a code that waits behind another one of a token that others hold is looked at after it', async () => {
  const at = await bench();
  const token = await activeToken(at);
  at.clock.advance(60_000);
  const other = await somebody(at);
  await other.query('BEGIN');
  await other.query('SELECT 1 FROM tokens FOR NO KEY UPDATE');
  const answers = [validate(at, token.code()), validate(at, token.code()), validate(at, token.code(1))];
  await somebodyWaits(other);
  await other.query('ROLLBACK');
  const reasons = (await Promise.all(answers)).map(({ body }) => body.reason ?? body.outcome);
  expect(reasons.filter((reason) => reason === 'accepted').length).toBeGreaterThan(0);
  expect(at.rows("SELECT outcome FROM audit WHERE operation = 'validate'")).toHaveLength(3);
});

test('wrong codes for a token that others hold take turns and keep nobody else from the database', async () => {
  const at = await bench();
  const token = await activeToken(at);
  const free = await activeToken(at, 'ichiro');
  at.clock.advance(60_000);
  const other = await somebody(at);
  await other.query('BEGIN');
  await other.query(
    "SELECT 1 FROM tokens JOIN assignments USING (token_id) WHERE login_id = 'hanako' FOR UPDATE OF tokens",
  );
  const wrong = wrongCode(token.code(-1), token.code(), token.code(1));
  let answered = 0;
  const waiting = Array.from({ length: 8 }, () => validate(at, wrong).finally(() => answered++));
  await somebodyWaits(other);
  const key = { 'idempotency-key': 'attempt-0001' };
  expect((await validate(at, free.code(), { loginId: 'ichiro' }, key)).body.outcome).toBe('accepted');
  const wrongOfFree = wrongCode(free.code(-1), free.code(), free.code(1));
  expect((await validate(at, wrongOfFree, { loginId: 'ichiro' })).body.outcome).toBe('rejected');
  expect((await at.anyone('GET', '/readyz')).status).toBe(200);
  await somebodyWaits(other);
  expect(answered).toBe(0);
  await other.query('ROLLBACK');
  const reasons = (await Promise.all(waiting)).map(({ body }) => body.reason);
  // As many as lock it count; each of the others finds it locked.
  expect(reasons.sort()).toEqual([...Array(3).fill('locked'), ...Array(5).fill('wrong')]);
});

test('a wrong code whose token is held for too long is 503 after 3 s and does not count', async () => {
  const at = await bench();
  const token = await activeToken(at);
  at.clock.advance(60_000);
  const wrong = wrongCode(token.code(-1), token.code(), token.code(1));
  const other = await somebody(at);
  await other.query('BEGIN');
  await other.query('SELECT 1 FROM tokens FOR NO KEY UPDATE');
  const beganMs = performance.now();
  const answers = await Promise.all([validate(at, wrong), validate(at, wrong)]);
  expect(performance.now() - beganMs).toBeLessThan(8_000);
  for (const answer of answers) expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  await other.query('ROLLBACK');
  expect(at.rows('SELECT failures FROM tokens')).toEqual([{ failures: 0 }]);
  expect((await validate(at, wrong)).body.outcome).toBe('rejected');
});

/** What hanako hears of a code for a fob that jiro uses too: it waits for the token, and meanwhile she loses it. */
async function askedWhileRevoked(otpOf: (fob: Fob) => string) {
  const at = await office();
  for (const id of ['hanako', 'jiro']) await person(at, id);
  const shared = await fob(at);
  for (const id of ['hanako', 'jiro']) await activated(at, id, shared);
  at.clock.advance(60_000);
  const other = await somebody(at);
  await other.query('BEGIN');
  // As a revocation does, which moves the token's number with its row of the log.
  await other.query('UPDATE tokens SET audit_number = audit_number + 1');
  await other.query("UPDATE assignments SET status = 'revoked', ended_at_ms = 1 WHERE login_id = 'hanako'");
  const answer = check(at, 'hanako', otpOf(shared));
  await somebodyWaits(other);
  await other.query('COMMIT');
  return { at, shared, said: (await answer).body };
}

test('a code that waited while its user lost the token is not accepted, though others still use the token', async () => {
  const { at, shared, said } = await askedWhileRevoked((fob) => fob.code());
  expect(said).toMatchObject({ outcome: 'blocked', reason: 'revoked' });
  expect((await check(at, 'jiro', shared.code())).body.outcome).toBe('accepted');
});

test('a wrong code that waited while its user lost the token does not count', async () => {
  const { at, said } = await askedWhileRevoked((fob) => fob.wrong());
  expect(said).toMatchObject({ outcome: 'blocked', reason: 'revoked' });
  expect(at.rows('SELECT failures FROM tokens')).toEqual([{ failures: 0 }]);
});

/** Reads inside a change, and asks for a code meanwhile: null as long as that waits, which it does until the change is over. */
async function askedWhileChanged(
  at: Bench,
  read: (transaction: Transaction) => Promise<unknown>,
  ask: () => Promise<{ readonly body: { readonly outcome: string } }>,
) {
  const looking = await somebody(at);
  let early: string | null = null;
  const { answer } = await at.store.transaction('1001', async (transaction) => {
    await read(transaction);
    const answer = ask().then(({ body }) => body.outcome);
    let isOpen = true;
    void answer.then((outcome) => {
      if (isOpen) early = outcome;
    });
    const waiting = 'SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pg_blocking_pids(pid) <> ';
    while (early === null && (await looking.query(`${waiting} '{}'`)).rows.length === 0);
    isOpen = false;
    return { answer };
  });
  return [early, await answer];
}

test.each<[string, (transaction: Transaction, own: Fob) => Promise<unknown>]>([
  ['its user', (transaction) => transaction.user('1001', 'hanako')],
  ['its user’s last token', (transaction) => transaction.lastToken('1001', 'hanako')],
  ['its token', (transaction, { tokenId }) => transaction.token('1001', tokenId)],
  ['who uses its token', (transaction, { tokenId }) => transaction.holders('1001', tokenId)],
  ['its fob', (transaction, { serial }) => transaction.hardware('1001', serial)],
])('a code waits for a change that has read %s', async (_, read) => {
  const at = await office();
  await person(at, 'hanako');
  const own = await fob(at);
  await activated(at, 'hanako', own);
  at.clock.advance(60_000);
  const reading = (transaction: Transaction) => read(transaction, own);
  expect(await askedWhileChanged(at, reading, () => check(at, 'hanako', own.code()))).toEqual([null, 'accepted']);
});

test('a code waits for a set-up that has read its issue', async () => {
  const at = await bench();
  const { userId, code } = await setUp(at);
  const reading = (transaction: Transaction) => transaction.issueByUserId('1001', userId);
  expect(await askedWhileChanged(at, reading, () => validate(at, code()))).toEqual([null, 'blocked']);
});

test('a seed whose token came into use while its lapsed issue was about to be wiped stays', async () => {
  const at = await bench();
  await setUp(at);
  at.clock.advance(24 * 3_600_000);
  const other = await somebody(at);
  await other.query('BEGIN');
  await other.query('SELECT 1 FROM tokens FOR NO KEY UPDATE');
  const wiping = at.store.wipeLapsed(at.clock.nowMs(), 10);
  await somebodyWaits(other);
  // As an activation does, on a node whose clock is behind.
  await other.query("UPDATE assignments SET status = 'active', activation_mac = NULL, lapses_at_ms = NULL");
  await other.query('COMMIT');
  expect(await wiping).toBe(1);
  expect(at.rows('SELECT status, length(sealed_seed) > 0 AS sealed FROM tokens')).toEqual([
    { status: 'active', sealed: true },
  ]);
});

test('while all of the table is held, as by a migration, codes wait by themselves and are answered after it', async () => {
  const at = await bench();
  const loginIds = ['hanako', 'ichiro', 'midori'];
  const tokens = new Map<string, AppToken>();
  for (const loginId of loginIds) tokens.set(loginId, await activeToken(at, loginId));
  at.clock.advance(60_000);
  const other = await somebody(at);
  await other.query('BEGIN');
  await other.query('LOCK TABLE tokens IN EXCLUSIVE MODE');
  const answers = loginIds.map((loginId) => validate(at, tokens.get(loginId)?.code() ?? '', { loginId }));
  // All at once, which a shared statement never is.
  await somebodyWaits(other, loginIds.length);
  await other.query('ROLLBACK');
  expect((await Promise.all(answers)).map(({ body }) => body.outcome)).toEqual(loginIds.map(() => 'accepted'));
});

test('questions for users that wait in vain are 503 and leave no connection behind', async () => {
  const at = await bench();
  const token = await activeToken(at);
  at.clock.advance(60_000);
  const other = await somebody(at);
  await other.query('BEGIN');
  await other.query('LOCK TABLE users');
  expect((await validate(at, token.code())).status).toBe(503);
  await other.query('ROLLBACK');
  expect((await validate(at, token.code())).body.outcome).toBe('accepted');
});

test('a code whose token is held for too long is 503 and not used up', async () => {
  const at = await bench();
  const token = await activeToken(at);
  at.clock.advance(60_000);
  const other = await somebody(at);
  await other.query('BEGIN');
  await other.query('SELECT 1 FROM tokens FOR NO KEY UPDATE');
  expect(await validate(at, token.code())).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  await other.query('ROLLBACK');
  expect((await validate(at, token.code())).body.outcome).toBe('accepted');
});

test('calls of one institution that wait for each other hold up no validation, and no call of another one', async () => {
  const at = await bench();
  const token = await activeToken(at);
  const own = await activeToken(at, 'ichiro');
  at.clock.advance(60_000);
  const parsed = parseInstitution(institutionFile({ serviceId: '2002' }));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  await at.store.transaction('2002', (transaction) => transaction.putInstitution(parsed.institution, 0));
  const bankOf2002 = asker(createVerifier(at.options), await at.key(['bank'], '2002'));
  const put = (contract: number) => bankOf2002('PUT', `/v1/contracts/c${contract}`, { kind: 'business', name: 'x' });
  const other = await somebody(at);
  await other.query('BEGIN');
  await other.query("SELECT pg_advisory_xact_lock(hashtextextended('shirushi institution 2002', 0))");
  let answered = 0;
  const puts = Array.from({ length: 12 }, (_, contract) => put(contract).finally(() => answered++));
  const waiting = async () => {
    const { rows } = await other.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
    return rows.length;
  };
  while ((await waiting()) === 0) await new Promise((resolve) => setImmediate(resolve));
  const key = { 'idempotency-key': 'attempt-0001' };
  expect((await validate(at, token.code(), {}, key)).body.outcome).toBe('accepted');
  expect((await validate(at, own.code(), { loginId: 'ichiro' })).body.outcome).toBe('accepted');
  expect((await validate(at, wrongCode(token.code()))).body.outcome).toBe('rejected');
  expect((await at.anyone('GET', '/readyz')).status).toBe(200);
  expect((await at.bank('PUT', '/v1/contracts/c1', { kind: 'business', name: 'x' })).status).toBe(200);
  expect(answered).toBe(0);
  expect(await waiting()).toBe(1);
  await other.query('ROLLBACK');
  expect(new Set((await Promise.all(puts)).map(({ status }) => status))).toEqual(new Set([200]));
});

test('a change that waits too long for another of its institution is 503 and changes nothing; the next ones go on', async () => {
  const at = await bench();
  const put = (contract: string) => at.bank('PUT', `/v1/contracts/${contract}`, { kind: 'business', name: 'x' });
  const end = Promise.withResolvers<void>();
  const first = at.store.transaction('1001', () => end.promise);
  expect(await put('second')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  const third = put('third');
  end.resolve();
  await first;
  expect((await third).status).toBe(200);
  expect(at.rows('SELECT contract_id FROM contracts')).toEqual([{ contract_id: 'third' }]);
});

test('a transaction whose connection broke before its commit is done again', async () => {
  const at = await bench();
  await addUser(at);
  const store = await openPostgresStore(await urlOf(at), at.clock.nowMs());
  onTestFinished(() => store.close());
  const other = await somebody(at);
  const ended = () =>
    other.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle in transaction'`,
    );
  let runs = 0;
  await store.transaction('1001', async (transaction) => {
    runs++;
    await transaction.user('1001', 'hanako');
    if (runs === 1) expect((await ended()).rowCount).toBe(1);
    await transaction.user('1001', 'hanako');
  });
  expect(runs).toBe(2);
});

test('a transaction that waited in vain for somebody is not begun again', async () => {
  const at = await bench();
  await addUser(at);
  const other = await somebody(at);
  await other.query('BEGIN');
  await other.query('LOCK TABLE users');
  let runs = 0;
  const done = at.store.transaction('1001', async (transaction) => {
    runs++;
    await transaction.user('1001', 'hanako');
  });
  await expect(done).rejects.toThrow(StoreUnavailable);
  expect(runs).toBe(1);
});

test.each([
  ['', 'by its own settings'],
  ['?options=-c%20search_path%3Dpublic', 'where the address has options too'],
])('a database that says values otherwise is read all the same %s', async (more) => {
  const at = await bench();
  const token = await activeToken(at);
  at.clock.advance(60_000);
  const url = `${await urlOf(at)}${more}`;
  const other = await somebody(at);
  const name = pg.escapeIdentifier(new URL(url).pathname.slice(1));
  await other.query(`ALTER DATABASE ${name} SET bytea_output = 'escape'`);
  await other.query(`ALTER DATABASE ${name} SET array_nulls = 'off'`);
  const store = await openPostgresStore(url, at.clock.nowMs());
  onTestFinished(() => store.close());
  const ask = asker(createVerifier({ ...at.options, store }), at.apiKey);
  const answer = await ask('POST', '/v1/validations', { loginId: 'hanako', operation: 'transfer', otp: token.code() });
  expect(answer.body.outcome).toBe('accepted');
  expect(at.rows("SELECT reference FROM audit WHERE operation = 'validate'")).toEqual([{ reference: null }]);
});
