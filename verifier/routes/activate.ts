import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { deriveSeed } from '../../shared/envelope.ts';
import { matchStep, toBase32 } from '../../shared/otp.ts';
import { activateAnswerSchema, activateSchema } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, type Keep, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import { decideActivation } from '../rules/activation.ts';
import { reissuableAtMs } from '../rules/gate.ts';
import { remainingAttempts } from '../rules/status.ts';
import { expectedStep, judgeStep } from '../rules/validation.ts';
import type { Along, ByHolder, Counters, CountFailure } from '../store/store.ts';
import { activateHardware } from './activate-hardware.ts';
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
import { loadUser } from './user-view.ts';
import { maxRounds } from './validate.ts';

const path = '/v1/users/{loginId}/activation';
type Request = Pick<z.output<typeof activateSchema>, 'otp'>;
type Answer = z.infer<typeof activateAnswerSchema>;

/** One round: null where the state moved between reading and writing. */
async function activateOnce(
  context: Context,
  caller: Caller,
  loginId: string,
  request: Request,
  keep: Keep,
): Promise<Answer | null> {
  const { institution } = caller;
  const { serviceId, lockout } = institution;
  const { store, keyring } = context;
  const user = await loadUser(context, caller, loginId);
  const nowMs = context.clock.nowMs();

  const along = (answer: Answer, reason: string | null): Along => ({
    kept: keep(answer),
    audit: auditEntry({
      serviceId,
      atMs: nowMs,
      actor: caller.keyId,
      loginId: user.loginId,
      tokenId: user.token?.tokenId ?? null,
      operation: 'activate',
      outcome: answer.outcome,
      reason,
    }),
  });

  const decided = decideActivation(user, institution, nowMs);
  if (!decided.ok) {
    const { reason } = decided;
    const answer = refused(reason, reason === 'reissueTooEarly' ? reissuableAtMs(user, institution, nowMs) : null);
    await store.record(along(answer, reason));
    return answer;
  }

  const { assignment, token } = decided.value;
  const secret = keyring.open(token.sealedSeed, ['seed', serviceId, token.tokenId, token.seedVersion]);
  // The app derives the same seed from its own key: after a relayed set-up the two differ, and so do the codes.
  const seed = await deriveSeed(toBase32(secret), assignment.thumbprint);
  const centre = expectedStep(token, nowMs);
  const matched = matchStep(seed, token.parameters, request.otp, centre, institution.otp.acceptedSteps);
  const key = { serviceId, tokenId: token.tokenId, loginId: user.loginId };

  switch (judgeStep(matched, token.lastStep)) {
    case 'replayed': {
      const left = remainingAttempts(token, lockout);
      const answer: Answer = { outcome: 'rejected', reason: 'replayed', remainingAttempts: left };
      await store.record(along(answer, 'replayed'));
      return answer;
    }
    case 'wrong': {
      const rejected = (counters: Counters): Answer => ({
        outcome: 'rejected',
        reason: 'wrong',
        remainingAttempts: remainingAttempts(counters, lockout),
      });
      const failure: CountFailure & ByHolder = {
        ...key,
        assignmentStatus: 'provisioned',
        driftSteps: token.driftSteps,
        ...lockout,
        along: (counters) =>
          along(rejected(counters), counters.status === 'active' ? 'wrong' : `wrong:${counters.status}`),
      };
      const counted = await store.countFailure(failure);
      return counted === null ? null : rejected(counted);
    }
    case 'accepted': {
      const { kind, serial, expiresAtMs, seedVersion } = token;
      const answer: Answer = { outcome: 'accepted', token: { kind, serial, expiresAt: timeTextOrNull(expiresAtMs) } };
      const place = ['seed', serviceId, token.tokenId, seedVersion + 1];
      const done = await store.activateToken({
        ...key,
        assignmentId: assignment.assignmentId,
        step: matched ?? -1,
        sealedSeed: keyring.seal(seed, place),
        seedVersion,
        nowMs,
        along: along(answer, null),
      });
      return done ? answer : null;
    }
  }
}

/** POST /v1/users/{loginId}/activation: the user proves the token with one OTP; from then on it is in use. */
export function activate(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Issue and activation'],
    operationId: 'activate',
    summary: 'Activate a token (利用開始登録・認証確認)',
    description:
      'Checks the first OTP of a token and uses it up: in a validation the same code is `replayed`. Wrong codes count as ' +
      'in validations. Without `serial`, activates the software token that was set up. With `serial`, activates a ' +
      'hardware token that was shipped to the contract, which ends an open issue of a software token: one that nobody ' +
      'uses, for which a wider range of times is searched, or, where the institution allows sharing, one that others ' +
      'under the contract use.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'json'),
    request: {
      params: loginIdParams,
      headers: idempotencyHeaders,
      body: jsonBody(activateSchema, { otp: '71959276' }),
    },
    responses: answers(
      'Whether the token is in use now.',
      activateAnswerSchema,
      { outcome: 'accepted', token: { kind: 'software', serial: null, expiresAt: null } },
      ...postProblems,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { loginId } = c.req.valid('param');
    const request = c.req.valid('json');
    const { serial, otp } = request;
    const answer = await once(context, c.req, caller, idempotencyMs.short, async (keep) => {
      if (serial !== undefined) return activateHardware(context, caller, loginId, { serial, otp }, keep);
      for (let round = 0; round < maxRounds; round++) {
        const decided = await activateOnce(context, caller, loginId, request, keep);
        if (decided !== null) return decided;
      }
      throw new Problem('unavailable', 'Too many requests for this user at once.', { headers: { 'retry-after': '1' } });
    });
    return c.json(answer, 200);
  });
}
