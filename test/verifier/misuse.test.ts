import { describe, expect, test } from 'vitest';
import { StoreUnavailable } from '../../verifier/store/store.ts';
import { addUser, bench, issue } from './fixture.ts';

const validations = '/v1/validations';
const right = { loginId: 'hanako', operation: 'transfer', otp: '12345678' };

describe('malformed requests are 400, name the field and never repeat its value', () => {
  test.each([
    ['JSON that breaks off', '{"loginId": "secret-value', ['']],
    ['no JSON at all', 'secret-value', ['']],
    ['an array', [right], ['']],
    ['an unknown field', { ...right, extra: 'secret-value' }, ['extra']],
    [
      'a prototype field',
      '{"__proto__": 1, "loginId": "hanako", "operation": "transfer", "otp": "12345678"}',
      ['__proto__'],
    ],
    ['a missing field', { loginId: 'hanako', otp: '12345678' }, ['operation']],
    ['an operation that does not exist', { ...right, operation: 'secret-value' }, ['operation']],
    ['a number in place of a text', { ...right, otp: 12345678 }, ['otp']],
    ['a code of 5 digits', { ...right, otp: '12345' }, ['otp']],
    ['a code of 9 digits', { ...right, otp: '123456789' }, ['otp']],
    ['a code with letters', { ...right, otp: '1234567a' }, ['otp']],
    ['a login ID of 65 characters', { ...right, loginId: 'x'.repeat(65) }, ['loginId']],
    ['an empty login ID', { ...right, loginId: '' }, ['loginId']],
    ['an empty reference', { ...right, reference: '' }, ['reference']],
    [
      'several wrong fields',
      { loginId: '', operation: 'secret-value', otp: 'secret-value' },
      ['loginId', 'operation', 'otp'],
    ],
  ])('%s', async (_name, body, paths) => {
    const at = await bench();
    const answer = await at.bank('POST', validations, body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ type: 'about:blank', status: 400, code: 'malformed' });
    const found = answer.body.fields.map((field: { path: string }) => field.path);
    expect(found.sort()).toEqual([...paths].sort());
    for (const field of answer.body.fields) expect(field.expected).toEqual(expect.stringMatching(/.{3,}/));
    expect(answer.text).not.toContain('secret-value');
  });

  test.each(['.', '..'])(
    'the ID %s, which no path can hold, is refused wherever a body or a query has one',
    async (id) => {
      const at = await bench();
      await addUser(at);
      const authorization = `Bearer ${await at.key(['bank', 'branch', 'audit'])}`;
      const written = { operator: 'S', document: 'D' };
      for (const [method, path, body, field] of [
        ['PUT', '/v1/users/hanako', { contractId: id, name: 'x', role: 'general' }, 'contractId'],
        ['POST', validations, { ...right, loginId: id }, 'loginId'],
        ['POST', '/v1/unlocks', { actor: id, loginIds: ['hanako'] }, 'actor'],
        ['POST', '/v1/branch/unlocks', { ...written, loginIds: ['hanako', id] }, 'loginIds.1'],
        ['GET', `/v1/users?contractId=${id}`, undefined, 'contractId'],
        ['GET', `/v1/audit?loginId=${id}`, undefined, 'loginId'],
      ] as const) {
        const answer = await at.anyone(method, path, body, { authorization });
        const fields = [{ path: field, expected: 'expects an ID other than `.` and `..`' }];
        expect([path, answer.status, answer.body.fields]).toEqual([path, 400, fields]);
      }
      const user = { contractId: 'C-1', name: 'x', role: 'general' };
      expect((await at.bank('PUT', `/v1/users/${id}x`, user)).body.loginId).toBe(`${id}x`);
    },
  );

  test('a query that is wrong is named too', async () => {
    const at = await bench();
    await addUser(at);
    for (const [path, field] of [
      ['/v1/users?limit=0', 'limit'],
      ['/v1/users?limit=501', 'limit'],
      ['/v1/users?cursor=%00', 'cursor'],
      ['/v1/users?status=nothing', 'status'],
      ['/v1/users?colour=red', 'colour'],
      ['/v1/users/hanako/requirement', 'operation'],
      ['/v1/users/hanako/requirement?operation=dance', 'operation'],
    ]) {
      const answer = await at.bank('GET', path ?? '');
      expect([path, answer.status, answer.body.fields?.[0].path]).toEqual([path, 400, field]);
    }
  });
});

