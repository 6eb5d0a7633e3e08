import { describe, expect, test } from 'vitest';
import { createDirectory } from '../../verifier/directory.ts';
import type { Store } from '../../verifier/store/store.ts';
import { activeToken, addUser, bench, browser, issue, provision, validate } from './fixture.ts';
import { office, person, unlock } from './office.ts';

const user = { contractId: 'C-1', name: 'x', role: 'general' };

describe('contracts', () => {
  test('are put again with other values', async () => {
    const at = await bench();
    const first = { kind: 'business', name: '山田商店', otpStartsOn: '2026-11-01' };
    expect((await at.bank('PUT', '/v1/contracts/C-1', first)).body).toEqual({ contractId: 'C-1', ...first });
    const second = { kind: 'business', name: '山田商会' };
    expect((await at.bank('PUT', '/v1/contracts/C-1', second)).body).toEqual({
      contractId: 'C-1',
      ...second,
      otpStartsOn: null,
    });
    expect(
      (await at.bank('PUT', '/v1/contracts/C-1', { ...first, otpStartsOn: '2026-02-30' })).body.fields[0].path,
    ).toBe('otpStartsOn');
  });

  test('of an individual have one user', async () => {
    const at = await bench();
    await at.bank('PUT', '/v1/contracts/C-1', { kind: 'individual', name: 'x' });
    expect((await at.bank('PUT', '/v1/users/a', user)).status).toBe(200);
    expect((await at.bank('PUT', '/v1/users/a', user)).status).toBe(200);
    expect((await at.bank('PUT', '/v1/users/b', user)).body.code).toBe('conflict');
    // Nor does one of several users become an individual's.
    await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name: 'x' });
    expect((await at.bank('PUT', '/v1/contracts/C-1', { kind: 'individual', name: 'x' })).status).toBe(200);
    await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name: 'x' });
    await at.bank('PUT', '/v1/users/b', user);
    expect((await at.bank('PUT', '/v1/contracts/C-1', { kind: 'individual', name: 'x' })).body.code).toBe('conflict');
  });

  test('and users stand in the log with the key that put them, and with a password that was registered', async () => {
    const at = await bench();
    await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name: 'x' });
    await at.bank('PUT', '/v1/users/a', { ...user, confirmationPassword: 'correct horse' });
    await at.bank('PUT', '/v1/users/a', user);
    const columns = 'operation, actor, login_id, reference, reason, token_id, purpose';
    const rows = at.rows(`SELECT ${columns} FROM audit ORDER BY audit_id`);
    const nothing = { login_id: null, reference: null, reason: null, token_id: null, purpose: null };
    const common = { ...nothing, actor: at.apiKey.split('_')[1] };
    expect(rows).toEqual([
      { ...common, operation: 'putContract', reference: 'C-1' },
      { ...common, operation: 'putUser', login_id: 'a', reason: 'confirmationPasswordRegistered' },
      { ...common, operation: 'putUser', login_id: 'a' },
    ]);
  });
});

