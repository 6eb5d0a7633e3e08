import { createPrivateKey, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../../shared/result.ts';
import { seedFileAllowances } from '../../shared/wire-hardware.ts';
import { base64Bytes } from './encoded.ts';
import { limits } from './limits.ts';

/** What a careful importer refuses and a person may allow for one file. */
export { seedFileAllowances as allowances };
export type Allowance = (typeof seedFileAllowances)[number];

/** What opens an encrypted file, as it came on another way than the file. */
export interface KeyMaterial {
  /** The pre-shared key, or an already derived one. */
  readonly key: Uint8Array | null;
  readonly password: string | null;
  /** RSA, for files that were encrypted to the institution's certificate. */
  readonly privateKey: KeyObject | null;
  readonly allow: ReadonlySet<Allowance>;
}

export const noMaterial: KeyMaterial = { key: null, password: null, privateKey: null, allow: new Set() };

/** A key of a file, as vendors send it: hex digits, grouped or not, else base64 of 16, 24 or 32 bytes. */
function fileKey(text: string): Uint8Array | null {
  const hex = text.replace(/[\s:-]/g, '').replace(/^0x/i, '');
  if (/^([0-9a-f]{2}){16,64}$/i.test(hex)) return new Uint8Array(Buffer.from(hex, 'hex'));
  const bytes = base64Bytes(text);
  return bytes !== null && [16, 24, 32].includes(bytes.byteLength) ? bytes : null;
}

/** An RSA key, none of whose numbers makes one decryption take long. */
function isModestRsa(key: KeyObject): boolean {
  if (key.asymmetricKeyType !== 'rsa') return false;
  const numbers = Object.values(key.export({ format: 'jwk' })).map((text) => Buffer.from(String(text), 'base64url'));
  return numbers.every(({ byteLength }) => byteLength <= limits.rsaBytes);
}

/** Key material from what a person gives: a key in hex or base64, a password, a PEM text. */
export function parseMaterial(given: {
  readonly key?: string | undefined;
  readonly password?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly allow?: readonly Allowance[] | undefined;
}): Result<KeyMaterial, 'key' | 'privateKey'> {
  const key = given.key === undefined ? null : fileKey(given.key);
  if (given.key !== undefined && key === null) return err('key');
  let privateKey: KeyObject | null = null;
  if (given.privateKey !== undefined) {
    try {
      privateKey = createPrivateKey(given.privateKey);
      if (!isModestRsa(privateKey)) return err('privateKey');
    } catch {
      return err('privateKey');
    }
  }
  return ok({
    key,
    password: given.password ?? null,
    privateKey,
    allow: new Set(given.allow ?? []),
  });
}