test('what a field expects is told in plain words, once for each field', async () => {
  const at = await bench();
  await addUser(at);
  const authorization = `Bearer ${await at.key(['bank', 'branch'])}`;
  const user = { contractId: 'C-1', name: 'x', role: 'general' };
  const provision = { serviceId: '1001', userId: 'x', activationPassword: '583920' };
  const file = { operator: 'S', document: 'D', file: '?', dryRun: 'no', allow: 'x' };
  for (const [method, path, body, fields] of [
    ['POST', validations, [], { '': 'expects an object' }],
    ['POST', validations, { ...right, otp: null, loginId: 5 }, { loginId: 'expects a text', otp: 'expects a text' }],
    ['POST', validations, { ...right, reference: 'x'.repeat(65) }, { reference: 'expects at most 64 characters' }],
    ['POST', validations, { ...right, reference: '' }, { reference: 'expects at least 1 character' }],
    ['POST', '/v1/unlocks', { actor: 'hanako', loginIds: [] }, { loginIds: 'expects at least 1 item' }],
    ['POST', '/v1/unlocks', { actor: 'hanako', loginIds: {} }, { loginIds: 'expects a list' }],
    ['POST', '/v1/users/hanako/resynchronisation', { otps: true }, { otps: 'expects a list' }],
    ['PUT', '/v1/users/hanako', { ...user, name: [] }, { name: 'expects a text' }],
    ['PUT', '/v1/users/hanako', { ...user, role: 'x' }, { role: 'expects one of master, administrator, general' }],
    ['POST', '/v1/provisioning', { ...provision, publicKey: 1 }, { publicKey: 'expects an object' }],
    [
      'POST',
      '/v1/branch/hardware-tokens/import',
      file,
      { file: 'expects base64', dryRun: 'expects true or false', allow: 'expects a list' },
    ],
  ] as const) {
    const answer = await at.anyone(method, path, body, { authorization });
    const found = answer.body.fields.map(({ path, expected }: { path: string; expected: string }) => [path, expected]);
    expect([path, answer.status, found]).toEqual([path, 400, expect.any(Array)]);
    expect(Object.fromEntries(found)).toEqual(fields);
    expect(found).toHaveLength(Object.keys(fields).length);
  }
});

test('what stands in place of a time or a date is told what both look like', async () => {
  const at = await bench();
  const authorization = `Bearer ${await at.key(['bank', 'audit'])}`;
  const time = 'expects an RFC 3339 time with offset, such as 2026-11-21T09:00:00+09:00';
  for (const since of ['2026-11-21', '2026-11-21T09:00:00', '2026-11-31T09:00:00Z']) {
    const answer = await at.anyone('GET', `/v1/audit?since=${since}`, undefined, { authorization });
    expect([answer.status, answer.body.fields]).toEqual([400, [{ path: 'since', expected: time }]]);
  }
  for (const otpStartsOn of ['2027-02-29', '2027-4-1', '2027-04-01T00:00:00+09:00']) {
    const contract = { kind: 'business', name: 'x', otpStartsOn };
    const answer = await at.anyone('PUT', '/v1/contracts/C-1', contract, { authorization });
    const fields = [{ path: 'otpStartsOn', expected: 'expects a date, such as 2027-04-01' }];
    expect([answer.status, answer.body.fields]).toEqual([400, fields]);
  }
});

