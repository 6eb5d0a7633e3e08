import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { sourcesOf, tokenMachine } from '../rules/machines.ts';
import type { Segment } from '../sealing/segment.ts';
import { type Lease, sealLease } from './audit-log.ts';
import {
  type AcceptStep,
  type Along,
  AlreadyAnswered,
  type ByHolder,
  type Counters,
  type CountFailure,
  type Seen,
} from './store.ts';

const inList = (statuses: readonly string[]) => statuses.map((status) => `'${status}'`).join(', ');

/** The token that the user holds now. */
const seenSql = `
SELECT token_row, audit_number, last_accepted_id FROM holders JOIN tokens USING (token_row)
WHERE holders.service_id = ? AND holders.login_id = ?`;

const auditColumns = `service_id, at_ms, actor, login_id, token_id, operation, purpose, outcome, reason, reference,
  acting_login_id, operator, document, note, token_number`;

/**
 * The conditions of `acceptStep` in hot.ts: a step above the last one, token and assignment in use, the drift as it was
 * read. The assignment need not be read: every change of it moves the token's running number in the audit log, so an
 * unchanged `audit_number` shows that the user still holds the token.
 */
const acceptSql = `
UPDATE tokens SET status = 'active', last_step = ?5, drift_steps = ?7, failures = 0, failures_since_accepted = 0,
  audit_number = audit_number + 1, last_accepted_id = ?8
WHERE token_row = ?1 AND audit_number = ?2 AND service_id = ?3 AND token_id = ?4
  AND status IN (${inList(sourcesOf(tokenMachine.acceptCode))}) AND last_step < ?5 AND drift_steps = ?6`;

/** The row of the audit log for it, which names the token's accepted row before it. `acceptSql` has put its ID on the token. */
const acceptedSql = `
INSERT INTO audit (${auditColumns}, previous_accepted_id, audit_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const newestSql = "SELECT seq FROM sqlite_sequence WHERE name = 'audit'";

/** As `countFailure` in hot.ts. */
const failSql = `
UPDATE tokens SET failures = failures + 1, failures_since_accepted = failures_since_accepted + 1,
  status = CASE
    WHEN failures_since_accepted + 1 >= ?6 THEN 'disabled'
    WHEN failures + 1 >= ?5 THEN 'locked'
    ELSE status END,
  audit_number = audit_number + 1
WHERE service_id = ?1 AND token_id = ?2 AND status IN (${inList(sourcesOf(tokenMachine.failCode))}) AND drift_steps = ?7
  AND EXISTS (
    SELECT 1 FROM assignments
    WHERE service_id = ?1 AND token_id = ?2 AND login_id = ?3 AND status = ?4)
