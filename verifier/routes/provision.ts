import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { type PublicKey, sealEnvelope, thumbprintOf } from '../../shared/envelope.ts';
import type { Institution } from '../../shared/institution.ts';
import { toBase32 } from '../../shared/otp.ts';
import { provisionAnswerSchema, provisionSchema } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import type { App, Context } from '../context.ts';
import { bodyLimited, clockTrusted, jsonOnly, named } from '../middleware.ts';
import { Problem } from '../problem.ts';
import { limited } from '../rate-limit.ts';
import { activationPasswordAttempts, decideProvisioning, type ProvisioningDecision } from '../rules/provisioning.ts';
import type { IssueState } from '../rules/state.ts';
import { answers, jsonBody, timeText, timeTextOrNull } from './define.ts';

const path = '/v1/provisioning';
type Answer = z.infer<typeof provisionAnswerSchema>;
type Request = z.output<typeof provisionSchema>;

/** A point that is not on the curve is the caller's mistake, found before anything is looked up. @throws Problem 400 */
async function assertOnCurve(publicKey: PublicKey): Promise<void> {
  try {
    await crypto.subtle.importKey('jwk', publicKey, { name: 'ECDH', namedCurve: 'P-256' }, false, []);
  } catch {
    throw new Problem('malformed', 'Correct the fields that are named.', {
      fields: [{ path: 'publicKey', expected: 'a point on P-256' }],
    });
  }
}

function envelopeOf(context: Context, institution: Institution, userId: string, issue: IssueState, key: PublicKey) {
  const { token, assignment } = issue;
  const { serviceId, name, origins, fieldHints } = institution;
  const secret = context.keyring.open(token.sealedSeed, ['seed', serviceId, token.tokenId, token.seedVersion]);
  const { algorithm, digits, periodSeconds } = token.parameters;
  return sealEnvelope(
    {
      version: 1,
      serviceId,
      userId,
      institution: name,
      secret: toBase32(secret),
      algorithm,
      digits,
      period: periodSeconds === 30 ? 30 : 60,
      origins,
      fieldHints,
      issuedAt: timeText(assignment.issuedAtMs),
      expiresAt: timeTextOrNull(token.expiresAtMs),
    },
    key,
  );
}

/**
 * One attempt; null if the state changed between reading and writing. Every refusal does the same work: two lookups, one
 * MAC, one transaction with the same statements, whether the issue exists or not.
 */
async function provisionOnce(context: Context, request: Request, thumbprint: string): Promise<Answer | null> {
  const { store, keyring, directory, clock } = context;
  const { serviceId, userId, activationPassword, publicKey } = request;
  const institution = await directory.institution(serviceId);
  const issue = await store.issueByUserId(serviceId, userId);
  const parts = [serviceId, userId, activationPassword];
  const passwordRight = keyring.verifyMac('activationPassword', parts, issue?.activationMac ?? new Uint8Array(40));
  const nowMs = clock.nowMs();
  const decided: ProvisioningDecision =
    institution === null
      ? { decision: 'refuse', reason: 'unknown', counts: false }
      : decideProvisioning(issue, passwordRight, thumbprint, nowMs);
  const audit = (outcome: string, reason: string | null) =>
    auditEntry({
      serviceId,
      atMs: nowMs,
      loginId: issue?.loginId ?? null,
      // Strangers must not move a token's running number.
      tokenId: outcome === 'provisioned' ? (issue?.token.tokenId ?? null) : null,
      operation: 'provision',
      outcome,
      reason,
    });

  if (decided.decision === 'refuse') {
    const counted = decided.counts ? (issue?.assignment.assignmentId ?? '') : '';
    await store.transaction(serviceId, async (transaction) => {
      const voided = await transaction.countActivationPassword(serviceId, counted, activationPasswordAttempts, nowMs);
      await transaction.addAudit(audit('refused', voided ? 'lastWrongPassword' : decided.reason));
    });
    return { outcome: 'refused', reason: 'provisioningRefused' };
  }

  if (institution === null) throw new Error('an issue was found without its institution');
  const token = await envelopeOf(context, institution, userId, decided.issue, publicKey);
  const done = await store.transaction(serviceId, async (transaction) => {
    const { assignmentId } = decided.issue.assignment;
    if (!decided.again && !(await transaction.provision(serviceId, assignmentId, thumbprint, nowMs))) return false;
    await transaction.addAudit(audit('provisioned', decided.again ? 'again' : null));
    return true;
  });
  return done ? { outcome: 'provisioned', token } : null;
}

/** POST /v1/provisioning: hands an issued token to the key of an extension, as JWE. */
export function provision(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Software token'],
    operationId: 'provision',
    summary: 'Set a software token up (初期設定)',
    description:
      'Needs no API key and may be called from any web origin. Until the issue is activated or lapses, the same password ' +
      'with the same key gets the same token again. Every refusal looks the same. Five wrong passwords void the issue.',
    middleware: [
      named(path),
      limited(context),
      clockTrusted(context),
      bodyLimited(context, context.limits.bodyBytes),
      jsonOnly,
    ],
    request: {
      body: jsonBody(provisionSchema, {
        serviceId: '1001',
        userId: '7K3MR9XQ2TVA',
        activationPassword: '583920',
        publicKey: {
          kty: 'EC',
          crv: 'P-256',
          x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
          y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
        },
      }),
    },
    responses: answers(
      'The token, or the one refusal.',
      provisionAnswerSchema,
      { outcome: 'refused', reason: 'provisioningRefused' },
      400,
      413,
      415,
      429,
      503,
    ),
  });

  app.openapi(route, async (c) => {
    const request = c.req.valid('json');
    await assertOnCurve(request.publicKey);
    const thumbprint = await thumbprintOf(request.publicKey);
    for (let round = 0; round < 3; round++) {
      const answer = await provisionOnce(context, request, thumbprint);
      if (answer !== null) return c.json(answer, 200);
    }
    throw new Problem('unavailable', 'Too many set-ups of this token at once.', { headers: { 'retry-after': '1' } });
  });
}
