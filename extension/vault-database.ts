import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Bytes } from './bytes.ts';

/** The master key, wrapped by what a person knows. `id` and `version` are bound into the ciphertext. */
export interface SlotRow {
  readonly id: string;
  readonly version: 1;
  readonly kind: 'lockCode';
  /** Argon2id, RFC 9106: 16 bytes of salt, memory in KiB, passes over it; one lane. */
  readonly salt: Bytes;
  readonly memoryKib: number;
  readonly passes: number;
  readonly iv: Bytes;
  readonly wrapped: Bytes;
}

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
