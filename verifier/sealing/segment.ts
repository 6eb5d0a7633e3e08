import { hash } from 'node:crypto';
import type { Keyring, Signature } from '../keyring.ts';

/** A row of the log as it lies in its table: every column by its name. */
export type StoredRow = Readonly<Record<string, unknown>> & { readonly audit_id: number };

/**
 * Rows of the log that were sealed together, in the order of their IDs. A database numbers its segments from 1 without
 * gaps; each names the head of the one before it.
 *
 * Of whole segments, the oldest first, the rows and `rowDigests` may be pruned (`prune.ts`): everything else stays, so
 * that chain and signatures still hold. A signed statement excuses what is gone; without one a segment without its rows
 * is a finding like any other.
 */
export interface Segment {
  readonly segmentId: number;
  /** Version of the rows' canonical form, see `canonicalForms`. */
  readonly form: number;
  readonly firstAuditId: number;
  readonly lastAuditId: number;
  readonly rowCount: number;
  /**
   * For each row its ID (8 bytes, big-endian) and the SHA-256 of its canonical bytes: they let the check name a row.
   * Empty once the segment was pruned.
   */
  readonly rowDigests: Uint8Array;
  /** SHA-256 of `rowDigests`. */
  readonly rowsHash: Uint8Array;
  /** Head of the segment before; 32 zero bytes for the first. */
  readonly previousHead: Uint8Array;
  /** Unix milliseconds, by the sealer's clock. */
  readonly sealedAtMs: number;
  /** SHA-256 over all of the above but the digests themselves. */
  readonly head: Uint8Array;
  /** Of `head`. */
  readonly signature: Signature;
}

/** What is kept of a segment outside the database: enough to compute and check its head. */
export type Head = Omit<Segment, 'rowDigests'>;

const firstForm = [
  'audit_id',
  'service_id',
  'at_ms',
  'actor',
  'login_id',
  'token_id',
  'token_number',
  'operation',
  'purpose',
  'outcome',
  'reason',
  'reference',
  'acting_login_id',
  'operator',
  'document',
  'note',
];
/**
 * The columns that make a row's canonical bytes, by the version of the form. A form is never edited: a migration that
 * adds a column to the log adds a form with it, and rows of older segments hold NULL in columns that their form does
 * not name, which the check demands.
 */
export const canonicalForms: Readonly<Record<number, readonly string[]>> = {
  1: firstForm,
  // On SQLite alone; on PostgreSQL it is NULL in every row.
  2: [...firstForm, 'previous_accepted_id'],
};
export const currentForm = 2;

const digestBytes = 32;
const entryBytes = 8 + digestBytes;
const firstPreviousHead = new Uint8Array(digestBytes);

function sha256(data: string | Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', data, 'buffer'));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/**
 * SHA-256 of a row's canonical bytes: the UTF-8 text of the JSON array of its columns' values in the form's order.
 * Null where no row of this form can look like that: the form is unknown, or a column that it does not name has a value.
 */
export function rowDigest(row: StoredRow, form: number): Uint8Array | null {
  const columns = canonicalForms[form];
  if (columns === undefined) return null;
  for (const name of Object.keys(row)) if (row[name] !== null && !columns.includes(name)) return null;
  return sha256(JSON.stringify(columns.map((name) => row[name] ?? null)));
}

/** The IDs and digests of a segment's rows, by ID; null where the bytes are not such a list. */
export function digestsById(rowDigests: Uint8Array): ReadonlyMap<number, Uint8Array> | null {
  if (rowDigests.byteLength % entryBytes !== 0) return null;
  const bytes = Buffer.from(rowDigests);
  const entries = new Map<number, Uint8Array>();
  for (let at = 0; at < bytes.length; at += entryBytes) {
    entries.set(Number(bytes.readBigInt64BE(at)), bytes.subarray(at + 8, at + entryBytes));
  }
  return entries;
}

export function hashOfDigests(rowDigests: Uint8Array): Uint8Array {
  return sha256(rowDigests);
}

/** The digests of rows as a segment keeps them; null where a row is not of the form. */
export function digestsOf(rows: readonly StoredRow[], form: number): Pick<Segment, 'rowDigests' | 'rowsHash'> | null {
  const rowDigests = Buffer.alloc(rows.length * entryBytes);
  for (const [i, row] of rows.entries()) {
    const digest = rowDigest(row, form);
    if (digest === null) return null;
    rowDigests.writeBigInt64BE(BigInt(row.audit_id), i * entryBytes);
    rowDigests.set(digest, i * entryBytes + 8);
  }
  return { rowDigests, rowsHash: hashOfDigests(rowDigests) };
}

/** The head that a segment's values give. */
export function headOf(segment: Omit<Head, 'head' | 'signature'>): Uint8Array {
  return sha256(
    JSON.stringify([
      'shirushi audit head 1',
      segment.segmentId,
      segment.form,
      segment.firstAuditId,
      segment.lastAuditId,
      segment.rowCount,
      hex(segment.rowsHash),
      hex(segment.previousHead),
      segment.sealedAtMs,
    ]),
  );
}

/** The bytes under a head's signature. */
export function signedBytes(head: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from('shirushi audit signature 1\n'), head]);
}

/**
 * Seals rows as the segment that follows `last`.
 * @param last null: the database's first segment
 * @param rows at least one, in the order of their IDs, all after the last segment's
 */
export function sealRows(
  last: Head | null,
  rows: readonly StoredRow[],
  nowMs: number,
  keyring: Pick<Keyring, 'sign'>,
): Segment {
  const ids = rows.map((row) => row.audit_id);
  const [firstAuditId, lastAuditId] = [ids[0], ids.at(-1)];
  if (firstAuditId === undefined || lastAuditId === undefined) throw new Error('a segment has at least one row');
  const digests = digestsOf(rows, currentForm);
  if (digests === null) throw new Error('the log has a column that its canonical form does not name');
  const values = {
    segmentId: (last?.segmentId ?? 0) + 1,
    form: currentForm,
    firstAuditId,
    lastAuditId,
    rowCount: rows.length,
    rowsHash: digests.rowsHash,
    previousHead: last?.head ?? firstPreviousHead,
    sealedAtMs: nowMs,
  };
  const head = headOf(values);
  return { ...values, rowDigests: digests.rowDigests, head, signature: keyring.sign(signedBytes(head)) };
}

/** True where `segment` names the head of `last`, the segment before it. */
export function follows(segment: Head, last: Pick<Head, 'head'> | null): boolean {
  return Buffer.compare(segment.previousHead, last?.head ?? firstPreviousHead) === 0;
}
