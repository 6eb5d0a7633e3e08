import { type Kysely, sql } from 'kysely';
import type { AuditEntry } from '../audit.ts';
import { AlreadyAnswered, type KeptAnswer } from './store.ts';
import type { Tables } from './tables.ts';

/** Rows of decisions, each with the running number of its token that it took; null where it is about none. */
export async function insertAudits(
  db: Kysely<Tables>,
  decisions: readonly { readonly entry: AuditEntry; readonly tokenNumber: number | null }[],
): Promise<void> {
  const rows = decisions.map(({ entry, tokenNumber }) => ({
    service_id: entry.serviceId,
    at_ms: entry.atMs,
    actor: entry.actor,
    login_id: entry.loginId,
    token_id: tokenNumber === null ? null : entry.tokenId,
    token_number: tokenNumber,
    operation: entry.operation,
    purpose: entry.purpose,
    outcome: entry.outcome,
    reason: entry.reason,
    reference: entry.reference,
    acting_login_id: entry.actingLoginId,
    operator: entry.operator,
    document: entry.document,
    note: entry.note,
  }));
  await db.insertInto('audit').values(rows).execute();
}

/** The row of one decision; `tokenNumber` is the token's running number that the decision took. */
export async function insertAudit(db: Kysely<Tables>, entry: AuditEntry, tokenNumber: number | null): Promise<void> {
  await insertAudits(db, [{ entry, tokenNumber }]);
}

/** Takes the token's next running number and writes the row under it. */
export async function addAudit(db: Kysely<Tables>, entry: AuditEntry): Promise<void> {
  if (entry.tokenId === null) return insertAudit(db, entry, null);
  const row = await db
    .updateTable('tokens')
    .set({ audit_number: sql`audit_number + 1` })
    .where('service_id', '=', entry.serviceId)
    .where('token_id', '=', entry.tokenId)
    .returning('audit_number')
    .executeTakeFirst();
  await insertAudit(db, entry, row?.audit_number ?? null);
}

/**
 * One that is over makes room under its key; others are removed beside the hot path and by housekeeping.
 * @throws AlreadyAnswered where one that still counts is there
 */
export async function keepAnswer(
  db: Kysely<Tables>,
  serviceId: string,
  kept: KeptAnswer,
  nowMs: number,
): Promise<void> {
  const answer = {
    body_mac: kept.bodyMac,
    status: kept.status,
    sealed_answer: kept.sealedAnswer,
    expires_at_ms: kept.expiresAtMs,
  };
  const row = await db
    .insertInto('kept_answers')
    .values({ service_id: serviceId, key_mac: kept.keyMac, ...answer })
    .onConflict((conflict) =>
      conflict.columns(['service_id', 'key_mac']).doUpdateSet(answer).where('kept_answers.expires_at_ms', '<=', nowMs),
    )
    .returning('status')
    .executeTakeFirst();
  if (row === undefined) throw new AlreadyAnswered('another request under this idempotency key was first');
}
