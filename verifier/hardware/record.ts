import type { RecordReason } from './faults.ts';

/** One key as its file tells of it, whatever the format. Nothing is judged yet. */
export interface SeedRecord {
  /** From 1: the key's place in a PSKC file, the line in a list. */
  readonly record: number;
  readonly serial: string | null;
  /** The key's own ID beside the serial; null where the format has none. */
  readonly keyId: string | null;
  /** Whether it makes codes from the time and nothing else. */
  readonly timeBased: boolean;
  readonly seed: Uint8Array | null;
  /** Names of its algorithm that may tell hash and digits, such as HMAC-SHA256, in whatever spelling. */
  readonly suites: readonly string[];
  readonly digits: number | null;
  readonly periodSeconds: number | null;
  /** Time steps by which its clock was known to be off. */
  readonly driftSteps: number;
  /** Times as the file writes them; a time without offset is the institution's. */
  readonly startDates: readonly string[];
  readonly expiryDates: readonly string[];
  /** What the file itself says against the use of this key. */
  readonly objection: RecordReason | null;
}

/** What a reader finds: a key, or a record that cannot be read. */
export type Found =
  | { readonly kind: 'key'; readonly key: SeedRecord }
  | {
      readonly kind: 'refused';
      readonly record: number;
      readonly serial: string | null;
      readonly reason: RecordReason;
    };
