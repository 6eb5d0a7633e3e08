import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fc } from '../../property.ts';
import { bench } from '../fixture.ts';
import { bring, stock } from './support.ts';

const hex = '3132333435363738393031323334353637383930';
const base32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const other = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';
const row = { serial: '10000001', seed: hex, algorithm: 'SHA1', digits: 6, period: 60, drift: 0, expiresAtMs: null };

/** RFC 4648 section 6, without padding. */
function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** The reasons of a list, by line. */
async function reasons(text: string): Promise<(string | number | null)[][]> {
  const report = await bring(await bench(), text);
  return report.refused.map(({ record, serial, reason }) => [record, serial, reason]);
}

/** A Japanese head row and one row, in Shift_JIS. */
const shiftJis = Buffer.concat([
  // シリアル番号,シード,桁数,更新間隔,有効期限
  Buffer.from('8356838a8341838b94d48d862c8356815b83682c8c8590942c8d5890568ad48a752c974c8cf88afa8cc00d0a', 'hex'),
  Buffer.from(`00123456,${hex},8,30,`),
  // 2031年03月31日 23時59分
  Buffer.from('32303331944e30338c8e333193fa2032338e9e353995aa', 'hex'),
]);

describe('lists of seeds come into stock exactly', () => {
  test('OATH: serial, seed, type, digits, period; seeds in hex and base32; another hash', async () => {
    const at = await bench();
    const lines = [
      `10000001,${hex},totp,6,60`,
      `10000002, ${base32.toLowerCase()} ,TOTP,8,30`,
      `"10000003","${base32}======","totp","7","30"`,
      `00000004,${other}${other.slice(0, 24)},totp,6,30,sha256`,
      `10000005,${hex},TOTP-SHA512,6,60`,
    ];
    const report = await bring(at, lines.join('\r\n'));
    expect(report).toEqual({
      accepted: ['10000001', '10000002', '10000003', '00000004', '10000005'],
      refused: [],
      held: [],
      signature: 'none',
    });
    expect(stock(at)).toEqual([
      { ...row, serial: '00000004', seed: other + other.slice(0, 24), algorithm: 'SHA256', period: 30 },
      row,
      { ...row, serial: '10000002', digits: 8, period: 30 },
      { ...row, serial: '10000003', digits: 7, period: 30 },
      { ...row, serial: '10000005', algorithm: 'SHA512' },
    ]);
  });

  test.each([
    ['spaces', `10000001  ${hex}\n10000002  ${other}\n`],
    ['tabs', `10000001\t${hex}\n10000002\t${other}\n`],
    ['commas', `10000001,${hex}\n10000002,${other}`],
    ['a running number', `1 10000001 ${hex}\n2 10000002 ${other}\n`],
    ['a head', `# shipment 7\nserial;seed\n10000001;${hex}\n10000002;${other}\n`],
    ['old line ends', `10000001 ${hex}\r10000002 ${other}\r`],
  ])('Feitian: serial and seed alone, parted by %s; the rest is the institution’s', async (_, text) => {
    const at = await bench();
    expect((await bring(at, text)).refused).toEqual([]);
    expect(stock(at)).toEqual([row, { ...row, serial: '10000002', seed: other }]);
  });

  test.each([
    ['UTF-8', Buffer.from('')],
    ['UTF-8 with byte order mark', Buffer.from('efbbbf', 'hex')],
  ])('%s, columns by a head row in any order', async (_, mark) => {
    const at = await bench();
    const text = `有効期限,Secret Key,Serial Number,Time Interval,メモ\n2031/03/31,${base32},00123456,30,窓口用\n`;
    await bring(at, Buffer.concat([mark, Buffer.from(text)]));
    const expiresAtMs = Date.parse('2031-04-01T00:00:00+09:00');
    expect(stock(at)).toEqual([{ ...row, serial: '00123456', period: 30, expiresAtMs }]);
  });

  test('Shift_JIS, with the expiry to the minute in the institution’s zone', async () => {
    const at = await bench();
    expect((await bring(at, shiftJis)).refused).toEqual([]);
    const expiresAtMs = Date.parse('2031-03-31T23:59:00+09:00');
    expect(stock(at)).toEqual([{ ...row, serial: '00123456', digits: 8, period: 30, expiresAtMs }]);
  });

  test.each([
    ['colons', `10000001:${hex}\n10000002:${other}\n`],
    ['bars', `10000001|${hex}\n10000002|${other}\n`],
    ['tabs with commas in a note', `serial\tseed\tnote\n10000001\t${hex}\ta, b\n10000002\t${other}\tc, d\n`],
    ['comments of other kinds', `; shipment 7\n// of two\n10000001,${hex}\n10000002,${other}\n`],
    ['commas and tabs', `10000001,\t${hex},\ttotp,\t6\n10000002,\t${other},\ttotp,\t6\n`],
    ['apostrophes', `'10000001','${hex}'\n'10000002,'${other}\n`],
    ['a user behind the OATH columns', `10000001,${hex},totp,6,60,hans,r1\n10000002,${other},totp,6,60,eva,r1\n`],
    ['a title above the head', `Shipment 7 to the bank\n\nserial,seed\n10000001,${hex}\n10000002,${other}\n`],
    ['a title in the first of its columns', `"Shipment 7, of two",\nserial,seed\n10000001,${hex}\n10000002,${other}\n`],
    ['empty columns', `serial,seed,,\n10000001,${hex},,\n10000002,${other},,\n,,,\n`],
  ])('%s', async (_, text) => {
    const at = await bench();
    expect((await bring(at, text)).refused).toEqual([]);
    expect(stock(at)).toEqual([row, { ...row, serial: '10000002', seed: other }]);
  });

  test('UTF-16, as table programs write it', async () => {
    const at = await bench();
    await bring(at, Buffer.from(`\ufeffシリアル番号\tシード\n10000001\t${hex}\n`, 'utf16le'));
    expect(stock(at)).toEqual([row]);
  });
});

