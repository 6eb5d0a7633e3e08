import { describe, expect, test } from 'vitest';
import { FileFault } from '../../../verifier/hardware/faults.ts';
import { noMaterial } from '../../../verifier/hardware/material.ts';
import { bench } from '../fixture.ts';
import { bring, material, pskc, pskcKeys, stock, vector } from './support.ts';

const figure = (number: number) => vector(`rfc6030/figure${number}.xml`);
const hotp = 'urn:ietf:params:xml:ns:keyprov:pskc:hotp';
const secret = Uint8Array.from(Buffer.from('12345678901234567890'));
const preShared = material({ key: '12345678901234567890123456789012' });
const passphrase = material({ password: 'qwerty' });

/** All that a key is silent about. */
const silent = {
  manufacturer: null,
  serial: null,
  model: null,
  issueNo: null,
  deviceStartDate: null,
  deviceExpiryDate: null,
  deviceUserId: null,
  cryptoModuleId: null,
  issuer: null,
  userId: null,
  keyProfileId: null,
  keyReference: null,
  friendlyName: null,
  suite: null,
  usages: null,
  startDate: null,
  expiryDate: null,
  responseFormat: null,
  counter: null,
  time: null,
  timeInterval: null,
  timeDrift: null,
  policy: null,
  unknown: false,
};
const response = (length: number) => ({ encoding: 'DECIMAL', length, checkDigits: false });
const policy = {
  startDate: null,
  expiryDate: null,
  keyUsages: [],
  numberOfTransactions: null,
  pin: null,
  unknown: false,
};
const device = { manufacturer: 'Manufacturer', serial: '987654321', cryptoModuleId: 'CM_ID_001' };

