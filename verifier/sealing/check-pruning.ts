import type { Keyring } from '../keyring.ts';
import type { AuditLog } from '../store/audit-log.ts';
import type { Finding } from './findings.ts';
import { type Pruning, verifyPruning } from './pruning.ts';

const rowsPerRead = 1_000;

/**
 * The statement of what was pruned, if it was signed by a key of the ring and fits the segment that it names; otherwise
 * null, with a finding if there is a statement. An invalid statement excuses nothing.
 */
export async function soundPruning(
  auditLog: AuditLog,
  keyring: Pick<Keyring, 'verifySignature'>,
): Promise<{ readonly pruning: Pruning | null; readonly finding: Finding | null }> {
  const pruning = await auditLog.pruning();
  if (pruning === null) return { pruning, finding: null };
  const { segmentId, signature } = pruning;
  const signed = verifyPruning(pruning, keyring);
  if (signed === null) return { pruning: null, finding: { kind: 'keyUnknown', segmentId, keyId: signature.keyId } };
  const [head] = await auditLog.headsOf([segmentId]);
  // A head that is not there, or was edited, is a finding of its segment.
  const fits = head === undefined || Buffer.compare(head.head, pruning.segmentHead) === 0;
  if (signed && fits) return { pruning, finding: null };
  return { pruning: null, finding: { kind: 'pruningForged', segmentId } };
}

/** Rows that exist where all were pruned. */
export async function* checkPruned(
  auditLog: AuditLog,
  { lastAuditId }: Pruning,
): AsyncGenerator<{ readonly finding: Finding }> {
  let after: number | null = null;
  for (;;) {
    const rows: readonly { readonly audit_id: number }[] = await auditLog.rows(after, rowsPerRead, lastAuditId);
    for (const { audit_id: auditId } of rows) yield { finding: { kind: 'rowNotPruned', auditId } };
    after = rows.at(-1)?.audit_id ?? after;
    if (rows.length < rowsPerRead) return;
  }
}