describe('refused by record, with line and serial', () => {
  test('keys of Yubico’s logs count or answer challenges', async () => {
    const tool =
      'LOGGING START,12/11/2025 11:10 AM\r\n' +
      'OATH-HOTP,12/11/2025 11:17 AM,1,cccccccccccb,,b5e0e7d5a7c1d2e3f405162738495a6b7c8d9e0f,,,0,0,0,6,0,0,0,0,0,0\r\n' +
      'Yubico OTP,12/11/2025 11:18 AM,2,vvcccccccccd,5ef2ba0a7c14,3d0b5e0e7d5a7c1d2e3f405162738495,,,0,0,0,0,0,0,0,0,0,0\r\n' +
      'Challenge-Response: HMAC-SHA1,12/11/2025 11:19 AM,2,,,b5e0e7d5a7c1d2e3f405162738495a6b7c8d9e0f,,,0,0,0,0,0,0,0,0,0,0\r\n';
    expect(await reasons(tool)).toEqual([
      [2, 'cccccccccccb', 'notTimeBased'],
      [3, 'vvcccccccccd', 'notTimeBased'],
      [4, null, 'notTimeBased'],
    ]);
    const list =
      '# serial, identity, private, secret, access code, time\n2211220,vvcccccccccd,5ef2ba0a7c14,3d0b5e0e7d5a7c1d2e3f405162738495,000000000000,2025-12-11T11:18:00,\n';
    expect(await reasons(list)).toEqual([[2, '2211220', 'notTimeBased']]);
  });

  test.each([
    ['HOTP', `10000001,${hex},hotp,6,0`, 'notTimeBased'],
    ['OCRA', `10000001,${hex},ocra,OCRA-1:HOTP-SHA1-6:QN08`, 'notTimeBased'],
    ['120 bits', `10000001,${hex.slice(0, 30)},totp,6,60`, 'seedTooShort'],
    ['no seed', '10000001,,totp,6,60', 'seedMissing'],
    ['a seed in neither alphabet', '10000001,hello!world!hello!world!,totp,6,60', 'seedMalformed'],
    ['an odd hex digit', `10000001,${hex}0,totp,6,60`, 'seedMalformed'],
    ['7 digits of serial', `1000001,${hex},totp,6,60`, 'serialPattern'],
    ['13 digits of serial', `1000000000001,${hex},totp,6,60`, 'serialPattern'],
    ['letters in the serial', `AB000001,${hex},totp,6,60`, 'serialPattern'],
    ['no serial', `,${hex},totp,6,60`, 'serialMissing'],
    ['codes of 10 digits', `10000001,${hex},totp,10,60`, 'digitsUnsupported'],
    ['codes of so many digits', `10000001,${hex},totp,six,60`, 'digitsUnsupported'],
    ['a period of 45 seconds', `10000001,${hex},totp,6,45`, 'periodUnsupported'],
    ['MD5', `10000001,${hex},totp,6,60,md5`, 'algorithmUnsupported'],
  ])('%s', async (_, line, reason) => {
    const [serial = ''] = line.split(',');
    expect(await reasons(line)).toEqual([[1, serial === '' ? null : serial, reason]]);
  });

  test('wrong check digits, where the list has them', async () => {
    expect(await reasons(`serial,seed,check\n10000001,${hex},7\n10000002,${other},6\n`)).toEqual([
      [3, '10000002', 'checkDigits'],
    ]);
    expect(await reasons(`serial,seed,check\n10000001,${hex},7\n10000002,${other},5\n`)).toEqual([]);
  });

  test('serials twice in the file, and in stock already, full-width digits or not', async () => {
    const at = await bench();
    const twice = await bring(at, `10000001,${hex}\n10000002,${hex}\n１００００００１,${other}\n`);
    expect(twice.refused).toEqual([{ serial: '１００００００１', record: 3, reason: 'duplicateInFile' }]);
    expect([twice.accepted, twice.held, stock(at)]).toEqual([[], ['10000001', '10000002'], []]);
    await bring(at, `10000001,${hex}\n`);
    const again = await bring(at, `10000003,${other}\n10000001,${other}\n`);
    expect(again.refused).toEqual([{ serial: '10000001', record: 2, reason: 'duplicateInStock' }]);
    expect(again.held).toEqual(['10000003']);
    expect(stock(at)).toEqual([row]);
  });
});

