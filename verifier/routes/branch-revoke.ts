import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { branchRevokeSchema, revokeAnswerSchema } from '../../shared/wire.ts';
import type { App, Context } from '../context.ts';
import { idempotencyMs, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { actingBranch } from './acting.ts';
import { answers, apiKeySecurity, forBank, idempotencyHeaders, jsonBody } from './define.ts';
import { revokedExample } from './revoke.ts';
import { carryOut, decideRevocations } from './revoking.ts';

const path = '/v1/branch/revocations';
type Answer = z.infer<typeof revokeAnswerSchema>;

/** POST /v1/branch/revocations: the branch revokes tokens on a customer's application. */
export function branchRevoke(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Branch'],
    operationId: 'branchRevoke',
    summary: 'Revoke tokens at the branch (失効)',
    description: 'For every user of the institution, masters too; all or none. Others who share the token keep it.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'branch', 'json'),
    request: {
      headers: idempotencyHeaders,
      body: jsonBody(branchRevokeSchema, {
        operator: 'S-0042',
        document: 'D-2026-0815',
        loginIds: ['jiro'],
        cause: 'lost',
      }),
    },
    responses: answers(
      'What became of each user.',
      revokeAnswerSchema,
      { outcome: 'done', reason: null, remainingAttempts: null, results: [revokedExample] },
      400,
      401,
      403,
      409,
      413,
      415,
      422,
      503,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { serviceId } = caller.institution;
    const body = c.req.valid('json');
    const { loginIds, cause } = body;
    const acting = actingBranch(caller, body);
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) =>
      context.store.transaction(serviceId, async (transaction): Promise<Answer> => {
        const nowMs = context.clock.nowMs();
        const decisions = await decideRevocations(caller, transaction, acting, loginIds, cause, false);
        const carried = await carryOut(caller, transaction, acting, decisions, cause, nowMs);
        const revoked: Answer = { ...carried, reason: null, remainingAttempts: null };
        const kept = keep(revoked);
        if (kept !== null) await transaction.keepAnswer(serviceId, kept, nowMs);
        return revoked;
      }),
    );
    return c.json(answer, 200);
  });
}
