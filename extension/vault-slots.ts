import { argon2id } from 'hash-wasm';
import { type Bytes, randomBytes, utf8 } from './bytes.ts';
import type { SlotRow } from './vault-database.ts';

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

/** A slot that only `lockCode` opens. */
export async function makeLockCodeSlot(masterKey: Bytes, lockCode: string, cost: Argon2Cost): Promise<SlotRow> {
  const [id, salt, iv] = [crypto.randomUUID(), randomBytes(16), randomBytes(12)];
  const key = await wrappingKey(lockCode, salt, cost);
  const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: boundTo(id, 1) }, key, masterKey);
  return { id, version: 1, kind: 'lockCode', salt, ...cost, iv, wrapped: new Uint8Array(wrapped) };
}

/**
 * The master key, or null where the lock code is wrong or the slot was altered.
 * @throws RangeError where the slot asks for less than the minimum or more than the maximum cost
 */
export async function openLockCodeSlot(slot: SlotRow, lockCode: string): Promise<Bytes | null> {
  for (const part of ['memoryKib', 'passes'] as const) {
    if (!(slot[part] >= minimumCost[part] && slot[part] <= maximumCost[part])) throw new RangeError(`slot: ${part}`);
  }
  const key = await wrappingKey(lockCode, slot.salt, slot);
  try {
    const algorithm = { name: 'AES-GCM', iv: slot.iv, additionalData: boundTo(slot.id, slot.version) };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, slot.wrapped));
  } catch {
    return null;
  }
}

async function wrappingKey(lockCode: string, salt: Bytes, cost: Argon2Cost): Promise<CryptoKey> {
  const raw = await derive(lockCode, salt, cost);
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
  raw.fill(0);
  return key;
}

async function derive(lockCode: string, salt: Bytes, cost: Argon2Cost): Promise<Bytes> {
  const options = { password: lockCode, salt, parallelism: 1, iterations: cost.passes, memorySize: cost.memoryKib };
  return Uint8Array.from(await argon2id({ ...options, hashLength: 32, outputType: 'binary' }));
}

function boundTo(slotId: string, version: number): Bytes {
  return utf8(`shirushi slot ${version} ${slotId}`);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
