import type { SQLInputValue } from 'node:sqlite';
import type { AuditEntry } from '../audit.ts';
import { refusalOf, sourcesOf, tokenMachine } from '../rules/machines.ts';
import type { Segment } from '../sealing/segment.ts';
import { type Lease, sealLease } from './audit-log.ts';
import { type AcceptStep, type Along, type Counters, type CountFailure, countersAfterFailure } from './store.ts';

/**
 * A change that shares its commit with others, as it goes to the thread that writes. One flat list of plain values,
 * since that is by far the cheapest to send: what an accepted step needs beside institution and token (all null for a
 * decision that moved no counter), the values of `auditSql` but for the running number, and those of `keepSql` but for
 * the institution where the caller sent an idempotency key.
 */
export type HotCommand = readonly SQLInputValue[] | FailCommand | SealCommand;

/** A wrong code: values of `failSql`, and what is written along as for a decision that moved no counter. */
export interface FailCommand {
  readonly fail: readonly SQLInputValue[];
  readonly along: readonly SQLInputValue[];
}

/** A segment of the log, and the lease that is prolonged with it: values of `sealSql` and `prolongSql`. */
export interface SealCommand {
  readonly prolong: readonly SQLInputValue[];
  readonly seal: readonly SQLInputValue[];
}

/** Where the parts of a command begin. */
export const at = { accept: 0, audit: 4, kept: 18 } as const;

const acceptable = sourcesOf(tokenMachine.acceptCode)
  .map((status) => `'${status}'`)
  .join(', ');

/** As `acceptStep` in hot.ts: a step above the last one, token and assignment in use, the drift as it was read. */
export const acceptSql = `
UPDATE tokens SET status = 'active', last_step = ?1, drift_steps = ?2, failures = 0, failures_since_accepted = 0,
  audit_number = audit_number + 1
WHERE service_id = ?3 AND token_id = ?4 AND status IN (${acceptable}) AND last_step < ?1 AND drift_steps = ?5
  AND (?6 IS NULL OR EXISTS (
    SELECT 1 FROM assignments
    WHERE service_id = ?3 AND assignment_id = ?6 AND token_id = ?4 AND status = 'active'))
RETURNING audit_number`;

/** As `countFailure` in hot.ts, but to counters that are known beforehand, and only where those of before still hold. */
export const failSql = `
UPDATE tokens SET status = ?1, failures = failures + 1, failures_since_accepted = failures_since_accepted + 1,
  audit_number = audit_number + 1
WHERE service_id = ?2 AND token_id = ?3 AND status = ?4 AND failures = ?5 AND failures_since_accepted = ?6
  AND drift_steps = ?7 AND (?8 IS NULL OR EXISTS (
    SELECT 1 FROM assignments
    WHERE service_id = ?2 AND assignment_id = ?8 AND token_id = ?3 AND status = ?9))
RETURNING audit_number`;

/** The token's next running number. */
export const numberSql = `
UPDATE tokens SET audit_number = audit_number + 1 WHERE service_id = ?1 AND token_id = ?2 RETURNING audit_number`;

export const auditSql = `
INSERT INTO audit (service_id, at_ms, token_id, actor, login_id, operation, purpose, outcome, reason, reference,
  acting_login_id, operator, document, note, token_number)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const forgetSql = 'DELETE FROM kept_answers WHERE expires_at_ms <= ?';

export const keepSql = `
INSERT INTO kept_answers (service_id, key_mac, body_mac, status, sealed_answer, expires_at_ms)
VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (service_id, key_mac) DO NOTHING`;

export const prolongSql = 'UPDATE leases SET expires_at_ms = ? WHERE name = ? AND owner = ?';

export const sealSql = `
INSERT INTO audit_segments (segment_id, form, first_audit_id, last_audit_id, row_count, row_digests, rows_hash,
  previous_head, sealed_at_ms, head, key_id, signature)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

function auditValues(entry: AuditEntry): readonly SQLInputValue[] {
  return [
    entry.serviceId,
    entry.atMs,
    entry.tokenId,
    entry.actor,
    entry.loginId,
    entry.operation,
    entry.purpose,
    entry.outcome,
    entry.reason,
    entry.reference,
    entry.actingLoginId,
    entry.operator,
    entry.document,
    entry.note,
  ];
}

/** In place of what an accepted step needs. */
const none = [null, null, null, null] as const;

function commandOf(accept: readonly SQLInputValue[], { audit, kept }: Along): readonly SQLInputValue[] {
  const values = [...accept, ...auditValues(audit)];
  if (kept !== null) values.push(kept.keyMac, kept.bodyMac, kept.status, kept.sealedAnswer, kept.expiresAtMs);
  return values;
}

export function recordCommand(along: Along): HotCommand {
  return commandOf(none, along);
}

export function acceptCommand({ step, drift, serviceId, tokenId, assignmentId, along }: AcceptStep): HotCommand {
  const audit = { ...along.audit, serviceId, tokenId };
  return commandOf([step, drift.afterSteps, drift.beforeSteps, assignmentId], { ...along, audit });
}

/** Null where a token in that status counts no wrong codes. */
export function failCommand(command: CountFailure, before: Counters): FailCommand | null {
  if (refusalOf(tokenMachine.failCode, before.status) !== null) return null;
  const { serviceId, tokenId, assignmentId, assignmentStatus, driftSteps } = command;
  const after = countersAfterFailure(before, command);
  const { audit, kept } = command.along(after);
  return {
    fail: [
      after.status,
      serviceId,
      tokenId,
      before.status,
      before.failures,
      before.failuresSinceAccepted,
      driftSteps,
      assignmentId,
      assignmentStatus,
    ],
    along: commandOf(none, { kept, audit: { ...audit, serviceId, tokenId } }),
  };
}

export function sealCommand(segment: Segment, { owner, expiresAtMs }: Lease): SealCommand {
  return {
    prolong: [expiresAtMs, sealLease, owner],
    seal: [
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
    ],
  };
}

/** What became of one command. `refused`: the condition no longer held. `answered`: an answer was kept under its key before. */
export type HotResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'answered' }
  | { readonly kind: 'unavailable'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

/** Main to thread. */
export type ToWriter = readonly HotCommand[] | 'close';
/** Thread to main: results in the order of the commands, and how many messages these commands came in. */
export type FromWriter = { readonly messages: number; readonly results: readonly HotResult[] } | 'closed';
