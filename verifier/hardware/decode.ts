import { FileFault } from './faults.ts';
import type { SeedFile } from './source.ts';

/** Encodings of what vendors ship here. */
type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'shift_jis' | 'euc-jp' | 'gb18030' | 'iso-8859-15' | 'windows-1252';

const sniffBytes = 1_024;

async function firstBytes(file: SeedFile): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of file.open()) {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.byteLength >= sniffBytes) break;
  }
  return bytes.subarray(0, sniffBytes);
}

function markedEncoding(bytes: Buffer): Encoding | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 'utf-8' : null;
}

/** @throws FileFault where the bytes are no text of the encoding */
export async function* decoded(file: SeedFile, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (bytes?: Uint8Array) => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      throw new FileFault('encodingWrong');
    }
  };
  for await (const chunk of file.open()) {
    const text = decode(chunk);
    if (text !== '') yield text;
  }
  const rest = decode();
  if (rest !== '') yield rest;
}

async function isText(file: SeedFile, encoding: Encoding): Promise<boolean> {
  try {
    for await (const _ of decoded(file, encoding));
    return true;
  } catch (error) {
    if (error instanceof FileFault) return false;
    throw error;
  }
}

/** Encodings in which markup stands as in ASCII, by the names that a declaration may give them. */
const declaredEncodings: readonly (readonly [RegExp, Encoding])[] = [
  [/^(utf-?8|us-ascii|ascii)$/, 'utf-8'],
  [/^(shift[_-]?jis|sjis|windows-31j|cp932|ms932)$/, 'shift_jis'],
  [/^euc-?jp$/, 'euc-jp'],
  [/^(gb2312|gbk|gb18030)$/, 'gb18030'],
  [/^iso-?8859-15$/, 'iso-8859-15'],
  // ISO 8859-1 but for some signs that no name or serial holds; the platform's decoder takes both for the same.
  [/^(iso-?8859-1|latin-?1|windows-1252|cp1252)$/, 'windows-1252'],
];

/** Beginnings of what is neither XML nor a list: archives, documents, JSON, sealed mail, vendors' own formats. */
const foreignBeginnings = [
  'PK\u0003\u0004',
  '\u001f\u008b',
  '7z¼¯',
  'Rar!',
  'ÐÏ\u0011à',
  '%PDF',
  '-----BEGIN ',
  '{',
  '[',
  'otpauth:',
  '# ===== SafeWord',
  'dn: ',
];

/** What a file starts with, without its byte order mark, and in which encoding it is. @throws FileFault */
export async function sniff(file: SeedFile): Promise<{ readonly isXml: boolean; readonly encoding: Encoding }> {
  const bytes = await firstBytes(file);
  const marked = markedEncoding(bytes);
  // One sign for each byte: to a TextDecoder latin1 is windows-1252, where 0x8b of gzip is another sign.
  const text = marked === null ? bytes.toString('latin1') : new TextDecoder(marked).decode(bytes);
  const beginning = text.trimStart();
  if (foreignBeginnings.some((one) => beginning.startsWith(one))) throw new FileFault('unknownFormat');
  if (!beginning.startsWith('<')) {
    if (marked !== null) return { isXml: false, encoding: marked };
    // Shift_JIS is never by chance UTF-8, so that the stricter one is asked first.
    if (await isText(file, 'utf-8')) return { isXml: false, encoding: 'utf-8' };
    return { isXml: false, encoding: 'shift_jis' };
  }
  const [, declared] = /^<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(beginning) ?? [];
  const name = declared?.toLowerCase() ?? 'utf-8';
  if (marked !== null) {
    const fits = marked === 'utf-8' ? name === 'utf-8' : declared === undefined || /^utf-16/.test(name);
    if (!fits) throw new FileFault('encodingWrong');
    return { isXml: true, encoding: marked };
  }
  const known = declaredEncodings.find(([pattern]) => pattern.test(name));
  if (known !== undefined) return { isXml: true, encoding: known[1] };
  throw new FileFault('encodingWrong');
}
