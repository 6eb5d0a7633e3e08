import { describe, expect, test } from 'vitest';
import { createActivation } from '../../extension/activation.ts';
import { createClocks } from '../../extension/clocks.ts';
import { createVerifierClient } from '../../extension/verifier-client.ts';
import { deriveSeed, publicKeySchema, sealEnvelope, thumbprintOf } from '../../shared/envelope.ts';
import { codeAt } from '../../shared/otp.ts';
import { envelope, json, lockCode, Network, Profile, provisioned } from './support.ts';
import { erasing } from './support-lock.ts';

async function start(network = new Network()) {
  const profile = new Profile();
  const clock = () => profile.nowMs;
  const vault = await profile.startVault();
  const verifier = createVerifierClient(network.fetch, clock);
  const clocks = createClocks({ vault, session: profile.session, verifier, clock, isAllowed: async () => false });
  const activation = createActivation({ vault, session: profile.session, verifier, clocks });
  return { profile, network, vault, activation };
}

const request = {
  address: 'https://otp.example/base',
  serviceId: '1001',
  userId: 'K7QZ2M9XW4RT',
  activationPassword: '583920',
  lock: { create: lockCode },
} as const;

function keyAsked(network: Network, index: number): unknown {
  const asked = network.requests[index]?.body as { publicKey: unknown } | undefined;
  return asked?.publicKey;
}

