import type { SQLInputValue } from 'node:sqlite';
import type { AuditEntry } from '../audit.ts';
import { sourcesOf, tokenMachine } from '../rules/machines.ts';
import type { AcceptStep, Along, KeptAnswer } from './store.ts';

/**
 * A change that shares its commit with others, as it goes to the thread that writes: values in the order in which the
 * statements below take them, since lists of plain values are the cheapest to send.
 */
export interface HotCommand {
  /** Of `acceptSql`. Null: a decision that moved no counter. */
  readonly accept: readonly SQLInputValue[] | null;
  /** Of `auditSql`, but for the running number, which comes last. Institution, time and token come first. */
  readonly audit: readonly SQLInputValue[];
  /** Of `keepSql`; null where the caller sent no idempotency key. */
  readonly kept: readonly SQLInputValue[] | null;
}

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

function keptValues(serviceId: string, kept: KeptAnswer | null): readonly SQLInputValue[] | null {
  if (kept === null) return null;
  return [serviceId, kept.keyMac, kept.bodyMac, kept.status, kept.sealedAnswer, kept.expiresAtMs];
}

export function recordCommand({ audit, kept }: Along): HotCommand {
  return { accept: null, audit: auditValues(audit), kept: keptValues(audit.serviceId, kept) };
}

export function acceptCommand({ step, drift, serviceId, tokenId, assignmentId, along }: AcceptStep): HotCommand {
  return {
    ...recordCommand(along),
    accept: [step, drift.afterSteps, serviceId, tokenId, drift.beforeSteps, assignmentId],
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
/** Thread to main: results in the order of the commands. */
export type FromWriter = readonly HotResult[] | 'closed';
