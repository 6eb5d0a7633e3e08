import { createRoute } from '@hono/zod-openapi';
import { userSchema } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import type { App, Context } from '../context.ts';
import { callerOf } from '../middleware.ts';
import { isOpen } from '../rules/status.ts';
import { answers, apiKeySecurity, forBank, loginIdParams } from './define.ts';
import { endAssignment } from './revoking.ts';
import { userAnswer, userExample, userNotFound } from './user-view.ts';

const path = '/v1/users/{loginId}';

/** DELETE /v1/users/{loginId}: the user goes, their assignment is revoked, the log stays. */
export function deleteUser(app: App, context: Context): void {
  const route = createRoute({
    method: 'delete',
    path,
    tags: ['Directory'],
    operationId: 'deleteUser',
    summary: 'Remove a user',
    description:
      'Revokes the user’s assignment or calls an open issue off. History stays in the log. If you ask again because the ' +
      'first answer was lost, you get 404: the user is gone.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'none'),
    request: { params: loginIdParams },
    responses: answers('The user as they were left.', userSchema, userExample, 400, 401, 403, 404, 503),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { serviceId } = caller.institution;
    const { loginId } = c.req.valid('param');
    const nowMs = context.clock.nowMs();
    const user = await context.store.transaction(serviceId, async (transaction) => {
      const before = await transaction.user(serviceId, loginId);
      if (before === null) throw userNotFound();
      const { assignment, token } = before;
      if (assignment !== null && isOpen(assignment)) {
        await transaction.endIssue(serviceId, assignment.assignmentId, nowMs);
      } else {
        await endAssignment(caller, transaction, before, 'userRemoved', nowMs);
      }
      const after = await transaction.user(serviceId, loginId);
      await transaction.removeUser(serviceId, loginId, nowMs);
      await transaction.addAudit(
        auditEntry({
          serviceId,
          atMs: nowMs,
          actor: caller.keyId,
          loginId,
          tokenId: token?.tokenId ?? null,
          operation: 'deleteUser',
          outcome: 'done',
        }),
      );
      return after ?? before;
    });
    return c.json(userAnswer(user, caller.institution, nowMs), 200);
  });
}
