import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createVerifier } from '../../verifier/app.ts';
import { auditEntry } from '../../verifier/audit.ts';
import { openPostgresStore } from '../../verifier/store/postgres/store.ts';
import { databaseOf } from '../verifier/database.ts';
import { type AppToken, activeToken, addUser, asker, type Bench, bench, validate } from '../verifier/fixture.ts';
import { wrongCode } from '../verifier/totp.ts';
import { ask } from './ask.ts';

const urlOf = async (at: Bench) => String((await databaseOf(at.folder).environment()).DATABASE_URL);

/** Has the server undo the first so many statements that move a token. What a sequence gave it does not take back. */
async function undoing(at: Bench, code: string, times: number): Promise<{ readonly tried: () => Promise<number> }> {
  const url = await urlOf(at);
  await ask(url, 'CREATE SEQUENCE tries');
  await ask(
    url,
    `CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF nextval('tries') <= ${times} THEN RAISE EXCEPTION 'planted' USING ERRCODE = '${code}'; END IF;
       RETURN NEW;
     END $$`,
  );
  await ask(url, 'CREATE TRIGGER undo BEFORE UPDATE ON tokens FOR EACH ROW EXECUTE FUNCTION undo()');
  return { tried: async () => Number((await ask(url, 'SELECT last_value FROM tries'))[0]?.last_value) };
}

test.each([
  ['a serialization failure', '40001'],
  ['a deadlock', '40P01'],
])('what %s undid is done again, and counts once', async (_, code) => {
  const at = await bench();
  const token = await activeToken(at);
  at.clock.advance(60_000);
  // The shared statement first, then the one of its own, which is tried again.
  const { tried } = await undoing(at, code, 3);
  expect((await validate(at, token.code())).body.outcome).toBe('accepted');
  expect(await tried()).toBe(4);
  await ask(await urlOf(at), "SELECT setval('tries', 1, false)");
  const wrong = wrongCode(token.code(-1), token.code(), token.code(1));
  expect((await validate(at, wrong)).body).toMatchObject({ reason: 'wrong', remainingAttempts: 4 });
  await ask(await urlOf(at), "SELECT setval('tries', 1, false)");
  expect((await validate(at, token.code())).body.reason).toBe('replayed');
  const rows = at.rows("SELECT outcome FROM audit WHERE operation = 'validate' ORDER BY audit_id");
  expect(rows.map(({ outcome }) => outcome)).toEqual(['accepted', 'rejected', 'rejected']);
});

test('what the server undoes again and again is given up with 503, and nothing is done', async () => {
  const at = await bench();
  const token = await activeToken(at);
  at.clock.advance(60_000);
  const before = at.rows('SELECT * FROM tokens');
  const { tried } = await undoing(at, '40001', 1_000);
  expect((await validate(at, wrongCode(token.code(-1), token.code(), token.code(1)))).status).toBe(503);
  expect(await tried()).toBe(6);
  expect((await validate(at, token.code())).status).toBe(503);
  expect(at.rows('SELECT * FROM tokens')).toEqual(before);
});

test('where the connection breaks in a statement that commits itself it is not done again; before a commit it is, and counts once', async () => {
  const at = await bench();
  const token = await activeToken(at);
  at.clock.advance(60_000);
  const { tried } = await undoing(at, '57P01', 1);
  expect((await validate(at, token.code())).status).toBe(503);
  expect(await tried()).toBe(1);
  await ask(await urlOf(at), "SELECT setval('tries', 1, false)");
  const wrong = wrongCode(token.code(-1), token.code(), token.code(1));
  expect((await validate(at, wrong)).body).toMatchObject({ reason: 'wrong', remainingAttempts: 4 });
  expect(await tried()).toBe(2);
  expect((await validate(at, token.code())).body.outcome).toBe('accepted');
});

