import type { Along } from '../store.ts';

export interface Column {
  readonly name: string;
  readonly type: 'text' | 'bigint' | 'integer' | 'bytea';
}

export type Cell = string | number | Buffer | null;

const auditTexts = [
  ...['actor', 'login_id', 'operation', 'purpose', 'outcome', 'reason', 'reference'],
  ...['acting_login_id', 'operator', 'document', 'note'],
];
/** Columns of the log that a decision fills, apart from institution and token. */
export const auditNames = ['at_ms', ...auditTexts].join(', ');

/** What a decision writes along, as columns of a set-based statement. */
export const alongColumns: readonly Column[] = [
  { name: 'at_ms', type: 'bigint' },
  ...auditTexts.map((name): Column => ({ name, type: 'text' })),
  { name: 'key_mac', type: 'bytea' },
  { name: 'body_mac', type: 'bytea' },
  { name: 'answer_status', type: 'integer' },
  { name: 'sealed_answer', type: 'bytea' },
  { name: 'answer_expires_at_ms', type: 'bigint' },
];

const bytes = (value: Uint8Array | undefined) => (value === undefined ? null : Buffer.from(value));

/** The cells of `alongColumns`. */
export function alongCells({ audit, kept }: Along): readonly Cell[] {
  return [
    ...[audit.atMs, audit.actor, audit.loginId, audit.operation, audit.purpose, audit.outcome, audit.reason],
    ...[audit.reference, audit.actingLoginId, audit.operator, audit.document, audit.note],
    ...[bytes(kept?.keyMac), bytes(kept?.bodyMac), kept?.status ?? null, bytes(kept?.sealedAnswer)],
    kept?.expiresAtMs ?? null,
  ];
}

/** Rows as a table `input` with a running number `item`, from 1. */
export function inputOf(columns: readonly Column[]): string {
  return `SELECT * FROM unnest(${columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(', ')})
    WITH ORDINALITY AS i (${columns.map(({ name }) => name).join(', ')}, item)`;
}

const escaped = /["\\]/g;

function elementOf(cell: NonNullable<Cell>): string {
  if (typeof cell === 'number') return String(cell);
  if (typeof cell !== 'string') return `"\\\\x${cell.toString('hex')}"`;
  // Looked for first: hardly any text of ours has one, and a replacement costs more than all the rest.
  const plain = !cell.includes('"') && !cell.includes('\\');
  return plain ? `"${cell}"` : `"${cell.replace(escaped, '\\$&')}"`;
}

/**
 * The parameters of `inputOf`, as the server reads arrays. Written here since the driver's way takes a third more
 * processor time over a batch. What a column lacks at its end `unnest` fills up with NULL, so that one without any
 * value costs nothing.
 */
export function valuesOf(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  return columns.map((_, column) => {
    let text = '';
    let nulls = '';
    for (const row of rows) {
      const cell = row[column] ?? null;
      if (cell === null) nulls += ',NULL';
      else {
        text += `${nulls},${elementOf(cell)}`;
        nulls = '';
      }
    }
    return `{${text.slice(1)}}`;
  });
}

/** Inserts the kept answers of `source`. A key that was used already undoes the statement. */
export function keepingOf(source: string): string {
  return `
  INSERT INTO kept_answers (service_id, key_mac, body_mac, status, sealed_answer, expires_at_ms)
  SELECT i.service_id, i.key_mac, i.body_mac, i.answer_status, i.sealed_answer, i.answer_expires_at_ms
  FROM ${source} WHERE i.key_mac IS NOT NULL`;
}
