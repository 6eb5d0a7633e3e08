import * as z from 'zod';
import { otpAlgorithms } from '../shared/otp.ts';
import { type Bytes, randomBytes, utf8 } from './bytes.ts';
import type { TokenRow } from './vault-database.ts';

/** All that the vault knows of a token. It is stored as ciphertext only. */
const recordSchema = z.strictObject({
  serviceId: z.string(),
  userId: z.string(),
  institution: z.strictObject({ ja: z.string(), en: z.string() }),
  /** Base64 of the OTP seed. */
  seed: z.string(),
  algorithm: z.enum(otpAlgorithms),
  digits: z.int(),
  periodSeconds: z.int(),
  origins: z.array(z.string()),
  fieldHints: z.array(z.string()),
  expiresAtMs: z.number().nullable(),
  /** Base address of the verifier that it was set up with, as `https://otp.example`. */
  verifier: z.string().nullable().default(null),
  clock: z
    .strictObject({
      /** This computer's clock minus the verifier's when it was last asked. */
      differenceMs: z.number(),
      checkedAtMs: z.number(),
      /** Taken off this computer's clock for the codes; 0 unless a person confirmed it. */
      correctionMs: z.number(),
    })
    .nullable()
    .default(null),
  autofill: z.boolean(),
  /** Origins of several tokens on which the person chose this one. */
  defaultOrigins: z.array(z.string()).default([]),
  /** 変更後の追加文言 (M4); empty for none. */
  suffix: z.string(),
  /** Among the tokens of one institution, 1 for the first that was added. It stays with the token. */
  number: z.int(),
  /** Place in the list: the order of adding until the person moves one. */
  order: z.int(),
  /** The person's mark, since the extension asks nobody. */
  revoked: z.boolean().default(false),
});
export type TokenRecord = z.infer<typeof recordSchema>;
export type ClockRecord = NonNullable<TokenRecord['clock']>;

/**
 * The record under the master key: AES-256-GCM with the token's id and the format's version bound in.
 * @throws ZodError where it is no record that `openRecord` would read again
 */
export async function sealRecord(key: CryptoKey, id: string, record: TokenRecord): Promise<TokenRow> {
  const iv = randomBytes(12);
  const algorithm = { name: 'AES-GCM', iv, additionalData: boundTo(id, 1) };
  const sealed = await crypto.subtle.encrypt(algorithm, key, utf8(JSON.stringify(recordSchema.parse(record))));
  return { id, version: 1, iv, sealed: new Uint8Array(sealed) };
}

/** The record of a row, or null where the row was altered or exchanged for another. */
export async function openRecord(key: CryptoKey, row: TokenRow): Promise<TokenRecord | null> {
  const algorithm = { name: 'AES-GCM', iv: row.iv, additionalData: boundTo(row.id, row.version) };
  try {
    const plain = await crypto.subtle.decrypt(algorithm, key, row.sealed);
    return recordSchema.parse(JSON.parse(new TextDecoder().decode(plain)));
  } catch {
    return null;
  }
}

/** The row under another key, its text as it is; a row that the old key does not open stays what it is. */
export async function resealRow(from: CryptoKey, to: CryptoKey, row: TokenRow): Promise<TokenRow> {
  const additionalData = boundTo(row.id, row.version);
  try {
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: row.iv, additionalData }, from, row.sealed);
    const iv = randomBytes(12);
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, to, plain);
    return { ...row, iv, sealed: new Uint8Array(sealed) };
  } catch {
    return row;
  }
}

/** The key of all records, which nothing can take out of WebCrypto again. */
export function importMasterKey(masterKey: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', masterKey, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

function boundTo(id: string, version: number): Bytes {
  return utf8(`shirushi token ${version} ${id}`);
}

/** The institution's name, and the person's own text or `_2`, `_3` … behind it (M4, トークン表示名設定). */
export function displayName(record: TokenRecord): { readonly ja: string; readonly en: string } {
  const { institution, suffix, number } = record;
  if (suffix !== '') return { ja: institution.ja + suffix, en: `${institution.en} ${suffix}` };
  const counted = number > 1 ? `_${number}` : '';
  return { ja: institution.ja + counted, en: institution.en + counted };
}

/** The number of the next token of an institution: one more than the highest that is in use. */
export function nextNumber(records: readonly TokenRecord[], institution: TokenRecord['institution']): number {
  const same = records.filter(
    (each) => each.institution.ja === institution.ja || each.institution.en === institution.en,
  );
  return 1 + Math.max(0, ...same.map((each) => each.number));
}

/** A token that no bank accepts any more: expired by itself, or marked as revoked by the person. */
export function isOver(token: Pick<TokenRecord, 'expiresAtMs' | 'revoked'>, nowMs: number): boolean {
  return token.revoked || (token.expiresAtMs !== null && token.expiresAtMs <= nowMs);
}
