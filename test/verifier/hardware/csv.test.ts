import { describe, expect, test } from 'vitest';
import { bench } from '../fixture.ts';
import { bring, stock } from './support.ts';

const hex = '3132333435363738393031323334353637383930';
const base32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const other = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';
const row = { serial: '10000001', seed: hex, algorithm: 'SHA1', digits: 6, period: 60, drift: 0, expiresAtMs: null };

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
])('%s is read', async (_, text) => {
  const at = await bench();
  expect((await bring(at, text)).refused).toEqual([]);
  expect(stock(at)).toEqual([row]);
});

test('a list whose algorithm is HOTP is not time-based', async () => {
  const text = `serial,secret,algorithm\n10000001,${hex},urn:ietf:params:xml:ns:keyprov:pskc:hotp\n10000002,${hex},hotp`;
  expect(await reasons(text)).toEqual([
    [2, '10000001', 'notTimeBased'],
    [3, '10000002', 'notTimeBased'],
  ]);
});
