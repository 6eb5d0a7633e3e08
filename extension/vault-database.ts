import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Bytes } from './bytes.ts';

interface Slot {
  readonly id: string;
  readonly version: 1;
  /** Which master key it leads to: all slots of a vault name the same one. Not secret. */
  readonly keyId: string;
}

/** The master key under a lock code. `kind`, `id`, `version` and `keyId` are bound into the ciphertext. */
export interface LockCodeSlot extends Slot {
  readonly kind: 'lockCode';
  /** Argon2id, RFC 9106: 16 bytes of salt, memory in KiB, passes over it; one lane. */
  readonly salt: Bytes;
  readonly memoryKib: number;
  readonly passes: number;
  readonly iv: Bytes;
  readonly wrapped: Bytes;
}

/** The master key under what a passkey computes from `salt` (WebAuthn PRF). The same values are bound in. */
export interface PasskeySlot extends Slot {
  readonly kind: 'passkey';
  readonly credentialId: Bytes;
  /** 32 bytes, the PRF's input. */
  readonly salt: Bytes;
  readonly addedAtMs: number;
  readonly iv: Bytes;
  readonly wrapped: Bytes;
}

/** The app lock is off: the master key itself, protected by nothing. */
export interface OpenSlot extends Slot {
  readonly kind: 'open';
  readonly masterKey: Bytes;
}

export type SlotRow = LockCodeSlot | PasskeySlot | OpenSlot;

/** One token under the master key. Nothing about it stands outside the ciphertext but a random id. */
export interface TokenRow {
  readonly id: string;
  readonly version: 1;
  readonly iv: Bytes;
  readonly sealed: Bytes;
}

/** Wrong lock codes since the last right one. */
export interface TriesRow {
  readonly id: 'lockCode';
  readonly failures: number;
  /** When the last of them was counted. */
  readonly countedAtMs: number;
}

interface Schema extends DBSchema {
  slots: { key: string; value: SlotRow };
  tokens: { key: string; value: TokenRow };
  tries: { key: string; value: TriesRow };
}
export type VaultDatabase = IDBPDatabase<Schema>;

/** Opens the vault's database and makes it where there is none. */
export function openVaultDatabase(name = 'shirushi'): Promise<VaultDatabase> {
  return openDB<Schema>(name, 1, {
    upgrade(database) {
      database.createObjectStore('slots', { keyPath: 'id' });
      database.createObjectStore('tokens', { keyPath: 'id' });
      database.createObjectStore('tries', { keyPath: 'id' });
    },
  });
}

/** Deletes all that the vault holds, in one transaction. */
export async function emptyVaultDatabase(database: VaultDatabase): Promise<void> {
  const stores = ['slots', 'tokens', 'tries'] as const;
  const transaction = database.transaction(stores, 'readwrite', { durability: 'strict' });
  await Promise.all([...stores.map((name) => transaction.objectStore(name).clear()), transaction.done]);
}
