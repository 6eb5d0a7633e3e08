import type { Keyring } from '../keyring.ts';
import type { AuditLog } from '../store/audit-log.ts';
import { checkHeads } from './check-heads.ts';
import { checkNumbers } from './check-numbers.ts';
import { checkSegments } from './check-segments.ts';
import type { Finding } from './findings.ts';
import type { HeadsFile } from './heads-file.ts';

export interface LogCheck {
  /** Sealed rows that were looked at. */
  readonly rows: number;
  readonly segments: number;
  /** Lines of the file of heads. */
  readonly heads: number;
  readonly tokens: number;
  readonly findings: number;
  /** Rows that no segment holds yet: nothing vouches for them but their tokens' running numbers. */
  readonly unsealed: { readonly rows: number; readonly oldestAtMs: number | null };
}

/**
 * Looks at the whole log: segments with their rows, chain and signatures, the file of heads beside the database, and
 * the running numbers of every token. Reads page by page, so that the size of the log does not matter, and may run
 * beside verifiers that are at work.
 * @param say gets each finding as it is made
 */
export async function checkLog(
  { auditLog, heads, keyring }: { auditLog: AuditLog; heads: HeadsFile; keyring: Pick<Keyring, 'verifySignature'> },
  say: (finding: Finding) => void,
): Promise<LogCheck> {
  const last = await auditLog.lastSegment();
  const unsealed = await auditLog.rest(last?.lastAuditId ?? 0);
  const through = last?.segmentId ?? 0;
  const counts = { rows: 0, segments: 0, heads: 0, tokens: 0, findings: 0 };
  const parts = [
    checkSegments(auditLog, keyring, through),
    checkHeads(auditLog, heads, keyring, through),
    checkNumbers(auditLog),
  ];
  for (const part of parts) {
    for await (const step of part) {
      if ('finding' in step) {
        counts.findings += 1;
        say(step.finding);
      } else {
        for (const [name, more] of Object.entries(step)) counts[name as keyof typeof counts] += more;
      }
    }
  }
  return { ...counts, unsealed: { rows: unsealed.rows, oldestAtMs: unsealed.oldestAtMs } };
}