describe('users', () => {
  test('belong to a contract that is there: otherwise 422', async () => {
    const at = await bench();
    const answer = await at.bank('PUT', '/v1/users/a', user);
    expect([answer.status, answer.body.fields[0].path]).toEqual([422, 'contractId']);
  });

  test('and contracts have a name of one line, up to 200 characters however rare, read in one direction', async () => {
    const at = await bench();
    const put = async (name: string) => {
      const contract = await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name });
      const person = await at.bank('PUT', '/v1/users/a', { ...user, name });
      expect(person.body.fields).toEqual(contract.body.fields);
      return [contract.status, person.status, person.body.fields?.[0].path];
    };
    await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name: 'x' });
    expect(await put('𠮷'.repeat(200))).toEqual([200, 200, undefined]);
    for (const name of ['𠮷'.repeat(201), '山田\u202e花子', '山田\u2028花子', '山田\n花子']) {
      expect([name, ...(await put(name))]).toEqual([name, 400, 400, 'name']);
    }
  });

  test('are found by the one spelling in NFC, upper and lower case apart', async () => {
    const at = await bench();
    await addUser(at, 'Ha\u0308nako');
    expect((await at.bank('GET', `/v1/users/${encodeURIComponent('H\u00e4nako')}`)).body.loginId).toBe('H\u00e4nako');
    expect((await at.bank('GET', `/v1/users/${encodeURIComponent('h\u00e4nako')}`)).status).toBe(404);
  });

  test('keep their token when they are put again, and do not take it into another contract', async () => {
    const at = await bench();
    const token = await activeToken(at);
    await at.bank('PUT', '/v1/users/hanako', { ...user, name: 'new' });
    expect((await validate(at, token.code())).body.outcome).toBe('accepted');
    await at.bank('PUT', '/v1/contracts/C-2', { kind: 'business', name: 'x' });
    expect((await at.bank('PUT', '/v1/users/hanako', { ...user, contractId: 'C-2' })).status).toBe(409);
  });

  test('with an open issue stay in their contract until its time is over, and then no list shows it', async () => {
    const at = await bench();
    await addUser(at);
    await issue(at);
    await at.bank('PUT', '/v1/contracts/C-2', { kind: 'business', name: 'x' });
    const move = () => at.bank('PUT', '/v1/users/hanako', { ...user, contractId: 'C-2' });
    at.clock.advance(3_600_000 - 1);
    expect((await move()).status).toBe(409);
    at.clock.advance(1);
    const otp = { status: 'unregistered', kind: null, serial: null, expiresAt: null, remainingAttempts: null };
    expect((await move()).body).toMatchObject({ contractId: 'C-2', otp });
  });

  test('that are removed are gone at once, their token with them, and the log stays', async () => {
    const at = await bench();
    const token = await activeToken(at);
    expect((await at.bank('DELETE', '/v1/users/hanako')).body.otp.status).toBe('revoked');
    expect((await validate(at, token.code())).status).toBe(404);
    expect((await at.bank('GET', '/v1/users/hanako')).status).toBe(404);
    expect((await at.bank('DELETE', '/v1/users/hanako')).status).toBe(404);
    await addUser(at);
    expect((await validate(at, token.code())).body).toMatchObject({ outcome: 'blocked', reason: 'revoked' });
    const operations = at.rows(`SELECT operation FROM audit WHERE login_id = 'hanako'`).map((row) => row.operation);
    expect(operations).toEqual(
      expect.arrayContaining(['putUser', 'issueSoftware', 'activate', 'deleteUser', 'validate']),
    );
    // A revocation may close the way to a new issue for a while.
    at.clock.advance(24 * 3_600_000);
    expect((await issue(at)).body.outcome).toBe('issued');
  });

  test('that are removed leave no confirmation password behind, neither its count nor an e-mail address', async () => {
    const at = await office();
    await person(at, 'boss', 'master', { confirmationPassword: 'first-secret', email: 'boss@example.jp' });
    await person(at, 'hanako');
    await unlock(at, 'boss', ['hanako'], { confirmationPassword: 'wrong-secret' });
    const kept = () => at.rows("SELECT confirmation_failures AS failures, email FROM users WHERE login_id = 'boss'");
    expect(kept()).toMatchObject([{ failures: 1, email: 'boss@example.jp' }]);
    expect((await at.bank('DELETE', '/v1/users/boss')).status).toBe(200);
    expect(kept()).toMatchObject([{ failures: 0, email: null }]);
    // Whoever comes back under the login ID has registered none.
    await person(at, 'boss', 'master');
    const sent = await unlock(at, 'boss', ['hanako'], { confirmationPassword: 'first-secret' });
    expect([sent.status, sent.body.fields?.[0].path]).toEqual([422, 'confirmationPassword']);
  });

  test('that are removed with an open issue leave nothing to set up', async () => {
    const at = await bench();
    await addUser(at);
    const { userId } = (await issue(at)).body;
    await at.bank('DELETE', '/v1/users/hanako');
    expect((await provision(at, userId, await browser())).body.outcome).toBe('refused');
  });
});

