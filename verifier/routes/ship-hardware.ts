import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { shipHardwareAnswerSchema, shipHardwareSchema } from '../../shared/wire.ts';
import type { App, Caller, Context } from '../context.ts';
import { idempotencyMs, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import { decideShipment, type Shipment } from '../rules/stock.ts';
import type { Transaction } from '../store/store.ts';
import { type Acting, actingBranch, actingEntry } from './acting.ts';
import {
  answers,
  apiKeySecurity,
  forBank,
  idempotencyHeaders,
  jsonBody,
  postProblems,
  timeTextOrNull,
} from './define.ts';
import { loadHardware, serialParams } from './hardware.ts';

const path = '/v1/branch/hardware-tokens/{serial}/shipment';
type Request = z.output<typeof shipHardwareSchema>;
type Answer = z.infer<typeof shipHardwareAnswerSchema>;

/** As many of a contract's tokens and orders as one page of a list has: no contract comes near it. */
const most = 500;

/** What the log keeps of a shipment beside token, cause and contract. */
function noteOf({ fee, order, replaces }: Shipment): string {
  const parts = [`${fee.kind}, ${fee.amountYen} yen`];
  if (order !== null) parts.push(`order ${order.requestId} of ${order.loginId}`);
  if (replaces !== null) parts.push(`in place of ${replaces.token.serial}`);
  return parts.join('; ');
}

async function ship(
  caller: Caller,
  transaction: Transaction,
  acting: Acting,
  serial: string,
  body: Request,
  nowMs: number,
): Promise<Answer> {
  const { institution } = caller;
  const { serviceId } = institution;
  const { contractId, requestId = null, replaces: replacesSerial = null } = body;
  const { token } = await loadHardware(transaction, serviceId, serial);
  if ((await transaction.contract(serviceId, contractId)) === null) {
    throw new Problem('unprocessable', 'There is no such contract. Put the contract first.', {
      fields: [{ path: 'contractId', expected: 'a contract of this institution' }],
    });
  }
  const everything = { status: null, expiringBeforeMs: null, inUse: null, replaced: null, after: null, limit: most };
  const owned = await transaction.stock({ ...everything, serviceId, contractId, nowMs });
  const orders = await transaction.hardwareRequests({ serviceId, contractId, after: null, limit: most });
  const wanted = { cause: body.cause, requestId, replaces: replacesSerial };
  const decided = decideShipment(institution, token, wanted, orders, owned, nowMs);

  const { tokenId } = token;
  const entry = { atMs: nowMs, operation: 'shipHardware', tokenId, reference: contractId } as const;
  if (!decided.ok) {
    const { reason } = decided;
    const row = { ...entry, purpose: body.cause, outcome: 'refused', reason };
    await transaction.addAudit(actingEntry(caller, acting, row));
    return { outcome: 'refused', reason };
  }
  const { cause, fee, order, replaces } = decided.value;
  if (!(await transaction.shipToken(serviceId, serial, contractId, order?.requestId ?? null))) {
    throw new Error('a token in stock was not shipped');
  }
  const replacesTokenId = replaces?.token.tokenId ?? null;
  const fulfilled = order?.requestId ?? null;
  const shipment = { serviceId, tokenId, contractId, cause, fee, requestId: fulfilled, replacesTokenId };
  await transaction.addShipment({ ...shipment, shippedAtMs: nowMs });
  const row = { ...entry, loginId: order?.loginId ?? null, purpose: cause, outcome: 'shipped' };
  await transaction.addAudit(actingEntry(caller, acting, { ...row, note: noteOf(decided.value) }));
  return {
    outcome: 'shipped',
    serial,
    contractId,
    cause,
    fee,
    requestId: fulfilled,
    replaces: replaces?.token.serial ?? null,
    expiresAt: timeTextOrNull(token.expiresAtMs),
  };
}

/** POST /v1/branch/hardware-tokens/{serial}/shipment: the institution sends a token of its stock to a contract. */
export function shipHardware(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Branch'],
    operationId: 'shipHardwareToken',
    summary: 'Ship a hardware token to a contract',
    description:
      'From then on the contract’s users can activate it. The fee: a contract’s first token and one for `expiry` are ' +
      'free; additional ones and one after `lost`, `stolen` or `broken` are charged; the institution sets the amounts. A ' +
      '`first` for a contract that had one already counts, and costs, as `additional`. A token that fulfils an order ' +
      'costs what the user was told when ordering, but a `first` never more than the first fee, unless another open ' +
      'order was told that fee. A shipment cannot be taken back: mark a token that went to the wrong contract as ' +
      '`retired`; it still counts as that contract’s first.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'branch', 'json'),
    request: {
      params: serialParams,
      headers: idempotencyHeaders,
      body: jsonBody(shipHardwareSchema, {
        operator: 'S-0042',
        document: 'D-2026-0815',
        contractId: 'C-1001',
        cause: 'first',
      }),
    },
    responses: answers(
      'The shipment with its fee, or why there is none.',
      shipHardwareAnswerSchema,
      {
        outcome: 'shipped',
        serial: '00123456',
        contractId: 'C-1001',
        cause: 'first',
        fee: { kind: 'free', amountYen: 0 },
        requestId: null,
        replaces: null,
        expiresAt: '2029-12-31T05:05:00.000Z',
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
        const shipped = await ship(caller, transaction, acting, serial, body, nowMs);
        const kept = keep(shipped);
        if (kept !== null) await transaction.keepAnswer(serviceId, kept, nowMs);
        return shipped;
      }),
    );
    return c.json(answer, 200);
  });
}
