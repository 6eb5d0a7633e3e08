import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  deriveSeed,
  type Envelope,
  isFillableOrigin,
  openEnvelope,
  type PublicKey,
  publicKeySchema,
  sealEnvelope,
  thumbprintOf,
} from '../../shared/envelope.ts';
import { codeAt } from '../../shared/otp.ts';
import { rfc7517Key } from '../vectors/rfc.ts';

const { d: _private, ...publicKey } = rfc7517Key;
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA';
const envelope: Envelope = {
  version: 1,
  serviceId: '1001',
  userId: 'ABCD2345EFGH',
  institution: { ja: '見本信用組合', en: 'Sample Credit Union' },
  secret,
  algorithm: 'SHA256',
  digits: 8,
  period: 60,
  origins: ['https://bank.example'],
  fieldHints: [],
  issuedAt: '2026-11-21T09:00:00.000+09:00',
  expiresAt: null,
};

describe('the provisioned token', () => {
  test('is opened by the key that it was made for', async () => {
    expect(await openEnvelope(await sealEnvelope(envelope, publicKey), rfc7517Key)).toEqual(envelope);
  });

  test('does not show its content', async () => {
    const jwe = await sealEnvelope(envelope, publicKey);
    const decoded = jwe
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString('latin1'))
      .join();
    for (const hidden of [secret, envelope.userId, 'bank.example']) {
      expect(jwe).not.toContain(hidden);
      expect(decoded).not.toContain(hidden);
    }
    expect(JSON.parse(Buffer.from(jwe.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({
      alg: 'ECDH-ES',
      enc: 'A256GCM',
    });
  });

  test('stays closed to another key', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    await expect(openEnvelope(await sealEnvelope(envelope, publicKey), other as never)).rejects.toThrow();
  });

  test('stays closed when any part of it was altered', async () => {
    const parts = (await sealEnvelope(envelope, publicKey)).split('.');
    for (const index of [0, 2, 3, 4]) {
      const bytes = Buffer.from(parts[index] ?? '', 'base64url');
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      const altered = parts.with(index, bytes.toString('base64url')).join('.');
      await expect(openEnvelope(altered, rfc7517Key)).rejects.toThrow();
    }
  });

  test('is refused when its content is none of a token', async () => {
    const jwe = await sealEnvelope({ ...envelope, digits: 9 }, publicKey);
    await expect(openEnvelope(jwe, rfc7517Key)).rejects.toThrow();
  });
});

describe('the seed', () => {
  test('follows the published vector', async () => {
    const thumbprint = await thumbprintOf(publicKey);
    expect(thumbprint).toBe('cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s');
    const seed = await deriveSeed(secret, thumbprint);
    expect(Buffer.from(seed).toString('hex')).toBe('e7944a820f2f525ed4eb7f0549ce3c70465bd73030bd46f0f8452e0a1631ff60');
    expect(codeAt(seed, { algorithm: 'SHA256', digits: 8, periodSeconds: 60 }, 1_111_111_111_000)).toBe('71959276');
  });

  test('is another one for another key, and as long as the secret', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) as PublicKey;
    const seed = await deriveSeed(secret, await thumbprintOf(publicKey));
    const relayed = await deriveSeed(secret, await thumbprintOf(other));
    expect(relayed).not.toEqual(seed);
    expect(relayed).toHaveLength(32);
  });
});

test.each([
  { ...publicKey, crv: 'P-384' },
  { ...publicKey, kty: 'RSA' },
  { ...publicKey, x: 'short' },
  // The same point under another spelling, and so under another thumbprint: RFC 4648 section 3.5.
  { ...publicKey, x: publicKey.x.replace(/4$/, '5') },
  { ...publicKey, y: publicKey.y.replace(/M$/, 'P') },
  { ...publicKey, d: rfc7517Key.d },
])('refuses a key that is not the public half on P-256 (%#)', (key) => {
  expect(publicKeySchema.safeParse(key).success).toBe(false);
});

test('takes the public half of a key from whatever else its JWK holds', async () => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
  const exported = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const { kty, crv, x, y } = exported;
  expect(Object.keys(exported)).toEqual(expect.arrayContaining(['key_ops', 'ext']));
  for (const more of [{}, { kid: '1', use: 'enc', alg: 'ECDH-ES' }]) {
    expect(publicKeySchema.parse({ ...exported, ...more })).toEqual({ kty, crv, x, y });
  }
});

describe('where a token may be filled', () => {
  test.each([
    'https://bank.example',
    'https://bank.example:8443',
    'http://localhost:4000',
    'http://127.0.0.1',
    'http://[::1]:4000',
  ])('%s', (origin) => {
    expect(isFillableOrigin(origin)).toBe(true);
  });

  test.each([
    'http://bank.example',
    'https://bank.example/',
    'https://bank.example/path',
    'https://BANK.example',
    'https://bank.example:443',
    'https://user@bank.example',
    'http://localhost.bank.example',
    'http://127.0.0.1.bank.example',
    'file:///etc/passwd',
    'null',
    '*',
    'https://*.bank.example',
    '',
  ])('not %s', (origin) => {
    expect(isFillableOrigin(origin)).toBe(false);
  });
});
