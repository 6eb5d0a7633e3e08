import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Allowance } from '../../../verifier/hardware/material.ts';
import { type Bench, bench } from '../fixture.ts';
import { bring, material, type StockRow, stock } from './support.ts';
import {
  type FileParts,
  type MacName,
  macs,
  pskcFile,
  rsaKeys,
  type SchemeName,
  schemes,
  type Token,
} from './writer.ts';

const tokens: readonly Token[] = [
  { serial: '10000001', seed: randomBytes(32) },
  { serial: '00000002', seed: randomBytes(16), digits: 8, period: 30, drift: -3, counter: 7, suite: 'HMAC-SHA256' },
  { serial: '100000000003', seed: randomBytes(64), digits: 7, period: 30, drift: 4, suite: 'SHA512' },
];

function expected(of: readonly Token[]): StockRow[] {
  const hash = (suite = 'SHA1') => suite.replace('HMAC-', '');
  const rows = of.map((token) => ({
    serial: token.serial,
    seed: Buffer.from(token.seed).toString('hex'),
    algorithm: hash(token.suite),
    digits: token.digits ?? 6,
    period: token.period ?? 60,
    drift: token.drift ?? 0,
    expiresAtMs: null,
  }));
  return rows.sort((a, b) => (a.serial < b.serial ? -1 : 1));
}

/** Imports a file and expects all of it in stock, bit by bit. */
async function comesIn(parts: FileParts, by: Parameters<typeof material>[0] | null = null, of = tokens): Promise<void> {
  const at = await bench();
  const { text, key } = pskcFile(of, parts);
  const report = await bring(at, text, { by: material(by ?? { key }) });
  expect(report.refused).toEqual([]);
  expect(stock(at)).toEqual(expected(of));
}

async function refusedAt(at: Bench, text: string, by: Parameters<typeof material>[0] = {}): Promise<unknown> {
  const report = await bring(at, text, { by: material(by) });
  expect([report.accepted, stock(at)]).toEqual([[], []]);
  return report.refused.map(({ record, serial, reason }) => [record, serial, reason]);
}

const plainSchemes = ['aes128-cbc', 'aes192-cbc', 'aes256-cbc'] as const;
const selfProving = [
  'kw-aes128',
  'kw-aes192',
  'kw-aes256',
  'kw-aes-128-pad',
  'kw-aes-256-pad',
  'aes128-gcm',
  'aes192-gcm',
  'aes256-gcm',
] as const;
const macNames = Object.keys(macs) as MacName[];
/** Plain key wrap takes whole blocks of 8 bytes, and no numbers. */
const numbersFor = (scheme: SchemeName) => (/^kw-(?!aes-)/.test(scheme) ? null : ('bytes' as const));

