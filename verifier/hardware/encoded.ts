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

/** Bytes of a seed in hex, else in base32, upper or lower case, grouped or not; null where it is neither. */
export function seedBytes(text: string): Uint8Array | null {
  const compact = text.replace(/[\s-]/g, '').replace(/^0x/i, '');
  if (/^([0-9a-f]{2})+$/i.test(compact)) return new Uint8Array(Buffer.from(compact, 'hex'));
  const letters = compact.replace(/=+$/, '').toUpperCase();
  if (!/^[A-Z2-7]+$/.test(letters) || [1, 3, 6].includes(letters.length % 8)) return null;
  return fromBase32(letters);
}
