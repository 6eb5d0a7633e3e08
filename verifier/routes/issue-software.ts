import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import type { OtpAlgorithm } from '../../shared/otp.ts';
import type { RefusalReason } from '../../shared/wire.ts';
import { issueSoftwareAnswerSchema, issueSoftwareSchema } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, type Keep, once } from '../idempotency.ts';
import { composeIssueMail } from '../mail/issue-mail.ts';
import { type Delivery, longestSendMs, type Message } from '../mail/mailer.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import { reissuableAtMs } from '../rules/gate.ts';
import { decideSoftwareIssue, type IssuePlan } from '../rules/issue.ts';
import type { UserState } from '../rules/state.ts';
import { makeUserId, userIdBytes } from '../rules/user-id.ts';
import type { Along, Transaction } from '../store/store.ts';
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
  timeText,
} from './define.ts';
import { endReplaced } from './replacing.ts';
import { loadUser, userNotFound } from './user-view.ts';

const path = '/v1/users/{loginId}/software-token';
type Request = z.output<typeof issueSoftwareSchema>;
type Answer = z.infer<typeof issueSoftwareAnswerSchema>;
type Issued = Extract<Answer, { outcome: 'issued' }>;

/** A secret as long as the output of the HMAC that uses it: RFC 6238 section 3, R6. */
const secretBytes: Readonly<Record<OtpAlgorithm, number>> = { SHA1: 20, SHA256: 32, SHA512: 64 };

async function addIssue(
  context: Context,
  transaction: Transaction,
  caller: Caller,
  issue: { readonly user: UserState; readonly userId: string; readonly tokenId: string; readonly plan: IssuePlan },
  activationPassword: string,
  nowMs: number,
): Promise<void> {
  const { serviceId, otp } = caller.institution;
  const { keyring, random } = context;
  const { user, userId, tokenId, plan } = issue;
  const { loginId } = user;
  const { replacesAssignmentId, ...lineage } = plan;
  await endReplaced(caller, transaction, user, replacesAssignmentId, nowMs);
  const token = {
    serviceId,
    tokenId,
    kind: 'software',
    serial: null,
    status: 'active',
    parameters: { algorithm: otp.algorithm, digits: otp.digits, periodSeconds: otp.periodSeconds },
    sealedSeed: keyring.seal(random(secretBytes[otp.algorithm]), ['seed', serviceId, tokenId, 1]),
    seedVersion: 1,
    expiresAtMs: null,
  } as const;
  await transaction.addToken(token, loginId);
  await transaction.addIssue({
    serviceId,
    assignmentId: Buffer.from(random(12)).toString('hex'),
    loginId,
    tokenId,
    userId,
    ...lineage,
    activationMac: keyring.mac('activationPassword', [serviceId, userId, activationPassword]),
    issuedAtMs: nowMs,
  });
}

async function issue(context: Context, caller: Caller, loginId: string, request: Request, keep: Keep): Promise<Answer> {
  const { institution } = caller;
  const { serviceId } = institution;
  const { store, clock, random } = context;
  const along = (answer: Answer, reason: string | null, tokenId: string | null, interimMs?: number): Along => ({
    kept: keep(answer, interimMs),
    audit: auditEntry({
      serviceId,
      atMs: clock.nowMs(),
      actor: caller.keyId,
      loginId,
      tokenId,
      operation: 'issueSoftware',
      outcome: answer.outcome,
      reason,
    }),
  });
  const write = async (transaction: Transaction, { audit, kept }: Along) => {
    if (kept !== null) await transaction.keepAnswer(serviceId, kept, audit.atMs);
    await transaction.addAudit(audit);
  };

  const user = await loadUser(context, caller, loginId);
  const confirmation = await lookAtConfirmation(context, caller, user, request.confirmationPassword);
  if (context.mails.waiting >= context.limits.mails) throw mailServerSlow();

  const userId = makeUserId(random(userIdBytes));
  const activationUrl = `${context.publicUrl}/activate#serviceId=${serviceId}&userId=${userId}`;
  const answer = await store.transaction(serviceId, async (transaction): Promise<Answer> => {
    const nowMs = clock.nowMs();
    const now = await transaction.user(serviceId, loginId);
    if (now === null) throw userNotFound();
    const refuse = async (reason: RefusalReason): Promise<Answer> => {
      const opensAtMs = reason === 'reissueTooEarly' ? reissuableAtMs(now, institution, nowMs) : null;
      const answer = refused(reason, opensAtMs);
      await write(transaction, along(answer, reason, null));
      return answer;
    };
    const plan = decideSoftwareIssue(now, request, institution, nowMs);
    // What is refused anyway costs nobody a guess at their password.
    if (!plan.ok) return refuse(plan.reason);
    const wrong = await settleConfirmation(transaction, serviceId, now, confirmation);
    if (wrong !== null) return refuse(wrong);
    const tokenId = Buffer.from(random(12)).toString('hex');
    const facts = { user: now, userId, tokenId, plan: plan.value };
    await addIssue(context, transaction, caller, facts, request.activationPassword, nowMs);
    const expiresAt = timeText(plan.value.lapsesAtMs);
    // Kept as `failed` until the mail is out: a crash between leaves an answer that is true, once nobody can be at work.
    const issued: Issued = { outcome: 'issued', serviceId, userId, activationUrl, expiresAt, mail: 'failed' };
    await write(transaction, along(issued, null, tokenId, longestSendMs));
    return issued;
  });
  return answer.outcome === 'issued' ? send(context, caller, request.email, answer, keep) : answer;
}

