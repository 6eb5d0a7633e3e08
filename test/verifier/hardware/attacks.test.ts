import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fileReasons } from '../../../verifier/hardware/faults.ts';
import { parseMaterial } from '../../../verifier/hardware/material.ts';
import { fc } from '../../property.ts';
import { bench } from '../fixture.ts';
import { attacks } from './attacks.ts';
import { bring, material, pskcKeys, stock, vector } from './support.ts';
import { pskcFile, rsaKeys } from './writer.ts';

describe('a hostile file is refused and leaves nothing', () => {
  test.each(attacks.map((attack) => [attack.name, attack] as const))('%s', async (_, attack) => {
    const at = await bench();
    const report = await bring(at, attack.bytes, { by: material(attack.material ?? {}) });
    expect([report.accepted, report.held, stock(at)]).toEqual([[], [], []]);
    expect([attack.reason].flat()).toContain(report.refused.at(-1)?.reason);
    expect(fileReasons).toContain(report.refused.at(-1)?.reason);
  });
});

/** DER, X.690 section 8.1. */
function der(tag: number, body: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.byteLength);
  return Buffer.concat([Buffer.from([tag, 0x82]), length, body]);
}

/** An RSA key whose numbers have so many bits: modulus and private exponent, and the others. RFC 8017 appendix A.1.2. */
function rsaPem(bits: number, othersBits: number): string {
  const [large, other] = [bits, othersBits].map((size) => der(0x02, Buffer.alloc(size / 8, 0x71)));
  const [version, publicExponent] = [[0], [1, 0, 1]].map((bytes) => der(0x02, Buffer.from(bytes)));
  const numbers = [version, large, publicExponent, large, ...Array(5).fill(other)];
  const text = der(0x30, Buffer.concat(numbers)).toString('base64');
  return `-----BEGIN RSA PRIVATE KEY-----\n${text.match(/.{1,64}/g)?.join('\n')}\n-----END RSA PRIVATE KEY-----\n`;
}

describe('under an RSA key', () => {
  test.each([
    ['a modulus', 8_192, 2_048],
    ['a prime', 2_048, 8_192],
  ])('of which %s has more than 4,096 bits nothing is opened, since one value takes seconds', (_, bits, othersBits) => {
    expect(parseMaterial({ privateKey: rsaPem(2_048, 1_024) }).ok).toBe(true);
    expect(parseMaterial({ privateKey: rsaPem(4_096, 2_048) }).ok).toBe(true);
    expect(parseMaterial({ privateKey: rsaPem(bits, othersBits) })).toEqual({ ok: false, reason: 'privateKey' });
  });

  test('others have a turn between two records', async () => {
    const many = Array.from({ length: 20 }, (_, i) => ({ serial: `${20_000_000 + i}`, seed: Buffer.alloc(20, i) }));
    const uri = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p';
    const { text } = pskcFile(many, { rsa: { publicKey: rsaKeys.publicKey, uri, hash: null, wraps: 'values' } });
    const privateKey = rsaKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    let turns = 0;
    const count = () => {
      turns++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    expect(await pskcKeys(text, material({ privateKey }))).toHaveLength(20);
    clearImmediate(next);
    expect(turns).toBeGreaterThanOrEqual(20);
  });
});

const seeds = [Buffer.alloc(20, 1), Buffer.alloc(20, 2), Buffer.alloc(20, 3)];
const tokens = seeds.map((seed, i) => ({ serial: `1000000${i}`, seed }));
const encrypted = pskcFile(tokens, { scheme: 'aes256-cbc', mac: 'sha256', encryptNumbers: 'bytes' });
const valid: readonly (readonly [string, Buffer, { key?: string; password?: string }])[] = [
  ['encrypted PSKC', Buffer.from(encrypted.text), { key: encrypted.key }],
  ['plain PSKC', Buffer.from(pskcFile(tokens).text), {}],
  ['figure 7', Buffer.from(vector('rfc6030/figure7.xml')), { password: 'qwerty' }],
  [
    'a list',
    Buffer.from(tokens.map(({ serial, seed }) => `${serial},${seed.toString('hex')},totp,6,60\r\n`).join('')),
    {},
  ],
];

/** Ways to spoil bytes: one of them is a place and what is put there. */
const spoiling = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat({ max: 40 }),
  put: fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc
      .constantFrom(
        '<',
        '>',
        '"',
        '&',
        ']]>',
        '<!--',
        '<!DOCTYPE x>',
        '<KeyPackage>',
        '</Key>',
        ',',
        '\r\n',
        '\0',
        '１',
        '=1',
      )
      .map((text) => Buffer.from(text)),
  ),
});

test.each(valid)('%s, spoiled at random: never a crash, never half an import', async (_, bytes, secret) => {
  const at = await bench();
  const by = material(secret);
  await fc.assert(
    fc.asyncProperty(fc.array(spoiling, { minLength: 1, maxLength: 4 }), async (changes) => {
      let spoiled = bytes;
      for (const { at: place, cut, put } of changes) {
        const start = Math.floor(place * spoiled.length);
        spoiled = Buffer.concat([spoiled.subarray(0, start), put, spoiled.subarray(start + cut)]);
      }
      const before = stock(at).length;
      const report = await bring(at, spoiled, { by });
      const came = stock(at).length - before;
      expect(came).toBe(report.accepted.length);
      if (report.refused.length > 0) expect(came).toBe(0);
      // Every import leaves its stock to the next one, which would find duplicates.
      if (came > 0) at.rows('DELETE FROM tokens');
    }),
    { numRuns: 150 },
  );
});

test('no seed, key or password stands in the log, the audit rows or an error', async () => {
  const at = await bench();
  const { text, key } = encrypted;
  await bring(at, text, { by: material({ key }) });
  await bring(at, text.replace('</SerialNo>', 'x</SerialNo>'), { by: material({ key }) });
  const database = readFileSync(`${at.folder}/verifier.sqlite`);
  const written = at.logs.join('') + JSON.stringify(at.rows('SELECT * FROM audit'));
  for (const secret of [
    key,
    ...seeds.map((seed) => seed.toString('hex')),
    ...seeds.map((seed) => seed.toString('base64')),
  ]) {
    expect(written).not.toContain(secret);
    expect(database.includes(Buffer.from(secret))).toBe(false);
  }
  for (const seed of seeds) expect(database.includes(seed)).toBe(false);
});
