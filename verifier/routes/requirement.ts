import { createRoute } from '@hono/zod-openapi';
import { requirementQuerySchema, requirementSchema } from '../../shared/wire.ts';
import type { App, Context } from '../context.ts';
import { callerOf } from '../middleware.ts';
import { isRegistrable } from '../rules/registration.ts';
import { decideRequirement } from '../rules/requirement.ts';
import { answers, apiKeySecurity, forBank, loginIdParams, timeTextOrNull } from './define.ts';
import { loadUser } from './user-view.ts';

const path = '/v1/users/{loginId}/requirement';

/** GET /v1/users/{loginId}/requirement: whether an operation needs an OTP now. Changes nothing. */
export function requirement(app: App, context: Context): void {
  const route = createRoute({
    method: 'get',
    path,
    tags: ['Use'],
    operationId: 'getRequirement',
    summary: 'Ask whether an operation needs an OTP',
    description:
      'Changes nothing. `blocked` comes with the reason, the screen that helps the user on (`next`) and, if a gate stands, ' +
      'the time at which it opens (`from`). The institution decides what each status blocks. `next: activation` before ' +
      'any issue is for a hardware token shipped by the branch: ask for its serial and OTP.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'none'),
    request: { params: loginIdParams, query: requirementQuerySchema },
    responses: answers(
      'What the operation needs.',
      requirementSchema,
      { otp: 'required', reason: null, next: 'none', from: null },
      400,
      401,
      403,
      404,
      503,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const user = await loadUser(context, caller, c.req.valid('param').loginId);
    const { operation } = c.req.valid('query');
    const { institution } = caller;
    const nowMs = context.clock.nowMs();
    const { tokens } = await context.store.contractHardware(institution.serviceId, user.contract.contractId);
    const shipped = tokens.some((hardware) => isRegistrable(user.loginId, hardware, institution, nowMs));
    const decision = decideRequirement(user, operation, institution, nowMs, shipped);
    const { otp, reason, next, fromMs } = decision;
    return c.json({ otp, reason, next, from: timeTextOrNull(fromMs) }, 200);
  });
}