function mailServerSlow(): Problem {
  return new Problem('unavailable', 'The mail server is slow. Nothing was issued; try again later.', {
    headers: { 'retry-after': '10' },
  });
}

/** Whoever waits for the mail server is not at work meanwhile: it may be slow, and then nobody else is refused for it. */
async function deliver({ atWork, mail, mails }: Context, message: Message): Promise<Delivery> {
  mails.waiting++;
  try {
    return await atWork.apart(() => mail.send(message), true);
  } finally {
    mails.waiting--;
  }
}

/** Mails what was issued. A mail that is not taken loses nothing: the answer says so and the issue stands. */
async function send(context: Context, caller: Caller, to: string, issued: Issued, keep: Keep): Promise<Issued> {
  const { institution } = caller;
  const { serviceId, userId, activationUrl } = issued;
  const facts = { institution, to, userId, activationUrl, pageUrl: `${context.publicUrl}/activate` };
  const lapsesAtMs = Date.parse(issued.expiresAt);
  let answer = issued;
  try {
    const message = composeIssueMail({ ...facts, lapsesAtMs, nowMs: context.clock.nowMs() });
    const delivery = await deliver(context, message);
    context.log.info({ serviceId, ...delivery }, delivery.by === 'smtp' ? 'mail sent' : 'mail written to the outbox');
    answer = { ...issued, mail: 'sent' };
  } catch (error) {
    const { name, code } = error as { name?: string; code?: string };
    context.log.error({ serviceId, error: name, code }, 'mail failed');
  }
  const kept = keep(answer);
  if (kept !== null)
    await context.store.transaction(serviceId, (transaction) => transaction.replaceAnswer(serviceId, kept));
  return answer;
}

/** POST /v1/users/{loginId}/software-token: issues a software token and mails the user how to set it up. */
export function issueSoftware(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Issue and activation'],
    operationId: 'issueSoftwareToken',
    summary: 'Issue a software token (トークン発行)',
    description:
      'A new issue replaces an open one. The user types `userId` into the app together with `serviceId`. If the ' +
      'institution gates the issue, it is refused for some time after a revocation, until `reissuableAt`. The answer ' +
      'waits for the mail server, which may take seconds if that is slow or away: if your call times out, repeat it ' +
      'with the same `Idempotency-Key`. While 100 mails are waiting, the answer is 503 and nothing is issued.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'json'),
    request: {
      params: loginIdParams,
      headers: idempotencyHeaders,
      body: jsonBody(issueSoftwareSchema, { email: 'hanako@example.jp', activationPassword: '583920' }),
    },
    responses: answers(
      'What the user needs for the set-up, or why there is no issue.',
      issueSoftwareAnswerSchema,
      {
        outcome: 'issued',
        serviceId: '1001',
        userId: '7K3MR9XQ2TVA',
        activationUrl: 'https://otp.example/activate#serviceId=1001&userId=7K3MR9XQ2TVA',
        expiresAt: '2026-11-21T10:00:00.000Z',
        mail: 'sent',
      },
      ...postProblems,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { loginId } = c.req.valid('param');
    const request = c.req.valid('json');
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) =>
      issue(context, caller, loginId, request, keep),
    );
    return c.json(answer, 200);
  });
}
