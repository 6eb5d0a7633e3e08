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
SELECT token_row, audit_number FROM holders JOIN tokens USING (token_row)
WHERE holders.service_id = ? AND holders.login_id = ?`;

const auditColumns = `service_id, at_ms, actor, login_id, token_id, operation, purpose, outcome, reason, reference,
  acting_login_id, operator, document, note, token_number`;

/**
 * The row of an accepted code, where `acceptStep` in hot.ts would accept it: a step above the last one, token and
 * assignment in use, the drift as it was read. It takes the token's next running number and names the one before it.
 * That the user holds the token is known where its number is still the one that it was found with.
 */
const acceptedSql = `
INSERT INTO audit (${auditColumns}, previous_accepted_id)
SELECT service_id, ?6, ?7, ?8, token_id, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, audit_number + 1, last_accepted_id
FROM tokens
WHERE token_row = ?1 AND audit_number = ?2 AND token_id = ?3
  AND status IN (${inList(sourcesOf(tokenMachine.acceptCode))}) AND last_step < ?4 AND drift_steps = ?5`;

/** And the token that it tells of: on the same condition, though nothing comes between the two in a transaction. */
const acceptSql = `
UPDATE tokens SET status = 'active', last_step = ?3, drift_steps = ?4, failures = 0, failures_since_accepted = 0,
  audit_number = audit_number + 1, last_accepted_id = ?5
WHERE token_row = ?1 AND audit_number = ?2 AND last_step < ?3`;

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

const forgetSql = 'DELETE FROM kept_answers WHERE expires_at_ms <= ?';

const keepSql = `
INSERT INTO kept_answers (service_id, key_mac, body_mac, status, sealed_answer, expires_at_ms)
VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (service_id, key_mac) DO NOTHING`;

const prolongSql = 'UPDATE leases SET expires_at_ms = ? WHERE name = ? AND owner = ?';

const sealSql = `
INSERT INTO audit_segments (segment_id, form, first_audit_id, last_audit_id, row_count, row_digests, rows_hash,
  previous_head, sealed_at_ms, head, key_id, signature)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/**
 * The changes that share their commits, each as prepared statements that are run at once: inside a transaction, which
 * is the caller's.
 */
export class HotStatements {
  readonly #seen: StatementSync;
  readonly #accepted: StatementSync;
  readonly #accept: StatementSync;
  readonly #fail: StatementSync;
  readonly #number: StatementSync;
  readonly #audit: StatementSync;
  readonly #forget: StatementSync;
  readonly #keep: StatementSync;
  readonly #prolong: StatementSync;
  readonly #seal: StatementSync;

  constructor(database: DatabaseSync) {
    this.#seen = database.prepare(seenSql);
    this.#accepted = database.prepare(acceptedSql);
    this.#accept = database.prepare(acceptSql);
    this.#fail = database.prepare(failSql);
    this.#number = database.prepare(numberSql);
    this.#audit = database.prepare(auditSql);
    this.#forget = database.prepare(forgetSql);
    this.#keep = database.prepare(keepSql);
    this.#prolong = database.prepare(prolongSql);
    this.#seal = database.prepare(sealSql);
  }

  /** False where its condition no longer holds. */
  accept(command: AcceptStep & ByHolder): boolean {
    const { serviceId, loginId, seen, along } = command;
    if (seen === undefined || !this.#take(command, seen)) {
      const row = this.#seen.get(serviceId, loginId);
      if (row === undefined) return false;
      const now = { tokenRow: Number(row.token_row), auditNumber: Number(row.audit_number) };
      if (!this.#take(command, now)) return false;
    }
    this.#keepAnswer(along);
    return true;
  }

  #take({ tokenId, step, drift, along: { audit } }: AcceptStep, { tokenRow, auditNumber }: Seen): boolean {
    const { changes, lastInsertRowid } = this.#accepted.run(
      tokenRow,
      auditNumber,
      tokenId,
      step,
      drift.beforeSteps,
      audit.atMs,
      audit.actor,
      audit.loginId,
      audit.operation,
      audit.purpose,
      audit.outcome,
      audit.reason,
      audit.reference,
      audit.actingLoginId,
      audit.operator,
      audit.document,
      audit.note,
    );
    if (changes === 0) return false;
    const taken = this.#accept.run(tokenRow, auditNumber, step, drift.afterSteps, lastInsertRowid);
    if (taken.changes === 0) throw new Error('a row of the log says accepted, but the step was not taken');
    return true;
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
    // Without such a token there is no number, and the row names none.
    this.#along(along, row === undefined ? null : tokenId, row?.audit_number ?? null);
  }

  /** A segment of the log, and the lease that is prolonged with it; false where that is somebody else's. */
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
    this.#audit.run(
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
  }

  /** @throws AlreadyAnswered */
  #keepAnswer({ audit, kept }: Along): void {
    if (kept === null) return;
    const { keyMac, bodyMac, status, sealedAnswer, expiresAtMs } = kept;
    this.#forget.run(audit.atMs);
    if (this.#keep.run(audit.serviceId, keyMac, bodyMac, status, sealedAnswer, expiresAtMs).changes === 0) {
      throw new AlreadyAnswered('another request under this idempotency key was first');
    }
  }
}