describe('the set-up', () => {
  test('adds a token whose codes come from the seed bound to its key', async () => {
    const { profile, network, vault, activation } = await start();
    const result = await activation.setUp(request);
    if (result.outcome !== 'added') throw new Error(result.reason);
    const thumbprint = await thumbprintOf(publicKeySchema.parse(keyAsked(network, 0)));
    const seed = await deriveSeed(envelope.secret, thumbprint);
    const parameters = { algorithm: 'SHA256', digits: 8, periodSeconds: 60 } as const;
    expect((await vault.code(result.tokenId))?.code).toBe(codeAt(seed, parameters, profile.nowMs));
  });

  test('sends no cookie, referrer or redirect, and the password in the body alone', async () => {
    const { network, activation } = await start();
    await activation.setUp(request);
    const [sent] = network.requests;
    expect(sent?.url).toBe('https://otp.example/base/v1/provisioning');
    expect(sent?.init).toMatchObject({
      method: 'POST',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      cache: 'no-store',
      headers: { 'Content-Type': 'application/json' },
    });
    expect(sent?.init.signal).toBeInstanceOf(AbortSignal);
    expect(Object.keys(sent?.body as object).toSorted()).toEqual([
      'activationPassword',
      'publicKey',
      'serviceId',
      'userId',
    ]);
  });

  test('keeps neither the activation password nor the key once it is done', async () => {
    const { profile, activation } = await start();
    await activation.setUp({ ...request, activationPassword: '71530964' });
    const kept = JSON.stringify(profile.session.items) + (await profile.dump());
    expect(kept).not.toContain('71530964');
    expect(kept).not.toContain('"d":');
  });

  test('adds one token where the answer to the page was lost and the person sends again', async () => {
    const { network, vault, activation } = await start();
    const once = { ...request, attempt: 'once' };
    const added = await activation.setUp(once);
    expect(await activation.setUp(once)).toEqual(added);
    expect(network.requests).toHaveLength(1);
    expect(await vault.list()).toHaveLength(1);
  });

  test('adds one token where the browser stopped the background between adding it and noting that down', async () => {
    const { profile, vault, activation } = await start();
    let before: unknown;
    const { set } = profile.session;
    profile.session.set = async (items) => {
      if (JSON.stringify(items).includes('tokenId')) throw new Error('stopped');
      await set.call(profile.session, items);
      before = structuredClone(profile.session.items);
    };
    await expect(activation.setUp(request)).rejects.toThrow('stopped');
    profile.session.set = set;
    profile.session.items = before as typeof profile.session.items;
    expect(await activation.setUp({ ...request, lock: { open: lockCode } })).toMatchObject({ outcome: 'added' });
    expect(await vault.list()).toHaveLength(1);
  });

  test('tries again with the same key after a lost answer', async () => {
    const network = new Network(() => {
      throw new TypeError('Failed to fetch');
    });
    const { activation } = await start(network);
    expect(await activation.setUp(request)).toEqual({ outcome: 'failed', reason: 'unreachable', waitMs: 0 });
    network.answer = provisioned();
    expect(await activation.setUp(request)).toMatchObject({ outcome: 'added' });
    expect(keyAsked(network, 1)).toEqual(keyAsked(network, 0));
  });

  test('keeps all that the token came with, where it came from, and what the check found of the clock', async () => {
    const institution = { ja: '熊谷商工信用組合', en: 'Kumagaya Shoko Credit Union' };
    const given = { institution, digits: 6, fieldHints: ['#otp'], origins: ['https://a.example', 'https://b.example'] };
    const expiresAt = '2027-04-01T00:00:00+09:00';
    const { profile, network, vault, activation } = await start();
    network.answer = () => json({ now: new Date(profile.nowMs - 42_000).toISOString() });
    await activation.checkVerifier(request.address);
    network.answer = provisioned({ ...given, algorithm: 'SHA1', period: 30, expiresAt });
    const result = await activation.setUp(request);
    const { serviceId, userId, address } = request;
    expect(await vault.list()).toMatchObject([
      {
        ...{ ...given, serviceId, userId, periodSeconds: 30, expiresAtMs: Date.parse(expiresAt), verifier: address },
        clock: { differenceMs: 42_000, checkedAtMs: profile.nowMs, correctionMs: 0 },
      },
    ]);
    const seed = await deriveSeed(envelope.secret, await thumbprintOf(publicKeySchema.parse(keyAsked(network, 1))));
    const parameters = { algorithm: 'SHA1', digits: 6, periodSeconds: 30 } as const;
    const code = codeAt(seed, parameters, profile.nowMs);
    expect(result.outcome === 'added' && (await vault.code(result.tokenId))?.code).toBe(code);
  });

  test('takes another key for another user', async () => {
    const network = new Network(() => json({ outcome: 'refused', reason: 'provisioningRefused' }));
    const { activation } = await start(network);
    await activation.setUp(request);
    await activation.setUp({ ...request, userId: 'OTHER' });
    expect(keyAsked(network, 1)).not.toEqual(keyAsked(network, 0));
  });

  test('takes another key for another institution, and the first one again however many lie between', async () => {
    const network = new Network(() => Promise.reject(new TypeError('Failed to fetch')));
    const { activation } = await start(network);
    for (const serviceId of ['1001', '1002', '1001', '1002']) await activation.setUp({ ...request, serviceId });
    const keys = [0, 1, 2, 3].map((index) => keyAsked(network, index));
    expect(keys[1]).not.toEqual(keys[0]);
    expect(keys.slice(2)).toEqual(keys.slice(0, 2));
  });

  test('adds one token for two clicks at once', async () => {
    const { network, vault, activation } = await start();
    const [first, second] = await Promise.all([activation.setUp(request), activation.setUp(request)]);
    expect(first.outcome).toBe('added');
    expect(second).toEqual(first);
    expect(network.requests).toHaveLength(1);
    expect(await vault.list()).toHaveLength(1);
  });

  test('takes IDs and password as people type them', async () => {
    const { network, activation } = await start();
    const typed = { serviceId: '１００１', userId: 'k7qz 2m9x-w4rt', activationPassword: '５８３９ ２０' };
    expect(await activation.setUp({ ...request, ...typed })).toMatchObject({ outcome: 'added' });
    expect(network.requests[0]?.body).toMatchObject({
      serviceId: '1001',
      userId: 'K7QZ2M9XW4RT',
      activationPassword: '583920',
    });
  });

  test('takes letters for the digits that they look like, and goes on under the same key once they are set right', async () => {
    const network = new Network(() => Promise.reject(new TypeError('Failed to fetch')));
    const { vault, activation } = await start(network);
    await activation.setUp({ ...request, userId: 'oO1l-ABCD-EFGH' });
    network.answer = provisioned({ userId: '0011ABCDEFGH' });
    expect(await activation.setUp({ ...request, userId: 'OOIl-abcd-efgh' })).toMatchObject({ outcome: 'added' });
    expect(keyAsked(network, 1)).toEqual(keyAsked(network, 0));
    expect(await vault.list()).toMatchObject([{ userId: '0011ABCDEFGH' }]);
    const again = { ...request, attempt: 'another', lock: null };
    expect(await activation.setUp({ ...again, userId: 'OO11ABCDEFGH' })).toMatchObject({ reason: 'sameUser' });
  });

  test.each([
    ['another user', { userId: 'SOMEBODYELSE' }],
    ['another institution', { serviceId: '1002' }],
    ['an http origin', { origins: ['https://bank.example', 'http://bank.example'] }],
    ['every origin', { origins: ['https://*.example'] }],
    ['an origin with a path', { origins: ['https://bank.example/'] }],
    ['digits out of range', { digits: 9 }],
    ['a name that turns the direction of reading', { institution: { ja: '成協\u202e信用組合', en: 'Seikyo' } }],
    ['a name of two lines', { institution: { ja: '成協信用組合', en: 'Seikyo\u2028Credit Union' } }],
  ])('trusts no answer for %s', async (_, changes) => {
    const { vault, activation } = await start(new Network(provisioned(changes)));
    expect(await activation.setUp(request)).toMatchObject({ outcome: 'failed', reason: 'answerNotTrusted' });
    expect(await vault.state()).toBe('empty');
  });

  test('trusts no answer to another key', async () => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const other = publicKeySchema.parse(await crypto.subtle.exportKey('jwk', pair.publicKey));
    const network = new Network(async () =>
      json({ outcome: 'provisioned', token: await sealEnvelope(envelope, other) }),
    );
    const { activation } = await start(network);
    expect(await activation.setUp(request)).toMatchObject({ reason: 'answerNotTrusted' });
  });

  test.each([
    ['a refusal', () => json({ outcome: 'refused', reason: 'provisioningRefused' }), 'provisioningRefused', 0],
    ['a malformed password', () => json({ code: 'malformed' }, 400), 'provisioningRefused', 0],
    ['too many tries', () => json({}, 429, { 'Retry-After': '30' }), 'tooManyTries', 30_000],
    ['too many tries without a time', () => json({}, 429), 'tooManyTries', 60_000],
    ['a store that is away', () => json({ code: 'unavailable' }, 503), 'unreachable', 0],
    ['a proxy without its verifier', () => new Response('<html>', { status: 502 }), 'unreachable', 0],
    ['a proxy that waited too long', () => new Response('<html>', { status: 504 }), 'unreachable', 0],
    ['what another service finds malformed', () => json({ error: 'malformed' }, 400), 'notAVerifier', 0],
    ['what a verifier refuses otherwise', () => json({ code: 'unsupported' }, 400), 'notAVerifier', 0],
    [
      'an error that looks like an answer',
      () => json({ outcome: 'refused', reason: 'provisioningRefused' }, 500),
      'notAVerifier',
      0,
    ],
    ['a web page', () => new Response('<html>'), 'notAVerifier', 0],
    ['another service', () => json({ hello: 'world' }), 'notAVerifier', 0],
    ['a missing page', () => json({}, 404), 'notAVerifier', 0],
  ] as const)('says of %s what it is', async (_, answer, reason, waitMs) => {
    const { vault, activation } = await start(new Network(answer));
    expect(await activation.setUp(request)).toEqual({ outcome: 'failed', reason, waitMs });
    expect(await vault.state()).toBe('empty');
  });

  test('reads no endless answer to its end', async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(16 * 1024)),
      cancel: () => {
        cancelled = true;
      },
    });
    const { activation } = await start(new Network(() => new Response(endless)));
    expect(await activation.setUp(request)).toMatchObject({ outcome: 'failed', reason: 'notAVerifier' });
    expect(cancelled).toBe(true);
  });

  test('sends nothing before the vault is open', async () => {
    const { network, vault, activation } = await start();
    await vault.create(lockCode);
    await vault.close();
    expect(await activation.setUp({ ...request, lock: null })).toMatchObject({ reason: 'vaultClosed' });
    expect(await activation.setUp({ ...request, lock: { open: '0000' } })).toEqual({
      outcome: 'failed',
      reason: 'lockCodeWrong',
      waitMs: 1000,
    });
    expect(await activation.setUp({ ...request, lock: { open: lockCode } })).toMatchObject({ reason: 'lockCodeWait' });
    expect(network.requests).toEqual([]);
  });

  test('opens a vault that exists already with its lock code only', async () => {
    const { profile, vault, activation } = await start();
    await vault.create(lockCode);
    await vault.close();
    expect(await activation.setUp({ ...request, lock: { create: '9999' } })).toMatchObject({ reason: 'lockCodeWrong' });
    expect(await vault.list()).toBeNull();
    profile.nowMs += 1000;
    // Another page made it with the same code meanwhile.
    expect(await activation.setUp(request)).toMatchObject({ outcome: 'added' });
  });

  test('says that everything was erased where the lock code was wrong once too often', async () => {
    const { profile, start: startVault } = await erasing(1);
    const { vault } = await startVault();
    const network = new Network();
    const verifier = createVerifierClient(network.fetch, () => profile.nowMs);
    const clocks = { measure: verifier.time, measured: async () => null };
    const activation = createActivation({ vault, session: profile.session, verifier, clocks });
    const lock = { open: '0000' };
    expect(await activation.setUp({ ...request, lock })).toMatchObject({ outcome: 'failed', reason: 'vaultErased' });
    expect(network.requests).toEqual([]);
  });

  test('loses nothing where the vault is closed while the verifier answers', async () => {
    const { network, vault, activation } = await start();
    await vault.create(lockCode);
    const { answer } = network;
    network.answer = async (url, body) => {
      await vault.close();
      return answer(url, body);
    };
    expect(await activation.setUp({ ...request, lock: null })).toMatchObject({ reason: 'vaultClosed' });
    network.answer = answer;
    expect(await activation.setUp({ ...request, lock: { open: lockCode } })).toMatchObject({ outcome: 'added' });
    expect(keyAsked(network, 1)).toEqual(keyAsked(network, 0));
  });

  test('refuses a lock code that is none before it sends anything', async () => {
    const { network, activation } = await start();
    expect(await activation.setUp({ ...request, lock: { create: 'abc' } })).toMatchObject({ reason: 'lockCodeWrong' });
    expect(network.requests).toEqual([]);
  });

  describe('of a user whose token is here already', () => {
    const again = { ...request, attempt: 'another', lock: null };

    test('asks before it sends anything, and leaves the token as it is', async () => {
      const { network, vault, activation } = await start();
      await activation.setUp(request);
      const before = await vault.list();
      expect(await activation.setUp(again)).toMatchObject({ outcome: 'failed', reason: 'sameUser' });
      expect(await activation.setUp({ ...again, userId: 'k7qz-2m9x-w4rt' })).toMatchObject({ reason: 'sameUser' });
      expect(network.requests).toHaveLength(1);
      expect(await vault.list()).toEqual(before);
    });

    test('keeps both where the person says so', async () => {
      const { vault, activation } = await start();
      await activation.setUp(request);
      expect(await activation.setUp({ ...again, sameUser: 'keepBoth' })).toMatchObject({ outcome: 'added' });
      expect((await vault.list())?.map(({ name }) => name.ja)).toEqual(['成協信用組合', '成協信用組合_2']);
    });

    test('replaces where the person says so: new codes under the same name, place and number, and no mark', async () => {
      const { profile, vault, activation } = await start();
      const { tokenId } = (await activation.setUp(request)) as { tokenId: string };
      await activation.setUp({ ...request, address: 'https://other.example', lock: null, sameUser: 'keepBoth' });
      await vault.move(tokenId, 1);
      await vault.rename(tokenId, '経理');
      await vault.markRevoked(tokenId, true);
      await vault.move(tokenId, 1);
      const [other, old] = (await vault.list()) ?? [];
      const codes = await vault.code(old?.id ?? '');
      await activation.setUp({ ...again, sameUser: 'replace' });
      const [first, replaced, ...more] = (await vault.list()) ?? [];
      expect(more).toEqual([]);
      expect(first).toEqual(other);
      expect(replaced?.name).toEqual(old?.name);
      expect(replaced?.revoked).toBe(false);
      expect(await vault.code(replaced?.id ?? '')).not.toEqual(codes);
      expect(profile.session.items).not.toEqual({});
    });

    test('replaces after a lost answer too, where the person said so the first time', async () => {
      const { network, vault, activation } = await start();
      await activation.setUp(request);
      const { answer } = network;
      network.answer = () => Promise.reject(new TypeError('Failed to fetch'));
      const other = { ...again, address: 'https://other.example' };
      expect(await activation.setUp({ ...other, sameUser: 'replace' })).toMatchObject({ reason: 'unreachable' });
      network.answer = answer;
      expect(await activation.setUp(other)).toMatchObject({ outcome: 'added' });
      expect(await vault.list()).toHaveLength(1);
    });

    test('asks the verifier anew where the token was deleted since', async () => {
      const { network, vault, activation } = await start();
      const { tokenId } = (await activation.setUp(request)) as { tokenId: string };
      await vault.remove(tokenId);
      expect(await activation.setUp({ ...request, lock: null })).toMatchObject({ outcome: 'added' });
      expect(network.requests).toHaveLength(2);
      expect(await vault.list()).toHaveLength(1);
    });

    test('adds the new token where the one to be replaced was deleted while the verifier answered', async () => {
      const { network, vault, activation } = await start();
      const { tokenId } = (await activation.setUp(request)) as { tokenId: string };
      const { answer } = network;
      network.answer = async (...asked) => {
        await vault.remove(tokenId);
        return answer(...asked);
      };
      expect(await activation.setUp({ ...again, sameUser: 'replace' })).toMatchObject({ outcome: 'added' });
      expect((await vault.list())?.map(({ name }) => name.ja)).toEqual(['成協信用組合']);
    });

    test('replaces nothing before the new token has come', async () => {
      const { network, vault, activation } = await start();
      await activation.setUp(request);
      const before = await vault.list();
      network.answer = () => json({ outcome: 'refused', reason: 'provisioningRefused' });
      expect(await activation.setUp({ ...again, sameUser: 'replace' })).toMatchObject({ outcome: 'failed' });
      expect(await vault.list()).toEqual(before);
    });
  });

  test('refuses the eleventh token before it sends anything, and none in place of another', async () => {
    const { network, activation } = await start();
    await activation.setUp(request);
    const another = (number: number) => ({ ...request, address: `https://otp${number}.example`, lock: null });
    for (let more = 2; more <= 10; more++) await activation.setUp({ ...another(more), sameUser: 'keepBoth' });
    expect(await activation.setUp({ ...another(11), sameUser: 'keepBoth' })).toMatchObject({ reason: 'full' });
    expect(network.requests).toHaveLength(10);
    expect(await activation.setUp({ ...another(11), sameUser: 'replace' })).toMatchObject({ outcome: 'added' });
  });
});

