import type { Keyring } from '../keyring.ts';
import type { AuditLog } from '../store/audit-log.ts';
import { checkHead } from './check-segments.ts';
import type { Finding } from './findings.ts';
import type { HeadLine, HeadsFile } from './heads-file.ts';

const linesPerRead = 200;

async function* inPages(lines: AsyncIterable<HeadLine>): AsyncGenerator<readonly HeadLine[]> {
  let page: HeadLine[] = [];
  for await (const line of lines) {
    page.push(line);
    if (page.length === linesPerRead) {
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

/**
 * Compares the file of heads with the database. It may have the same head twice, as after a take-over. Where other nodes may
 * have sealed, each with a file of its own, a file that ends early is no finding; the result says how many of the last
 * segments it lacks.
 * @param through the last segment that the database had when the check began; the file may lack this one, since a
 * process may have been killed between the two
 */
export async function* checkHeads(
  auditLog: AuditLog,
  heads: HeadsFile,
  keyring: Pick<Keyring, 'verifySignature'>,
  through: number,
): AsyncGenerator<{ readonly heads: number } | { readonly headsBehind: number } | { readonly finding: Finding }> {
  const lines = await heads.lines();
  if (lines === null) {
    if (through > 1) yield auditLog.ofManyNodes ? { headsBehind: through } : { finding: { kind: 'headsFileMissing' } };
    return;
  }
  let reached = 0;
  for await (const page of inPages(lines)) {
    const ids = page.flatMap(({ head }) => head?.segmentId ?? []);
    const stored = new Map((await auditLog.headsOf(ids)).map((head) => [head.segmentId, head]));
    for (const { line, head } of page) {
      if (head === null) {
        yield { finding: { kind: 'headUnreadable', line } };
        continue;
      }
      const { segmentId, firstAuditId, lastAuditId } = head;
      if (segmentId > reached + 1) {
        yield { finding: { kind: 'headMissing', firstSegmentId: reached + 1, lastSegmentId: segmentId - 1 } };
      }
      reached = Math.max(reached, segmentId);
      const found = stored.get(segmentId);
      const genuine = checkHead(head, keyring) === null;
      if (!genuine) yield { finding: { kind: 'headDiffers', segmentId, line } };
      // Gaps among the segments were reported when those were checked; this finds segments cut off at the end.
      else if (found === undefined) {
        if (segmentId > through) {
          const missing = { firstSegmentId: segmentId, lastSegmentId: segmentId };
          yield { finding: { kind: 'segmentMissing', ...missing, firstAuditId, lastAuditId } };
        }
      } else if (Buffer.compare(found.head, head.head) !== 0) {
        yield { finding: { kind: 'headDiffers', segmentId, line } };
      }
    }
    yield { heads: page.length };
  }
  if (reached >= through - 1) return;
  yield auditLog.ofManyNodes
    ? { headsBehind: through - reached }
    : { finding: { kind: 'headMissing', firstSegmentId: reached + 1, lastSegmentId: through - 1 } };
}
