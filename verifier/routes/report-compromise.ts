import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { reportCompromiseAnswerSchema, reportCompromiseSchema } from '../../shared/wire.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { decideReport } from '../rules/compromise.ts';
import type { Transaction } from '../store/store.ts';
import { type Acting, actingBranch, actingEntry } from './acting.ts';
import { answers, apiKeySecurity, forBank, idempotencyHeaders, jsonBody, postProblems } from './define.ts';
import { revokedExample } from './revoke.ts';
import { endForAll } from './revoking.ts';
import { userNotFound } from './user-view.ts';

const path = '/v1/branch/compromise-reports';
type Request = z.output<typeof reportCompromiseSchema>;
type Answer = z.infer<typeof reportCompromiseAnswerSchema>;

async function report(
  caller: Caller,
  transaction: Transaction,
  acting: Acting,
  { loginId, description, suspected }: Request,
  nowMs: number,
): Promise<Answer> {
  const { serviceId } = caller.institution;
  const detail = suspected ? 'suspected' : 'compromised';
  const entry = { atMs: nowMs, operation: 'reportCompromise', purpose: detail, note: description } as const;
  const user = await transaction.user(serviceId, loginId);
  const last = user === null ? null : await transaction.lastToken(serviceId, loginId);
  const decided = decideReport(user, last, nowMs);
  if (!decided.ok) {
    if (decided.reason === 'unknown') throw userNotFound();
    const { reason } = decided;
    await transaction.addAudit(actingEntry(caller, acting, { ...entry, loginId, outcome: 'refused', reason }));
    return { outcome: 'refused', reason, results: [] };
  }

  const { token } = decided.value;
  const { tokenId } = token;
  const results = await endForAll(caller, transaction, acting, { token, cause: detail, entry }, nowMs);
  // Retired is final: the report is written down, and the token stays what it is.
  if (token.statusDetail !== 'retired') await transaction.disableToken(serviceId, tokenId, detail);
  await transaction.addAudit(actingEntry(caller, acting, { ...entry, loginId, tokenId, outcome: 'done' }));
  return { outcome: 'done', reason: null, results };
}

/** POST /v1/branch/compromise-reports: misuse of a token, known or feared, ends it for all who share it. */
export function reportCompromise(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Branch'],
    operationId: 'reportCompromise',
    summary: 'Report misuse of a token (他人に使用されたことを認知した場合の届出)',
    description:
      'For the user’s present token, or else their last one. All its assignments end, and a hardware token can never be ' +
      'registered again; a new one costs the same as after loss.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'branch', 'json'),
    request: {
      headers: idempotencyHeaders,
      body: jsonBody(reportCompromiseSchema, {
        operator: 'S-0042',
        document: 'D-2026-0815',
        loginId: 'jiro',
        description: '見知らぬ振込の届出',
        suspected: true,
      }),
    },
    responses: answers(
      'Who had the token.',
      reportCompromiseAnswerSchema,
      { outcome: 'done', reason: null, results: [revokedExample] },
      ...postProblems,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { serviceId } = caller.institution;
    const body = c.req.valid('json');
    const acting = actingBranch(caller, body);
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) =>
      context.store.transaction(serviceId, async (transaction) => {
        const nowMs = context.clock.nowMs();
        const reported = await report(caller, transaction, acting, body, nowMs);
        const kept = keep(reported);
        if (kept !== null) await transaction.keepAnswer(serviceId, kept, nowMs);
        return reported;
      }),
    );
    return c.json(answer, 200);
  });
}
