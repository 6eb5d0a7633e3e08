import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Keyring } from '../../verifier/keyring.ts';
import type { Store, Transaction } from '../../verifier/store/store.ts';
import { activationPassword, addUser, bench, browser, issue, provision, setUp } from './fixture.ts';
import { base32Bytes, independentCode, independentSeed } from './totp.ts';

const refused = { outcome: 'refused', reason: 'provisioningRefused' };
const activation = '/v1/users/hanako/activation';

describe('a set-up', () => {
  test('hands out all that an app needs, sealed to the key that asked', async () => {
    const at = await bench({ institution: { fieldHints: ['#otp'] } });
    await addUser(at);
    const { userId } = (await issue(at)).body;
    const by = await browser();
    const answer = await provision(at, userId, by);
    const envelope = await by.open(answer.body.token);
    expect(envelope).toEqual({
      version: 1,
      serviceId: '1001',
      userId,
      institution: { ja: '試験信用組合', en: 'Trial Credit Union' },
      secret: expect.stringMatching(/^[A-Z2-7]{52}$/),
      algorithm: 'SHA256',
      digits: 8,
      period: 60,
      origins: ['https://bank.example'],
      fieldHints: ['#otp'],
      issuedAt: '2026-11-21T00:00:10.000Z',
      expiresAt: null,
    });
    // Nobody's API key.
    expect(at.rows(`SELECT actor FROM audit WHERE operation = 'provision'`)).toEqual([{ actor: null }]);
    await expect((await browser()).open(answer.body.token)).rejects.toThrow();
  });

  test.each([
    ['SHA1', 20],
    ['SHA256', 32],
    ['SHA512', 64],
  ] as const)(
    'has a secret as long as the HMAC: %s, %i bytes; its code is accepted',
    async (algorithm, secretBytes) => {
      const at = await bench({ institution: { otp: { algorithm, digits: 6, periodSeconds: 30 } } });
      await addUser(at);
      const by = await browser();
      const answer = await provision(at, (await issue(at)).body.userId, by);
      const { secret } = await by.open(answer.body.token);
      expect(base32Bytes(secret)).toHaveLength(secretBytes);
      const code = independentCode(independentSeed(secret, by.thumbprint), at.institution.otp, at.clock.nowMs());
      expect((await at.bank('POST', activation, { otp: code })).body.outcome).toBe('accepted');
    },
  );

  test('with the same password and key gives the same token again; another key is refused', async () => {
    const at = await bench();
    await addUser(at);
    const { userId } = (await issue(at)).body;
    const by = await browser();
    const first = await by.open((await provision(at, userId, by)).body.token);
    expect(await by.open((await provision(at, userId, by)).body.token)).toEqual(first);
    expect((await provision(at, userId, await browser())).body).toEqual(refused);
    expect(await by.open((await provision(at, userId, by)).body.token)).toEqual(first);
  });

  test('takes a key as WebCrypto exports it, which is the same key without its other members', async () => {
    const at = await bench();
    await addUser(at);
    const { userId } = (await issue(at)).body;
    const by = await browser();
    const exported = { ...by.publicKey, key_ops: [], ext: true, kid: '1', use: 'enc', alg: 'ECDH-ES' };
    const first = await by.open((await provision(at, userId, by, { publicKey: exported })).body.token);
    expect(await by.open((await provision(at, userId, by)).body.token)).toEqual(first);
    const { status, body } = await provision(at, userId, by, { publicKey: { ...exported, d: exported.x } });
    expect([status, body.fields]).toEqual([
      400,
      [{ path: 'publicKey.d', expected: 'expects the public key alone, without `d`' }],
    ]);
  });

  test('takes the User ID as people type it', async () => {
    const at = await bench();
    await addUser(at);
    const { userId } = (await issue(at)).body;
    const typed = userId
      .toLowerCase()
      .replace(/0/g, 'o')
      .replace(/1/g, 'l')
      .replace(/(....)(?=.)/g, '$1-');
    const serviceId = '１００１';
    expect(
      (await provision(at, typed, await browser(), { serviceId, activationPassword: '５８３ 920' })).body.outcome,
    ).toBe('provisioned');
  });

  test('of 20 at once with 20 keys goes to exactly one of them', async () => {
    const at = await bench();
    await addUser(at);
    const { userId } = (await issue(at)).body;
    const browsers = await Promise.all(Array.from({ length: 20 }, browser));
    const answers = await Promise.all(browsers.map((by) => provision(at, userId, by)));
    expect(answers.filter((answer) => answer.body.outcome === 'provisioned')).toHaveLength(1);
  });

  test('that was relayed with another key leaves codes that the activation rejects', async () => {
    const at = await bench();
    await addUser(at);
    const { userId } = (await issue(at)).body;
    const user = await browser();
    const relay = await browser();
    const { secret } = await relay.open((await provision(at, userId, relay)).body.token);
    // The relay closes the secret again for the user, who derives from their own key.
    const usersCode = independentCode(independentSeed(secret, user.thumbprint), at.institution.otp, at.clock.nowMs());
    expect((await at.bank('POST', activation, { otp: usersCode })).body).toMatchObject({
      outcome: 'rejected',
      reason: 'wrong',
    });
    const plainCode = independentCode(base32Bytes(secret), at.institution.otp, at.clock.nowMs());
    expect((await at.bank('POST', activation, { otp: plainCode })).body).toMatchObject({
      outcome: 'rejected',
      reason: 'wrong',
    });
  });
});