describe('every figure of RFC 6030 is read exactly', () => {
  test('figure 2: a key and nothing else', async () => {
    expect(await pskcKeys(figure(2))).toEqual([
      { ...silent, id: '12345678', algorithm: hotp, issuer: 'Issuer-A', secret: Uint8Array.from(Buffer.from('1234')) },
    ]);
  });

  test('figure 3: a key with what belongs to it', async () => {
    expect(await pskcKeys(figure(3))).toEqual([
      {
        ...silent,
        ...device,
        id: '12345678',
        algorithm: hotp,
        deviceUserId: 'DC=example-bank,DC=net',
        issuer: 'Issuer',
        responseFormat: response(8),
        secret,
        counter: 0,
        userId: 'UID=jsmith,DC=example-bank,DC=net',
      },
    ]);
  });

  test('figure 4: a key that is derived elsewhere has no secret', async () => {
    expect(await pskcKeys(figure(4))).toEqual([
      {
        ...silent,
        ...device,
        id: '12345678',
        algorithm: hotp,
        issuer: 'Issuer',
        responseFormat: response(8),
        keyProfileId: 'keyProfile1',
        keyReference: 'MasterKeyLabel',
        secret: null,
        counter: 0,
        policy: { ...policy, keyUsages: ['OTP'] },
      },
    ]);
  });

  test('figure 5: a policy, and the PIN that it names', async () => {
    const pin = {
      MinLength: '4',
      MaxLength: '4',
      PINKeyId: '123456781',
      PINEncoding: 'DECIMAL',
      PINUsageMode: 'Local',
    };
    expect(await pskcKeys(figure(5))).toEqual([
      {
        ...silent,
        ...device,
        id: '12345678',
        algorithm: hotp,
        issuer: 'Issuer',
        responseFormat: response(8),
        secret,
        counter: 0,
        policy: { ...policy, keyUsages: ['OTP'], pin },
      },
      {
        ...silent,
        ...device,
        id: '123456781',
        algorithm: 'urn:ietf:params:xml:ns:keyprov:pskc:pin',
        issuer: 'Issuer',
        responseFormat: response(4),
        secret: Uint8Array.from(Buffer.from('1234')),
      },
    ]);
  });

  test('figure 6: a pre-shared key', async () => {
    expect(await pskcKeys(figure(6), preShared)).toEqual([
      {
        ...silent,
        ...device,
        id: '12345678',
        algorithm: hotp,
        issuer: 'Issuer',
        responseFormat: response(8),
        secret,
        counter: 0,
      },
    ]);
  });

  test('figure 7: a passphrase', async () => {
    const expected = [
      {
        ...silent,
        manufacturer: 'TokenVendorAcme',
        serial: '987654321',
        cryptoModuleId: 'CM_ID_001',
        id: '123456',
        algorithm: hotp,
        issuer: 'Example-Issuer',
        responseFormat: response(8),
        secret,
      },
    ];
    expect(await pskcKeys(figure(7), passphrase)).toEqual(expected);
    // The derived key does the same.
    expect(await pskcKeys(figure(7), material({ key: '651e63cd57008476af1ff6422cd02e41' }))).toEqual(expected);
  });

  test.each([
    ['xenc11', 'http://www.w3.org/2009/xmlenc11#pbkdf2'],
    ['pkcs5', 'http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2'],
  ])('figure 7 with all of the derivation in the namespace %s', async (prefix, algorithm) => {
    const text = figure(7)
      .replaceAll(/(<\/?)(?:pkcs5:)?(PBKDF2-params|Salt|Specified|IterationCount|KeyLength|PRF)/g, `$1${prefix}:$2`)
      .replace(/Algorithm=\s*"[^"]*#pbkdf2"/, `Algorithm="${algorithm}"`);
    expect(text).toContain(`<${prefix}:Salt>`);
    expect((await pskcKeys(text, passphrase))[0]?.secret).toEqual(secret);
  });

  test('figure 8: RSA 1.5 is refused where nobody allows it, and needs the private key where somebody does', async () => {
    const reasons = await Promise.all(
      [noMaterial, material({ allow: ['rsa15'] }), material({ allow: ['rsa15', 'unauthenticated'] })].map(
        async (by) => await pskc(figure(8), by),
      ),
    );
    expect(
      reasons.map((fault) => (fault instanceof FileFault ? [fault.reason, fault.record, fault.serial] : fault)),
    ).toEqual([
      ['cipherNotAllowed', 1, '987654321'],
      ['macMissing', 1, '987654321'],
      ['keyMissing', 1, '987654321'],
    ]);
  });

  test('figure 9: the key of a signed file', async () => {
    expect(await pskcKeys(figure(9))).toEqual([
      {
        ...silent,
        manufacturer: 'TokenVendorAcme',
        serial: '0755225266',
        id: '123',
        algorithm: hotp,
        issuer: 'Example-Issuer',
        responseFormat: response(6),
        secret,
        counter: 0,
      },
    ]);
  });

  test('figure 10: four packages', async () => {
    const key = (id: string, serial: string, startDate: string, expiryDate: string) => ({
      ...silent,
      manufacturer: 'TokenVendorAcme',
      serial,
      id,
      algorithm: hotp,
      issuer: 'Issuer',
      responseFormat: response(8),
      secret,
      counter: 0,
      policy: { ...policy, startDate, expiryDate },
    });
    expect(await pskcKeys(figure(10))).toEqual([
      key('1', '654321', '2006-05-01T00:00:00Z', '2006-05-31T00:00:00Z'),
      key('2', '123456', '2006-05-01T00:00:00Z', '2006-05-31T00:00:00Z'),
      key('3', '9999999', '2006-03-01T00:00:00Z', '2006-03-31T00:00:00Z'),
      key('4', '9999999', '2006-04-01T00:00:00Z', '2006-04-30T00:00:00Z'),
    ]);
  });
});

test.each([
  [2, 1, noMaterial],
  [3, 1, noMaterial],
  [4, 1, noMaterial],
  [5, 2, noMaterial],
  [6, 1, preShared],
  [7, 1, passphrase],
  [9, 1, noMaterial],
  [10, 4, noMaterial],
])('the stock refuses all keys of figure %i by record: they are not time-based', async (number, count, by) => {
  const at = await bench();
  const report = await bring(at, figure(number), { by });
  expect(report.accepted).toEqual([]);
  expect(report.refused.map(({ record, reason }) => [record, reason])).toEqual(
    Array.from({ length: count }, (_, i) => [i + 1, 'notTimeBased']),
  );
  expect(report.signature).toBe(number === 9 ? 'notVerified' : 'none');
  expect(stock(at)).toEqual([]);
});

test('a wrong key, a wrong passphrase and none are told apart from each other only where they can be', async () => {
  const reason = async (number: number, by = noMaterial) => {
    const fault = await pskc(figure(number), by);
    return fault instanceof FileFault ? [fault.reason, fault.record, fault.serial] : 'read';
  };
  const first = [1, '987654321'];
  expect(await reason(6)).toEqual(['keyMissing', ...first]);
  expect(await reason(6, material({ key: '00'.repeat(16) }))).toEqual(['macMismatch', ...first]);
  expect(await reason(6, material({ key: '00'.repeat(32) }))).toEqual(['keyLengthWrong', ...first]);
  expect(await reason(7)).toEqual(['keyMissing', ...first]);
  expect(await reason(7, material({ password: 'asdfgh' }))).toEqual(['macMismatch', ...first]);
});
