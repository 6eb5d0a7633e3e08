import { hash, timingSafeEqual } from 'node:crypto';
import type { Random } from './keyring.ts';
import type { ApiKey, Scope } from './store/store.ts';

const keyPattern = /^shk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

function hashOf(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer');
}

/**
 * A new API key: `shk_<id>_<secret>` with 256 random bits in the secret. The text is shown once; stored is its hash,
 * which needs no slow derivation at that length.
 */
export function makeApiKey(
  options: {
    readonly serviceId: string;
    readonly scopes: readonly Scope[];
    readonly nowMs: number;
    readonly expiresAtMs: number | null;
  },
  random: Random,
): { readonly key: string; readonly record: ApiKey } {
  const keyId = Buffer.from(random(6)).toString('hex');
  const secret = Buffer.from(random(32)).toString('base64url');
  return {
    key: `shk_${keyId}_${secret}`,
    record: {
      keyId,
      serviceId: options.serviceId,
      secretHash: hashOf(secret),
      scopes: options.scopes,
      createdAtMs: options.nowMs,
      expiresAtMs: options.expiresAtMs,
      revokedAtMs: null,
    },
  };
}

/** ID and secret's hash of a key as a caller sends it; null where the text has another form. */
export function parseApiKey(key: string): { readonly keyId: string; readonly secretHash: Uint8Array } | null {
  const [, keyId, secret] = keyPattern.exec(key) ?? [];
  if (keyId === undefined || secret === undefined) return null;
  return { keyId, secretHash: hashOf(secret) };
}

/** True where the key is the stored one and may be used now. */
export function isUsable(record: ApiKey | null, secretHash: Uint8Array, nowMs: number): record is ApiKey {
  if (record === null || !timingSafeEqual(record.secretHash, secretHash)) return false;
  return record.revokedAtMs === null && (record.expiresAtMs === null || nowMs < record.expiresAtMs);
}
