import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { type RefusalReason, requestHardwareAnswerSchema, requestHardwareSchema } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, type Keep, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import type { OrderPast } from '../rules/fee.ts';
import { reissuableAtMs } from '../rules/gate.ts';
import { decideHardwareRequest, lineageOf } from '../rules/issue.ts';
import type { UserState } from '../rules/state.ts';
import { lastEnded } from '../rules/status.ts';
import type { Transaction } from '../store/store.ts';
import { lookAtConfirmation, settleConfirmation } from './confirm.ts';
import {
  answers,
  apiKeySecurity,
  forBank,
  idempotencyHeaders,
  jsonBody,
  loginIdParams,
  postProblems,
  refused,
} from './define.ts';
import { endReplaced } from './replacing.ts';
import { loadUser, userNotFound } from './user-view.ts';

const path = '/v1/users/{loginId}/hardware-token';
type Request = z.output<typeof requestHardwareSchema>;
type Answer = z.infer<typeof requestHardwareAnswerSchema>;

/** What the contract had before; an order that this one replaces is none. */
async function pastOf(transaction: Transaction, serviceId: string, user: UserState): Promise<OrderPast> {
  const { loginId, contract } = user;
  const { tokens, orderedBy } = await transaction.contractHardware(serviceId, contract.contractId);
  const last = await transaction.lastToken(serviceId, loginId);
  const { previousAssignmentId } = lineageOf(user);
  return {
    isFirst: tokens.length === 0 && orderedBy.every((id) => id === loginId),
    ended: last?.contractId === contract.contractId ? lastEnded(user) : null,
    replacementSent:
      previousAssignmentId !== null &&
      (await transaction.replacementSent(serviceId, contract.contractId, previousAssignmentId)),
  };
}

async function request(context: Context, caller: Caller, loginId: string, body: Request, keep: Keep): Promise<Answer> {
  const { institution, keyId: actor } = caller;
  const { serviceId } = institution;
  const confirmation = await lookAtConfirmation(
    context,
    caller,
    await loadUser(context, caller, loginId),
    body.confirmationPassword,
  );
  return context.store.transaction(serviceId, async (transaction) => {
    const nowMs = context.clock.nowMs();
    const user = await transaction.user(serviceId, loginId);
    if (user === null) throw userNotFound();
    const finish = async (answer: Answer, reason: string | null, reference: string | null): Promise<Answer> => {
      const kept = keep(answer);
      if (kept !== null) await transaction.keepAnswer(serviceId, kept, nowMs);
      const { outcome } = answer;
      await transaction.addAudit(
        auditEntry({
          serviceId,
          atMs: nowMs,
          actor,
          loginId,
          operation: 'requestHardware',
          outcome,
          reason,
          reference,
        }),
      );
      return answer;
    };

    const refuse = (reason: RefusalReason): Promise<Answer> => {
      const opensAtMs = reason === 'reissueTooEarly' ? reissuableAtMs(user, institution, nowMs) : null;
      return finish(refused(reason, opensAtMs), reason, null);
    };

    const past = await pastOf(transaction, serviceId, user);
    const decided = decideHardwareRequest(user, past, institution, nowMs);
    if (!decided.ok) return refuse(decided.reason);
    const wrong = await settleConfirmation(transaction, serviceId, user, confirmation);
    if (wrong !== null) return refuse(wrong);

    const { replacesAssignmentId, fee, ...lineage } = decided.value;
    await endReplaced(caller, transaction, user, replacesAssignmentId, nowMs);
    const requestId = Buffer.from(context.random(8)).toString('hex');
    const assignmentId = Buffer.from(context.random(12)).toString('hex');
    await transaction.addRequest({
      serviceId,
      assignmentId,
      loginId,
      requestId,
      fee,
      requestedAtMs: nowMs,
      ...lineage,
    });
    return finish({ outcome: 'requested', requestId, fee }, null, requestId);
  });
}

/** POST /v1/users/{loginId}/hardware-token: the user orders a hardware token, which the institution then ships. */
export function requestHardware(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Issue and activation'],
    operationId: 'requestHardwareToken',
    summary: 'Order a hardware token (トークンを発行する)',
    description:
      'Where the institution takes applications at the branch, this is refused with `branchApplicationRequired`: the ' +
      'branch ships and the user activates by serial, without this step. A new order replaces an open issue or order. ' +
      'The fee is decided now: the contract’s first token is free, additional ones and one after loss are charged, and ' +
      'one replacement for an expired token is free. What the user had under another contract does not count.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'json'),
    request: { params: loginIdParams, headers: idempotencyHeaders, body: jsonBody(requestHardwareSchema, {}) },
    responses: answers(
      'The order, or why there is none.',
      requestHardwareAnswerSchema,
      { outcome: 'requested', requestId: '5f0c2a91d7e3b846', fee: { kind: 'free', amountYen: 0 } },
      ...postProblems,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { loginId } = c.req.valid('param');
    const body = c.req.valid('json');
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) =>
      request(context, caller, loginId, body, keep),
    );
    return c.json(answer, 200);
  });
}
