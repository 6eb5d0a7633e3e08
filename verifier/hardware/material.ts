import { createPrivateKey, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../../shared/result.ts';
import { seedFileAllowances } from '../../shared/wire-hardware.ts';

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

/** Key material from what a person gives: hex digits, grouped or not, a password, a PEM text. */
export function parseMaterial(given: {
  readonly key?: string | undefined;
  readonly password?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly allow?: readonly Allowance[] | undefined;
}): Result<KeyMaterial, 'key' | 'privateKey'> {
  const hex = given.key?.replace(/[\s:-]/g, '') ?? null;
  if (hex !== null && !/^([0-9a-f]{2}){16,64}$/i.test(hex)) return err('key');
  let privateKey: KeyObject | null = null;
  if (given.privateKey !== undefined) {
    try {
      privateKey = createPrivateKey(given.privateKey);
    } catch {
      return err('privateKey');
    }
    if (privateKey.asymmetricKeyType !== 'rsa') return err('privateKey');
  }
  return ok({
    key: hex === null ? null : new Uint8Array(Buffer.from(hex, 'hex')),
    password: given.password ?? null,
    privateKey,
    allow: new Set(given.allow ?? []),
  });
}