describe('a refusal', () => {
  test('after 5 wrong activation passwords is final: the issue is void', async () => {
    const at = await bench();
    await addUser(at);
    const { userId } = (await issue(at)).body;
    const by = await browser();
    for (let i = 0; i < 5; i++) {
      expect((await provision(at, userId, by, { activationPassword: '111222' })).body).toEqual(refused);
    }
    expect((await provision(at, userId, by)).body).toEqual(refused);
    const rows = at.rows(`SELECT reason FROM audit WHERE operation = 'provision' ORDER BY audit_id`);
    expect(rows.map(({ reason }) => reason)).toEqual([
      ...Array.from({ length: 4 }, () => 'wrongPassword'),
      'lastWrongPassword',
      'ended',
    ]);
    expect((await at.bank('POST', activation, { otp: '12345678' })).body).toEqual({
      outcome: 'refused',
      reason: 'nothingToActivate',
    });
    expect(at.rows('SELECT status, length(sealed_seed) AS size FROM tokens')).toEqual([{ status: 'void', size: 0 }]);
    expect(at.rows('SELECT activation_mac FROM assignments')).toEqual([{ activation_mac: null }]);
    expect((await at.bank('GET', '/v1/users/hanako')).body.otp.status).toBe('unregistered');
    const again = await issue(at);
    expect((await provision(at, again.body.userId, by)).body.outcome).toBe('provisioned');
  });

  test('of 100 guesses at once counts five; the right password is refused afterwards', async () => {
    const at = await bench();
    await addUser(at);
    const { userId } = (await issue(at)).body;
    const by = await browser();
    const guesses = Array.from({ length: 100 }, (_, i) =>
      provision(at, userId, by, { activationPassword: String(600_000 + i) }),
    );
    for (const answer of await Promise.all(guesses)) expect(answer.body).toEqual(refused);
    expect(at.rows('SELECT password_failures FROM assignments')).toEqual([{ password_failures: 5 }]);
    expect((await provision(at, userId, by)).body).toEqual(refused);
  });

  test('meets a lapsed, an activated, a cancelled and a replaced issue', async () => {
    const at = await bench();
    const by = await browser();
    await addUser(at);
    const lapsed = (await issue(at)).body.userId;
    at.clock.advance(60 * 60_000);
    expect((await provision(at, lapsed, by)).body).toEqual(refused);
    expect((await at.bank('POST', activation, { otp: '12345678' })).body.reason).toBe('issueExpired');
    const replaced = (await issue(at)).body.userId;
    const cancelled = (await issue(at)).body.userId;
    expect((await provision(at, replaced, by)).body).toEqual(refused);
    expect((await at.bank('DELETE', '/v1/users/hanako/issue')).body).toEqual({ outcome: 'cancelled' });
    expect((await provision(at, cancelled, by)).body).toEqual(refused);
    const token = await setUp(at);
    expect((await at.bank('POST', activation, { otp: token.code() })).body.outcome).toBe('accepted');
    expect((await provision(at, token.userId, by)).body).toEqual(refused);
    expect(
      at.rows(`SELECT count(*) AS n FROM assignments WHERE activation_mac IS NOT NULL AND status = 'active'`),
    ).toEqual([{ n: 0 }]);
  });
});