test.each(['/v1/users', '/v1/branch/requests', '/v1/branch/hardware-tokens', '/v1/audit'])(
  'the limit of %s is plain decimal digits',
  async (path) => {
    const at = await bench();
    const authorization = `Bearer ${await at.key(['bank', 'branch', 'audit'])}`;
    const ask = (limit: string) => at.anyone('GET', `${path}?limit=${limit}`, undefined, { authorization });
    for (const limit of ['0x10', '1e1', '5.0', '%2B5', '%20%205', '5%0A', '%EF%BC%95', '', '5&limit=5']) {
      const answer = await ask(limit);
      expect([limit, answer.status, answer.body.fields?.[0].path]).toEqual([limit, 400, 'limit']);
    }
    for (const limit of ['1', '05', '500']) expect([limit, (await ask(limit)).status]).toEqual([limit, 200]);
  },
);

test.each([
  ['/v1/users', ['a\u0000']],
  ['/v1/branch/requests', [0, '\u0000']],
  ['/v1/branch/hardware-tokens', [null, '1\u0000']],
])('a cursor of %s with a control character in its text is refused as malformed', async (path, content) => {
  const at = await bench();
  const key = await at.key(['bank', 'branch']);
  const cursor = Buffer.from(JSON.stringify(content)).toString('base64url');
  const answer = await at.anyone('GET', `${path}?cursor=${cursor}`, undefined, { authorization: `Bearer ${key}` });
  expect([answer.status, answer.body.fields?.[0].path]).toEqual([400, 'cursor']);
});

describe('who may call', () => {
  test('without a key, with a wrong, revoked or expired one: 401, always the same body', async () => {
    const at = await bench();
    const revoked = await at.key(['bank']);
    await at.store.transaction('1001', (t) => t.revokeApiKey(revoked.split('_')[1] ?? '', at.clock.nowMs()));
    const expired = await at.key(['bank'], '1001', at.clock.nowMs());
    const wrongSecret = `${at.apiKey.slice(0, -4)}AAAA`;
    const texts = new Set<string>();
    for (const authorization of [
      '',
      'Bearer',
      'Bearer x',
      'Basic abc',
      at.apiKey,
      ...[revoked, expired, wrongSecret].map((k) => `Bearer ${k}`),
    ]) {
      const answer = await at.anyone('POST', validations, right, authorization === '' ? {} : { authorization });
      expect([authorization, answer.status]).toEqual([authorization, 401]);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      texts.add(answer.text);
    }
    expect(texts.size).toBe(1);
  });

  test('with a key of another scope: 403', async () => {
    const at = await bench();
    const key = await at.key(['branch', 'audit']);
    const answer = await at.anyone('POST', validations, right, { authorization: `Bearer ${key}` });
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
  });

  test('a revoked key and a changed institution reach a running verifier within 5 seconds', async () => {
    const at = await bench();
    await addUser(at);
    expect((await at.bank('GET', '/v1/users/hanako')).status).toBe(200);
    await at.store.transaction('1001', async (t) => {
      await t.revokeApiKey(at.apiKey.split('_')[1] ?? '', at.clock.nowMs());
      await t.putInstitution({ ...at.institution, kinds: ['hardware'] }, at.clock.nowMs());
    });
    at.clock.advance(4_999);
    expect((await at.bank('GET', '/v1/users/hanako')).status).toBe(401);
    const key = await at.key(['bank']);
    const answer = await at.bank(
      'POST',
      '/v1/users/hanako/software-token',
      { email: 'a@b.jp', activationPassword: '583920' },
      { authorization: `Bearer ${key}` },
    );
    expect(answer.body.reason).toBe('kindNotOffered');
  });
});

