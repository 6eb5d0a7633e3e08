import type { Keyring } from '../keyring.ts';
import type { AuditLog } from '../store/audit-log.ts';
import { soundPruning } from './check-pruning.ts';
import type { Finding } from './findings.ts';
import type { Pruning } from './pruning.ts';
import {
  canonicalForms,
  digestsById,
  follows,
  type Head,
  hashOfDigests,
  headOf,
  rowDigest,
  type Segment,
  signedBytes,
} from './segment.ts';

const segmentsPerRead = 20;
const rowsPerRead = 1_000;

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** What a head says of itself, without the rows: its hash and its signature. */
export function checkHead(head: Head, keyring: Pick<Keyring, 'verifySignature'>): Finding | null {
  const { segmentId, signature } = head;
  if (!same(head.head, headOf(head))) return { kind: 'segmentEdited', segmentId };
  switch (keyring.verifySignature(signedBytes(head.head), signature)) {
    case true:
      return null;
    case false:
      return { kind: 'signatureWrong', segmentId };
    case null:
      return { kind: 'keyUnknown', segmentId, keyId: signature.keyId };
  }
}

/** Compares the rows from behind `afterId` to the segment's end with the segment's digests; the rows are counted. */
async function* checkRows(
  auditLog: AuditLog,
  segment: Segment,
  digests: ReadonlyMap<number, Uint8Array>,
  afterId: number | null,
): AsyncGenerator<{ readonly rows: number } | { readonly finding: Finding }> {
  const { segmentId, form, lastAuditId } = segment;
  const open = new Set(digests.keys());
  let after = afterId;
  for (;;) {
    const rows = await auditLog.rows(after, rowsPerRead, lastAuditId);
    for (const row of rows) {
      const auditId = row.audit_id;
      const expected = digests.get(auditId);
      const found = rowDigest(row, form);
      open.delete(auditId);
      if (expected === undefined) yield { finding: { kind: 'rowInserted', auditId, segmentId } };
      else if (found === null || !same(found, expected)) yield { finding: { kind: 'rowEdited', auditId, segmentId } };
    }
    yield { rows: rows.length };
    after = rows.at(-1)?.audit_id ?? after;
    if (rows.length < rowsPerRead) break;
  }
  for (const auditId of open) yield { finding: { kind: 'rowMissing', auditId, segmentId } };
}

type Look = { readonly rows: number } | { readonly finding: Finding };

/** The rows of one segment, and whether its digests are those that were sealed; if not, they say nothing about the rows. */
async function* checkContent(auditLog: AuditLog, segment: Segment, afterId: number | null): AsyncGenerator<Look> {
  const { segmentId, rowDigests } = segment;
  const digests = digestsById(rowDigests);
  const whole =
    digests !== null &&
    digests.size === segment.rowCount &&
    same(segment.rowsHash, hashOfDigests(rowDigests)) &&
    canonicalForms[segment.form] !== undefined;
  if (whole) yield* checkRows(auditLog, segment, digests, afterId);
  else yield { finding: { kind: 'segmentEdited', segmentId } };
}

/**
 * Checks the segments up to `through` and all rows below their end: chain, heads, signatures, digests, rows. Pruned segments
 * have only their head; `checkPruned` checks that their rows are gone.
 * @param pruned the statement that counts; null where there is none
 */
export async function* checkSegments(
  auditLog: AuditLog,
  keyring: Pick<Keyring, 'verifySignature'>,
  through: number,
  pruned: Pruning | null,
): AsyncGenerator<{ readonly segments: number } | Look> {
  for (const { segmentId } of await auditLog.segments(Number.MIN_SAFE_INTEGER, segmentsPerRead)) {
    if (segmentId < 1) yield { finding: { kind: 'segmentEdited', segmentId } };
  }
  const prunedBeforeId = pruned?.segmentId ?? 0;
  let prunedId = prunedBeforeId;
  let last: Segment | null = null;
  let lastId = 0;
  while (lastId < through) {
    const page: readonly Segment[] = await auditLog.segments(lastId, segmentsPerRead);
    if (page.length === 0) break;
    for (const segment of page) {
      const { segmentId } = segment;
      if (segmentId > through) return;
      const gap = segmentId !== lastId + 1;
      if (gap) {
        const missing = { firstSegmentId: lastId + 1, lastSegmentId: segmentId - 1 };
        yield { finding: { kind: 'segmentMissing', ...missing, firstAuditId: null, lastAuditId: null } };
      }
      const wrong = checkHead(segment, keyring);
      if (wrong !== null) yield { finding: wrong };
      if (!gap && !follows(segment, last)) yield { finding: { kind: 'chainBroken', segmentId } };

      if (segmentId <= prunedBeforeId) {
        const left = segment.rowDigests.byteLength > 0;
        if (left && wrong?.kind !== 'segmentEdited') yield { finding: { kind: 'segmentEdited', segmentId } };
      } else if (segmentId > prunedId) {
        // After a gap nothing is known of the rows before this segment; otherwise there must be none between the two.
        const afterId: number | null = gap ? segment.firstAuditId - 1 : (last?.lastAuditId ?? null);
        let asked = false;
        for await (const look of checkContent(auditLog, segment, afterId)) {
          if ('finding' in look && !asked) {
            // It may have been pruned since the check began, which is no finding.
            prunedId = Math.max(prunedId, (await soundPruning(auditLog, keyring)).pruning?.segmentId ?? 0);
            asked = true;
          }
          if (segmentId <= prunedId) break;
          const said = 'finding' in look && look.finding.kind === wrong?.kind;
          if (!said) yield look;
        }
      }
      yield { segments: 1 };
      last = segment;
      lastId = segmentId;
    }
  }
}