/** Counts every call of store, transaction and keyring by name. */
function counting<Thing extends object>(thing: Thing, counts: Map<string, number>): Thing {
  return new Proxy(thing, {
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        counts.set(String(name), (counts.get(String(name)) ?? 0) + 1);
        if (name === 'transaction') {
          const [serviceId, work] = args as [string, (t: Transaction) => Promise<unknown>];
          return value.call(target, serviceId, (transaction: Transaction) => work(counting(transaction, counts)));
        }
        return value.apply(target, args);
      };
    },
  });
}

test('every refusal has the same body and takes the same lookups, MACs and writes', async () => {
  const at = await bench();
  const counts = new Map<string, number>();
  const again = await bench({
    folder: at.folder,
    clock: at.clock,
    options: { store: counting<Store>(at.store, counts), keyring: counting<Keyring>(at.options.keyring, counts) },
  });
  const by = await browser();
  const stranger = await browser();
  const ids: Record<string, string> = {};
  for (const name of ['wrong', 'void', 'lapsed', 'used', 'cancelled', 'anotherKey']) {
    await addUser(at, name);
    if (name === 'used') {
      const token = await setUp(at, name);
      await at.bank('POST', `/v1/users/${name}/activation`, { otp: token.code() });
      ids[name] = token.userId;
    } else {
      ids[name] = (await issue(at, name)).body.userId;
    }
  }
  for (let i = 0; i < 5; i++) await provision(at, ids.void ?? '', by, { activationPassword: '111222' });
  await at.bank('DELETE', '/v1/users/cancelled/issue');
  await provision(at, ids.anotherKey ?? '', by);

  const cases: [string, string, object][] = [
    ['unknown user', 'AAAABBBBCCCC', {}],
    ['unknown institution', 'AAAABBBBCCCC', { serviceId: '9999' }],
    ['wrong password', ids.wrong ?? '', { activationPassword: '111222' }],
    ['void', ids.void ?? '', {}],
    ['used', ids.used ?? '', {}],
    ['cancelled', ids.cancelled ?? '', {}],
    ['another key', ids.anotherKey ?? '', {}],
    ['lapsed', ids.lapsed ?? '', {}],
  ];
  const seen = new Map<string, string>();
  for (const [name, userId, more] of cases) {
    if (name === 'lapsed') at.clock.advance(60 * 60_000);
    await provision(again, userId, stranger, more);
    // The second time the cached institution is there for all of them alike.
    counts.clear();
    const answer = await provision(again, userId, stranger, { activationPassword, ...more });
    seen.set(name, `${answer.status} ${answer.text} ${JSON.stringify([...counts].sort())}`);
  }
  expect(new Set(seen.values()).size, JSON.stringify([...seen], null, 1)).toBe(1);
  const [one = ''] = seen.values();
  for (const call of ['issueByUserId', 'verifyMac', 'countActivationPassword', 'addAudit']) expect(one).toContain(call);
});

test('a client address that asks too often gets 429 with Retry-After, and others go on', async () => {
  const limits = { provisioning: { requests: 3, perSeconds: 60 } };
  const at = await bench({ options: { limits, trustedProxies: 1 } });
  const by = await browser();
  const from = (address: string) =>
    at.anyone(
      'POST',
      '/v1/provisioning',
      { serviceId: '1001', userId: 'A', activationPassword, publicKey: by.publicKey },
      { 'x-forwarded-for': `6.6.6.6, ${address}` },
    );
  for (let i = 0; i < 3; i++) expect((await from('192.0.2.1')).status).toBe(200);
  const answer = await from('192.0.2.1');
  expect([answer.status, answer.body.code]).toEqual([429, 'tooManyRequests']);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  // What a page of another origin may not see it cannot wait for.
  expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After');
  expect((await from('192.0.2.2')).status).toBe(200);
});

