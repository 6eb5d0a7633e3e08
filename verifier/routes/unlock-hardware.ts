import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { unlockHardwareAnswerSchema, unlockHardwareSchema } from '../../shared/wire.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { refusalOf, tokenMachine } from '../rules/machines.ts';
import { tokenStatus } from '../rules/status.ts';
import { stockStatusOf } from '../rules/stock.ts';
import type { Transaction } from '../store/store.ts';
import { type Acting, actingBranch, actingEntry } from './acting.ts';
import { answers, apiKeySecurity, forBank, idempotencyHeaders, jsonBody, postProblems } from './define.ts';
import { loadHardware, serialParams } from './hardware.ts';

const path = '/v1/branch/hardware-tokens/{serial}/unlock';
type Answer = z.infer<typeof unlockHardwareAnswerSchema>;

async function unlock(
  caller: Caller,
  transaction: Transaction,
  acting: Acting,
  serial: string,
  nowMs: number,
): Promise<Answer> {
  const { serviceId } = caller.institution;
  const { token, holders } = await loadHardware(transaction, serviceId, serial);
  const { tokenId } = token;
  const entry = { atMs: nowMs, operation: 'unlock', tokenId } as const;
  const reason = refusalOf(tokenMachine.unlock, tokenStatus(token, nowMs));
  if (reason !== null) {
    await transaction.addAudit(actingEntry(caller, acting, { ...entry, outcome: 'refused', reason }));
    return { outcome: 'refused', reason, serial, status: stockStatusOf(token, nowMs) };
  }
  if (!(await transaction.unlockToken(serviceId, tokenId))) throw new Error('a locked token was not locked');
  for (const { loginId, inUse } of holders) {
    if (!inUse) continue;
    const row = { ...entry, loginId, outcome: 'unlocked', reason: 'shared' };
    await transaction.addAudit(actingEntry(caller, acting, row));
  }
  await transaction.addAudit(actingEntry(caller, acting, { ...entry, outcome: 'unlocked' }));
  const { token: after } = await loadHardware(transaction, serviceId, serial);
  return { outcome: 'unlocked', reason: null, serial, status: stockStatusOf(after, nowMs) };
}

/** POST /v1/branch/hardware-tokens/{serial}/unlock: the branch lifts a lockout by the serial. */
export function unlockHardware(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Branch'],
    operationId: 'unlockHardwareToken',
    summary: 'Lift the lockout of a hardware token by its serial (利用停止解除)',
    description:
      'For all who share it. Also for a token that cannot be unlocked by login ID, since nobody uses it or was the last ' +
      'to try to register it. The wrong OTPs since the last accepted one still count towards the hard stop.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'branch', 'json'),
    request: {
      params: serialParams,
      headers: idempotencyHeaders,
      body: jsonBody(unlockHardwareSchema, { operator: 'S-0042', document: 'D-2026-0815' }),
    },
    responses: answers(
      'What the token is now.',
      unlockHardwareAnswerSchema,
      { outcome: 'unlocked', reason: null, serial: '00123456', status: 'shipped' },
      ...postProblems,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { serviceId } = caller.institution;
    const { serial } = c.req.valid('param');
    const acting = actingBranch(caller, c.req.valid('json'));
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) =>
      context.store.transaction(serviceId, async (transaction) => {
        const nowMs = context.clock.nowMs();
        const unlocked = await unlock(caller, transaction, acting, serial, nowMs);
        const kept = keep(unlocked);
        if (kept !== null) await transaction.keepAnswer(serviceId, kept, nowMs);
        return unlocked;
      }),
    );
    return c.json(answer, 200);
  });
}