describe('all or nothing', () => {
  const mixed = `10000001,${hex},totp\n10000002,${other},hotp\n`;

  test('one refused record holds the others back', async () => {
    const at = await bench();
    expect(await bring(at, mixed)).toEqual({
      accepted: [],
      refused: [{ serial: '10000002', record: 2, reason: 'notTimeBased' }],
      held: ['10000001'],
      signature: 'none',
    });
    expect(stock(at)).toEqual([]);
  });

  test('unless somebody takes what is sound', async () => {
    const at = await bench();
    const report = await bring(at, mixed, { partial: true });
    expect([report.accepted, report.held]).toEqual([['10000001'], []]);
    expect(stock(at)).toEqual([row]);
  });

  test('a dry run tells the same and changes nothing, not even the log', async () => {
    const at = await bench();
    const text = `10000001,${hex}\n`;
    const dry = await bring(at, text, { dryRun: true });
    expect([stock(at), at.rows('SELECT * FROM audit')]).toEqual([[], []]);
    expect(await bring(at, text)).toEqual(dry);
    expect(stock(at)).toEqual([row]);
  });

  test('each token’s log begins with its import, and the file’s hash is kept', async () => {
    const at = await bench();
    await bring(at, `10000001,${hex}\n10000002,${other}\n`);
    const rows = at.rows('SELECT token_number, operation, outcome, note FROM audit ORDER BY audit_id');
    expect(rows.map(({ token_number, operation, outcome }) => [token_number, operation, outcome])).toEqual([
      [1, 'importHardware', 'stocked'],
      [1, 'importHardware', 'stocked'],
      [null, 'importHardware', 'imported'],
    ]);
    expect(rows[2]?.note).toMatch(/^accepted 2, refused 0, SHA-256 [0-9a-f]{64}$/);
    expect(at.rows('SELECT audit_number FROM tokens').map((token) => token.audit_number)).toEqual([1, 1]);
  });
});