test('Retry-After names the seconds until the limit is over, in full, and then the address is served again', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const at = await bench({ options: { limits: { provisioning: { requests: 1, perSeconds: 60 } } } });
  const beganMs = Date.now();
  const ask = async (afterMs: number) => {
    vi.setSystemTime(beganMs + afterMs);
    const { status, headers } = await at.anyone('POST', '/v1/provisioning', {});
    return [status, headers.get('retry-after')];
  };
  expect(await ask(0)).toEqual([400, null]);
  expect(await ask(1)).toEqual([429, '60']);
  expect(await ask(30_000)).toEqual([429, '30']);
  expect(await ask(59_999)).toEqual([429, '1']);
  expect(await ask(60_000)).toEqual([400, null]);
  expect(await ask(60_001)).toEqual([429, '60']);
});

test.each([
  ['an address and a port', ['192.0.2.1:50001', '192.0.2.1:50002', '192.0.2.1'], '192.0.2.2:50001'],
  ['an IPv4 address in IPv6', ['::ffff:192.0.2.1', '192.0.2.1', '[::ffff:192.0.2.1]:50003'], '::ffff:192.0.2.2'],
  ['addresses of one /64', ['2001:db8:0:1::1', '2001:db8:0:1:a:b:c:d', '[2001:DB8:0:1::2]:443'], '2001:db8:0:2::1'],
  ['a /64 that is shortened', ['2001:db8::1', '2001:db8::2', '2001:0db8:0:0::3:4'], '2001:db8:0:1::1'],
])('behind a proxy that tells %s, the limit is one client’s', async (_, own, another) => {
  const limits = { provisioning: { requests: 2, perSeconds: 60 } };
  const at = await bench({ options: { limits, trustedProxies: 1 } });
  const by = await browser();
  const body = { serviceId: '1001', userId: 'A', activationPassword, publicKey: by.publicKey };
  const statuses = [];
  for (const address of [...own, another]) {
    statuses.push((await at.anyone('POST', '/v1/provisioning', body, { 'x-forwarded-for': address })).status);
  }
  expect(statuses).toEqual([200, 200, 429, 200]);
});

test('without a trusted proxy X-Forwarded-For does not get anybody past the limit', async () => {
  const at = await bench({ options: { limits: { provisioning: { requests: 2, perSeconds: 60 } } } });
  const by = await browser();
  const statuses = [];
  for (let i = 0; i < 4; i++) {
    const body = { serviceId: '1001', userId: 'A', activationPassword, publicKey: by.publicKey };
    statuses.push((await at.anyone('POST', '/v1/provisioning', body, { 'x-forwarded-for': `192.0.2.${i}` })).status);
  }
  expect(statuses).toEqual([200, 200, 429, 429]);
});

test('any web origin may ask for the set-up and the time; preflights are answered', async () => {
  const at = await bench();
  for (const [path, method] of [
    ['/v1/provisioning', 'POST'],
    ['/v1/time', 'GET'],
  ] as const) {
    const preflight = await at.anyone('OPTIONS', path, undefined, {
      origin: 'chrome-extension://abc',
      'access-control-request-method': method,
      'access-control-request-headers': 'content-type',
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-methods')).toContain(method);
  }
  const time = await at.anyone('GET', '/v1/time', undefined, { origin: 'https://any.example' });
  expect(time.headers.get('access-control-allow-origin')).toBe('*');
  expect(time.body).toEqual({ now: '2026-11-21T00:00:10.000Z' });
  expect((await at.anyone('GET', '/v1/users')).headers.get('access-control-allow-origin')).toBeNull();
});

test('a key that is no point on P-256 is malformed', async () => {
  const at = await bench();
  const x = Buffer.alloc(32, 1).toString('base64url');
  const publicKey = { kty: 'EC', crv: 'P-256', x, y: x };
  const answer = await at.anyone('POST', '/v1/provisioning', {
    serviceId: '1001',
    userId: 'A',
    activationPassword,
    publicKey,
  });
  expect([answer.status, answer.body.fields[0].path]).toEqual([400, 'publicKey']);
});
