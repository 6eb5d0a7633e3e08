import { CompactEncrypt, calculateJwkThumbprint, compactDecrypt, importJWK, type JWK } from 'jose';
import * as z from 'zod';
import { fromBase32, otpAlgorithms } from './otp.ts';
import type { PublicKey } from './public-key.ts';
import { name } from './text.ts';

export { isFillableOrigin } from './origin.ts';
export { type PublicKey, publicHalfSchema, publicKeySchema } from './public-key.ts';

/** The provisioned token: what an app needs to make codes, and where it may fill them. */
export const envelopeSchema = z.object({
  version: z.literal(1),
  serviceId: z.string().min(1).max(32),
  userId: z.string().min(1).max(64),
  institution: z.object({ ja: name(100), en: name(100) }),
  /** Base32; not the OTP seed itself: see `deriveSeed`. */
  secret: z.string().regex(/^[A-Z2-7]{26,208}$/),
  algorithm: z.enum(otpAlgorithms),
  digits: z.int().min(6).max(8),
  /** Seconds. */
  period: z.union([z.literal(30), z.literal(60)]),
  origins: z.array(z.string()).min(1).max(50),
  fieldHints: z.array(z.string().max(500)).max(50),
  issuedAt: z.iso.datetime({ offset: true }),
  expiresAt: z.iso.datetime({ offset: true }).nullable(),
});
export type Envelope = z.infer<typeof envelopeSchema>;

const keyManagement = 'ECDH-ES';
const contentEncryption = 'A256GCM';

/** The token as compact JWE to the extension's key: ECDH-ES and A256GCM, RFC 7516 section 7.1. */
export async function sealEnvelope(envelope: Envelope, publicKey: PublicKey): Promise<string> {
  const key = await importJWK(publicKey, keyManagement);
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(envelope)))
    .setProtectedHeader({ alg: keyManagement, enc: contentEncryption })
    .encrypt(key);
}

/**
 * Opens what `sealEnvelope` closed.
 * @throws where the text is no such JWE, is meant for another key or has been altered
 */
export async function openEnvelope(jwe: string, privateKey: CryptoKey | JWK): Promise<Envelope> {
  const key = 'kty' in privateKey ? await importJWK(privateKey, keyManagement) : privateKey;
  const { plaintext } = await compactDecrypt(jwe, key, {
    keyManagementAlgorithms: [keyManagement],
    contentEncryptionAlgorithms: [contentEncryption],
  });
  return envelopeSchema.parse(JSON.parse(new TextDecoder().decode(plaintext)));
}

/** RFC 7638 SHA-256 thumbprint of a public key, base64url. */
export function thumbprintOf(publicKey: PublicKey): Promise<string> {
  return calculateJwkThumbprint(publicKey, 'sha256');
}

/**
 * The OTP seed of a software token: HKDF-SHA256 (RFC 5869) over the envelope's secret, with no salt and
 * `shirushi/1` + the key's thumbprint as info, as long as the secret. Whoever relays a set-up with a key of their
 * own leaves the user with codes that the activation rejects.
 * @param secret base32
 * @param thumbprint base64url, see `thumbprintOf`
 */
export async function deriveSeed(secret: string, thumbprint: string): Promise<Uint8Array> {
  const bytes = Uint8Array.from(fromBase32(secret));
  const key = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits']);
  const info = new TextEncoder().encode(`shirushi/1${thumbprint}`);
  const bits = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    key,
    bytes.byteLength * 8,
  );
  return new Uint8Array(bits);
}
