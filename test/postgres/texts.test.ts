import { expect, test } from 'vitest';
import { databaseOf } from '../verifier/database.ts';
import { activeToken, addUser, bench, browser, provision, validate } from '../verifier/fixture.ts';

test('a NUL, which PostgreSQL cannot store, is refused as malformed by whoever takes a text', async () => {
  const at = await bench();
  await addUser(at);
  const by = await browser();
  const branch = await at.key(['branch']);
  const answers = [
    await at.bank('GET', '/v1/users/a%00b'),
    await at.bank('PUT', '/v1/contracts/C%00', { kind: 'business', name: 'x' }),
    await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name: 'x\u0000' }),
    await at.bank('POST', '/v1/validations', { loginId: 'a\u0000', operation: 'transfer', otp: '12345678' }),
    await at.bank('POST', '/v1/validations', {
      ...{ loginId: 'hanako', operation: 'transfer', otp: '12345678' },
      reference: 'x\u0000',
    }),
    await at.anyone(
      'POST',
      '/v1/branch/unlocks',
      { operator: 'x\u0000', document: 'd', loginIds: ['hanako'] },
      {
        authorization: `Bearer ${branch}`,
      },
    ),
    await provision(at, 'a\u0000b', by),
    await provision(at, 'ab', by, { serviceId: '1\u0000' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400));
});

test('logins and names beyond ASCII come back as they were sent, in the order of their bytes', async () => {
  const at = await bench();
  const loginIds = ['z', 'Z', 'é', '花子', '𠮷', 'あ', '_'];
  for (const loginId of loginIds) await addUser(at, loginId, { name: `${loginId} 太郎` });
  const { items } = (await at.bank('GET', '/v1/users')).body;
  const inOrder = loginIds.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(items.map(({ loginId, name }: { loginId: string; name: string }) => [loginId, name])).toEqual(
    inOrder.map((loginId) => [loginId, `${loginId} 太郎`]),
  );
});

test('marks that the server and the driver set texts apart with come back, and reach the log, as they were sent', async () => {
  const at = await bench();
  const texts = ['"', '\\', '\\"', '""', '{a,b}', '(a,,"b")', ' a ', 'NULL', '\\x00', "'", 'a"b\\c,(d)'];
  for (const text of texts) {
    await addUser(at, text, { name: `名 ${text}` });
    const answer = await at.bank('GET', `/v1/users/${encodeURIComponent(text)}`);
    expect([answer.body.loginId, answer.body.name]).toEqual([text, `名 ${text}`]);
    const request = { loginId: text, operation: 'transfer', otp: '12345678', reference: text };
    expect((await at.bank('POST', '/v1/validations', request)).body.outcome).toBe('blocked');
  }
  const rows = at.rows("SELECT login_id, reference FROM audit WHERE operation = 'validate' ORDER BY audit_id");
  expect(rows).toEqual(texts.map((text) => ({ login_id: text, reference: text })));
});

test('decisions of one statement reach the log each with its own reference, or with none', async () => {
  const at = await bench();
  const references = ['x', null, 'a', 'b', null, null, 'c', 'd', null];
  for (const i of references.keys()) await addUser(at, `user-${i}`);
  await Promise.all(
    references.map((reference, i) => {
      const request = { loginId: `user-${i}`, operation: 'transfer', otp: '12345678' };
      return at.bank('POST', '/v1/validations', reference === null ? request : { ...request, reference });
    }),
  );
  const rows = at.rows("SELECT login_id, reference FROM audit WHERE operation = 'validate' ORDER BY login_id");
  expect(rows).toEqual(references.map((reference, i) => ({ login_id: `user-${i}`, reference })));
});

test('a row that was damaged by hand fails for its own user, and not for those who are read together with it', async () => {
  const at = await bench();
  const good = await activeToken(at, 'hanako');
  const bad = await activeToken(at, 'taro');
  databaseOf(at.folder).query(
    'UPDATE tokens SET last_step = 9007199254740993 WHERE token_id = (' +
      "SELECT token_id FROM assignments WHERE login_id = 'taro')",
  );
  const answers = await Promise.all([
    validate(at, bad.code(), { loginId: 'taro' }),
    validate(at, good.code(), { loginId: 'hanako' }),
  ]);
  expect(answers.map(({ status, body }) => [status, body.outcome])).toEqual([
    [500, undefined],
    [200, 'accepted'],
  ]);
});