const sha256 = other + other.slice(0, 24);
const base64 = Buffer.from(sha256, 'hex').toString('base64');
/** Its base64 begins with a plus sign, as a formula may. */
const plus = `f8${other.slice(2)}`;
const long = { ...row, seed: sha256, algorithm: 'SHA256' };

test.each([
  [
    'a licence server’s list, one user a row',
    `upn,serial number,secret key,time interval,manufacturer,model\r\n,10000001,${base32},60,F,K`,
  ],
  [
    'a list made from PSKC',
    `serial,secret,algorithm,response_length,time_interval\n10000001,${hex},urn:ietf:params:xml:ns:keyprov:pskc:totp,6,60`,
  ],
  ['a table program’s mark of its delimiter', `sep=;\nserial;seed\n10000001;${hex}\n`],
  ['hex digits marked as such', `10000001,0x${hex},totp,6,60`],
  ['hex in pairs', `10000001,${hex.replace(/../g, '$&:').slice(0, -1)},totp,6,60`],
  ['base32 in groups', `10000001,${base32.toLowerCase().replace(/..../g, '$& ')},totp,6,60`],
  ['a seed in two columns', `serial,seed_hex,seed_base32\n10000001,${hex},${base32}\n`],
  ['serial and seed by other names', `Token Serial;OTP Seed;OTP Length;TOTP Time Step (sec)\n10000001;${hex};6;60\n`],
  ['a token’s ID for its serial', `Token ID,Shared Secret\n10000001,${hex}\n`],
  ['Japanese names', `トークンシリアル番号,シード値,ハッシュ関数\n10000001,${hex},SHA-1\n`],
  ['a vendor’s Japanese names', `OTPトークンID(13桁),シードコード\n10000001,${hex}\n`],
  ['a seed code', `シリアル番号,Seedコード\n10000001,${hex}\n`],
  ['a counter beside a period', `serial,secret,counter,time_interval\n10000001,${hex},0,60\n`],
  ['a secret key in Japanese', `シリアルNo.,シークレットキー\n10000001,${base32}\n`],
  ['a dash where there is nothing', `シリアル番号,シード,桁数,有効期限,備考\n10000001,${hex},－,-,-\n`],
  ['a number with its sign', `serial,seed,offset,contact\n10000001,${hex},-3,+81-3-0000-0000\n`],
  ['a Japanese type', `シリアル番号,シード,同期方式\n10000001,${hex},時間同期\n`],
  ['units', `serial,seed,digits,time interval\n10000001,${hex},6 digits,60 seconds\n`],
  ['Japanese units', `serial,seed,digits,time interval\n10000001,${hex},6桁,１分\n`],
  ['full-width words', `serial,seed,type,hash,check\n１００００００１,${hex},ＴＯＴＰ,ＳＨＡ１,７\n`],
  ['a type in other words', `serial,seed,token type\n10000001,${hex},OATH (time-based)\n`],
  ['a type that tells none', `10000001,${hex},OATH hardware token,6,60\n`],
  ['a period where others write the type', `10000001,${hex},60\n`],
  ['a suite with its digits', `serial,seed,algorithm\n10000001,${hex},TOTP-SHA1-6\n`],
])('%s is read', async (_, text) => {
  const at = await bench();
  expect((await bring(at, text)).refused).toEqual([]);
  expect(stock(at)).toEqual([row]);
});

