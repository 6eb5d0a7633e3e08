import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { matchStep } from '../../shared/otp.ts';
import { type ValidateAnswer, validateAnswerSchema, validateSchema } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, type Keep, once } from '../idempotency.ts';
import { Problem } from '../problem.ts';
import { driftAfterAccepted } from '../rules/drift.ts';
import type { OtpUser } from '../rules/state.ts';
import { remainingAttempts, statusOf } from '../rules/status.ts';
import { decideValidation, expectedStep, judgeStep } from '../rules/validation.ts';
import { type Along, type ByHolder, type Counters, type CountFailure, freshCounters } from '../store/store.ts';
import { answers, apiKeySecurity, idempotencyHeaders, jsonBody, postProblems } from './define.ts';
import { type Direct, postDirectly } from './direct.ts';
import { loadOtpUser } from './user-view.ts';

const path = '/v1/validations';
type Request = z.output<typeof validateSchema>;

/** Most attempts while others change the state meanwhile. Each retry means that another change succeeded, so few suffice. */
export const maxRounds = 50;

function answerFor(user: OtpUser, caller: Caller, nowMs: number): Pick<ValidateAnswer, 'remainingAttempts' | 'status'> {
  const { status } = statusOf(user, nowMs);
  const counted = user.token !== null && (status === 'active' || status === 'locked');
  return {
    status,
    remainingAttempts:
      counted && user.token !== null ? remainingAttempts(user.token, caller.institution.lockout) : null,
  };
}

/** One attempt; null if the state changed between reading and writing. */
async function validateOnce(
  context: Context,
  caller: Caller,
  request: Request,
  keep: Keep,
): Promise<ValidateAnswer | null> {
  const { institution } = caller;
  const { serviceId, lockout } = institution;
  const { store, keyring } = context;
  const user = await loadOtpUser(context, caller, request.loginId);
  const nowMs = context.clock.nowMs();

  const along = (answer: ValidateAnswer, fineReason: string | null = answer.reason): Along => ({
    kept: keep(answer),
    audit: auditEntry({
      serviceId,
      atMs: nowMs,
      actor: caller.keyId,
      loginId: user.loginId,
      tokenId: user.token?.tokenId ?? null,
      operation: 'validate',
      purpose: request.operation,
      outcome: answer.outcome,
      reason: fineReason,
      reference: request.reference ?? null,
    }),
  });

  const decided = decideValidation(user, request.operation, institution, nowMs);
  const { assignment, token } = user;
  if (decided.decision === 'blocked' || assignment === null || token === null) {
    const reason = decided.decision === 'blocked' ? decided.reason : 'unregistered';
    const answer: ValidateAnswer = { outcome: 'blocked', reason, ...answerFor(user, caller, nowMs) };
    await store.record(along(answer));
    return answer;
  }

  const seed = keyring.open(token.sealedSeed, ['seed', serviceId, token.tokenId, token.seedVersion]);
  const centre = expectedStep(token, nowMs);
  const matched = matchStep(seed, token.parameters, request.otp, centre, institution.otp.acceptedSteps);
  const key = { serviceId, tokenId: token.tokenId, loginId: user.loginId };
  const answered = (outcome: 'accepted' | 'rejected', reason: 'wrong' | null, counters: Counters): ValidateAnswer => {
    const status = counters.status === 'active' ? 'active' : 'locked';
    return { outcome, reason, remainingAttempts: remainingAttempts(counters, lockout), status };
  };

  switch (judgeStep(matched, token.lastStep)) {
    case 'replayed': {
      const answer: ValidateAnswer = { outcome: 'rejected', reason: 'replayed', ...answerFor(user, caller, nowMs) };
      await store.record(along(answer));
      return answer;
    }
    case 'accepted': {
      const step = matched ?? -1;
      const { acceptedSteps } = institution.otp;
      const afterSteps = driftAfterAccepted(token, step, centre, acceptedSteps, institution.drift);
      const drift = { beforeSteps: token.driftSteps, afterSteps };
      const answer = answered('accepted', null, freshCounters);
      const acceptance = store.acceptStep({ ...key, seen: user.seen, step, drift, along: along(answer) });
      return (await context.atWork.queued(acceptance)) ? answer : null;
    }
    case 'wrong': {
      const failure: CountFailure & ByHolder = {
        ...key,
        assignmentStatus: 'active',
        driftSteps: token.driftSteps,
        ...lockout,
        along: (counters) =>
          along(
            answered('rejected', 'wrong', counters),
            counters.status === 'active' ? 'wrong' : `wrong:${counters.status}`,
          ),
      };
      const counted = await store.countFailure(failure);
      return counted === null ? null : answered('rejected', 'wrong', counted);
    }
  }
}

/** POST /v1/validations: checks an OTP for an operation. RFC 6238 section 5.2: a code is accepted once. */
export function validate(app: App, context: Context): Direct {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Use'],
    operationId: 'validate',
    summary: 'Check an OTP',
    description:
      'The status is looked at before the code: `blocked` neither checks nor counts. `wrong` counts, `replayed` ' +
      'neither counts nor clears, `accepted` clears.',
    security: apiKeySecurity,
    request: {
      headers: idempotencyHeaders,
      body: jsonBody(validateSchema, {
        loginId: 'hanako',
        operation: 'transfer',
        otp: '71959276',
        reference: 'T-20261121-0001',
      }),
    },
    responses: answers(
      'What the code is worth.',
      validateAnswerSchema,
      { outcome: 'accepted', reason: null, remainingAttempts: 5, status: 'active' },
      ...postProblems,
    ),
  });

  return postDirectly(app, context, { route, path, scope: 'bank', schema: validateSchema }, (asked, caller, request) =>
    once(context, asked, caller, idempotencyMs.short, async (keep) => {
      for (let round = 0; round < maxRounds; round++) {
        const decided = await validateOnce(context, caller, request, keep);
        if (decided !== null) return decided;
      }
      throw new Problem('unavailable', 'Too many requests for this user at once.', { headers: { 'retry-after': '1' } });
    }),
  );
}
