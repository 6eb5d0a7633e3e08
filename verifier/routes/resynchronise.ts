import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { matchStepPair, stepAt } from '../../shared/otp.ts';
import { resynchroniseAnswerSchema, resynchroniseSchema } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, type Keep, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { decideResynchronisation } from '../rules/resynchronisation.ts';
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
import { settleCode } from './own-otp.ts';
import { userNotFound } from './user-view.ts';

const path = '/v1/users/{loginId}/resynchronisation';
type Request = z.output<typeof resynchroniseSchema>;
type Answer = z.infer<typeof resynchroniseAnswerSchema>;

function resynchroniseToken(
  context: Context,
  caller: Caller,
  loginId: string,
  { otps }: Request,
  keep: Keep,
): Promise<Answer> {
  const { institution } = caller;
  const { serviceId, lockout } = institution;
  return context.store.transaction(serviceId, async (transaction) => {
    const nowMs = context.clock.nowMs();
    const user = await transaction.user(serviceId, loginId);
    if (user === null) throw userNotFound();
    const audit = auditEntry({
      serviceId,
      atMs: nowMs,
      actor: caller.keyId,
      loginId,
      operation: 'resynchronise',
      outcome: 'refused',
    });
    const keepIt = async (answer: Answer): Promise<Answer> => {
      const kept = keep(answer);
      if (kept !== null) await transaction.keepAnswer(serviceId, kept, nowMs);
      return answer;
    };

    const decided = decideResynchronisation(user, nowMs);
    if (!decided.ok) {
      const { reason } = decided;
      await transaction.addAudit({ ...audit, tokenId: user.token?.tokenId ?? null, reason });
      return keepIt(refused(reason));
    }

    const { token } = decided.value;
    const { tokenId, parameters, driftSteps, seedVersion } = token;
    const seed = context.keyring.open(token.sealedSeed, ['seed', serviceId, tokenId, seedVersion]);
    // Around the verifier's own step, not the known drift: however often it is done, it leads no further than this.
    const serverStep = stepAt(parameters.periodSeconds, nowMs);
    const steps = institution.drift.resynchronisationSteps;
    const first = matchStepPair(seed, parameters, otps, serverStep, { past: steps, future: steps });
    const second = first === null ? null : first + 1;
    const afterSteps = second === null ? driftSteps : second - serverStep;
    const verdict = await settleCode(transaction, {
      key: { serviceId, tokenId, loginId: user.loginId },
      token,
      matched: second,
      lowest: first,
      drift: { beforeSteps: driftSteps, afterSteps },
      lockout,
      audit: { ...audit, tokenId },
    });
    return keepIt(verdict.outcome === 'accepted' ? { outcome: 'accepted', driftSteps: afterSteps } : verdict);
  });
}

/** POST /v1/users/{loginId}/resynchronisation: two codes in a row tell where a hardware token's clock stands. */
export function resynchronise(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Issue and activation'],
    operationId: 'resynchronise',
    summary: 'Follow a hardware token whose clock has drifted',
    description:
      'Takes two OTPs that the token showed one after the other. Both steps must lie above the last one used and are ' +
      'spent. A wrong pair counts as one wrong OTP. Only for a hardware token in use that is neither locked nor ' +
      'expired: the codes of a locked token are never looked at.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'json'),
    request: {
      params: loginIdParams,
      headers: idempotencyHeaders,
      body: jsonBody(resynchroniseSchema, { otps: ['71959276', '40211835'] }),
    },
    responses: answers(
      'Whether the token is followed now.',
      resynchroniseAnswerSchema,
      { outcome: 'accepted', driftSteps: -12 },
      ...postProblems,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { loginId } = c.req.valid('param');
    const body = c.req.valid('json');
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) =>
      resynchroniseToken(context, caller, loginId, body, keep),
    );
    return c.json(answer, 200);
  });
}
