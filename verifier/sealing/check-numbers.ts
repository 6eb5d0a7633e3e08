import type { Keyring } from '../keyring.ts';
import type { AuditLog, RowsWithoutToken, TokenNumbers } from '../store/audit-log.ts';
import { soundPruning } from './check-pruning.ts';
import type { NumberFinding } from './findings.ts';
import { verifyFloor } from './pruning.ts';

const tokensPerRead = 500;
const numbersPerRead = 1_000;
const skippedPerRead = 500;
const rowsPerRead = 10_000;
/** Most tokens reported, since added rows could name any number of them. */
const unknownTokens = 500;

/** Every gap and every repeat in the numbers of one token whose summary is wrong. */
async function* findingsOf(auditLog: AuditLog, token: TokenNumbers, floor: number): AsyncGenerator<NumberFinding> {
  const { serviceId, tokenId, current } = token;
  const missing = (firstNumber: number, lastNumber: number) =>
    ({ kind: 'numberMissing', serviceId, tokenId, firstNumber, lastNumber }) as const;
  const unknown = (firstNumber: number, lastNumber: number) =>
    ({ kind: 'numberUnknown', serviceId, tokenId, firstNumber, lastNumber }) as const;
  let reached = floor;
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const page = await auditLog.numbersOf(token, after, numbersPerRead);
    for (const { number, rows } of page) {
      if (number > current) break;
      if (number < 1) {
        yield unknown(number, number);
        continue;
      }
      // The row that had a number up to the floor was pruned: this is another one.
      if (rows > 1 || number <= floor) yield { kind: 'numberRepeated', serviceId, tokenId, number };
      if (number > reached + 1) yield missing(reached + 1, number - 1);
      reached = Math.max(reached, number);
    }
    after = page.at(-1)?.number ?? after;
    if (page.length < numbersPerRead || after >= current) break;
  }
  if (reached < current) yield missing(reached + 1, current);
  const highest = Math.max(token.highest ?? 0, floor);
  if (highest > current) yield unknown(current + 1, highest);
}

/** Every accepted validation that no later row leads to. */
async function* findSkipped(
  auditLog: AuditLog,
  keyring: Pick<Keyring, 'verifySignature'>,
): AsyncGenerator<NumberFinding> {
  // Read after the tokens and their rows, so that it excuses what was pruned by then.
  const { pruning } = await soundPruning(auditLog, keyring);
  let after = 0;
  for (;;) {
    const page = await auditLog.skipped(after, pruning?.lastAuditId ?? 0, skippedPerRead);
    for (const { place, ...skipped } of page) {
      yield { kind: 'acceptedSkipped', ...skipped };
      after = place;
    }
    if (page.length < skippedPerRead) return;
  }
}

/** Of the first tokens that do not exist, all rows, read in parts: one statement over them all would take too long. */
async function rowsWithoutToken(auditLog: AuditLog): Promise<readonly RowsWithoutToken[]> {
  const found = new Map<string, RowsWithoutToken>();
  let after: number | null = null;
  for (;;) {
    const { lastId, tokens } = await auditLog.rowsWithoutToken(after, rowsPerRead);
    for (const { serviceId, tokenId, rows } of tokens) {
      const key = JSON.stringify([serviceId, tokenId]);
      const before = found.get(key);
      if (before === undefined && found.size === unknownTokens) continue;
      found.set(key, { serviceId, tokenId, rows: rows + (before?.rows ?? 0) });
    }
    if (lastId === null) return [...found.values()];
    after = lastId;
  }
}

/**
 * Checks the running numbers of every token: from 1, or from its floor, to the token's present number, each exactly once.
 * Where a user's list follows accepted validations (SQLite), also checks that each of these is named by the next one, and
 * that its user has an assignment of the token. Each token is read at the same moment as its rows, so that a verifier at
 * work causes no finding.
 */
export async function* checkNumbers(
  auditLog: AuditLog,
  keyring: Pick<Keyring, 'verifySignature' | 'verifyMac'>,
): AsyncGenerator<{ readonly tokens: number } | { readonly finding: NumberFinding }> {
  let after: TokenNumbers | null = null;
  for (;;) {
    const page: readonly TokenNumbers[] = await auditLog.tokenNumbers(after, tokensPerRead);
    for (const token of page) {
      const { serviceId, tokenId, current, rows, numbers, lowest, highest, floorMac } = token;
      let floor = token.floor ?? 0;
      if (floorMac !== null && !verifyFloor({ serviceId, tokenId, number: floor, mac: floorMac }, keyring)) {
        yield { finding: { kind: 'floorForged', serviceId, tokenId, number: floor } };
        floor = 0;
      }
      const there = current - floor;
      const right =
        rows === there && numbers === there && (rows === 0 || (lowest === floor + 1 && highest === current));
      if (right) continue;
      for await (const finding of findingsOf(auditLog, token, floor)) yield { finding };
    }
    yield { tokens: page.length };
    after = page.at(-1) ?? after;
    if (page.length < tokensPerRead) break;
  }
  for (const unknown of await rowsWithoutToken(auditLog)) yield { finding: { kind: 'tokenUnknown', ...unknown } };
  for await (const finding of findSkipped(auditLog, keyring)) yield { finding };
  for (const unlisted of await auditLog.unlisted(tokensPerRead)) {
    yield { finding: { kind: 'acceptedUnlisted', ...unlisted } };
  }
}