describe('files of an independent writer come into stock exactly', () => {
  test('plain', () => comesIn({}, {}));

  describe.each(plainSchemes)('%s', (scheme) => {
    test.each(macNames)('under HMAC with %s, its key in the file or the file’s own key', async (mac) => {
      for (const macKey of ['own', 'absent'] as const) {
        for (const encryptNumbers of [null, 'bytes', 'digits'] as const)
          await comesIn({ scheme, mac, macKey, encryptNumbers });
      }
    });
  });

  test.each(selfProving)('%s, with a MAC and without', async (scheme) => {
    for (const mac of [null, 'sha1', 'sha256'] as const)
      await comesIn({ scheme, mac, encryptNumbers: numbersFor(scheme) });
  });

  test.each(['pkcs5', 'xenc11'] as const)(
    'PBKDF2 in the namespace %s, under each pseudo-random function',
    async (prefix) => {
      for (const prf of [null, ...macNames]) {
        for (const scheme of plainSchemes) {
          const derivation = { prefix, password: 'パスワード 1', iterations: 1_000, prf, withLength: prf !== 'sha384' };
          await comesIn({ scheme, mac: 'sha1', derivation }, { password: 'パスワード 1' });
        }
      }
    },
  );

  test('PBKDF2 up to a million times', async () => {
    const derivation = { prefix: 'pkcs5', password: 'x', iterations: 1_000_000, prf: null, withLength: true } as const;
    await comesIn({ scheme: 'aes128-cbc', mac: 'sha1', derivation }, { password: 'x' });
  });

  const privateKey = rsaKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  test.each([
    ['rsa-oaep-mgf1p', 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p', null],
    ['rsa-oaep with SHA-256', 'http://www.w3.org/2009/xmlenc11#rsa-oaep', 'sha256'],
    ['rsa-oaep with SHA-512', 'http://www.w3.org/2009/xmlenc11#rsa-oaep', 'sha512'],
  ])('%s, over values and over the file’s key', async (_, uri, hash) => {
    const { publicKey } = rsaKeys;
    await comesIn({ rsa: { publicKey, uri, hash, wraps: 'values' } }, { privateKey });
    await comesIn({ rsa: { publicKey, uri, hash, wraps: 'values' }, mac: 'sha256' }, { privateKey });
    await comesIn({ rsa: { publicKey, uri, hash, wraps: 'key' }, scheme: 'aes256-cbc', mac: 'sha256' }, { privateKey });
    await comesIn({ rsa: { publicKey, uri, hash, wraps: 'each' }, scheme: 'aes256-gcm' }, { privateKey });
    await comesIn({ rsa: { publicKey, uri, hash, wraps: 'each' }, scheme: 'aes128-cbc', mac: 'sha1' }, { privateKey });
  });

  test.each([
    ['http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p', 'sha256', 'sha1'],
    ['http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p', 'sha512', 'sha1'],
    ['http://www.w3.org/2009/xmlenc11#rsa-oaep', 'sha1', 'sha256'],
    ['http://www.w3.org/2009/xmlenc11#rsa-oaep', 'sha256', 'sha512'],
  ])('%s with %s and a mask by %s', async (uri, hash, mask) => {
    const rsa = { publicKey: rsaKeys.publicKey, uri, hash, mask } as const;
    await comesIn({ rsa: { ...rsa, wraps: 'values' }, mac: 'sha256' }, { privateKey });
    await comesIn({ rsa: { ...rsa, wraps: 'key' }, scheme: 'aes256-cbc', mac: 'sha256' }, { privateKey });
    const at = await bench();
    const { text } = pskcFile(tokens, { rsa: { ...rsa, wraps: 'values' } });
    // The mask decides all: by another hash it opens to nothing.
    const other = text.replaceAll(`Algorithm="http://www.w3.org/2001/04/xmlenc#${hash}"`, 'Algorithm="#sha384"');
    expect(other).not.toBe(text);
    expect(await refusedAt(at, other, { privateKey })).toEqual([[1, '10000001', 'decryptionFailed']]);
  });

  test('the file’s key in base64, or marked as hex', async () => {
    for (const scheme of plainSchemes) {
      const { text, key } = pskcFile(tokens, { scheme, mac: 'sha256' });
      for (const given of [Buffer.from(key, 'hex').toString('base64'), `0x${key.toUpperCase()}`]) {
        const at = await bench();
        expect((await bring(at, text, { by: material({ key: given }) })).refused).toEqual([]);
        expect(stock(at)).toEqual(expected(tokens));
      }
    }
  });

  const weak: readonly (readonly [SchemeName, Allowance])[] = [
    ['tripledes-cbc', 'tripledes'],
    ['kw-tripledes', 'tripledes'],
    ['camellia128-cbc', 'camellia'],
    ['camellia192-cbc', 'camellia'],
    ['camellia256-cbc', 'camellia'],
    ['kw-camellia128', 'camellia'],
    ['kw-camellia192', 'camellia'],
    ['kw-camellia256', 'camellia'],
  ];
  test.each(weak)('%s only where somebody allows it', async (scheme, allowance) => {
    // RFC 3217 wraps up to the length that the platform takes.
    const of = scheme === 'kw-tripledes' ? [{ serial: '10000001', seed: randomBytes(24) }] : tokens;
    const parts = { scheme, mac: 'sha1' as const, key: randomBytes(schemes[scheme].keyBytes) };
    const key = parts.key.toString('hex');
    await comesIn(parts, { key, allow: [allowance] }, of);
    const at = await bench();
    const { text } = pskcFile(of, parts);
    expect(await refusedAt(at, text, { key })).toEqual([[1, '10000001', 'cipherNotAllowed']]);
    expect(await refusedAt(at, text, { key, allow: ['rsa15'] })).toEqual([[1, '10000001', 'cipherNotAllowed']]);
  });

  test('RSA 1.5 only where somebody allows it, and with a MAC', async () => {
    const uri = 'http://www.w3.org/2001/04/xmlenc#rsa-1_5';
    const rsa = { publicKey: rsaKeys.publicKey, uri, hash: null, wraps: 'values' } as const;
    await comesIn({ rsa, mac: 'sha1' }, { privateKey, allow: ['rsa15'] });
    const at = await bench();
    expect(await refusedAt(at, pskcFile(tokens, { rsa, mac: 'sha1' }).text, { privateKey })).toEqual([
      [1, '10000001', 'cipherNotAllowed'],
    ]);
    expect(await refusedAt(at, pskcFile(tokens, { rsa }).text, { privateKey, allow: ['rsa15'] })).toEqual([
      [1, '10000001', 'macMissing'],
    ]);
  });

  test.each(plainSchemes)('%s without a MAC only where somebody allows it', async (scheme) => {
    const { text, key } = pskcFile(tokens, { scheme });
    const at = await bench();
    expect(await refusedAt(at, text, { key })).toEqual([[1, '10000001', 'macMissing']]);
    expect((await bring(at, text, { by: material({ key, allow: ['unauthenticated'] }) })).refused).toEqual([]);
    expect(stock(at)).toEqual(expected(tokens));
  });
});

describe('what belongs to a key is heeded', () => {
  const one = (policy: string) => pskcFile([{ serial: '10000001', seed: randomBytes(20), policy }]).text;

  test.each([
    ['an unknown element', '<KeyUsage>OTP</KeyUsage><OnlyOnMondays/>', 'policyUnknown'],
    ['an element of a vendor', '<v:Limit xmlns:v="urn:vendor">3</v:Limit>', 'policyUnknown'],
    ['an unknown attribute of the PIN policy', '<PINPolicy MinLength="4" WeekDays="1"/>', 'policyUnknown'],
    ['an unknown use', '<KeyUsage>Fortune</KeyUsage>', 'policyUnknown'],
    ['another use', '<KeyUsage>CR</KeyUsage><KeyUsage>Integrity</KeyUsage>', 'keyUsage'],
    ['a number of uses', '<NumberOfTransactions>1000</NumberOfTransactions>', 'policyUnsupported'],
    ['a PIN before the code', '<PINPolicy PINUsageMode="Prepend"/>', 'policyUnsupported'],
    ['a start to come', '<StartDate>2026-11-21T00:01:00Z</StartDate>', 'notYetValid'],
    ['a start that is no time', '<StartDate>soon</StartDate>', 'dateMalformed'],
    [
      'two ends',
      '<ExpiryDate>2030-01-01T00:00:00Z</ExpiryDate><ExpiryDate>2031-01-01T00:00:00Z</ExpiryDate>',
      'malformedRecord',
    ],
  ])('refuses a key under a policy with %s', async (_, policy, reason) => {
    expect(await refusedAt(await bench(), one(policy))).toEqual([[1, '10000001', reason]]);
  });

  test.each([
    ['2030-01-31T23:59:00+09:00', '2030-01-31T14:59:00Z'],
    ['2030-01-31T23:59:00Z', '2030-01-31T23:59:00Z'],
    // The institution's zone is Asia/Tokyo.
    ['2030-01-31T23:59:00', '2030-01-31T14:59:00Z'],
    ['2020-01-31T23:59:00Z', '2020-01-31T23:59:00Z'],
  ])('keeps the expiry %s', async (written, instant) => {
    const at = await bench();
    const text = one(
      `<StartDate>2026-11-20T00:00:00Z</StartDate><ExpiryDate>${written}</ExpiryDate><KeyUsage>OTP</KeyUsage>`,
    );
    expect((await bring(at, text)).refused).toEqual([]);
    expect(stock(at)[0]?.expiresAtMs).toBe(Date.parse(instant));
  });

  test('the earlier end of device and key counts', async () => {
    const at = await bench();
    const text = one('<ExpiryDate>2031-01-01T00:00:00Z</ExpiryDate>').replace(
      '</SerialNo>',
      '</SerialNo><ExpiryDate>2030-06-01T00:00:00Z</ExpiryDate>',
    );
    await bring(at, text);
    expect(stock(at)[0]?.expiresAtMs).toBe(Date.parse('2030-06-01T00:00:00Z'));
  });

  const base = pskcFile([{ serial: '10000001', seed: randomBytes(20), drift: 0 }]).text;
  const params = '<AlgorithmParameters>';
  test.each([
    ['HOTP', 'pskc:totp"', 'pskc:hotp"', 'notTimeBased'],
    ['letters as codes', 'Encoding="DECIMAL"', 'Encoding="ALPHANUMERIC"', 'responseUnsupported'],
    ['check digits in codes', 'Encoding="DECIMAL"', 'Encoding="DECIMAL" CheckDigits="true"', 'checkDigits'],
    ['wrong check digits', 'Encoding="DECIMAL"', 'Encoding="DECIMAL" CheckDigits="7"', 'malformedRecord'],
    ['no length', 'Length="6" ', '', 'digitsUnsupported'],
    ['9 digits', 'Length="6"', 'Length="9"', 'digitsUnsupported'],
    ['another hash', '<ResponseFormat', '<Suite>HMAC-MD5</Suite><ResponseFormat', 'algorithmUnsupported'],
    ['a period of two days', '<PlainValue>60<', '<PlainValue>172800<', 'periodUnsupported'],
    ['too much drift', '<TimeDrift><PlainValue>0<', '<TimeDrift><PlainValue>11<', 'driftTooLarge'],
    ['two secrets', '<Secret>', '<Secret/><Secret>', 'malformedRecord'],
    ['an interval in an unknown element', /<PlainValue>60<\/PlainValue>/, '<Seconds>60</Seconds>', 'malformedRecord'],
    ['data that is not known', '<Time>', '<TimeStep><PlainValue>60</PlainValue></TimeStep><Time>', 'dataUnknown'],
    ['a parameter that is not known', params, `${params}<Hash>SHA256</Hash>`, 'dataUnknown'],
    ['a secret in hex', /<Secret><PlainValue>.*?</, `<Secret><PlainValue>${'0f'.repeat(20)}<`, 'seedAmbiguous'],
    ['a secret in base32', /<Secret><PlainValue>.*?</, `<Secret><PlainValue>${'GEZDGNBV'.repeat(4)}<`, 'seedAmbiguous'],
    [
      'a secret in small base32',
      /<Secret><PlainValue>.*?</,
      `<Secret><PlainValue>${'gezdgnbv'.repeat(4)}<`,
      'seedAmbiguous',
    ],
    ['an algorithm against its suite', 'pskc:totp"', 'pskc:totp:sha256"', 'contradictory', '<Suite>HMAC-SHA1</Suite>'],
    ['a suite against its length', params, `${params}<Suite>TOTP-SHA1-8</Suite>`, 'contradictory'],
    ['SHA-3', params, `${params}<Suite>SHA3-256</Suite>`, 'algorithmUnsupported'],
    ['a hash that is none in its algorithm', 'pskc:totp"', 'pskc:totp:like"', 'algorithmUnsupported'],
    ['a use other than codes, as the drafts say it', params, '<Usage CR="true"/><AlgorithmParameters>', 'keyUsage'],
    ['no use for codes', params, '<Usage OTP="false"/><AlgorithmParameters>', 'keyUsage'],
    ['a start to come beside it', '<Data>', '<StartDate>2031-01-01T00:00:00Z</StartDate><Data>', 'notYetValid'],
    ['no secret', /<Secret>.*<\/Secret>/, '', 'seedMissing'],
    [
      'base64 with spare bits',
      /<Secret><PlainValue>.*?</,
      '<Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTB=<',
      'seedMalformed',
    ],
  ])('refuses a key with %s', async (_, from, to, reason, suite = '') => {
    const text = base.replace(from, to).replace(params, params + suite);
    expect(text).not.toBe(base);
    expect(await refusedAt(await bench(), text)).toEqual([[1, '10000001', reason]]);
  });

  test('what vendors add in namespaces of their own is no hindrance, and no seed', async () => {
    const seed = randomBytes(20);
    const extra =
      '<Extensions><v:Secret xmlns:v="urn:vendor"><v:PlainValue>AAAA</v:PlainValue> text</v:Secret></Extensions>';
    const { text } = pskcFile([{ serial: '10000001', seed, extra }]);
    const withData = text.replace(
      '<Secret>',
      '<v:Secret xmlns:v="urn:vendor"><v:PlainValue>AAAA</v:PlainValue></v:Secret><Secret>',
    );
    const at = await bench();
    expect((await bring(at, withData)).refused).toEqual([]);
    expect(stock(at)[0]?.seed).toBe(seed.toString('hex'));
  });
});

describe('the drafts before RFC 6030', () => {
  const seed = Buffer.from('12345678901234567890');
  const secret = seed.toString('base64');
  const row = {
    serial: '987654323',
    seed: seed.toString('hex'),
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
    drift: 4,
    expiresAtMs: null,
  };

  test.each([
    'urn:ietf:params:xml:ns:keyprov:pskc:1.0',
    'urn:ietf:params:xml:ns:keyprov:container:1.0',
    'http://www.openauthentication.org/OATH/2006/10/PSKC',
    'urn:some:vendor:of:ours',
  ])('Device, KeyId, KeyAlgorithm and Usage in the namespace %s', async (namespace) => {
    const text = `<KeyContainer Version="1.0" xmlns="${namespace}"><Device>
      <DeviceInfo><Manufacturer>TokenVendorAcme</Manufacturer><SerialNo>987654323</SerialNo></DeviceInfo>
      <Key KeyAlgorithm="urn:ietf:params:xml:ns:keyprov:pskc#totp" KeyId="987654323"><Issuer>Issuer</Issuer>
        <Usage OTP="true"><ResponseFormat Length="6" Format="DECIMAL"/></Usage>
        <Data><Secret><PlainValue>${secret}</PlainValue></Secret><Time><PlainValue>0</PlainValue></Time>
          <TimeInterval><PlainValue>30</PlainValue></TimeInterval><TimeDrift><PlainValue>4</PlainValue></TimeDrift></Data>
      </Key></Device></KeyContainer>`;
    const at = await bench();
    expect((await bring(at, text)).refused).toEqual([]);
    expect(stock(at)).toEqual([row]);
  });

  test('SecretContainer with Data by name', async () => {
    const text = `<SecretContainer xmlns="http://www.openauthentication.org/OATH/2006/08/PSKC" version="1.2">
      <EncryptionMethod algorithm="NONE"/><DigestMethod algorithm="HMAC-SHA1"></DigestMethod><Device>
      <DeviceId><Manufacturer>M</Manufacturer><SerialNo>987654323</SerialNo><Expiry>12/31/2030</Expiry></DeviceId>
      <Secret SecretAlgorithm="TOTP" SecretId="987654323"><Usage><ResponseFormat format="DECIMAL" length="6"/></Usage>
        <Data Name="SECRET"><Value>${secret}</Value><ValueDigest>WldjTHZwRm9YTkhBRytseDM=</ValueDigest></Data>
        <Data Name="TIME_INTERVAL"><Value>AAAAAAAAAB4=</Value></Data><Data Name="TIME_DRIFT"><Value>AAAAAAAAAAQ=</Value></Data>
      </Secret></Device></SecretContainer>`;
    const at = await bench();
    expect((await bring(at, text)).refused).toEqual([]);
    expect(stock(at)).toEqual([{ ...row, expiresAtMs: Date.parse('2031-01-01T00:00:00+09:00') }]);
  });
});

describe('what vendors spell in their own way', () => {
  const seed = randomBytes(32);
  const text = pskcFile([{ serial: '10000001', seed }]).text;
  const row = { serial: '10000001', seed: seed.toString('hex'), algorithm: 'SHA1', digits: 6, period: 60 };
  const kept = { ...row, drift: 0, expiresAtMs: null };
  const totp = 'urn:ietf:params:xml:ns:keyprov:pskc:totp';
  const comesAs = async (changed: string, expected: Partial<StockRow>) => {
    expect(changed).not.toBe(text);
    const at = await bench();
    expect((await bring(at, changed)).refused).toEqual([]);
    expect(stock(at)).toEqual([{ ...kept, ...expected }]);
  };

  test.each([
    ['urn:ietf:params:xml:ns:keyprov:pskc#totp', 'SHA1'],
    ['http://www.ietf.org/keyprov/pskc#totp', 'SHA1'],
    ['urn:ietf:params:xml:ns:keyprov:pskc:TOTP', 'SHA1'],
    ['urn:ietf:params:xml:ns:keyprov:pskc:oath-totp', 'SHA1'],
    ['TOTP', 'SHA1'],
    ['urn:ietf:params:xml:ns:keyprov:pskc:totp:sha1', 'SHA1'],
    ['urn:ietf:params:xml:ns:keyprov:pskc:totp:sha256', 'SHA256'],
    ['urn:ietf:params:xml:ns:keyprov:pskc#totp-sha256', 'SHA256'],
    ['http://www.ietf.org/keyprov/pskc#TOTP_HMAC-SHA512', 'SHA512'],
  ])('the algorithm %s', (name, algorithm) =>
    comesAs(text.replace(`Algorithm="${totp}"`, `Algorithm=" ${name}"`), { algorithm }),
  );

  test.each([
    ['HmacSHA1', 'SHA1'],
    ['hmac_sha1', 'SHA1'],
    ['SHA-1', 'SHA1'],
    ['TOTP-SHA1-6', 'SHA1'],
    ['HOTP-SHA1-6', 'SHA1'],
    ['TOTP', 'SHA1'],
    ['http://www.w3.org/2000/09/xmldsig#hmac-sha1', 'SHA1'],
    ['SHA2-256', 'SHA256'],
    ['HMAC-SHA-256', 'SHA256'],
    ['TOTP-SHA256-6', 'SHA256'],
    ['http://www.w3.org/2001/04/xmldsig-more#hmac-sha256', 'SHA256'],
    ['HmacSHA512', 'SHA512'],
  ])('the suite %s', (suite, algorithm) =>
    comesAs(text.replace('<ResponseFormat', `<Suite>${suite}</Suite><ResponseFormat`), { algorithm }),
  );

  test.each(['60s', ' 60 ', 'PT60S', 'PT1M', 'NjA=', 'AAAAPA==', 'AAAAAAAAADw='])('the interval %s', (interval) =>
    comesAs(text.replace('<PlainValue>60<', `<PlainValue>${interval}<`), {}),
  );

  test.each([
    'urn:ietf:params:xml:ns:keyprov:portable-symmetric-key-container-1.0',
    'urn:ietf:params:xml:ns:keyprov:container',
    'http://www.ietf.org/keyprov/pskc',
    'urn:IETF:params:xml:ns:KEYPROV:pskc',
    '',
  ])('the namespace %s', (namespace) =>
    comesAs(text.replace('"urn:ietf:params:xml:ns:keyprov:pskc"', `"${namespace}"`), {}),
  );

  test.each([
    ['another minor version', 'Version="1.0"', 'Version="1.1"'],
    ['no version', 'Version="1.0"', ''],
    ['values without the element for plain ones', /<(Secret|TimeInterval)><PlainValue>(.*?)<\/PlainValue>/g, '<$1>$2'],
    ['extensions of its parameters', '<ResponseFormat', '<v:Hash xmlns:v="urn:v">a</v:Hash><ResponseFormat'],
    ['no key ID', 'Id="K1"', ''],
    ['decimal with a capital', 'DECIMAL', 'Decimal'],
    ['empty dates', '</Data>', '</Data><Policy><StartDate/><ExpiryDate/></Policy>'],
    ['a device binding', '</SerialNo>', '</SerialNo><DeviceBinding>a</DeviceBinding><UserId>CN=b</UserId>'],
  ])('%s', (_, from, to) => comesAs(text.replace(from, to), {}));

  test('dates beside the key, as the drafts have them', () =>
    comesAs(text.replace('</Data>', '</Data><ExpiryDate>2031-01-01T00:00:00Z</ExpiryDate>'), {
      expiresAtMs: Date.parse('2031-01-01T00:00:00Z'),
    }));

  test('another major version is refused as a whole', async () => {
    expect(await refusedAt(await bench(), text.replace('Version="1.0"', 'Version="2.0"'))).toEqual([
      [1, null, 'versionUnsupported'],
    ]);
  });

  test.each([
    ['euc-jp', 'EUC-JP', 'bfaeccdc'],
    ['GBK', 'GB2312', 'b7c9ccec'],
  ])('a maker’s name in %s', async (_, name, hex) => {
    const [before = '', behind = ''] = text.replace('encoding="UTF-8"', `encoding="${name}"`).split('>Vendor<');
    const at = await bench();
    const bytes = Buffer.concat([Buffer.from(`${before}>`), Buffer.from(hex, 'hex'), Buffer.from(`<${behind}`)]);
    expect((await bring(at, bytes)).refused).toEqual([]);
    expect(stock(at)).toEqual([kept]);
  });
});

describe('what vendors spell in their own way in encrypted files', () => {
  const kw = (name: string) => (text: string) =>
    text.replaceAll(/Algorithm="[^"]*#kw-tripledes"/g, `Algorithm="${name}"`);
  const cbc = (scheme: SchemeName, name: string) => (text: string) => text.replaceAll(schemes[scheme].uri, name);
  const password = { prefix: 'pkcs5', password: 'x', iterations: 1_000, prf: null, withLength: true } as const;
  const pbkdf2 = { scheme: 'aes128-cbc', mac: 'sha1', derivation: password } as const;
  const aes = { scheme: 'aes128-cbc', mac: 'sha1' } as const;
  const tdes = { scheme: 'tripledes-cbc', mac: 'sha1', key: randomBytes(24) } as const;
  const wrap = { scheme: 'kw-tripledes', mac: 'sha1', key: randomBytes(24) } as const;
  type Case = readonly [string, FileParts, (text: string) => string, readonly Allowance[]];
  const cases: readonly Case[] = [
    ['HMAC-SHA-1', aes, (text) => text.replaceAll(macs.sha1, 'HMAC-SHA-1'), []],
    ['hmac_sha1', aes, (text) => text.replaceAll(macs.sha1, 'urn:ietf:params:xml:ns:keyprov:pskc#hmac_sha1'), []],
    ['AES128_CBC', aes, cbc('aes128-cbc', 'AES128_CBC'), []],
    ['PBE-AES128-CBC', aes, cbc('aes128-cbc', 'PBE-AES128-CBC'), []],
    ['EncryptedData', aes, (text) => text.replaceAll('EncryptedValue>', 'xenc:EncryptedData>'), []],
    ['no EncryptionKey', aes, (text) => text.replace(/<EncryptionKey>.*<\/EncryptionKey>/, ''), []],
    [
      'a PRF by its object’s name',
      pbkdf2,
      (text) => text.replace('</pkcs5:PBKDF2-params>', '<pkcs5:PRF Algorithm="#id-hmacWithSHA1"/>$&'),
      [],
    ],
    ['an empty PRF', pbkdf2, (text) => text.replace('</pkcs5:PBKDF2-params>', '<pkcs5:PRF/>$&'), []],
    [
      'a derived key in a KeyInfo',
      pbkdf2,
      (text) => text.replace('<EncryptionKey>', '$&<ds:KeyInfo>').replace('</EncryptionKey>', '</ds:KeyInfo>$&'),
      [],
    ],
    ['3DES-CBC', tdes, cbc('tripledes-cbc', '3DES-CBC'), ['tripledes']],
    ['3DES168-CBC', tdes, cbc('tripledes-cbc', '3DES168-CBC'), ['tripledes']],
    ['KW-3DES', wrap, kw('KW-3DES'), ['tripledes']],
  ];
  test.each(cases)('%s', async (_, parts, change, allow) => {
    const of = [{ serial: '10000001', seed: randomBytes(24) }];
    const { text, key } = pskcFile(of, parts);
    const changed = change(text);
    expect(changed).not.toBe(text);
    const secret = parts.derivation === undefined ? { key } : { password: 'x' };
    const at = await bench();
    if (allow.length > 0) expect(await refusedAt(at, changed, secret)).toEqual([[1, '10000001', 'cipherNotAllowed']]);
    expect((await bring(at, changed, { by: material({ ...secret, allow }) })).refused).toEqual([]);
    expect(stock(at)).toEqual(expected(of));
  });

  test('a Triple-DES key of two parts', async () => {
    const two = randomBytes(16);
    const { text } = pskcFile(tokens, { ...tdes, key: Buffer.concat([two, two.subarray(0, 8)]) });
    const at = await bench();
    const by = material({ key: two.toString('hex'), allow: ['tripledes'] });
    expect((await bring(at, text, { by })).refused).toEqual([]);
    expect(stock(at)).toEqual(expected(tokens));
  });
});

describe('a MAC over what is inside, as some vendors have it', () => {
  const seed = randomBytes(20);
  const key = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', key, iv);
  const closed = Buffer.concat([cipher.update(seed), cipher.final()]);
  const hmac = (bytes: Uint8Array) => createHmac('sha1', key).update(bytes).digest('base64');
  const row = { serial: '10000001', seed: seed.toString('hex'), algorithm: 'SHA1', digits: 6, period: 60 };
  const by = { key: key.toString('hex') };
  const trusting = { ...by, allow: ['unauthenticated' as const] };

  const rfc = (mac: string) => `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">
    <MACMethod Algorithm="${macs.sha1}"/><KeyPackage><DeviceInfo><SerialNo>10000001</SerialNo></DeviceInfo>
    <Key Id="k" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><Data><Secret><EncryptedValue>
      <EncryptionMethod Algorithm="${schemes['aes128-cbc'].uri}"/>
      <CipherData><CipherValue>${Buffer.concat([iv, closed]).toString('base64')}</CipherValue></CipherData>
    </EncryptedValue><ValueMAC>${mac}</ValueMAC></Secret><TimeInterval><PlainValue>60</PlainValue></TimeInterval>
    </Data></Key></KeyPackage></KeyContainer>`;
  /** The secret alone is encrypted, its initialisation vector stands in the head. */
  const draft = (digest: string) => `<KeyContainer version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:container:1.0">
    <EncryptionMethod Algorithm="${schemes['aes128-cbc'].uri}"><IV>${iv.toString('base64')}</IV></EncryptionMethod>
    <DigestMethod Algorithm="${macs.sha1}"/><Device><DeviceId><SerialNo>10000001</SerialNo></DeviceId>
    <Key KeyAlgorithm="http://www.ietf.org/keyprov/pskc#totp" KeyId="k"><Usage OTP="true">
      <ResponseFormat Format="DECIMAL" Length="6"/></Usage>
    <Data Name="SECRET"><Value>${closed.toString('base64')}</Value><ValueDigest>${digest}</ValueDigest></Data>
    <Data Name="TIME_INTERVAL"><Value>AAAAAAAAADw=</Value></Data></Key></Device></KeyContainer>`;

  test.each([
    ['RFC 6030', rfc, 'macMismatch'],
    ['a draft', draft, 'macMissing'],
  ] as const)('in a file of %s is checked where somebody allows it, and not before', async (_, file, reason) => {
    const at = await bench();
    expect(await refusedAt(at, file(hmac(seed)), by)).toEqual([[1, '10000001', reason]]);
    for (const wrong of [hmac(randomBytes(20)), ''])
      expect(await refusedAt(at, file(wrong), trusting)).toEqual([[1, '10000001', 'macMismatch']]);
    const wrongKey = { ...trusting, key: randomBytes(16).toString('hex') };
    expect(await refusedAt(at, file(hmac(seed)), wrongKey)).toEqual([[1, '10000001', 'macMismatch']]);
    expect((await bring(at, file(hmac(seed)), { by: material(trusting) })).refused).toEqual([]);
    expect(stock(at)).toEqual([{ ...row, drift: 0, expiresAtMs: null }]);
  });

  test('a draft’s secret that lost a byte and its digest is not taken for one in the clear', async () => {
    const cut = draft('')
      .replace('<ValueDigest></ValueDigest>', '')
      .replace(closed.toString('base64'), closed.subarray(1).toString('base64'));
    expect(await refusedAt(await bench(), cut, by)).toEqual([[1, '10000001', 'macMissing']]);
    expect(await refusedAt(await bench(), cut, trusting)).toEqual([[1, '10000001', 'decryptionFailed']]);
  });

  test('a password as the first drafts derive keys from is refused for that', async () => {
    const text = draft(hmac(seed)).replace(
      /<IV>.*?<\/IV>/,
      '<PBESalt>AAAA</PBESalt><PBEIterationCount>9</PBEIterationCount>',
    );
    expect(await refusedAt(await bench(), text, { password: 'x', allow: ['unauthenticated'] })).toEqual([
      [1, '10000001', 'derivationUnsupported'],
    ]);
  });

  test('a draft’s digest over what is encrypted needs no permission', async () => {
    const at = await bench();
    expect((await bring(at, draft(hmac(closed)), { by: material(by) })).refused).toEqual([]);
    expect(stock(at)).toEqual([{ ...row, drift: 0, expiresAtMs: null }]);
  });
});

test.each([
  ['white space before the declaration', (text: string) => `\r\n  ${text}`],
  [
    'a name for each language',
    (text: string) => text.replaceAll('</Key>', '<FriendlyName>a</FriendlyName><FriendlyName>b</FriendlyName></Key>'),
  ],
  ['decimal in small letters', (text: string) => text.replaceAll('DECIMAL', 'decimal')],
])('%s is read', async (_, change) => {
  const at = await bench();
  const { text, key } = pskcFile(tokens, { scheme: 'aes256-cbc', mac: 'sha256' });
  const changed = change(text);
  expect(changed).not.toBe(text);
  expect((await bring(at, changed, { by: material({ key }) })).refused).toEqual([]);
  expect(stock(at)).toEqual(expected(tokens));
});

test('a file in the Latin alphabet of western Europe comes in as it says', async () => {
  const at = await bench();
  const { text, key } = pskcFile(tokens, {});
  const named = text.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').concat('<!-- \u00e9 -->');
  const report = await bring(at, Buffer.from(named, 'latin1'), { by: material({ key }) });
  expect(report.refused).toEqual([]);
  expect(stock(at)).toEqual(expected(tokens));
});
