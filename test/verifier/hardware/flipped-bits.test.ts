import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { FileFault } from '../../../verifier/hardware/faults.ts';
import { judge } from '../../../verifier/hardware/judge.ts';
import type { KeyMaterial } from '../../../verifier/hardware/material.ts';
import { readSeedFile } from '../../../verifier/hardware/read.ts';
import { seedFileOf } from '../../../verifier/hardware/source.ts';
import { institutionOf, startMs } from '../fixture.ts';
import { material } from './support.ts';
import { type FileParts, pskcFile, rsaKeys, type Token } from './writer.ts';

const institution = institutionOf();
const tokens: readonly Token[] = [
  { serial: '10000001', seed: randomBytes(32), policy: '<KeyUsage>OTP</KeyUsage>' },
  { serial: '20000002', seed: randomBytes(32), period: 30, policy: '<KeyUsage>OTP</KeyUsage>' },
];

/** What an import would store: serial and seed of each record, or by which record the file is refused. */
async function wouldStore(bytes: Uint8Array, by: KeyMaterial): Promise<string[] | { readonly record: number | null }> {
  const stored: string[] = [];
  let refused: number | null = null;
  try {
    for await (const batch of readSeedFile(seedFileOf(bytes), by, { signed: false })) {
      for (const found of batch) {
        if (found.kind === 'refused') {
          refused ??= found.record;
          continue;
        }
        const judged = judge(found.key, institution, startMs);
        if (!judged.ok) refused ??= found.key.record;
        else
          stored.push(
            `${judged.value.serial} ${Buffer.from(judged.value.seed).toString('hex')} ${judged.value.parameters.algorithm}`,
          );
      }
    }
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return { record: error.record };
  }
  return refused === null ? stored : { record: refused };
}

const plain = tokens.map(({ serial, seed }) => `${serial} ${Buffer.from(seed).toString('hex')} SHA1`);
const seeds = tokens.map(({ seed }) => Buffer.from(seed).toString('hex'));

const privateKey = rsaKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const derivation = { prefix: 'pkcs5', password: 'x', iterations: 10, prf: null, withLength: true } as const;
const cases: readonly (readonly [string, FileParts, Parameters<typeof material>[0]])[] = [
  ['AES-CBC and HMAC', { scheme: 'aes256-cbc', mac: 'sha256', encryptNumbers: 'bytes' }, {}],
  ['AES-CBC and HMAC under the file’s key', { scheme: 'aes128-cbc', mac: 'sha1', macKey: 'absent' }, {}],
  ['key wrap', { scheme: 'kw-aes128' }, {}],
  ['GCM', { scheme: 'aes256-gcm' }, {}],
  ['a password', { scheme: 'aes128-cbc', mac: 'sha1', derivation }, { password: 'x' }],
  [
    'RSA-OAEP',
    {
      rsa: {
        publicKey: rsaKeys.publicKey,
        uri: 'http://www.w3.org/2009/xmlenc11#rsa-oaep',
        hash: 'sha256',
        wraps: 'key',
      },
      scheme: 'aes128-cbc',
      mac: 'sha256',
    },
    { privateKey },
  ],
  [
    'a key of each value’s own',
    {
      rsa: {
        publicKey: rsaKeys.publicKey,
        uri: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
        hash: 'sha256',
        mask: 'sha1',
        wraps: 'each',
      },
      scheme: 'aes256-gcm',
    },
    { privateKey },
  ],
];

describe.each(cases)('one flipped bit in a file under %s', (_, parts, secret) => {
  const { text, key } = pskcFile(tokens, parts);
  const by = material('password' in secret || 'privateKey' in secret ? secret : { key });
  const bytes = Buffer.from(text);
  /** Where what is encrypted stands: ciphers' values, MACs, salts, counts. */
  const secrets = [
    ...text.matchAll(/<(?:\w+:)?(CipherValue|ValueMAC|Specified|IterationCount|KeyLength)>([^<]*)</g),
  ].map((match) => {
    const start = match.index + match[0].length - 1 - (match[2] ?? '').length;
    return { start, end: start + (match[2] ?? '').length };
  });
  /** Where the second record begins; what stands before the first one counts as its. */
  const second = text.lastIndexOf('<KeyPackage>');
  /** The MAC key's own cipher text: no MAC stands over it, and random bytes of its padding may become others. */
  const macKeyEnd = text.indexOf('</MACKey>');
  const macKeyStart = text.lastIndexOf('<MACKey', macKeyEnd);
  const positions = secrets.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));

  test('the whole file is read as it was written', async () => {
    expect(await wouldStore(bytes, by)).toEqual(plain);
    expect(positions.length).toBeGreaterThan(100);
  });

  test('in a value, a MAC or the derivation: nothing is stored and the record is named', async () => {
    for (const position of positions) {
      const flipped = Buffer.from(bytes);
      flipped[position] = (flipped[position] ?? 0) ^ (1 << (position % 7));
      const result = await wouldStore(flipped, by);
      // A line end within base64 that became a space is still the same value, as is a MAC key in another padding.
      if (Array.isArray(result)) {
        const space = /\s/.test(String.fromCharCode(flipped[position] ?? 0));
        const inMacKey = position > macKeyStart && position < macKeyEnd;
        expect([space || inMacKey, result]).toEqual([true, plain]);
      } else expect([position, result.record]).toEqual([position, position < second ? 1 : 2]);
    }
  });

  test('anywhere: nothing is stored and the record is named, or every seed is the right one', async () => {
    let changed = 0;
    for (let position = 0; position < bytes.length; position++) {
      const flipped = Buffer.from(bytes);
      flipped[position] = (flipped[position] ?? 0) ^ (1 << (position % 8));
      const result = await wouldStore(flipped, by);
      if (!Array.isArray(result)) {
        expect([position, result.record !== null && result.record >= 1 && result.record <= tokens.length]).toEqual([
          position,
          true,
        ]);
        continue;
      }
      expect([position, result.map((line) => line.split(' ')[1])]).toEqual([position, seeds]);
      if (result.join() !== plain.join()) changed++;
    }
    // What no MAC covers, such as a digit of a serial, is as the file says: a few positions of thousands.
    expect(changed).toBeLessThan(25);
  });
});

test('a flipped bit in a serial shows where the key’s ID is its copy', async () => {
  const { text, key } = pskcFile([{ serial: '10000001', seed: randomBytes(32) }], {
    scheme: 'aes128-cbc',
    mac: 'sha1',
  });
  const copied = text.replace('Id="K1"', 'Id="10000001"');
  const by = material({ key });
  expect(await wouldStore(Buffer.from(copied), by)).toHaveLength(1);
  for (let digit = 0; digit < 8; digit++) {
    for (let bit = 0; bit < 7; bit++) {
      const bytes = Buffer.from(copied);
      const position = copied.indexOf('<SerialNo>') + '<SerialNo>'.length + digit;
      bytes[position] = (bytes[position] ?? 0) ^ (1 << bit);
      expect(await wouldStore(bytes, by)).toEqual({ record: 1 });
    }
  }
});