describe('bodies', () => {
  test('of another content type or without one: 415', async () => {
    const at = await bench();
    for (const type of [
      '',
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'application/problem+json',
    ]) {
      const answer = await at.bank('POST', validations, JSON.stringify(right), { 'content-type': type });
      expect([type, answer.status, answer.body.code]).toEqual([type, 415, 'unsupportedMediaType']);
    }
    await addUser(at);
    expect(
      (await at.bank('POST', validations, right, { 'content-type': 'application/json; charset=utf-8' })).status,
    ).toBe(200);
  });

  test('in another charset: 415, whatever else stands beside JSON is taken, on every path', async () => {
    const at = await bench();
    await addUser(at);
    for (const [type, status] of [
      ['application/json; charset=Shift_JIS', 415],
      ['application/json; v=1; charset="euc-jp"', 415],
      ['application/json;charset=utf-16', 415],
      ['application/json ; charset=UTF-8', 200],
      ['Application/JSON; charset="utf-8"; v=1', 200],
      ['application/json;', 200],
    ] as const) {
      const headers = { 'content-type': type };
      const user = { contractId: 'C-1', name: '山田 花子', role: 'general' };
      const given = [
        await at.bank('POST', validations, right, headers),
        await at.bank('PUT', '/v1/users/hanako', user, headers),
      ];
      expect([type, ...given.map((answer) => answer.status)]).toEqual([type, status, status]);
    }
  });

  test('compressed: 415, rather than a JSON that nobody can read', async () => {
    const at = await bench();
    await addUser(at);
    for (const [encoding, status] of [
      ['gzip', 415],
      ['br, identity', 415],
      ['Identity', 200],
    ] as const) {
      const answer = await at.bank('POST', validations, right, { 'content-encoding': encoding });
      expect([encoding, answer.status]).toEqual([encoding, status]);
    }
  });

  test('of bytes that are no UTF-8 are 400 and name the field, so that no two names or passwords become one', async () => {
    const at = await bench();
    await addUser(at);
    // 山田 in Shift_JIS.
    const bytes = Buffer.from([0x8e, 0x52, 0x93, 0x63]).toString('utf8');
    const user = { contractId: 'C-1', name: 'x', role: 'general' };
    for (const [field, value] of [
      ['name', bytes],
      ['confirmationPassword', bytes],
      ['confirmationPassword', '\ud800'],
    ] as const) {
      const answer = await at.bank('PUT', '/v1/users/jiro', { ...user, [field]: value });
      expect([answer.status, answer.body.fields]).toMatchObject([400, [{ path: field }]]);
    }
    const answer = await at.bank('POST', validations, { ...right, loginId: bytes });
    expect([answer.status, answer.body.fields]).toMatchObject([400, [{ path: 'loginId' }]]);
  });

  test('of 64 KiB pass the limit, one byte more and 10 MB do not: 413', async () => {
    const at = await bench();
    expect((await at.bank('POST', validations, 'x'.repeat(65_536))).status).toBe(400);
    for (const size of [65_537, 10_000_000]) {
      const answer = await at.bank('POST', validations, 'x'.repeat(size));
      expect([answer.status, answer.body.code]).toEqual([413, 'tooLarge']);
    }
    const declared = await at.bank('POST', validations, '{}', { 'content-length': '100000000' });
    expect(declared.status).toBe(413);
  });

  test('nested deeply do no harm', async () => {
    const at = await bench();
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    expect((await at.bank('POST', validations, deep)).status).toBe(400);
  });
});

