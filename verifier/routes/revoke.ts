import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import type { ActorReason } from '../../shared/wire.ts';
import { revokeAnswerSchema, revokeSchema } from '../../shared/wire.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, type Keep, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import { otpUseOf } from '../rules/revocation.ts';
import type { UserState } from '../rules/state.ts';
import type { Transaction } from '../store/store.ts';
import { type Acting, actingEntry } from './acting.ts';
import { lookAtConfirmation, settleConfirmation } from './confirm.ts';
import { answers, apiKeySecurity, forBank, idempotencyHeaders, jsonBody, postProblems } from './define.ts';
import { settleOwnOtp } from './own-otp.ts';
import { carryOut, decideRevocations } from './revoking.ts';
import { loadUser, userNotFound } from './user-view.ts';

const path = '/v1/revocations';
type Request = z.output<typeof revokeSchema>;
type Answer = z.infer<typeof revokeAnswerSchema>;

/** The actor's own OTP is sent exactly where they use OTPs and the institution asks for it. @throws Problem 400 or 422 */
function assertOtpSent(otp: string | undefined, wanted: boolean): void {
  if (wanted && otp === undefined) {
    throw new Problem('malformed', 'Correct the fields that are named.', {
      fields: [{ path: 'otp', expected: 'the acting user’s own OTP, since they use OTPs' }],
    });
  }
  if (!wanted && otp !== undefined) {
    throw new Problem('unprocessable', 'No OTP of the acting user is asked for; leave it out, so that none is lost.', {
      fields: [{ path: 'otp', expected: 'nothing, since none is asked for' }],
    });
  }
}

async function decide(
  context: Context,
  caller: Caller,
  transaction: Transaction,
  actor: UserState,
  confirmation: Awaited<ReturnType<typeof lookAtConfirmation>>,
  request: Request,
): Promise<Answer> {
  const { institution } = caller;
  const { serviceId } = institution;
  const { otp, loginIds, cause } = request;
  const nowMs = context.clock.nowMs();
  const acting: Acting = { by: 'user', user: actor };
  const entry = { atMs: nowMs, operation: 'revoke', loginId: actor.loginId } as const;
  const refuse = async (reason: ActorReason): Promise<Answer> => {
    await transaction.addAudit(actingEntry(caller, acting, { ...entry, outcome: 'refused', reason }));
    return { outcome: 'refused', reason, remainingAttempts: null, results: [] };
  };

  const use = otpUseOf(actor, nowMs);
  const { actorOtp } = institution.revoke;
  if (!actorOtp || use !== 'doesNotWork') assertOtpSent(otp, actorOtp && use === 'works');
  const wrong = await settleConfirmation(transaction, serviceId, actor, confirmation);
  if (wrong !== null) return refuse(wrong);
  if (actorOtp && use === 'doesNotWork') return refuse('otpNotWorking');

  const works = use === 'works';
  const decisions = await decideRevocations(caller, transaction, acting, loginIds, cause, works);
  const { assignment, token } = actor;
  // Looked at last, so that a call that is refused for another reason costs the actor no OTP.
  if (otp !== undefined && assignment !== null && token !== null && decisions.every(({ reason }) => reason === null)) {
    const row = actingEntry(caller, acting, { ...entry, purpose: 'actorOtp', outcome: 'refused' });
    const inUse = { token, loginId: actor.loginId };
    const verdict = await settleOwnOtp(transaction, context.keyring, institution, inUse, otp, row);
    if (verdict.outcome === 'rejected') {
      const reason = verdict.reason === 'wrong' ? 'otpWrong' : 'otpReplayed';
      return { outcome: 'refused', reason, remainingAttempts: verdict.remainingAttempts, results: [] };
    }
  }
  const carried = await carryOut(caller, transaction, acting, decisions, cause, nowMs);
  return { ...carried, reason: null, remainingAttempts: null };
}

async function revokeByUser(context: Context, caller: Caller, request: Request, keep: Keep): Promise<Answer> {
  const { serviceId } = caller.institution;
  const loaded = await loadUser(context, caller, request.actor);
  const confirmation = await lookAtConfirmation(context, caller, loaded, request.confirmationPassword);
  return context.store.transaction(serviceId, async (transaction) => {
    const actor = await transaction.user(serviceId, request.actor);
    if (actor === null) throw userNotFound();
    const answer = await decide(context, caller, transaction, actor, confirmation, request);
    const kept = keep(answer);
    if (kept !== null) await transaction.keepAnswer(serviceId, kept, context.clock.nowMs());
    return answer;
  });
}

/** POST /v1/revocations: a user takes tokens from others, or gives up their own, as far as the institution lets them. */
export function revoke(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Administration by users'],
    operationId: 'revoke',
    summary: 'Revoke tokens (失効)',
    description:
      'All or none: if one user is refused, the others are `unchanged`. Revokes the token for the chosen users; others ' +
      'who share it keep it. Send `otp`, the acting user’s own, if, and only if, the institution asks for it and the ' +
      'acting user’s token is in use; it is used up once, and only if nobody was refused. Where the institution lets ' +
      'users revoke their own token, they can do so only while its OTP works.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'json'),
    request: {
      headers: idempotencyHeaders,
      body: jsonBody(revokeSchema, {
        actor: 'hanako',
        confirmationPassword: 'correct horse',
        otp: '71959276',
        loginIds: ['jiro'],
        cause: 'deviceChange',
      }),
    },
    responses: answers(
      'What became of each user.',
      revokeAnswerSchema,
      {
        outcome: 'done',
        reason: null,
        remainingAttempts: null,
        results: [revokedExample],
      },
      ...postProblems,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const request = c.req.valid('json');
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) =>
      revokeByUser(context, caller, request, keep),
    );
    return c.json(answer, 200);
  });
}

export const revokedExample = {
  loginId: 'jiro',
  name: '山田 次郎',
  role: 'general',
  serial: '00123456',
  outcome: 'revoked',
  reason: null,
  status: 'revoked',
  expiresAt: '2028-09-30T00:00:00.000Z',
  reissuableAt: '2026-11-21T09:30:00.000Z',
};