test.each([
  ['HmacSHA256 in a licence server’s list', `serialNumber,secretKey,hashFunction\n10000001,${sha256},hmacsha256\n`],
  ['SHA-256', `serial,seed,hash\n10000001,${sha256},SHA-256\n`],
  ['256', `serial,seed,sha\n10000001,${sha256},256\n`],
  ['a type with its hash', `10000001,${sha256},TOTP-SHA256,6,60\n`],
  [
    'a suite beside an algorithm',
    `serial,secret,algorithm,algorithm_suite\n10000001,${sha256},urn:ietf:params:xml:ns:keyprov:pskc:totp,HMAC-SHA256\n`,
  ],
  ['a hash by its Japanese name', `シリアル番号,シード,ハッシュアルゴリズム\n10000001,${sha256},SHA256\n`],
  ['base64 that nothing else is', `10000001,${base64},totp,6,60,sha256\n`],
  ['base64 that the head names', `serial,seed (base64),algorithm\n10000001,${base64},HMAC-SHA256\n`],
])('the hash is heeded: %s', async (_, text) => {
  const at = await bench();
  expect((await bring(at, text)).refused).toEqual([]);
  expect(stock(at)).toEqual([long]);
});

test.each([
  ['Time Window (s),Digits', '30,8'],
  ['Refresh Interval,OTP Length', '30,8'],
  ['時間間隔(秒),OTP桁数', '30,8'],
  ['更新周期（秒）,表示桁数（6または8）', '30秒,8桁'],
  ['タイムステップ,桁数', '30,8'],
  ['更新間隔,ワンタイムパスワード桁数', '30,8'],
  ['周期,パスワード桁数', '30,8'],
])('period and digits are heeded: %s', async (names, values) => {
  const at = await bench();
  expect((await bring(at, `シリアル番号,シード,${names}\n10000001,${hex},${values}\n`)).refused).toEqual([]);
  expect(stock(at)).toEqual([{ ...row, digits: 8, period: 30 }]);
});

test('a base64 seed that begins with a plus sign is no formula', async () => {
  const at = await bench();
  expect((await bring(at, `10000001,${Buffer.from(plus, 'hex').toString('base64')}\n`)).refused).toEqual([]);
  expect(stock(at)).toEqual([{ ...row, seed: plus }]);
});

describe('a seed that can be read in two encodings', () => {
  // 16 bytes of hex, and 20 of base32.
  const both = 'ABCDEF234567ABCDEF234567ABCDEF23';
  const asBase32 = '004432175be77df004432175be77df004432175b';
  const seedOf = async (text: string, serial: string) => {
    const at = await bench();
    expect((await bring(at, text)).refused).toEqual([]);
    return stock(at).find((one) => one.serial === serial)?.seed;
  };

  test('none is ever read as another: each comes in exactly, or waits for a word of its encoding', async () => {
    const at = await bench();
    const seedBytes = fc
      .constantFrom(16, 20, 32, 64)
      .chain((size) => fc.uint8Array({ minLength: size, maxLength: size }));
    const encoding = fc.constantFrom('hex', 'HEX', 'base32', 'BASE32', 'base64');
    await fc.assert(
      fc.asyncProperty(seedBytes, encoding, fc.boolean(), async (bytes, kind, told) => {
        const seed = Buffer.from(bytes);
        const small =
          kind.toLowerCase() === 'base32' ? toBase32(seed) : seed.toString(kind === 'base64' ? 'base64' : 'hex');
        const text = kind === kind.toLowerCase() ? small : small.toUpperCase();
        const report = await bring(at, `serial,seed${told ? ` (${kind})` : ''}\n10000001,${text}\n`);
        const came = stock(at).map((one) => one.seed);
        at.rows('DELETE FROM tokens');
        if (!told && report.refused[0]?.reason === 'seedAmbiguous') expect(came).toEqual([]);
        else expect([report.refused, came]).toEqual([[], [seed.toString('hex')]]);
      }),
      { numRuns: 200 },
    );
  });

  test('is refused alone, and where other rows tell of both', async () => {
    expect(await reasons(`10000001,${both}\n`)).toEqual([[1, '10000001', 'seedAmbiguous']]);
    expect(await reasons(`10000001,${both}\n10000002,${hex}\n10000003,${base32}\n`)).toEqual([
      [1, '10000001', 'seedAmbiguous'],
    ]);
  });

  test('is in the encoding of the other rows, before it or behind', async () => {
    expect(await seedOf(`10000002,${hex}\n10000001,${both}\n`, '10000001')).toBe(both.toLowerCase());
    expect(await seedOf(`10000001,${both}\n10000002,${base32}\n`, '10000001')).toBe(asBase32);
  });

  test('is in the encoding that the head names', async () => {
    expect(await seedOf(`serial,seed (hex)\n10000001,${both}\n`, '10000001')).toBe(both.toLowerCase());
    expect(await seedOf(`serial,base32 secret\n10000001,${both}\n`, '10000001')).toBe(asBase32);
  });

  test('is refused with the others of its kind, however many there are', async () => {
    const many = Array.from({ length: 1_200 }, (_, i) => `${10_000_000 + i},${both}\n`).join('');
    const found = await reasons(many);
    expect(found).toHaveLength(1_200);
    expect(new Set(found.map(([, , reason]) => reason))).toEqual(new Set(['seedAmbiguous']));
  });
});

