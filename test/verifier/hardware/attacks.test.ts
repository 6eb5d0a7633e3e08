import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fileReasons } from '../../../verifier/hardware/faults.ts';
import { fc } from '../../property.ts';
import { bench } from '../fixture.ts';
import { attacks } from './attacks.ts';
import { bring, material, stock, vector } from './support.ts';
import { pskcFile } from './writer.ts';

describe('a hostile file is refused and leaves nothing', () => {
  test.each(attacks.map((attack) => [attack.name, attack] as const))('%s', async (_, attack) => {
    const at = await bench();
    const report = await bring(at, attack.bytes, { by: material(attack.material ?? {}) });
    expect([report.accepted, report.held, stock(at)]).toEqual([[], [], []]);
    expect([attack.reason].flat()).toContain(report.refused.at(-1)?.reason);
    expect(fileReasons).toContain(report.refused.at(-1)?.reason);
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
