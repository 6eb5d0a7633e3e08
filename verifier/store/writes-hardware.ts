import { type Kysely, sql } from 'kysely';
import { assignmentMachine, sourcesOf, tokenMachine } from '../rules/machines.ts';
import { insertAudits } from './journal.ts';
import type { Transaction } from './store.ts';
import type { Tables } from './tables.ts';

type HardwareWriter = Pick<
  Transaction,
  | 'addStock'
  | 'shipToken'
  | 'addShipment'
  | 'addRequest'
  | 'registerHardware'
  | 'setTried'
  | 'unlockToken'
  | 'disableToken'
>;

/** Changes of stock, orders and registrations, through one connection that is inside a transaction. */
export function hardwareWriterOver(db: Kysely<Tables>): HardwareWriter {
  const makeCurrent = (serviceId: string, loginId: string, assignmentId: string) =>
    db
      .updateTable('users')
      .set({ assignment_id: assignmentId })
      .where('service_id', '=', serviceId)
      .where('login_id', '=', loginId)
      .execute();

  return {
    async addStock(tokens, audit) {
      if (tokens.length === 0) return;
      const rows = tokens.map((token) => ({
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
        drift_steps: token.driftSteps,
        failures: 0,
        failures_since_accepted: 0,
        audit_number: 1,
        expires_at_ms: token.expiresAtMs,
      }));
      await db.insertInto('tokens').values(rows).execute();
      await insertAudits(
        db,
        tokens.map(({ tokenId }) => ({ entry: { ...audit, tokenId }, tokenNumber: 1 })),
      );
    },

    async shipToken(serviceId, serial, contractId, requestId) {
      const request = await db
        .selectFrom('assignments')
        .innerJoin('users', (join) =>
          join
            .onRef('users.service_id', '=', 'assignments.service_id')
            .onRef('users.login_id', '=', 'assignments.login_id'),
        )
        .select('assignments.assignment_id')
        .where('assignments.service_id', '=', serviceId)
        .where('assignments.request_id', '=', requestId ?? '')
        .where('assignments.status', 'in', sourcesOf(assignmentMachine.ship))
        .where('users.contract_id', '=', contractId)
        .executeTakeFirst();
      if (requestId !== null && request === undefined) return false;
      const shipped = await db
        .updateTable('tokens')
        .set({ contract_id: contractId })
        .where('service_id', '=', serviceId)
        .where('serial', '=', serial)
        .where('status', 'in', sourcesOf(tokenMachine.ship))
        .where(({ eb, or }) => or([eb('contract_id', 'is', null), eb('contract_id', '=', contractId)]))
        .returning('token_id')
        .executeTakeFirst();
      if (shipped === undefined) return false;
      await db
        .updateTable('assignments')
        .set({ status: 'issued' })
        .where('service_id', '=', serviceId)
        .where('assignment_id', '=', request?.assignment_id ?? '')
        .execute();
      return true;
    },

    async addShipment(shipment) {
      await db
        .insertInto('shipments')
        .values({
          service_id: shipment.serviceId,
          token_id: shipment.tokenId,
          contract_id: shipment.contractId,
          cause: shipment.cause,
          fee_kind: shipment.fee.kind,
          fee_yen: shipment.fee.amountYen,
          request_id: shipment.requestId,
          replaces_token_id: shipment.replacesTokenId,
          shipped_at_ms: shipment.shippedAtMs,
        })
        .execute();
    },

    async addRequest(request) {
      await db
        .insertInto('assignments')
        .values({
          service_id: request.serviceId,
          assignment_id: request.assignmentId,
          login_id: request.loginId,
          kind: 'hardware',
          status: 'requested',
          prior_status: request.priorStatus,
          previous_assignment_id: request.previousAssignmentId,
          request_id: request.requestId,
          fee_kind: request.fee.kind,
          fee_yen: request.fee.amountYen,
          password_failures: 0,
          issued_at_ms: request.requestedAtMs,
        })
        .execute();
      await makeCurrent(request.serviceId, request.loginId, request.assignmentId);
    },

    async registerHardware({ serviceId, assignmentId, loginId, tokenId, priorStatus, previousAssignmentId, nowMs }) {
      const ordered = await db
        .updateTable('assignments')
        .set({ status: 'active', token_id: tokenId, activated_at_ms: nowMs })
        .where('service_id', '=', serviceId)
        .where('assignment_id', '=', assignmentId)
        .where('status', 'in', sourcesOf(assignmentMachine.activateSerial))
        .where('kind', '=', 'hardware')
        .returning('assignment_id')
        .executeTakeFirst();
      if (ordered === undefined) {
        await db
          .insertInto('assignments')
          .values({
            service_id: serviceId,
            assignment_id: assignmentId,
            login_id: loginId,
            kind: 'hardware',
            token_id: tokenId,
            status: 'active',
            prior_status: priorStatus,
            previous_assignment_id: previousAssignmentId,
            password_failures: 0,
            issued_at_ms: nowMs,
            activated_at_ms: nowMs,
          })
          .execute();
        await makeCurrent(serviceId, loginId, assignmentId);
      }
      await db
        .updateTable('users')
        .set({ tried_token_id: null })
        .where('service_id', '=', serviceId)
        .where('login_id', '=', loginId)
        .execute();
    },

    async setTried(serviceId, loginId, tokenId) {
      await db
        .updateTable('users')
        .set({ tried_token_id: tokenId })
        .where('service_id', '=', serviceId)
        .where('login_id', '=', loginId)
        .execute();
    },

    async unlockToken(serviceId, tokenId) {
      const unlocked = await db
        .updateTable('tokens')
        .set({
          status: sql`CASE WHEN kind = 'hardware' AND last_step < 0 THEN 'stock' ELSE 'active' END`,
          failures: 0,
        })
        .where('service_id', '=', serviceId)
        .where('token_id', '=', tokenId)
        .where('status', 'in', sourcesOf(tokenMachine.unlock))
        .returning('token_id')
        .executeTakeFirst();
      if (unlocked === undefined) return false;
      await db
        .updateTable('users')
        .set({ tried_token_id: null })
        .where('service_id', '=', serviceId)
        .where('tried_token_id', '=', tokenId)
        .execute();
      return true;
    },

    async disableToken(serviceId, tokenId, detail) {
      const disabled = await db
        .updateTable('tokens')
        .set({ status: 'disabled', status_detail: detail })
        .where('service_id', '=', serviceId)
        .where('token_id', '=', tokenId)
        .where('kind', '=', 'hardware')
        .where('status', 'in', sourcesOf(tokenMachine.report))
        .returning('token_id')
        .executeTakeFirst();
      return disabled !== undefined;
    },
  };
}