test.each([
  ['two seeds', `serial,seed hex,seed base32\n10000001,${other},${base32}\n`, 'contradictory'],
  ['a hash against the type’s', `10000001,${hex},TOTP-SHA256,6,60,sha1\n`, 'contradictory'],
  ['digits against the suite’s', `serial,seed,digits,suite\n10000001,${hex},6,TOTP-SHA1-8\n`, 'contradictory'],
  ['a day of March or of April', `serial,seed,expiry\n10000001,${hex},03/04/2031\n`, 'dateMalformed'],
  ['a month alone', `serial,seed,expiry\n10000001,${hex},03/2031\n`, 'dateMalformed'],
  ['milliseconds', `serial,seed,time step (ms)\n10000001,${hex},30000\n`, 'periodUnsupported'],
  ['hex that its column calls base32', `serial,seed (base32)\n10000001,${hex}\n`, 'seedMalformed'],
  ['a counter where others write the period', `10000001,${hex},0\n`, 'notTimeBased'],
  ['a counter in its own column', `serial,seed,counter\n10000001,${hex},0\n`, 'notTimeBased'],
  ['a counter by its Japanese name', `シリアル番号,シード,桁数,カウンター値\n10000001,${hex},6,0\n`, 'notTimeBased'],
  ['an event’s Japanese type', `シリアル番号,シード,同期方式\n10000001,${hex},イベント同期\n`, 'notTimeBased'],
  [
    'a password of events',
    `シリアル番号,シード,種類\n10000001,${hex},ワンタイムパスワード(イベント型)\n`,
    'notTimeBased',
  ],
  ['a suite of challenges', `serial,seed,suite\n10000001,${hex},OCRA-1:HOTP-SHA1-8:QH40\n`, 'notTimeBased'],
  ['Yubico’s OATH mode', `10000001,,0,${hex},,2025-12-12T08:41:07,\n`, 'notTimeBased'],
  ['Yubico’s static mode', `10000001,,,${hex.slice(8)},,2025-12-12T08:44:34,\n`, 'notTimeBased'],
])('%s is refused by record', async (_, text, reason) => {
  expect((await reasons(text)).map((one) => one.slice(1))).toEqual([['10000001', reason]]);
});

test.each([
  ['31.03.2031', '2031-04-01T00:00:00+09:00'],
  ['20310331', '2031-04-01T00:00:00+09:00'],
  ['03/31/2031', '2031-04-01T00:00:00+09:00'],
  ['2031-03-31 23:59', '2031-03-31T23:59:00+09:00'],
  ['2031-03-31T23:59:00+0900', '2031-03-31T23:59:00+09:00'],
  ['2031-03-31 14:59:00+00:00', '2031-03-31T23:59:00+09:00'],
  ['2031-03-31 23:59:00.000', '2031-03-31T23:59:00+09:00'],
  ['2031-03-31T23:59:00.000', '2031-03-31T23:59:00+09:00'],
  ['2031年3月31日 23:59', '2031-03-31T23:59:00+09:00'],
])('the expiry %s is kept', async (written, instant) => {
  const at = await bench();
  expect((await bring(at, `serial,seed,expiry\n10000001,${hex},${written}\n`)).refused).toEqual([]);
  expect(stock(at)).toEqual([{ ...row, expiresAtMs: Date.parse(instant) }]);
});

