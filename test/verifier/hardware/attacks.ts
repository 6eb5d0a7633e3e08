import { randomBytes } from 'node:crypto';
import type { RefusalReason } from '../../../verifier/hardware/faults.ts';
import { pskcFile } from './writer.ts';

export interface Attack {
  readonly name: string;
  readonly bytes: Buffer;
  readonly reason: RefusalReason | readonly RefusalReason[];
  /** What the importer gives along. */
  readonly material?: { readonly key?: string; readonly password?: string };
}

const seed = randomBytes(20);
const plain = pskcFile([{ serial: '10000001', seed }]).text;
const root = '<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">';
const doctype = (inner: string) => plain.replace('?>', `?>\n<!DOCTYPE KeyContainer ${inner}>`);
const entities = Array.from({ length: 12 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
const huge = 'x'.repeat(10_000_000);
const hex = seed.toString('hex');
const derivation = { prefix: 'pkcs5', password: 'x', iterations: 1_000, prf: null, withLength: true } as const;
const derived = pskcFile([{ serial: '10000001', seed }], { scheme: 'aes128-cbc', mac: 'sha1', derivation }).text;
const million = derived.replace('>1000<', '>10000000<');

function text(name: string, content: string, reason: Attack['reason'], material?: Attack['material']): Attack {
  return { name, bytes: Buffer.from(content), reason, ...(material === undefined ? {} : { material }) };
}

/** Files that were made to break a reader. Each is refused for the reason beside it. */
export const attacks: readonly Attack[] = [
  text('DOCTYPE alone', doctype(''), 'doctype'),
  text('DOCTYPE in small letters', plain.replace('?>', '?><!doctype KeyContainer>'), ['doctype', 'malformedXml']),
  text('entity expansion', doctype(`[<!ENTITY l0 "lol">${entities}]`).replace('10000001', '&l12;'), 'doctype'),
  text(
    'an external entity',
    doctype('[<!ENTITY x SYSTEM "file:///etc/passwd">]').replace('10000001', '&x;'),
    'doctype',
  ),
  text('an external subset', doctype('SYSTEM "http://127.0.0.1:9/x.dtd"'), 'doctype'),
  text('a parameter entity', doctype('[<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]'), 'doctype'),
  text('DOCTYPE behind 100,000 spaces', plain.replace('?>', `?>${' '.repeat(100_000)}<!DOCTYPE x>`), 'doctype'),
  text('DOCTYPE without an end', `<?xml version="1.0"?><!DOCTYPE x [${huge}`, 'doctype'),
  text('an entity that nobody declared', plain.replace('10000001', '&xxe;'), 'malformedXml'),
  text('an attribute of 10 MB', plain.replace('<DeviceInfo>', `<DeviceInfo a="${huge}">`), 'tooLong'),
  text('an attribute of 10 MB at the root', plain.replace('Version=', `a="${huge}" Version=`), 'tooLong'),
  text('a text of 10 MB', plain.replace('10000001', huge), 'tooLong'),
  text('a comment of 10 MB', plain.replace('<KeyPackage>', `<!--${huge}--><KeyPackage>`), 'tooLong'),
  text('a name of 10 MB', plain.replace('<DeviceInfo>', `<${huge}>`), 'tooLong'),
  text(
    'many attributes',
    plain.replace('<Data>', `<Data ${Array.from({ length: 5_000 }, (_, i) => `a${i}=""`).join(' ')}>`),
    'tooLong',
  ),
  text('a package of 10 MB', plain.replace('<Data>', `${'<a/>'.repeat(2_500_000)}<Data>`), 'tooLong'),
  text('depth 100,000', root + '<a>'.repeat(100_000), 'tooDeep'),
  text(
    'depth 100,000 in a package',
    plain.replace('<Data>', `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}<Data>`),
    'tooDeep',
  ),
  text('10 million iterations', million, 'iterationsTooMany', { password: 'x' }),
  text('10 million iterations without a password', million, 'iterationsTooMany'),
  text('iterations beyond all numbers', derived.replace('>1000<', `>${'9'.repeat(400)}<`), 'derivationUnsupported', {
    password: 'x',
  }),
  text('no iterations', derived.replace('>1000<', '>0<'), 'derivationUnsupported', { password: 'x' }),
  text('a derived key of 2 GB', derived.replace('KeyLength>16<', 'KeyLength>2147483648<'), 'derivationUnsupported', {
    password: 'x',
  }),
  text('a plain file cut off', plain.slice(0, plain.indexOf('</Secret>')), 'malformedXml'),
  text('a file cut off behind its last package', plain.slice(0, plain.indexOf('</KeyContainer>')), 'malformedXml'),
  text('two roots', plain + plain.slice(plain.indexOf('?>') + 2), 'malformedXml'),
  text('two encryption keys', derived.replace('<EncryptionKey>', '<EncryptionKey/><EncryptionKey>'), 'malformedXml'),
  text('a MAC that is told too late', plain.replace('</KeyContainer>', '<MACMethod/></KeyContainer>'), 'malformedXml'),
  text('no packages', `${root}</KeyContainer>`, 'noRecords'),
  text('another document', '<html><body>404</body></html>', 'unknownFormat'),
  text('NUL in XML', plain.replace('10000001', '1000\x001'), 'malformedXml'),
  text('NUL in a list', `1000\x001,${hex}\n`, 'malformedCsv'),
  text('nothing', '', 'noRecords'),
  text('spaces', ' \n\n ', 'noRecords'),
  text('a formula as serial', `=HYPERLINK("http://x"),${hex}\n`, ['formula', 'malformedCsv']),
  text('a formula in a quoted cell', `10000001,${hex},totp\n"=cmd|' /C calc'!A0",${hex},totp\n`, 'formula'),
  text('a formula by plus', `10000001,${hex},+1+cmd\n`, 'formula'),
  text('a formula by at', `@SUM(1),${hex}\n`, 'formula'),
  text('a row of 10 MB', `10000001,${huge}\n`, 'tooLong'),
  text('a quote that never ends', `10000001,"${hex}\n`.padEnd(10_000_000, 'x'), ['tooLong', 'malformedCsv']),
  text('a row of many columns', `10000001,${hex},${','.repeat(1_000)}\n`, 'tooLong'),
  {
    name: 'bytes of no format',
    bytes: Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (200 + i * 7_919 + (i >> 3)) & 255)),
    reason: ['encodingWrong', 'malformedCsv', 'tooLong', 'formula'],
  },
  {
    name: 'UTF-8 that is none',
    bytes: Buffer.from(plain.replace('Vendor', '\u00ff'), 'latin1'),
    reason: 'encodingWrong',
  },
  { name: 'UTF-16 that says UTF-8', bytes: Buffer.from(`\ufeff${plain}`, 'utf16le'), reason: 'encodingWrong' },
  { name: 'UTF-16 without a mark', bytes: Buffer.from(plain, 'utf16le'), reason: ['encodingWrong', 'malformedXml'] },
  text('an encoding that nobody ships', plain.replace('UTF-8', 'UTF-7'), 'encodingWrong'),
  {
    name: 'a list in EUC-JP',
    bytes: Buffer.concat([Buffer.from('a5b7a5eaa5a2a5ebffff2c', 'hex'), Buffer.from(`${hex}\n`)]),
    reason: 'encodingWrong',
  },
];