describe('paths and methods', () => {
  test('an unknown path is 404, a wrong method 405 with Allow, HEAD is GET without a body', async () => {
    const at = await bench();
    await addUser(at);
    expect((await at.bank('GET', '/v2/users')).body).toMatchObject({ status: 404, code: 'notFound' });
    const wrong = await at.bank('PATCH', '/v1/users/hanako');
    expect([wrong.status, wrong.body.code]).toEqual([405, 'methodNotAllowed']);
    expect(new Set(wrong.headers.get('allow')?.split(', '))).toEqual(new Set(['PUT', 'GET', 'DELETE', 'HEAD']));
    const head = await at.bank('HEAD', '/v1/users/hanako');
    expect([head.status, head.text]).toEqual([200, '']);
    for (const path of ['/v1/users/nobody', '/v1/users/nobody/requirement?operation=login']) {
      expect((await at.bank('GET', path)).body).toMatchObject({ status: 404, code: 'notFound' });
    }
  });

  test('percent-encoding that is not of UTF-8 is 400 and names the field; what is encoded twice is a text', async () => {
    const at = await bench();
    await addUser(at);
    const key = await at.key(['bank', 'branch', 'audit']);
    const ask = (method: string, path: string, body?: object) =>
      at.anyone(method, path, body, { authorization: `Bearer ${key}` });
    const user = { contractId: 'C-1', name: 'x', role: 'general' };
    for (const [method, path, field, body] of [
      ['PUT', '/v1/users/%8E%52', 'loginId', user],
      ['PUT', '/v1/users/a%', 'loginId', user],
      ['PUT', '/v1/contracts/%E3%81', 'contractId', { kind: 'business', name: 'x' }],
      ['GET', '/v1/users/%zz/requirement?operation=login', 'loginId', undefined],
      ['GET', '/v1/users?contractId=%8E%52', 'contractId', undefined],
      ['GET', '/v1/audit?limit=1&loginId=%ff', 'loginId', undefined],
      ['PATCH', '/v1/branch/hardware-tokens/%ff', 'serial', { operator: 'S', document: 'D', status: 'lost' }],
    ] as const) {
      const answer = await ask(method, path, body);
      expect([path, answer.status, answer.body.fields?.[0]?.path]).toEqual([path, 400, field]);
    }
    expect((await ask('PUT', '/v1/users/%25E3%2581', user)).body.loginId).toBe('%E3%81');
    expect((await ask('PUT', '/v1/users/a%2Fb', user)).body.loginId).toBe('a/b');
  });

  test('every answer carries headers that keep browsers from guessing, storing and framing', async () => {
    const at = await bench();
    for (const path of ['/v1/users', '/nothing', '/activate', '/docs', '/healthz']) {
      const { headers } = await at.anyone('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{16}$/);
    }
  });
});

describe('when the store fails', () => {
  test('the answer is 503 with Retry-After, /readyz says so, /healthz stays', async () => {
    const at = await bench();
    await addUser(at);
    await at.store.close();
    at.clock.advance(10_000);
    const answer = await at.bank('POST', validations, right);
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
    expect(answer.text).not.toMatch(/sqlite|SELECT|node_modules/i);
    const ready = await at.anyone('GET', '/readyz');
    expect([ready.status, ready.body]).toEqual([503, { ready: false, reason: 'the store does not answer' }]);
    expect((await at.anyone('GET', '/healthz')).status).toBe(200);
  });

  test('a 5xx is not kept under an idempotency key', async () => {
    let fail = true;
    const real = await bench();
    const store = new Proxy(real.store, {
      get(target, name, receiver) {
        if (name !== 'record' || !fail) return Reflect.get(target, name, receiver);
        return () => Promise.reject(new StoreUnavailable('the disk is full'));
      },
    });
    const at = await bench({ folder: real.folder, options: { store } });
    await addUser(at);
    const headers = { 'idempotency-key': 'k' };
    expect((await at.bank('POST', validations, right, headers)).status).toBe(503);
    fail = false;
    expect((await at.bank('POST', validations, right, headers)).body.outcome).toBe('blocked');
  });

  test('an error that nobody foresaw is 500 without its text, which the log keeps', async () => {
    const real = await bench();
    const store = new Proxy(real.store, {
      get(target, name, receiver) {
        if (name !== 'user') return Reflect.get(target, name, receiver);
        return () => Promise.reject(new Error('column foo is missing'));
      },
    });
    const at = await bench({ folder: real.folder, options: { store } });
    const answer = await at.bank('GET', '/v1/users/hanako');
    expect([answer.status, answer.body.code]).toEqual([500, 'internal']);
    expect(answer.text).not.toMatch(/foo|at |\.ts/);
    expect(at.logs.join('')).toContain('column foo is missing');
  });
});

test('what others put into the fields stays a text: names, quotes and markup come back as they were', async () => {
  const at = await bench();
  const name = `'; DROP TABLE users; -- <script>alert(1)</script>`;
  await addUser(at, `o'hara"; --`, { name });
  const answer = await at.bank('GET', `/v1/users/${encodeURIComponent(`o'hara"; --`)}`);
  expect(answer.body).toMatchObject({ loginId: `o'hara"; --`, name });
  expect((await issue(at, `o'hara"; --`)).body.outcome).toBe('issued');
});
