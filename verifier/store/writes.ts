import { type Kysely, sql } from 'kysely';
import { assignmentMachine, sourcesOf, tokenMachine } from '../rules/machines.ts';
import { acceptStep, countFailure } from './hot.ts';
import { addAudit, keepAnswer } from './journal.ts';
import { readerOver } from './reads.ts';
import type { Transaction } from './store.ts';
import type { Tables } from './tables.ts';
import { hardwareWriterOver } from './writes-hardware.ts';

const noBytes = new Uint8Array();

/** The end of a software token, whatever ended it; hardware is left as it is. */
export async function wipe(db: Kysely<Tables>, serviceId: string, tokenId: string): Promise<void> {
  await db
    .updateTable('tokens')
    .set({ status: 'void', sealed_seed: noBytes, seed_version: sql`seed_version + 1` })
    .where('service_id', '=', serviceId)
    .where('token_id', '=', tokenId)
    .where('kind', '=', 'software')
    .where('status', 'in', sourcesOf(tokenMachine.wipe))
    .execute();
}

/** Where the row of a user's new token is put, for a database that cares; undefined: anywhere. */
type RowFor = (db: Kysely<Tables>, serviceId: string, loginId: string) => Promise<{ token_row: number } | undefined>;

/** What may be changed through one connection that is inside a transaction. */
export function transactionOver(db: Kysely<Tables>, rowFor?: RowFor): Transaction {
  return {
    ...readerOver(db),
    ...hardwareWriterOver(db),
    acceptStep: (command) => acceptStep(db, command),
    countFailure: (command) => countFailure(db, command),

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
        .set({
          removed_at_ms: nowMs,
          confirmation_hash: null,
          confirmation_failures: 0,
          email: null,
          tried_token_id: null,
        })
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

    async addToken(token, forLoginId) {
      const row = forLoginId === undefined ? undefined : await rowFor?.(db, token.serviceId, forLoginId);
      await db
        .insertInto('tokens')
        .values({
          ...row,
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
          kind: 'software',
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
        .where('status', 'in', sourcesOf(assignmentMachine.cancelIssue))
        .returning(['token_id', 'login_id', 'previous_assignment_id'])
        .executeTakeFirst();
      if (ended === undefined) return false;
      await wipe(db, serviceId, ended.token_id ?? '');
      await db
        .updateTable('users')
        .set({ assignment_id: ended.previous_assignment_id })
        .where('service_id', '=', serviceId)
        .where('login_id', '=', ended.login_id)
        .where('assignment_id', '=', assignmentId)
        .execute();
      return true;
    },

    async endAssignment(serviceId, assignmentId, to, cause, nowMs) {
      const { revoke, deactivate } = assignmentMachine;
      const row = await db
        .updateTable('assignments')
        .set({ status: to, ended_at_ms: nowMs, end_cause: cause })
        .where('service_id', '=', serviceId)
        .where('assignment_id', '=', assignmentId)
        .where('status', 'in', sourcesOf(to === 'revoked' ? revoke : deactivate))
        .returning('token_id')
        .executeTakeFirst();
      if (row === undefined) return false;
      await wipe(db, serviceId, row.token_id ?? '');
      return true;
    },

    async provision(serviceId, assignmentId, thumbprint, nowMs) {
      const row = await db
        .updateTable('assignments')
        .set({ status: 'provisioned', thumbprint, provisioned_at_ms: nowMs })
        .where('service_id', '=', serviceId)
        .where('assignment_id', '=', assignmentId)
        .where('status', 'in', sourcesOf(assignmentMachine.provision))
        .where('thumbprint', 'is', null)
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
          ended_at_ms: sql`CASE WHEN password_failures + 1 >= ${limit} THEN CAST(${nowMs} AS BIGINT) ELSE NULL END`,
        })
        .where('service_id', '=', serviceId)
        .where('assignment_id', '=', assignmentId)
        .where('status', 'in', sourcesOf(assignmentMachine.guessPassword))
        .returning(['token_id', 'status'])
        .executeTakeFirst();
      const voided = row?.status === 'unregistered';
      await wipe(db, serviceId, (voided ? row.token_id : null) ?? '');
      return voided;
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