describe('checking the verifier', () => {
  test('measures the clock in the middle of the round trip', async () => {
    const { profile, network, activation } = await start();
    network.answer = () => {
      const now = new Date(profile.nowMs + 1000 - 600_000).toISOString();
      profile.nowMs += 2001;
      return json({ now });
    };
    expect(await activation.checkVerifier('otp.example/base')).toEqual({
      outcome: 'reached',
      address: 'https://otp.example/base',
      host: 'otp.example',
      // In whole milliseconds, as a correction has to be.
      clockDifferenceMs: 600_001,
    });
    expect(network.requests[0]?.url).toBe('https://otp.example/base/v1/time');
  });

  test('takes the mail’s link', async () => {
    const { activation } = await start(new Network(() => json({ now: '2026-11-21T09:00:00+09:00' })));
    const link = 'http://localhost:8080/activate#serviceId=1001&userId=X';
    expect(await activation.checkVerifier(link)).toMatchObject({
      address: 'http://localhost:8080',
      host: 'localhost:8080',
    });
  });

  test('tells a wrong address, silence and another service apart', async () => {
    const network = new Network(() => json({ time: 'now' }));
    const { activation } = await start(network);
    expect(await activation.checkVerifier('http://otp.example')).toEqual({ outcome: 'addressWrong' });
    expect(network.requests).toEqual([]);
    expect(await activation.checkVerifier('otp.example')).toEqual({ outcome: 'notAVerifier' });
    network.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    expect(await activation.checkVerifier('otp.example')).toEqual({ outcome: 'unreachable' });
  });

  test.each([
    ['30', 30_000],
    ['Sat, 21 Nov 2026 00:02:00 GMT', 120_000],
    ['86400', 3_600_000],
    ['0', 1000],
    ['Sat, 21 Nov 2026 00:00:00 GMT', 1000],
    ['soon', 60_000],
    [null, 60_000],
  ])('that has enough of tries says how long to wait: %j', async (retryAfter, waitMs) => {
    const headers: Record<string, string> = retryAfter === null ? {} : { 'Retry-After': retryAfter };
    const { activation } = await start(new Network(() => json({ code: 'tooManyRequests' }, 429, headers)));
    expect(await activation.checkVerifier('otp.example')).toEqual({ outcome: 'tooManyTries', waitMs });
  });
});
