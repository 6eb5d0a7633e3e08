import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { unlockAnswerSchema, unlockSchema } from '../../shared/wire.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, type Keep, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { type Acting, actingEntry } from './acting.ts';
import { lookAtConfirmation, settleConfirmation } from './confirm.ts';
import { answers, apiKeySecurity, forBank, idempotencyHeaders, jsonBody, postProblems } from './define.ts';
import { type UnlockAnswer, unlockAll } from './unlocking.ts';
import { loadUser, userNotFound } from './user-view.ts';

const path = '/v1/unlocks';
type Request = z.output<typeof unlockSchema>;

async function unlockByUser(context: Context, caller: Caller, request: Request, keep: Keep): Promise<UnlockAnswer> {
  const { serviceId } = caller.institution;
  const { actor, confirmationPassword, loginIds } = request;
  const loaded = await loadUser(context, caller, actor);
  const confirmation = await lookAtConfirmation(context, caller, loaded, confirmationPassword);
  return context.store.transaction(serviceId, async (transaction) => {
    const nowMs = context.clock.nowMs();
    const user = await transaction.user(serviceId, actor);
    if (user === null) throw userNotFound();
    const acting: Acting = { by: 'user', user };
    const wrong = await settleConfirmation(transaction, serviceId, user, confirmation);
    let answer: UnlockAnswer;
    if (wrong === null) {
      answer = await unlockAll(caller, transaction, acting, loginIds, nowMs);
    } else {
      answer = { outcome: 'refused', reason: wrong, results: [] };
      const row = { atMs: nowMs, operation: 'unlock', outcome: 'refused', reason: wrong, loginId: actor } as const;
      await transaction.addAudit(actingEntry(caller, acting, row));
    }
    const kept = keep(answer);
    if (kept !== null) await transaction.keepAnswer(serviceId, kept, nowMs);
    return answer;
  });
}

/** POST /v1/unlocks: a user lifts the lockouts of others, as far as the institution lets them. */
export function unlock(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Administration by users'],
    operationId: 'unlock',
    summary: 'Lift lockouts (利用停止解除)',
    description:
      'All or none: if one user is refused, the others are `unchanged`. Unlocking applies to the token, so to everybody ' +
      'who shares it, and the acting user needs the right for each of them. Nobody unlocks themselves or a token that ' +
      'they share. The wrong OTPs since the last accepted one still count towards the hard stop.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'json'),
    request: {
      headers: idempotencyHeaders,
      body: jsonBody(unlockSchema, { actor: 'hanako', confirmationPassword: 'correct horse', loginIds: ['jiro'] }),
    },
    responses: answers(
      'What became of each user.',
      unlockAnswerSchema,
      {
        outcome: 'done',
        reason: null,
        results: [
          {
            loginId: 'jiro',
            name: '山田 次郎',
            role: 'general',
            serial: '00123456',
            outcome: 'unlocked',
            reason: null,
            status: 'active',
          },
        ],
      },
      ...postProblems,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const request = c.req.valid('json');
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) =>
      unlockByUser(context, caller, request, keep),
    );
    return c.json(answer, 200);
  });
}
