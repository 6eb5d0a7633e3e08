import { fromBase32 } from '../../shared/otp.ts';

/**
 * Bytes of base64 text, white space left out; null where it is not exactly what an encoder writes. Spare bits at the
 * end have to be 0, so that no two texts give the same bytes. RFC 4648 section 3.5.
 */
export function base64Bytes(text: string): Uint8Array | null {
  const compact = text.replace(/[ \t\r\n]/g, '');
  const bytes = Buffer.from(compact, 'base64');
  return compact !== '' && bytes.toString('base64') === compact ? new Uint8Array(bytes) : null;
}

export type SeedEncoding = 'hex' | 'base32' | 'base64';
export type SeedReadings = ReadonlyMap<SeedEncoding, Uint8Array>;

function hexBytes(text: string): Uint8Array | null {
  const compact = text.replace(/[\s:-]/g, '').replace(/^0x/i, '');
  return /^([0-9a-f]{2})+$/i.test(compact) ? new Uint8Array(Buffer.from(compact, 'hex')) : null;
}

function base32Bytes(text: string): Uint8Array | null {
  const letters = text.replace(/[\s-]/g, '').replace(/=+$/, '').toUpperCase();
  if (!/^[A-Z2-7]+$/.test(letters) || [1, 3, 6].includes(letters.length % 8)) return null;
  return fromBase32(letters);
}

const decoders = { hex: hexBytes, base32: base32Bytes, base64: base64Bytes } as const;

/** Bytes of a seed whose encoding is told; null where it is not in that encoding. */
export function seedIn(encoding: SeedEncoding, text: string): Uint8Array | null {
  return decoders[encoding](text);
}

/** Bytes of the keys that vendors ship: 128 and 192 bits, and the hashes' own lengths. */
const usualBytes = [16, 20, 24, 32, 48, 64];

/**
 * What a seed's text may mean where nobody tells its encoding: hex or base32, upper or lower case, grouped or not, or
 * base64. Of several, those of a usual length. Empty where it is none; several where the text alone does not decide:
 * 32 letters from A to F and digits from 2 to 7 are 16 bytes of hex and 20 of base32.
 */
export function seedReadings(text: string): SeedReadings {
  const readings = new Map<SeedEncoding, Uint8Array>();
  const hex = hexBytes(text);
  if (hex !== null) readings.set('hex', hex);
  const base32 = base32Bytes(text);
  if (base32 !== null) readings.set('base32', base32);
  // Of base64, a text of one kind of letters and few digits is one in billions: it is what the others write.
  const oneCase = text === text.toLowerCase() || text === text.toUpperCase();
  const isOther = hex !== null || (base32 !== null && oneCase) || /\s/.test(text);
  const base64 = isOther ? null : base64Bytes(text);
  if (base64 !== null) readings.set('base64', base64);
  const usual = [...readings].filter(([, bytes]) => usualBytes.includes(bytes.byteLength));
  return usual.length > 0 ? new Map(usual) : readings;
}

/** Bytes of a seed that a person typed: in hex where it can be that, else in base32 or base64; null where in none. */
export function seedBytes(text: string): Uint8Array | null {
  const [first] = seedReadings(text.trim()).values();
  return first ?? null;
}
