import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { deactivateAnswerSchema, deactivateSchema, type RefusalReason } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, type Keep, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import { decideDeactivation } from '../rules/deactivation.ts';
import { reissuableAfterMs } from '../rules/gate.ts';
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
  timeTextOrNull,
} from './define.ts';
import { settleOwnOtp } from './own-otp.ts';
import { loadUser, userNotFound } from './user-view.ts';

const path = '/v1/users/{loginId}/deactivation';
type Request = z.output<typeof deactivateSchema>;
type Answer = z.infer<typeof deactivateAnswerSchema>;

/** @throws Problem 400 where the OTP is missing, 422 where the institution asks for none */
function assertOtpSent(otp: string | undefined, wanted: boolean): void {
  if (wanted && otp === undefined) {
    throw new Problem('malformed', 'Correct the fields that are named.', {
      fields: [{ path: 'otp', expected: 'an OTP of the token that is given up' }],
    });
  }
  if (!wanted && otp !== undefined) {
    throw new Problem('unprocessable', 'The institution asks for no OTP here; leave it out, so that none is lost.', {
      fields: [{ path: 'otp', expected: 'nothing, since none is asked for' }],
    });
  }
}

async function deactivateToken(
  context: Context,
  caller: Caller,
  loginId: string,
  { otp, confirmationPassword }: Request,
  keep: Keep,
): Promise<Answer> {
  const { institution } = caller;
  const { serviceId } = institution;
  const { offered, actorOtp } = institution.deactivation;
  const loaded = await loadUser(context, caller, loginId);
  const confirmation = await lookAtConfirmation(context, caller, loaded, confirmationPassword);
  return context.store.transaction(serviceId, async (transaction) => {
    const nowMs = context.clock.nowMs();
    const user = await transaction.user(serviceId, loginId);
    if (user === null) throw userNotFound();
    const audit = auditEntry({
      serviceId,
      atMs: nowMs,
      actor: caller.keyId,
      loginId,
      tokenId: user.token?.tokenId ?? null,
      operation: 'deactivate',
      outcome: 'refused',
    });
    const keepIt = async (answer: Answer): Promise<Answer> => {
      const kept = keep(answer);
      if (kept !== null) await transaction.keepAnswer(serviceId, kept, nowMs);
      return answer;
    };
    const refuse = async (reason: RefusalReason): Promise<Answer> => {
      await transaction.addAudit({ ...audit, reason });
      return keepIt(refused(reason));
    };

    const decided = decideDeactivation(user, institution, nowMs);
    if (!decided.ok) return refuse(decided.reason);
    assertOtpSent(otp, offered && actorOtp);
    const wrong = await settleConfirmation(transaction, serviceId, user, confirmation);
    if (wrong !== null) return refuse(wrong);

    const { token, assignment } = decided.value;
    const { assignmentId, kind } = assignment;
    if (otp !== undefined) {
      const row = { ...audit, purpose: 'actorOtp' };
      const inUse = { token, loginId: user.loginId };
      const verdict = await settleOwnOtp(transaction, context.keyring, institution, inUse, otp, row);
      if (verdict.outcome === 'rejected') return keepIt(verdict);
    }
    await transaction.endAssignment(serviceId, assignmentId, 'deactivated', null, nowMs);
    await transaction.addAudit({ ...audit, outcome: 'accepted' });
    const ended = { status: 'deactivated' as const, kind, endedAtMs: nowMs, cause: null };
    const reissuableAt = timeTextOrNull(reissuableAfterMs(ended, institution, nowMs));
    return keepIt({ outcome: 'accepted', reissuableAt });
  });
}

/** POST /v1/users/{loginId}/deactivation: users end the use of their own token. */
export function deactivate(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Issue and activation'],
    operationId: 'deactivate',
    summary: 'End the use of one’s own token (利用解除)',
    description:
      'Where the institution offers it, and only while the token accepts codes. Send `otp` if, and only if, the ' +
      'institution asks for it; it is used up. Afterwards no OTP is required, a hardware token cannot be registered ' +
      'again unless the institution allows it, and a token of the other kind can be activated from `reissuableAt` on.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'json'),
    request: {
      params: loginIdParams,
      headers: idempotencyHeaders,
      body: jsonBody(deactivateSchema, { otp: '71959276' }),
    },
    responses: answers(
      'Whether the token is given up.',
      deactivateAnswerSchema,
      { outcome: 'accepted', reissuableAt: '2026-11-21T15:00:00.000Z' },
      ...postProblems,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { loginId } = c.req.valid('param');
    const body = c.req.valid('json');
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) =>
      deactivateToken(context, caller, loginId, body, keep),
    );
    return c.json(answer, 200);
  });
}