test.each([
  'トークン有効期限',
  '有効期限（年月日）',
  '使用期限',
  '有効期限日',
  '期限',
  '満了日',
  'Exp. Date',
  'Expiration Time',
  'policy.expiry_date',
])('the expiry is heeded under the head %s', async (name) => {
  const at = await bench();
  expect((await bring(at, `serial,seed,${name}\n10000001,${hex},2031/03/31\n`)).refused).toEqual([]);
  expect(stock(at)).toEqual([{ ...row, expiresAtMs: Date.parse('2031-04-01T00:00:00+09:00') }]);
});

test.each([
  ['a quote behind text', `serial,seed\n10000001,${hex}\n10000002,"${hex}"x\n10000003,${hex}\n`, 'malformedCsv'],
  ['a quote that never ends', `# two\n\n10000001,"${hex}\n10000002,${hex}\n`, 'malformedCsv'],
  ['a control character', `serial,seed\r\n10000001,${hex}\r\n10000002,\u0000\r\n`, 'malformedCsv'],
  ['a row that is too long', `serial,seed\n10000001,${hex}\n10000002,${'A'.repeat(5_000)}\n`, 'tooLong'],
])('%s is told by its line', async (_, text, reason) => {
  expect(await reasons(text)).toEqual([[3, null, reason]]);
});

describe('a file that is no list is refused as a whole, by what it is', () => {
  test.each([
    ['serials without seeds', 'Serial,Model\n10000001,C200\n', 'columnsMissing'],
    ['seeds without serials', `name,secret\na,${hex}\n`, 'columnsMissing'],
    ['a head of other words', `Type,Reference,Data\nOTP Token,10000001,${hex}\n`, 'columnsMissing'],
    ['encrypted seeds', `serial,seed (encrypted)\n10000001,${hex}\n`, 'columnsMissing'],
    ['a title without a head', `Shipment 7\n10000001,${hex}\n`, 'unknownFormat'],
    ['many lines of one column', `${hex}\n`.repeat(50), 'unknownFormat'],
    ['one column', `${hex}\n${other}\n`, 'unknownFormat'],
    ['blocks of hex, as another vendor’s format', `${'0123456789ABCDEF'.repeat(8)}\n`, 'unknownFormat'],
    ['a SafeWord record', `# ===== SafeWord Authenticator Records =====\ndn: a=1\nsccKey=${hex};\n`, 'unknownFormat'],
    ['JSON', `{"serial":"10000001","seed":"${hex}"}`, 'unknownFormat'],
    ['a key URI', `otpauth://totp/a?secret=${base32}\n`, 'unknownFormat'],
    ['an OpenPGP message', '-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n', 'unknownFormat'],
    ['PDF', '%PDF-1.7\n', 'unknownFormat'],
    ['an archive', Buffer.from('504b0304ff00ff00', 'hex'), 'unknownFormat'],
    ['a packed list', gzipSync(`serial,seed\n10000001,${hex}\n`), 'unknownFormat'],
    ['a table program’s own file', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'unknownFormat'],
    ['RSA’s XML', '<?xml version="1.0"?><TKNBatch><TKN><SN>000012345678</SN></TKN></TKNBatch>', 'unknownFormat'],
    ['SafeNet’s XML', '<Tokens><Token serial="10000001"/></Tokens>', 'unknownFormat'],
  ])('%s', async (_, file, reason) => {
    const at = await bench();
    const report = await bring(at, file);
    expect([report.refused.map((one) => one.reason), stock(at)]).toEqual([[reason], []]);
  });
});

test('a list whose algorithm is HOTP is not time-based', async () => {
  const text = `serial,secret,algorithm\n10000001,${hex},urn:ietf:params:xml:ns:keyprov:pskc:hotp\n10000002,${hex},hotp`;
  expect(await reasons(text)).toEqual([
    [2, '10000001', 'notTimeBased'],
    [3, '10000002', 'notTimeBased'],
  ]);
});
