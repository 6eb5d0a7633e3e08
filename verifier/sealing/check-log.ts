import type { Keyring } from '../keyring.ts';
import type { AuditLog } from '../store/audit-log.ts';
import { checkHeads } from './check-heads.ts';
import { checkNumbers } from './check-numbers.ts';
import { checkPruned, soundPruning } from './check-pruning.ts';
import { checkSegments } from './check-segments.ts';
import type { Finding, UnreadablePart } from './findings.ts';
import type { HeadsFile } from './heads-file.ts';
import type { Pruning } from './pruning.ts';

export interface LogCheck {
  /** Number of sealed rows that were checked. */
  readonly rows: number;
  readonly segments: number;
  /** Lines of the file of heads. */
  readonly heads: number;
  /** Last segments that the file of heads says nothing about, since other nodes may have sealed them. SQLite: 0. */
  readonly headsBehind: number;
  readonly tokens: number;
  readonly findings: number;
  /** What was pruned, by a valid statement; null if nothing was. */
  readonly pruned: Pick<Pruning, 'segmentId' | 'rowCount' | 'beforeMs' | 'prunedAtMs'> | null;
  /** Rows that are not in a segment yet: only their tokens' running numbers protect them. */
  readonly unsealed: { readonly rows: number; readonly oldestAtMs: number | null };
}

type Step =
  | { readonly finding: Finding }
  | { readonly rows: number }
  | { readonly segments: number }
  | { readonly heads: number }
  | { readonly headsBehind: number }
  | { readonly tokens: number };

/**
 * Checks the whole log: segments with their rows, chain and signatures, the file of heads beside the database, and the
 * running numbers of every token. Reads page by page, so that the size of the log does not matter, and may run while
 * verifiers are at work.
 * @param say gets each finding as it is made
 */
export async function checkLog(
  {
    auditLog,
    heads,
    keyring,
  }: { auditLog: AuditLog; heads: HeadsFile; keyring: Pick<Keyring, 'verifySignature' | 'verifyMac'> },
  say: (finding: Finding) => void,
): Promise<LogCheck> {
  const counts = { rows: 0, segments: 0, heads: 0, headsBehind: 0, tokens: 0, findings: 0 };
  const found = (finding: Finding) => {
    counts.findings += 1;
    say(finding);
  };
  /** Null where the database holds a number that no program of ours writes; the rest of the part is not looked at. */
  const readable = async <Value>(part: UnreadablePart, work: () => Promise<Value>): Promise<Value | null> => {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_OUT_OF_RANGE') throw error;
      found({ kind: 'unreadable', part });
      return null;
    }
  };
  const take = (part: UnreadablePart, steps: AsyncIterable<Step>) =>
    readable(part, async () => {
      for await (const step of steps) {
        if ('finding' in step) found(step.finding);
        else for (const [what, more] of Object.entries(step)) counts[what as keyof typeof counts] += more;
      }
    });

  const last = await readable('segments', () => auditLog.lastSegment());
  const rest = await readable('unsealed', () => auditLog.rest(last?.lastAuditId ?? 0));
  const through = last?.segmentId ?? 0;
  const sound = await readable('pruning', () => soundPruning(auditLog, keyring));
  const pruning = sound?.pruning ?? null;
  if (sound?.finding) found(sound.finding);
  if (pruning !== null) await take('pruning', checkPruned(auditLog, pruning));
  await take('segments', checkSegments(auditLog, keyring, through, pruning));
  await take('heads', checkHeads(auditLog, heads, keyring, through));
  await take('numbers', checkNumbers(auditLog, keyring));
  const { segmentId = 0, rowCount = 0, beforeMs = 0, prunedAtMs = 0 } = pruning ?? {};
  const pruned = pruning === null ? null : { segmentId, rowCount, beforeMs, prunedAtMs };
  return { ...counts, pruned, unsealed: { rows: rest?.rows ?? 0, oldestAtMs: rest?.oldestAtMs ?? null } };
}
