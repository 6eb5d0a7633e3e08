import { argon2id } from 'hash-wasm';
import { type Bytes, randomBytes, utf8 } from './bytes.ts';
import type { LockCodeSlot, OpenSlot, PasskeySlot, SlotRow } from './vault-database.ts';

/** How hard a guess at the lock code is made. Argon2id, RFC 9106 section 3.1: memory in KiB, passes over it. */
export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
}

/** The least that a slot is made with, however slow the computer is. */
export const minimumCost: Argon2Cost = { memoryKib: 19 * 1024, passes: 2 };
/** The most, so that a copied or damaged slot cannot stall the browser. */
export const maximumCost: Argon2Cost = { memoryKib: 64 * 1024, passes: 12 };
const targetMs = 500;

/**
 * The cost that takes this computer about half a second: memory first, since it is what hurts a guesser, then passes.
 * @param measureMs runs one derivation and says how long it took
 */
export async function calibrateCost(
  measureMs: (cost: Argon2Cost) => Promise<number> = derivationMs,
): Promise<Argon2Cost> {
  const minimumMs = Math.max(1, await measureMs(minimumCost));
  const work = minimumCost.memoryKib * minimumCost.passes * (targetMs / minimumMs);
  const memoryKib = clamp(Math.floor(work / minimumCost.passes), minimumCost.memoryKib, maximumCost.memoryKib);
  const passes = clamp(Math.floor(work / memoryKib), minimumCost.passes, maximumCost.passes);
  return { memoryKib, passes };
}

async function derivationMs(cost: Argon2Cost): Promise<number> {
  const salt = randomBytes(16);
  // The first derivation also compiles the WebAssembly.
  await derive('0', salt, { memoryKib: 8, passes: 1 });
  const startMs = performance.now();
  await derive('0', salt, cost);
  return performance.now() - startMs;
}

/** The key of all tokens, and a name for it that is not secret. */
export interface MasterKey {
  readonly id: string;
  /** 32 bytes. */
  readonly raw: Bytes;
}

export function newMasterKey(): MasterKey {
  return { id: crypto.randomUUID(), raw: randomBytes(32) };
}

/** A slot that only `lockCode` opens. */
export async function makeLockCodeSlot(
  masterKey: MasterKey,
  lockCode: string,
  cost: Argon2Cost,
): Promise<LockCodeSlot> {
  const salt = randomBytes(16);
  const key = await lockCodeKey(lockCode, salt, cost);
  const head = { id: crypto.randomUUID(), version: 1, kind: 'lockCode', keyId: masterKey.id } as const;
  return { ...head, salt, ...cost, ...(await wrap(masterKey, key, head)) };
}

/**
 * The master key, or null where the lock code is wrong or the slot was altered.
 * @throws RangeError where the slot asks for less than the minimum or more than the maximum cost
 */
export async function openLockCodeSlot(slot: LockCodeSlot, lockCode: string): Promise<MasterKey | null> {
  for (const part of ['memoryKib', 'passes'] as const) {
    if (!(slot[part] >= minimumCost[part] && slot[part] <= maximumCost[part])) throw new RangeError(`slot: ${part}`);
  }
  return unwrap(slot, await lockCodeKey(lockCode, slot.salt, slot));
}

/** A passkey of this browser: what it is called by, what it computes from, and what came of that. */
export interface Passkey {
  readonly credentialId: Bytes;
  /** 32 bytes, the PRF's input; kept with the slot. */
  readonly salt: Bytes;
  /** 32 bytes, the PRF's output. WebAuthn Level 3 section 10.1.4. */
  readonly secret: Bytes;
}

/** A slot that only the passkey's secret opens. */
export async function makePasskeySlot(masterKey: MasterKey, passkey: Passkey, addedAtMs: number): Promise<PasskeySlot> {
  const head = { id: crypto.randomUUID(), version: 1, kind: 'passkey', keyId: masterKey.id } as const;
  const { credentialId, salt, secret } = passkey;
  return { ...head, credentialId, salt, addedAtMs, ...(await wrap(masterKey, await passkeyKey(secret), head)) };
}

/** The master key, or null where the secret is another one or the slot was altered. */
export async function openPasskeySlot(slot: PasskeySlot, secret: Bytes): Promise<MasterKey | null> {
  return unwrap(slot, await passkeyKey(secret));
}

/** The slot of a vault whose lock is off. */
export function makeOpenSlot(masterKey: MasterKey): OpenSlot {
  return { id: 'open', version: 1, kind: 'open', keyId: masterKey.id, masterKey: Uint8Array.from(masterKey.raw) };
}

type Head = Pick<SlotRow, 'id' | 'version' | 'kind' | 'keyId'>;

async function wrap(masterKey: MasterKey, key: CryptoKey, head: Head): Promise<{ iv: Bytes; wrapped: Bytes }> {
  const iv = randomBytes(12);
  const algorithm = { name: 'AES-GCM', iv, additionalData: boundTo(head) };
  return { iv, wrapped: new Uint8Array(await crypto.subtle.encrypt(algorithm, key, masterKey.raw)) };
}

async function unwrap(slot: LockCodeSlot | PasskeySlot, key: CryptoKey): Promise<MasterKey | null> {
  const algorithm = { name: 'AES-GCM', iv: slot.iv, additionalData: boundTo(slot) };
  try {
    return { id: slot.keyId, raw: new Uint8Array(await crypto.subtle.decrypt(algorithm, key, slot.wrapped)) };
  } catch {
    return null;
  }
}

/** HKDF-SHA256 of the PRF's output, so that it serves this and nothing else. */
async function passkeyKey(secret: Bytes): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8('shirushi passkey slot 1') };
  return crypto.subtle.deriveKey(algorithm, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

async function lockCodeKey(lockCode: string, salt: Bytes, cost: Argon2Cost): Promise<CryptoKey> {
  const raw = await derive(lockCode, salt, cost);
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
  raw.fill(0);
  return key;
}

async function derive(lockCode: string, salt: Bytes, cost: Argon2Cost): Promise<Bytes> {
  const options = { password: lockCode, salt, parallelism: 1, iterations: cost.passes, memorySize: cost.memoryKib };
  return Uint8Array.from(await argon2id({ ...options, hashLength: 32, outputType: 'binary' }));
}

function boundTo({ kind, version, id, keyId }: Head): Bytes {
  return utf8(`shirushi slot ${version} ${kind} ${id} ${keyId}`);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
