import { type Kysely, sql } from 'kysely';
import { assignmentMachine, sourcesOf, tokenMachine } from '../rules/machines.ts';
import { insertAudit, keepAnswer } from './journal.ts';
import type { AcceptStep, ActivateToken, Along, Counters, CountFailure, TokenKey } from './store.ts';
import type { Tables } from './tables.ts';

async function writeAlong(db: Kysely<Tables>, along: Along, tokenNumber: number): Promise<void> {
  if (along.kept !== null) await keepAnswer(db, along.audit.serviceId, along.kept, along.audit.atMs);
  await insertAudit(db, along.audit, tokenNumber);
}

/** One row if the user still has the token under an assignment of this status, and always for a registration (`loginId` null). */
function assigned(db: Kysely<Tables>, key: TokenKey, status: 'active' | 'provisioned') {
  if (key.loginId === null) return db.selectNoFrom(sql<string>`1`.as('assignment_id'));
  return db
    .selectFrom('assignments')
    .select('assignment_id')
    .where('service_id', '=', key.serviceId)
    .where('token_id', '=', key.tokenId)
    .where('login_id', '=', key.loginId)
    .where('status', '=', status);
}

/**
 * Inside a transaction: accepts `step` if it is above the last one, token and assignment are in use and the drift is as it
 * was read; false otherwise.
 */
export async function acceptStep(db: Kysely<Tables>, command: AcceptStep): Promise<boolean> {
  const row = await db
    .updateTable('tokens')
    .set({
      status: 'active',
      last_step: command.step,
      drift_steps: command.drift.afterSteps,
      failures: 0,
      failures_since_accepted: 0,
      audit_number: sql`audit_number + 1`,
    })
    .where('service_id', '=', command.serviceId)
    .where('token_id', '=', command.tokenId)
    .where('status', 'in', sourcesOf(tokenMachine.acceptCode))
    .where('last_step', '<', command.step)
    .where('drift_steps', '=', command.drift.beforeSteps)
    .where(({ exists }) => exists(assigned(db, command, 'active')))
    .returning('audit_number')
    .executeTakeFirst();
  if (row === undefined) return false;
  await writeAlong(db, command.along, row.audit_number);
  return true;
}

/**
 * Inside a transaction: counts one wrong code; the failure that reaches a limit also changes the status. Null if the drift
 * is not as it was read: the code was searched in the wrong window and may be a replay, which does not count.
 */
export async function countFailure(db: Kysely<Tables>, command: CountFailure): Promise<Counters | null> {
  const row = await db
    .updateTable('tokens')
    .set({
      failures: sql`failures + 1`,
      failures_since_accepted: sql`failures_since_accepted + 1`,
      status: sql`CASE
        WHEN failures_since_accepted + 1 >= ${command.disableAfterFailures} THEN 'disabled'
        WHEN failures + 1 >= ${command.afterFailures} THEN 'locked'
        ELSE status END`,
      audit_number: sql`audit_number + 1`,
    })
    .where('service_id', '=', command.serviceId)
    .where('token_id', '=', command.tokenId)
    .where('status', 'in', sourcesOf(tokenMachine.failCode))
    .where('drift_steps', '=', command.driftSteps)
    .where(({ exists }) => exists(assigned(db, command, command.assignmentStatus)))
    .returning(['status', 'failures', 'failures_since_accepted', 'audit_number'])
    .executeTakeFirst();
  if (row === undefined) return null;
  const { status, failures, failures_since_accepted: failuresSinceAccepted } = row;
  const counters: Counters = { status, failures, failuresSinceAccepted };
  await writeAlong(db, command.along(counters), row.audit_number);
  return counters;
}

/** Inside a transaction: the first accepted step of a provisioned token, with the seed that is used from now on. */
export async function activateToken(db: Kysely<Tables>, command: ActivateToken): Promise<boolean> {
  const row = await db
    .updateTable('tokens')
    .set({
      last_step: command.step,
      failures: 0,
      failures_since_accepted: 0,
      sealed_seed: command.sealedSeed,
      seed_version: command.seedVersion + 1,
      audit_number: sql`audit_number + 1`,
    })
    .where('service_id', '=', command.serviceId)
    .where('token_id', '=', command.tokenId)
    .where('status', 'in', sourcesOf(tokenMachine.acceptCode))
    .where('seed_version', '=', command.seedVersion)
    .where('last_step', '<', command.step)
    .where(({ exists }) => exists(assigned(db, command, 'provisioned')))
    .returning('audit_number')
    .executeTakeFirst();
  if (row === undefined) return false;
  await db
    .updateTable('assignments')
    .set({ status: 'active', activation_mac: null, lapses_at_ms: null, activated_at_ms: command.nowMs })
    .where('service_id', '=', command.serviceId)
    .where('assignment_id', '=', command.assignmentId)
    .where('status', 'in', sourcesOf(assignmentMachine.activate))
    .execute();
  // A user with a token of their own is no longer blocked by one that they tried to register before.
  await db
    .updateTable('users')
    .set({ tried_token_id: null })
    .where('service_id', '=', command.serviceId)
    .where('login_id', '=', command.loginId)
    .where('tried_token_id', 'is not', null)
    .execute();
  await writeAlong(db, command.along, row.audit_number);
  return true;
}
