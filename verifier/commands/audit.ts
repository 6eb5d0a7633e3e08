import type { Keyring } from '../keyring.ts';
import { checkLog } from '../sealing/check-log.ts';
import { type Finding, findingSentences } from '../sealing/findings.ts';
import type { HeadsFile } from '../sealing/heads-file.ts';
import type { AuditLog } from '../store/audit-log.ts';
import { type ExitStatus, styled, type Terminal } from './terminal.ts';

/** Findings that are listed; all are counted. */
const listed = 1_000;

/** Where a finding lies: its IDs, such as `segmentId 3  auditId 17`. */
function placeOf({ kind: _kind, ...ids }: Finding): string {
  return Object.entries(ids)
    .filter(([, id]) => id !== null)
    .map(([name, id]) => `${name} ${id}`)
    .join('  ');
}

/** `audit verify`: checks the whole log and names what is wrong. Refused (1) where anything is. */
export async function verifyAudit(
  parts: { readonly auditLog: AuditLog; readonly heads: HeadsFile; readonly keyring: Keyring },
  terminal: Terminal,
): Promise<ExitStatus> {
  const findings: Finding[] = [];
  const check = await checkLog(parts, (finding) => {
    if (findings.length < listed) findings.push(finding);
  });
  const right = check.findings === 0;
  const { rows, oldestAtMs } = check.unsealed;
  const oldestAt = oldestAtMs === null ? null : new Date(oldestAtMs).toISOString();
  const { segmentId = 0, rowCount = 0, beforeMs = 0, prunedAtMs = 0 } = check.pruned ?? {};
  const [before, at] = [new Date(beforeMs).toISOString(), new Date(prunedAtMs).toISOString()];
  const pruned = check.pruned === null ? null : { throughSegment: segmentId, rows: rowCount, before, at };
  if (terminal.json) {
    const { rows: sealedRows, segments, heads, headsBehind, tokens, findings: count } = check;
    terminal.out(
      JSON.stringify({
        outcome: right ? 'verified' : 'refused',
        sealedRows,
        segments,
        heads,
        headsBehind,
        tokens,
        pruned,
        unsealed: { rows, oldestAt },
        keys: Object.fromEntries(parts.keyring.signingKeys()),
        findingCount: count,
        findings,
      }),
    );
    return right ? 0 : 1;
  }
  for (const finding of findings) {
    const { en, ja } = findingSentences[finding.kind];
    terminal.out(`${styled('red', finding.kind)}  ${placeOf(finding)}\n    ${ja}\n    ${en}`);
  }
  if (check.findings > listed) terminal.out(`… ${check.findings - listed} more`);
  terminal.out(
    `${styled(right ? 'green' : 'red', right ? 'verified' : `${check.findings} findings`)}: ` +
      `${check.rows} rows in ${check.segments} segments, ${check.heads} heads in ${parts.heads.path}, ${check.tokens} tokens`,
  );
  if (check.headsBehind > 0) {
    const { segments, headsBehind } = check;
    terminal.out(
      `最後の ${headsBehind} セグメントのヘッドはこのファイルにありません。封印したノードのファイルで検証してください。 ` +
        `This file has no heads of the last ${headsBehind} of ${segments} segments: check them against the file of the node that sealed them.`,
    );
  }
  if (pruned !== null) {
    terminal.out(
      `整理済みの行: ${rowCount} 件(セグメント ${segmentId} まで、${before} より前、${at} に実施)。 ` +
        `Pruned: ${rowCount} rows up to segment ${segmentId}, sealed before ${before}; done at ${at}.`,
    );
  }
  terminal.out(
    rows === 0
      ? '未封印の行はありません。 Every row is sealed.'
      : `未封印の行: ${rows} 件(最古 ${oldestAt})。 Not sealed yet: ${rows} rows, the oldest of ${oldestAt}.`,
  );
  return right ? 0 : 1;
}
