import { createRoute } from '@hono/zod-openapi';
import { userSchema } from '../../shared/wire.ts';
import type { App, Context } from '../context.ts';
import { callerOf } from '../middleware.ts';
import { answers, apiKeySecurity, forBank, loginIdParams } from './define.ts';
import { loadUser, userAnswer, userExample } from './user-view.ts';

const path = '/v1/users/{loginId}';

/** GET /v1/users/{loginId}: a user with the status of their OTP. */
export function getUser(app: App, context: Context): void {
  const route = createRoute({
    method: 'get',
    path,
    tags: ['Directory'],
    operationId: 'getUser',
    summary: 'Get a user and the status of their OTP',
    description: 'The status is the same as in the user list. Another spelling of the login ID is another user.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'none'),
    request: { params: loginIdParams },
    responses: answers('The user.', userSchema, userExample, 400, 401, 403, 404, 503),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const user = await loadUser(context, caller, c.req.valid('param').loginId);
    return c.json(userAnswer(user, caller.institution, context.clock.nowMs()), 200);
  });
}
