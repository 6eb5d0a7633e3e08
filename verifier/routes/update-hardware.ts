import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { type OutOfUse, updateHardwareAnswerSchema, updateHardwareSchema } from '../../shared/wire.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { endCauseOf } from '../rules/revocation.ts';
import { decideOutOfUse, stockStatusOf } from '../rules/stock.ts';
import type { Transaction } from '../store/store.ts';
import { type Acting, actingBranch, actingEntry } from './acting.ts';
import { answers, apiKeySecurity, forBank, idempotencyHeaders, jsonBody, postProblems } from './define.ts';
import { loadHardware, serialParams } from './hardware.ts';
import { revokedExample } from './revoke.ts';
import { endForAll } from './revoking.ts';

const path = '/v1/branch/hardware-tokens/{serial}';
type Answer = z.infer<typeof updateHardwareAnswerSchema>;

async function update(
  caller: Caller,
  transaction: Transaction,
  acting: Acting,
  serial: string,
  status: OutOfUse,
  nowMs: number,
): Promise<Answer> {
  const { serviceId } = caller.institution;
  const { token } = await loadHardware(transaction, serviceId, serial);
  const { tokenId } = token;
  const entry = { atMs: nowMs, operation: 'updateHardware', purpose: status, tokenId } as const;
  const decided = decideOutOfUse(token);
  if (!decided.ok) {
    const { reason } = decided;
    await transaction.addAudit(actingEntry(caller, acting, { ...entry, outcome: 'refused', reason }));
    return { outcome: 'refused', reason, serial, status: stockStatusOf(token, nowMs), results: [] };
  }
  const cause = endCauseOf(status === 'retired' ? 'other' : status, token, nowMs);
  const results = await endForAll(caller, transaction, acting, { token, cause, entry }, nowMs);
  await transaction.disableToken(serviceId, tokenId, status);
  await transaction.addAudit(actingEntry(caller, acting, { ...entry, outcome: 'done' }));
  const after = stockStatusOf({ ...token, statusDetail: status }, nowMs);
  return { outcome: 'done', reason: null, serial, status: after, results };
}

/** PATCH /v1/branch/hardware-tokens/{serial}: a token is lost, stolen, broken or retired. */
export function updateHardware(app: App, context: Context): void {
  const route = createRoute({
    method: 'patch',
    path,
    tags: ['Branch'],
    operationId: 'updateHardwareToken',
    summary: 'Take a hardware token out of use (紛失・盗難・故障等)',
    description:
      'It is revoked for all who share it and can never be registered again; after `lost`, `stolen` and `broken` a new one ' +
      'costs the fee for that. A lost token can be marked as stolen, broken or retired later; `retired` is final.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'branch', 'json'),
    request: {
      params: serialParams,
      headers: idempotencyHeaders,
      body: jsonBody(updateHardwareSchema, { operator: 'S-0042', document: 'D-2026-0815', status: 'lost' }),
    },
    responses: answers(
      'What the token is now, and who used it.',
      updateHardwareAnswerSchema,
      {
        outcome: 'done',
        reason: null,
        serial: '00123456',
        status: 'lost',
        results: [{ ...revokedExample, serial: '00123456' }],
      },
      ...postProblems,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { serviceId } = caller.institution;
    const { serial } = c.req.valid('param');
    const body = c.req.valid('json');
    const acting = actingBranch(caller, body);
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) =>
      context.store.transaction(serviceId, async (transaction) => {
        const nowMs = context.clock.nowMs();
        const updated = await update(caller, transaction, acting, serial, body.status, nowMs);
        const kept = keep(updated);
        if (kept !== null) await transaction.keepAnswer(serviceId, kept, nowMs);
        return updated;
      }),
    );
    return c.json(answer, 200);
  });
}