test('where it breaks in the statement of those whose tokens nobody holds they are not done again either', async () => {
  const at = await bench();
  const users = ['hanako', 'ichiro'];
  const tokens = new Map<string, AppToken>();
  for (const loginId of users) tokens.set(loginId, await activeToken(at, loginId));
  at.clock.advance(60_000);
  // The statement comes to tokens in the order of their keys, and waits for the first.
  const [held = '', free = ''] = at
    .rows('SELECT login_id FROM assignments ORDER BY token_id')
    .map((row) => String(row.login_id));
  const other = new pg.Client({ connectionString: await urlOf(at) });
  await other.connect();
  onTestFinished(() => other.end());
  const { tried } = await undoing(at, '57P01', 1);
  await other.query('BEGIN');
  await other.query(
    'SELECT 1 FROM tokens JOIN assignments USING (service_id, token_id) WHERE login_id = $1 FOR NO KEY UPDATE OF tokens',
    [held],
  );
  const code = (loginId: string) => validate(at, tokens.get(loginId)?.code() ?? '', { loginId });
  const answers = await Promise.all([code(held), code(free)]);
  expect([...answers.map(({ status }) => status), await tried()]).toEqual([503, 503, 1]);
  await other.query('ROLLBACK');
  for (const loginId of users) expect((await code(loginId)).body.outcome).toBe('accepted');
});

test('whoever writes a row of the log has their transaction’s number before they take its ID, as the horizon counts on', async () => {
  const at = await bench();
  await addUser(at);
  const url = await urlOf(at);
  await ask(
    url,
    `CREATE FUNCTION next_audit_id() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
       IF pg_current_xact_id_if_assigned() IS NULL THEN RAISE EXCEPTION 'an ID without a number'; END IF;
       RETURN nextval('audit_ids');
     END $$`,
  );
  await ask(url, 'ALTER TABLE audit ALTER audit_id SET DEFAULT next_audit_id()');
  const token = await activeToken(at, 'ichiro');
  at.clock.advance(60_000);
  const wrong = wrongCode(token.code(-1), token.code(), token.code(1));
  const answers = [
    await validate(at, token.code(), { loginId: 'ichiro' }),
    await validate(at, wrong, { loginId: 'ichiro' }),
    await validate(at, token.code(), { loginId: 'ichiro' }),
    await validate(at, wrong, { loginId: 'hanako' }),
  ];
  expect(answers.map(({ body }) => body.reason)).toEqual([null, 'wrong', 'replayed', 'unregistered']);
  // A row about no token, which nothing else is written before.
  const audit = auditEntry({ serviceId: '1001', atMs: 0, operation: 'keyCreate', outcome: 'created' });
  await at.store.transaction('1001', (transaction) => transaction.addAudit(audit));
  expect(at.rows("SELECT outcome FROM audit WHERE operation = 'keyCreate'")).toEqual([{ outcome: 'created' }]);
});

test('a server that does not wait for the disk is asked to, for all that is answered', async () => {
  const at = await bench();
  const token = await activeToken(at);
  at.clock.advance(60_000);
  const url = await urlOf(at);
  const name = pg.escapeIdentifier(new URL(url).pathname.slice(1));
  await ask(url, `ALTER DATABASE ${name} SET synchronous_commit = 'off'`);
  await ask(
    url,
    `CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF current_setting('synchronous_commit') <> 'on' THEN RAISE EXCEPTION 'it does not wait'; END IF;
       RETURN NEW;
     END $$`,
  );
  await ask(url, 'CREATE TRIGGER waits BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION waits()');
  const store = await openPostgresStore(url, at.clock.nowMs());
  onTestFinished(() => store.close());
  const bank = asker(createVerifier({ ...at.options, store }), at.apiKey);
  const guess = wrongCode(token.code(-1), token.code(), token.code(1));
  expect((await validate({ bank }, guess)).body.reason).toBe('wrong');
  expect((await validate({ bank }, token.code())).body.outcome).toBe('accepted');
  expect((await validate({ bank }, token.code())).body.reason).toBe('replayed');
  expect((await bank('PUT', '/v1/contracts/c1', { kind: 'business', name: 'x' })).status).toBe(200);
});
