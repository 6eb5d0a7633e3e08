import type { AuditLog, TokenNumbers } from '../store/audit-log.ts';
import type { NumberFinding } from './findings.ts';

const tokensPerRead = 500;
const numbersPerRead = 1_000;

/** Every gap and every repeat of one token, whose summary already looked wrong. */
async function* findingsOf(auditLog: AuditLog, token: TokenNumbers): AsyncGenerator<NumberFinding> {
  const { serviceId, tokenId } = token;
  const current = token.current ?? 0;
  const missing = (firstNumber: number, lastNumber: number) =>
    ({ kind: 'numberMissing', serviceId, tokenId, firstNumber, lastNumber }) as const;
  const unknown = (firstNumber: number, lastNumber: number) =>
    ({ kind: 'numberUnknown', serviceId, tokenId, firstNumber, lastNumber }) as const;
  let reached = 0;
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const page = await auditLog.numbersOf(token, after, numbersPerRead);
    for (const { number, rows } of page) {
      if (number > current) break;
      if (number < 1) {
        yield unknown(number, number);
        continue;
      }
      if (rows > 1) yield { kind: 'numberRepeated', serviceId, tokenId, number };
      if (number > reached + 1) yield missing(reached + 1, number - 1);
      reached = number;
    }
    after = page.at(-1)?.number ?? after;
    if (page.length < numbersPerRead || after >= current) break;
  }
  if (reached < current) yield missing(reached + 1, current);
  const { highest } = token;
  if (highest !== null && highest > current) yield unknown(current + 1, highest);
}

/**
 * Looks at the running numbers of every token: from 1 to where the token stands, each once. Each token is read in one
 * statement together with its rows, so that a verifier that is at work meanwhile makes no finding.
 */
export async function* checkNumbers(
  auditLog: AuditLog,
): AsyncGenerator<{ readonly tokens: number } | { readonly finding: NumberFinding }> {
  let after: TokenNumbers | null = null;
  for (;;) {
    const page: readonly TokenNumbers[] = await auditLog.tokenNumbers(after, tokensPerRead);
    for (const token of page) {
      const { current, rows, numbers, lowest, highest } = token;
      const right = rows === current && numbers === current && (rows === 0 || (lowest === 1 && highest === current));
      if (right) continue;
      for await (const finding of findingsOf(auditLog, token)) yield { finding };
    }
    yield { tokens: page.length };
    after = page.at(-1) ?? after;
    if (page.length < tokensPerRead) break;
  }
  for (const { serviceId, tokenId, rows } of await auditLog.numbersWithoutToken(tokensPerRead)) {
    yield { finding: { kind: 'tokenUnknown', serviceId, tokenId, rows } };
  }
}
