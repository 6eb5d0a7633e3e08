import { createRoute } from '@hono/zod-openapi';
import { putUserSchema, userSchema } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import { hashConfirmation } from '../confirmation.ts';
import type { App, Context } from '../context.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import type { UserState } from '../rules/state.ts';
import { isLapsed, isOpen } from '../rules/status.ts';
import type { PutUser, Transaction } from '../store/store.ts';
import { answers, apiKeySecurity, forBank, jsonBody, loginIdParams } from './define.ts';
import { userAnswer, userExample } from './user-view.ts';

const path = '/v1/users/{loginId}';

/** @throws Problem where the contract is unknown, already has its one user, or a token would change contracts */
async function save(transaction: Transaction, put: PutUser, nowMs: number): Promise<UserState> {
  const { serviceId, loginId, contractId } = put;
  const contract = await transaction.contract(serviceId, contractId);
  if (contract === null) {
    throw new Problem('unprocessable', 'There is no such contract. Put the contract first.', {
      fields: [{ path: 'contractId', expected: 'a contract of this institution' }],
    });
  }
  const before = await transaction.user(serviceId, loginId);
  const assignment = before?.assignment ?? null;
  const holds =
    assignment !== null && (assignment.status === 'active' || (isOpen(assignment) && !isLapsed(assignment, nowMs)));
  if (before !== null && before.contract.contractId !== contractId && holds) {
    throw new Problem(
      'conflict',
      'The user holds a token under another contract. Revoke it or call the issue off first.',
    );
  }
  const others = (await transaction.userIdsOf(serviceId, contractId)).filter((other) => other !== loginId);
  if (contract.kind === 'individual' && others.length > 0) {
    throw new Problem('conflict', 'An individual contract has one user, and this one has it already.');
  }
  await transaction.putUser(put);
  const after = await transaction.user(serviceId, loginId);
  if (after === null) throw new Error('a user that was just put is not there');
  return after;
}

/** PUT /v1/users/{loginId}: makes a user or replaces what is known of them; their token stays. */
export function putUser(app: App, context: Context): void {
  const route = createRoute({
    method: 'put',
    path,
    tags: ['Directory'],
    operationId: 'putUser',
    summary: 'Put a user (利用者)',
    description:
      'Creates or replaces the user; their token is not affected. A `confirmationPassword` is registered and its ' +
      'failures are cleared; without one, the registered password stays.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'json'),
    request: {
      params: loginIdParams,
      body: jsonBody(putUserSchema, { contractId: 'C-1001', name: '山田 花子', role: 'general' }),
    },
    responses: answers('The user as they are now.', userSchema, userExample, 400, 401, 403, 409, 413, 415, 422, 503),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { institution } = caller;
    const { serviceId } = institution;
    const { loginId } = c.req.valid('param');
    const { contractId, name, role, email = null, confirmationPassword } = c.req.valid('json');
    const confirmationHash =
      confirmationPassword === undefined
        ? null
        : await context.atWork.apart(
            () =>
              hashConfirmation(
                { serviceId, loginId },
                confirmationPassword,
                context.keyring,
                context.random,
                context.confirmationCost,
              ),
            false,
          );
    const nowMs = context.clock.nowMs();
    const user = await context.store.transaction(serviceId, async (transaction) => {
      const put = { serviceId, loginId, contractId, name, role, email, confirmationHash };
      const saved = await save(transaction, put, nowMs);
      await transaction.addAudit(
        auditEntry({
          serviceId,
          atMs: nowMs,
          actor: caller.keyId,
          loginId,
          operation: 'putUser',
          outcome: 'done',
          reason: confirmationHash === null ? null : 'confirmationPasswordRegistered',
        }),
      );
      return saved;
    });
    return c.json(userAnswer(user, institution, nowMs), 200);
  });
}
