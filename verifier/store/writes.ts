import { type Kysely, sql } from 'kysely';
import type { AuditEntry } from '../audit.ts';
import { readerOver } from './reads.ts';
import { AlreadyAnswered, type KeptAnswer, type Transaction } from './store.ts';
import type { Tables } from './tables.ts';

const open = ['requested', 'issued', 'provisioned'] as const;
const noBytes = new Uint8Array();

/** The row of one decision; `tokenNumber` is the token's running number that the decision took. */
export async function insertAudit(db: Kysely<Tables>, entry: AuditEntry, tokenNumber: number | null): Promise<void> {
  await db
    .insertInto('audit')
    .values({
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
    })
    .execute();
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

/** @throws AlreadyAnswered where one that still counts is there */
export async function keepAnswer(
  db: Kysely<Tables>,
  serviceId: string,
  kept: KeptAnswer,
  nowMs: number,
): Promise<void> {
  await db.deleteFrom('kept_answers').where('expires_at_ms', '<=', nowMs).execute();
  const row = await db
    .insertInto('kept_answers')
    .values({
      service_id: serviceId,
      key_mac: kept.keyMac,
      body_mac: kept.bodyMac,
      status: kept.status,
      sealed_answer: kept.sealedAnswer,
      expires_at_ms: kept.expiresAtMs,
    })
    .onConflict((conflict) => conflict.columns(['service_id', 'key_mac']).doNothing())
    .returning('status')
    .executeTakeFirst();
  if (row === undefined) throw new AlreadyAnswered('another request under this idempotency key was first');
}

/** What may be changed through one connection that is inside a transaction. */
export function transactionOver(db: Kysely<Tables>): Transaction {
  return {
    ...readerOver(db),

    async putInstitution(institution, nowMs) {
      const values = { document: JSON.stringify(institution), applied_at_ms: nowMs };
      await db
        .insertInto('institutions')
        .values({ service_id: institution.serviceId, ...values })
        .onConflict((conflict) => conflict.column('service_id').doUpdateSet(values))
        .execute();
    },

    async addApiKey(key) {
      await db
        .insertInto('api_keys')
        .values({
          key_id: key.keyId,
          service_id: key.serviceId,
          secret_hash: key.secretHash,
          scopes: key.scopes.join(','),
          created_at_ms: key.createdAtMs,
          expires_at_ms: key.expiresAtMs,
          revoked_at_ms: key.revokedAtMs,
        })
        .execute();
    },

    async revokeApiKey(keyId, nowMs) {
      const row = await db
        .updateTable('api_keys')
        .set({ revoked_at_ms: nowMs })
        .where('key_id', '=', keyId)
        .where('revoked_at_ms', 'is', null)
        .returning('key_id')
        .executeTakeFirst();
      return row !== undefined;
    },

    async putContract(serviceId, contract) {
      const values = { kind: contract.kind, name: contract.name, otp_starts_on: contract.otpStartsOn };
      await db
        .insertInto('contracts')
        .values({ service_id: serviceId, contract_id: contract.contractId, ...values })
        .onConflict((conflict) => conflict.columns(['service_id', 'contract_id']).doUpdateSet(values))
        .execute();
    },

    async userIdsOf(serviceId, contractId) {
      const rows = await db
        .selectFrom('users')
        .select('login_id')
        .where('service_id', '=', serviceId)
        .where('contract_id', '=', contractId)
        .where('removed_at_ms', 'is', null)
        .limit(2)
        .execute();
      return rows.map((row) => row.login_id);
    },

    async putUser(user) {
      const values = {
        contract_id: user.contractId,
        name: user.name,
        role: user.role,
        email: user.email,
        removed_at_ms: null,
        ...(user.confirmationHash === null
          ? {}
          : { confirmation_hash: user.confirmationHash, confirmation_failures: 0 }),
      };
      await db
        .insertInto('users')
        .values({ service_id: user.serviceId, login_id: user.loginId, confirmation_failures: 0, ...values })
        .onConflict((conflict) => conflict.columns(['service_id', 'login_id']).doUpdateSet(values))
        .execute();
    },

    async removeUser(serviceId, loginId, nowMs) {
      await db
        .updateTable('users')
        .set({ removed_at_ms: nowMs, confirmation_hash: null, confirmation_failures: 0, email: null })
        .where('service_id', '=', serviceId)
        .where('login_id', '=', loginId)
        .execute();
    },

    async countConfirmationFailure(serviceId, loginId, limit) {
      const row = await db
        .updateTable('users')
        .set({ confirmation_failures: sql`confirmation_failures + 1` })
        .where('service_id', '=', serviceId)
        .where('login_id', '=', loginId)
        .where('confirmation_failures', '<', limit)
        .returning('confirmation_failures')
        .executeTakeFirst();
      return row?.confirmation_failures ?? null;
    },

    async clearConfirmationFailures(serviceId, loginId, limit) {
      const row = await db
        .updateTable('users')
        .set({ confirmation_failures: 0 })
        .where('service_id', '=', serviceId)
        .where('login_id', '=', loginId)
        .where('confirmation_failures', '<', limit)
        .returning('login_id')
        .executeTakeFirst();
      return row !== undefined;
    },

    async addToken(token) {
      await db
        .insertInto('tokens')
        .values({
          service_id: token.serviceId,
          token_id: token.tokenId,
          kind: token.kind,
          serial: token.serial,
          status: token.status,
          algorithm: token.parameters.algorithm,
          digits: token.parameters.digits,
          period_seconds: token.parameters.periodSeconds,
          sealed_seed: token.sealedSeed,
          seed_version: token.seedVersion,
          last_step: -1,
          drift_steps: 0,
          failures: 0,
          failures_since_accepted: 0,
          audit_number: 0,
          expires_at_ms: token.expiresAtMs,
        })
        .execute();
    },

    async addIssue(issue) {
      await db
        .insertInto('assignments')
        .values({
          service_id: issue.serviceId,
          assignment_id: issue.assignmentId,
          login_id: issue.loginId,
          token_id: issue.tokenId,
          status: 'issued',
          prior_status: issue.priorStatus,
          previous_assignment_id: issue.previousAssignmentId,
          user_id: issue.userId,
          activation_mac: issue.activationMac,
          password_failures: 0,
          issued_at_ms: issue.issuedAtMs,
          lapses_at_ms: issue.lapsesAtMs,
        })
        .execute();
      await db
        .updateTable('users')
        .set({ assignment_id: issue.assignmentId })
        .where('service_id', '=', issue.serviceId)
        .where('login_id', '=', issue.loginId)
        .execute();
    },

    async endIssue(serviceId, assignmentId, nowMs) {
      const ended = await db
        .updateTable('assignments')
        .set({ status: 'unregistered', activation_mac: null, ended_at_ms: nowMs })
        .where('service_id', '=', serviceId)
        .where('assignment_id', '=', assignmentId)
        .where('status', 'in', open)
        .returning(['token_id', 'login_id', 'previous_assignment_id'])
        .executeTakeFirst();
      if (ended === undefined) return false;
      await db
        .updateTable('tokens')
        .set({ status: 'void', sealed_seed: noBytes, seed_version: sql`seed_version + 1` })
        .where('service_id', '=', serviceId)
        .where('token_id', '=', ended.token_id)
        .where('kind', '=', 'software')
        .execute();
      await db
        .updateTable('users')
        .set({ assignment_id: ended.previous_assignment_id })
        .where('service_id', '=', serviceId)
        .where('login_id', '=', ended.login_id)
        .where('assignment_id', '=', assignmentId)
        .execute();
      return true;
    },

    async revokeAssignment(serviceId, assignmentId, nowMs) {
      const row = await db
        .updateTable('assignments')
        .set({ status: 'revoked', ended_at_ms: nowMs })
        .where('service_id', '=', serviceId)
        .where('assignment_id', '=', assignmentId)
        .where('status', '=', 'active')
        .returning('token_id')
        .executeTakeFirst();
      return row !== undefined;
    },

    async provision(serviceId, assignmentId, thumbprint, nowMs) {
      const row = await db
        .updateTable('assignments')
        .set({ status: 'provisioned', thumbprint, provisioned_at_ms: nowMs })
        .where('service_id', '=', serviceId)
        .where('assignment_id', '=', assignmentId)
        .where('status', '=', 'issued')
        .returning('token_id')
        .executeTakeFirst();
      return row !== undefined;
    },

    async countActivationPassword(serviceId, assignmentId, limit, nowMs) {
      const row = await db
        .updateTable('assignments')
        .set({
          password_failures: sql`password_failures + 1`,
          status: sql`CASE WHEN password_failures + 1 >= ${limit} THEN 'unregistered' ELSE status END`,
          activation_mac: sql`CASE WHEN password_failures + 1 >= ${limit} THEN NULL ELSE activation_mac END`,
          ended_at_ms: sql`CASE WHEN password_failures + 1 >= ${limit} THEN ${nowMs} ELSE NULL END`,
        })
        .where('service_id', '=', serviceId)
        .where('assignment_id', '=', assignmentId)
        .where('status', 'in', ['issued', 'provisioned'])
        .where('password_failures', '<', limit)
        .returning(['token_id', 'status'])
        .executeTakeFirst();
      const ended = row?.status === 'unregistered';
      await db
        .updateTable('tokens')
        .set({ status: 'void', sealed_seed: noBytes, seed_version: sql`seed_version + 1` })
        .where('service_id', '=', serviceId)
        .where('token_id', '=', ended ? row.token_id : '')
        .execute();
    },

    addAudit: (entry) => addAudit(db, entry),
    keepAnswer: (serviceId, kept, nowMs) => keepAnswer(db, serviceId, kept, nowMs),

    async replaceAnswer(serviceId, kept) {
      await db
        .updateTable('kept_answers')
        .set({ sealed_answer: kept.sealedAnswer, status: kept.status })
        .where('service_id', '=', serviceId)
        .where('key_mac', '=', kept.keyMac)
        .execute();
    },
  };
}
