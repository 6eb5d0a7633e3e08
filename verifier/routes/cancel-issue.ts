import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { cancelIssueAnswerSchema } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import type { App, Context } from '../context.ts';
import { callerOf } from '../middleware.ts';
import { decideCancel } from '../rules/issue.ts';
import { answers, apiKeySecurity, forBank, loginIdParams } from './define.ts';
import { userNotFound } from './user-view.ts';

const path = '/v1/users/{loginId}/issue';
type Answer = z.infer<typeof cancelIssueAnswerSchema>;

/** DELETE /v1/users/{loginId}/issue: calls an open issue off; what was handed out for it is worth nothing any more. */
export function cancelIssue(app: App, context: Context): void {
  const route = createRoute({
    method: 'delete',
    path,
    tags: ['Issue and activation'],
    operationId: 'cancelIssue',
    summary: 'Call the open issue or request off (申込を中止する)',
    description:
      'Refused with `nothingToCancel` if none is open, so also if you ask again because the first answer was lost. ' +
      'A token in use is not affected.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'none'),
    request: { params: loginIdParams },
    responses: answers(
      'Whether an issue was called off.',
      cancelIssueAnswerSchema,
      { outcome: 'cancelled' },
      400,
      401,
      403,
      404,
      503,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { serviceId } = caller.institution;
    const { loginId } = c.req.valid('param');
    const answer = await context.store.transaction(serviceId, async (transaction): Promise<Answer> => {
      const nowMs = context.clock.nowMs();
      const user = await transaction.user(serviceId, loginId);
      if (user === null) throw userNotFound();
      const decided = decideCancel(user, nowMs);
      const reason = decided.ok ? null : decided.reason;
      if (decided.ok) await transaction.endIssue(serviceId, decided.value.assignmentId, nowMs);
      await transaction.addAudit(
        auditEntry({
          serviceId,
          atMs: nowMs,
          actor: caller.keyId,
          loginId,
          tokenId: decided.ok ? (user.token?.tokenId ?? null) : null,
          operation: 'cancelIssue',
          outcome: decided.ok ? 'cancelled' : 'refused',
          reason,
        }),
      );
      return decided.ok ? { outcome: 'cancelled' } : { outcome: 'refused', reason: decided.reason };
    });
    return c.json(answer, 200);
  });
}