describe('the list', () => {
  test('gives every user once over its pages, in the order of login IDs', async () => {
    const at = await bench();
    const ids = Array.from({ length: 23 }, (_, i) => `u${String(i).padStart(2, '0')}`);
    for (const id of [...ids].reverse()) await addUser(at, id);
    const seen: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const answer = await at.bank('GET', `/v1/users?limit=5${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...answer.body.items.map((item: { loginId: string }) => item.loginId));
      cursor = answer.body.nextCursor;
      pages++;
    } while (cursor !== null);
    expect([seen, pages]).toEqual([ids, 5]);
    expect((await at.bank('GET', '/v1/users')).body).toMatchObject({ nextCursor: null });
    expect((await at.bank('GET', '/v1/users?limit=23')).body.nextCursor).toBeNull();
  });

  test('is narrowed by contract and by status, over pages too', async () => {
    const at = await bench();
    await at.bank('PUT', '/v1/contracts/C-2', { kind: 'business', name: 'x' });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await addUser(at, id);
    await at.bank('PUT', '/v1/users/z', { ...user, contractId: 'C-2' });
    for (const id of ['b', 'd']) await issue(at, id);
    const idsOf = async (query: string) =>
      (await at.bank('GET', `/v1/users?${query}`)).body.items.map((item: { loginId: string }) => item.loginId);
    expect(await idsOf('contractId=C-2')).toEqual(['z']);
    expect(await idsOf('status=issued')).toEqual(['b', 'd']);
    expect(await idsOf('status=unregistered&contractId=C-1')).toEqual(['a', 'c', 'e']);
    const first = await at.bank('GET', '/v1/users?status=issued&limit=1');
    expect(first.body.items).toHaveLength(1);
    expect(await idsOf(`status=issued&limit=1&cursor=${first.body.nextCursor}`)).toEqual(['d']);
  });

  test('is looked through to its end for a status, however many others stand before', async () => {
    const at = await bench();
    await addUser(at, 'z');
    await issue(at, 'z');
    await at.store.transaction('1001', async (transaction) => {
      const about = { contractId: 'C-1', name: 'x', role: 'general', email: null, confirmationHash: null } as const;
      for (let i = 0; i < 1000; i++) await transaction.putUser({ serviceId: '1001', loginId: `u${i}`, ...about });
    });
    const { items, nextCursor } = (await at.bank('GET', '/v1/users?status=issued&limit=1')).body;
    expect([items.map((item: { loginId: string }) => item.loginId), nextCursor]).toEqual([['z'], null]);
  });

  test('looks through 10,000 users for one answer with a status, and lets others have their turn meanwhile', async () => {
    const at = await bench();
    await addUser(at, 'z');
    await issue(at, 'z');
    at.rows(
      `INSERT INTO users (service_id, login_id, contract_id, name, role, confirmation_failures)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10050)
       SELECT '1001', 'u' || i, 'C-1', 'x', 'general', 0 FROM n`,
    );
    let turns = 0;
    const turning = setInterval(() => turns++, 0);
    const first = (await at.bank('GET', '/v1/users?status=issued')).body;
    clearInterval(turning);
    expect([first.items, typeof first.nextCursor]).toEqual([[], 'string']);
    expect(turns).toBeGreaterThan(5);
    const { items, nextCursor } = (await at.bank('GET', `/v1/users?status=issued&cursor=${first.nextCursor}`)).body;
    expect([items.map((item: { loginId: string }) => item.loginId), nextCursor]).toEqual([['z'], null]);
  });

  test('holds the users of the key’s own institution and no others', async () => {
    const at = await bench();
    await addUser(at);
    await at.store.transaction('2002', (t) => t.putInstitution({ ...at.institution, serviceId: '2002' }, 0));
    const headers = { authorization: `Bearer ${await at.key(['bank'], '2002')}` };
    expect((await at.bank('GET', '/v1/users', undefined, headers)).body.items).toEqual([]);
    expect((await at.bank('GET', '/v1/users/hanako', undefined, headers)).status).toBe(404);
  });
});

test.each(['a\u0000b', 'a\nb', '\u007f', '\ud800'])('refuses a login ID or name with %j in it', async (text) => {
  const at = await bench();
  await addUser(at);
  const about = { contractId: 'C-1', name: '山田 花子', role: 'general' };
  const named = await at.bank('PUT', '/v1/users/hanako', { ...about, name: text });
  expect(named).toMatchObject({ status: 400, body: { code: 'malformed', fields: [{ path: 'name' }] } });
  if (text.isWellFormed()) {
    expect((await at.bank('PUT', `/v1/users/${encodeURIComponent(text)}`, about)).status).toBe(400);
  }
});

describe('API keys and institutions', () => {
  /** A directory over a real store, and what it read of it. */
  async function directory(around: (keyId: string) => Promise<void> = async () => {}) {
    const at = await bench();
    const read: string[] = [];
    const store: Store = {
      ...at.store,
      async apiKey(keyId) {
        read.push(keyId);
        await around(keyId);
        return at.store.apiKey(keyId);
      },
      async serviceIds() {
        read.push('all');
        return at.store.serviceIds();
      },
    };
    const [, known = ''] = at.apiKey.split('_');
    return { at, known, read, of: createDirectory(store, at.clock) };
  }

  test('are read once in three seconds, even where there are none, and once for all who ask at once', async () => {
    const { at, known, read, of } = await directory();
    const ask = async () => {
      for (const keyId of [known, 'nobody']) {
        const found = await Promise.all(Array.from({ length: 3 }, () => of.apiKey(keyId)));
        expect(found.map((key) => key?.keyId)).toEqual(Array(3).fill(keyId === known ? known : undefined));
      }
      expect(await Promise.all([of.shortestPeriodSeconds(), of.shortestPeriodSeconds()])).toEqual([60, 60]);
    };
    await ask();
    at.clock.advance(2_999);
    await ask();
    expect(read).toEqual([known, 'nobody', 'all']);
    at.clock.advance(1);
    await ask();
    expect(read).toEqual([known, 'nobody', 'all', known, 'nobody', 'all']);
  });

  test('of which a thousand are remembered: a thousand and first takes the place of the oldest alone', async () => {
    const { at, read, of } = await directory();
    const names = Array.from({ length: 1_000 }, (_, i) => `key${i}`);
    for (const name of ['key1', 'key0']) await of.apiKey(name);
    // Both are read anew below, in the other order.
    at.clock.advance(3_000);
    read.length = 0;
    for (const name of [...names, ...names]) await of.apiKey(name);
    expect(read).toEqual(names);
    await of.apiKey('one more');
    for (const name of names.slice(1)) await of.apiKey(name);
    expect(read).toHaveLength(1_001);
    await of.apiKey('key0');
    expect(read).toHaveLength(1_002);
  });

  test('that could not be read are read again at once; a failure that comes late forgets nothing newer', async () => {
    const late = Promise.withResolvers<void>();
    const failures = [() => Promise.reject(new Error('no connection')), () => late.promise];
    const { at, known, read, of } = await directory(async () => failures.shift()?.());
    await expect(of.apiKey(known)).rejects.toThrow('no connection');
    const slow = of.apiKey(known);
    at.clock.advance(3_000);
    expect((await of.apiKey(known))?.keyId).toBe(known);
    late.reject(new Error('no answer'));
    await expect(slow).rejects.toThrow('no answer');
    expect((await of.apiKey(known))?.keyId).toBe(known);
    expect(read).toHaveLength(3);
  });

  test('that cannot be read now give no period that is guessed', async () => {
    const { at } = await directory();
    const institution = () => Promise.reject(new Error('no connection'));
    const of = createDirectory({ ...at.store, institution }, at.clock);
    await expect(of.shortestPeriodSeconds()).rejects.toThrow('no connection');
  });
});