RETURNING audit_number, status, failures, failures_since_accepted`;

/** The token's next running number. */
const numberSql = `
UPDATE tokens SET audit_number = audit_number + 1 WHERE service_id = ?1 AND token_id = ?2 RETURNING audit_number`;

const auditSql = `
INSERT INTO audit (${auditColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Some expired answers: more than are added meanwhile, but not all, which after an outage would hold up every caller. */
const forgetSql = `
DELETE FROM kept_answers WHERE (service_id, key_mac) IN (
  SELECT service_id, key_mac FROM kept_answers WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT 32)`;

/** As `keepAnswer` in journal.ts. */
const keepSql = `
INSERT INTO kept_answers (service_id, key_mac, body_mac, status, sealed_answer, expires_at_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (service_id, key_mac) DO UPDATE SET
  body_mac = excluded.body_mac, status = excluded.status, sealed_answer = excluded.sealed_answer,
  expires_at_ms = excluded.expires_at_ms
WHERE kept_answers.expires_at_ms <= ?7`;

const prolongSql = 'UPDATE leases SET expires_at_ms = ? WHERE name = ? AND owner = ?';

const sealSql = `
INSERT INTO audit_segments (segment_id, form, first_audit_id, last_audit_id, row_count, row_digests, rows_hash,
  previous_head, sealed_at_ms, head, key_id, signature)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/**
 * The changes that share a commit, each as synchronous prepared statements. The caller opens and ends the transaction.
 */
export class HotStatements {
  readonly #seen: StatementSync;
  readonly #accept: StatementSync;
  readonly #accepted: StatementSync;
  readonly #newest: StatementSync;
  readonly #fail: StatementSync;
  readonly #number: StatementSync;
  readonly #audit: StatementSync;
  readonly #forget: StatementSync;
  readonly #keep: StatementSync;
  readonly #prolong: StatementSync;
  readonly #seal: StatementSync;
  /** ID of the audit log's newest row, once this transaction knows it; null before. */
  #newestAuditId: number | null = null;

  constructor(database: DatabaseSync) {
    this.#seen = database.prepare(seenSql);
    this.#accept = database.prepare(acceptSql);
    this.#accepted = database.prepare(acceptedSql);
    this.#newest = database.prepare(newestSql);
    this.#fail = database.prepare(failSql);
    this.#number = database.prepare(numberSql);
    this.#audit = database.prepare(auditSql);
    this.#forget = database.prepare(forgetSql);
    this.#keep = database.prepare(keepSql);
    this.#prolong = database.prepare(prolongSql);
    this.#seal = database.prepare(sealSql);
  }

  /** Must be called at the beginning of each transaction, and of each savepoint in it. */
  began(): void {
    this.#newestAuditId = null;
  }

  /** False where its condition no longer holds. */
  accept(command: AcceptStep & ByHolder): boolean {
    const { serviceId, loginId, seen, along } = command;
    if (seen === undefined || !this.#take(command, seen)) {
      const row = this.#seen.get(serviceId, loginId);
      if (row === undefined) return false;
      const { token_row: tokenRow, audit_number: auditNumber, last_accepted_id: lastAcceptedId } = row;
      if (!this.#take(command, { tokenRow, auditNumber, lastAcceptedId } as unknown as Seen)) return false;
    }
    this.#keepAnswer(along);
    return true;
  }

  #take(command: AcceptStep, { tokenRow, auditNumber, lastAcceptedId }: Seen): boolean {
    const { serviceId, tokenId, step, drift, along } = command;
    const auditId = this.#newestId() + 1;
    const of = [tokenRow, auditNumber, serviceId, tokenId] as const;
    if (this.#accept.run(...of, step, drift.beforeSteps, drift.afterSteps, auditId).changes === 0) return false;
    const { audit } = along;
    this.#accepted.run(
      serviceId,
      audit.atMs,
      audit.actor,
      audit.loginId,
      tokenId,
      audit.operation,
      audit.purpose,
      audit.outcome,
      audit.reason,
      audit.reference,
      audit.actingLoginId,
      audit.operator,
      audit.document,
      audit.note,
      auditNumber + 1,
      lastAcceptedId,
      auditId,
    );
    this.#newestAuditId = auditId;
    return true;
  }

  #newestId(): number {
    this.#newestAuditId ??= Number(this.#newest.get()?.seq ?? 0);
    return this.#newestAuditId;
  }

  /** Null where its condition no longer holds. */
  countFailure(command: CountFailure & ByHolder): Counters | null {
    const { serviceId, tokenId, loginId, assignmentStatus, afterFailures, disableAfterFailures } = command;
    const limits = [afterFailures, disableAfterFailures, command.driftSteps] as const;
    const row = this.#fail.get(serviceId, tokenId, loginId, assignmentStatus, ...limits);
    if (row === undefined) return null;
    const { status, failures, failures_since_accepted: failuresSinceAccepted } = row;
    const counters = { status, failures, failuresSinceAccepted } as Counters;
    this.#along(command.along(counters), tokenId, row.audit_number ?? null);
    return counters;
  }

  /** A decision that moved no counter. */
  record(along: Along): void {
    const { serviceId, tokenId } = along.audit;
    const row = tokenId === null ? undefined : this.#number.get(serviceId, tokenId);
    // If the token does not exist, the row names none and has no running number.
    this.#along(along, row === undefined ? null : tokenId, row?.audit_number ?? null);
  }

  /** Writes a segment of the audit log and prolongs the sealer's lease; false if the lease is another process's by now. */
  seal(segment: Segment, { owner, expiresAtMs }: Lease): boolean {
    if (this.#prolong.run(expiresAtMs, sealLease, owner).changes === 0) return false;
    this.#seal.run(
      segment.segmentId,
      segment.form,
      segment.firstAuditId,
      segment.lastAuditId,
      segment.rowCount,
      segment.rowDigests,
      segment.rowsHash,
      segment.previousHead,
      segment.sealedAtMs,
      segment.head,
      segment.signature.keyId,
      segment.signature.bytes,
    );
    return true;
  }

  /** @throws AlreadyAnswered */
  #along(along: Along, tokenId: string | null, tokenNumber: SQLInputValue): void {
    const { audit } = along;
    this.#keepAnswer(along);
    const { lastInsertRowid } = this.#audit.run(
      audit.serviceId,
      audit.atMs,
      audit.actor,
      audit.loginId,
      tokenId,
      audit.operation,
      audit.purpose,
      audit.outcome,
      audit.reason,
      audit.reference,
      audit.actingLoginId,
      audit.operator,
      audit.document,
      audit.note,
      tokenNumber,
    );
    this.#newestAuditId = Number(lastInsertRowid);
  }

  /** @throws AlreadyAnswered */
  #keepAnswer({ audit, kept }: Along): void {
    if (kept === null) return;
    const { keyMac, bodyMac, status, sealedAnswer, expiresAtMs } = kept;
    this.#forget.run(audit.atMs);
    const row = [audit.serviceId, keyMac, bodyMac, status, sealedAnswer, expiresAtMs] as const;
    if (this.#keep.run(...row, audit.atMs).changes === 0) {
      throw new AlreadyAnswered('another request under this idempotency key was first');
    }
  }
}
