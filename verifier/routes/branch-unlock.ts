import { createRoute } from '@hono/zod-openapi';
import { branchUnlockSchema, unlockAnswerSchema } from '../../shared/wire.ts';
import type { App, Context } from '../context.ts';
import { idempotencyMs, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { actingBranch } from './acting.ts';
import { answers, apiKeySecurity, forBank, idempotencyHeaders, jsonBody } from './define.ts';
import { unlockAll } from './unlocking.ts';

const path = '/v1/branch/unlocks';

/** POST /v1/branch/unlocks: the branch lifts lockouts on a customer's application. */
export function branchUnlock(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Branch'],
    operationId: 'branchUnlock',
    summary: 'Lift lockouts at the branch (利用停止解除)',
    description:
      'For every user of the institution, masters and shared tokens too; all or none. A token that must be replaced ' +
      '(`mustBeReissued`) is refused here too.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'branch', 'json'),
    request: {
      headers: idempotencyHeaders,
      body: jsonBody(branchUnlockSchema, { operator: 'S-0042', document: 'D-2026-0815', loginIds: ['hanako'] }),
    },
    responses: answers(
      'What became of each user.',
      unlockAnswerSchema,
      {
        outcome: 'done',
        reason: null,
        results: [
          {
            loginId: 'hanako',
            name: '山田 花子',
            role: 'master',
            serial: null,
            outcome: 'unlocked',
            reason: null,
            status: 'active',
          },
        ],
      },
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
    const acting = actingBranch(caller, body);
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) =>
      context.store.transaction(serviceId, async (transaction) => {
        const nowMs = context.clock.nowMs();
        const unlocked = await unlockAll(caller, transaction, acting, body.loginIds, nowMs, body.cause);
        const kept = keep(unlocked);
        if (kept !== null) await transaction.keepAnswer(serviceId, kept, nowMs);
        return unlocked;
      }),
    );
    return c.json(answer, 200);
  });
}
