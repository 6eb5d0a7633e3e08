import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { type auditItemSchema, auditListSchema, auditQuerySchema } from '../../shared/wire.ts';
import type { App, Context } from '../context.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import type { AuditRow } from '../store/store.ts';
import { answers, apiKeySecurity, forBank, timeText } from './define.ts';

const path = '/v1/audit';
type Item = z.infer<typeof auditItemSchema>;

function cursorOf(auditId: number): string {
  return Buffer.from(JSON.stringify([auditId])).toString('base64url');
}

function afterCursor(cursor: string): number {
  try {
    const [auditId] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (Number.isSafeInteger(auditId) && Number(auditId) >= 0) return Number(auditId);
  } catch {
    // Said below, without the value.
  }
  throw new Problem('malformed', 'Correct the fields that are named.', {
    fields: [{ path: 'cursor', expected: 'the nextCursor of an earlier answer' }],
  });
}

function itemOf(row: AuditRow): Item {
  return {
    id: row.auditId,
    at: timeText(row.atMs),
    operation: row.operation,
    purpose: row.purpose,
    outcome: row.outcome,
    reason: row.reason,
    loginId: row.loginId,
    keyId: row.actor,
    actingLoginId: row.actingLoginId,
    operator: row.operator,
    document: row.document,
    reference: row.reference,
    note: row.note,
    tokenId: row.tokenId,
    tokenNumber: row.tokenNumber,
  };
}

const example: Item = {
  id: 1204,
  at: '2026-11-21T09:00:00.000Z',
  operation: 'validate',
  purpose: 'transfer',
  outcome: 'rejected',
  reason: 'wrong',
  loginId: 'hanako',
  keyId: '5f0c2a91d7e3',
  actingLoginId: null,
  operator: null,
  document: null,
  reference: 'T-20261121-0001',
  note: null,
  tokenId: '8c1f0e5ab2d94c7f60a1e3b2',
  tokenNumber: 17,
};

/** GET /v1/audit: every decision of the caller's institution, in the order in which they were written down. */
export function listAudit(app: App, context: Context): void {
  const route = createRoute({
    method: 'get',
    path,
    tags: ['Audit log'],
    operationId: 'listAudit',
    summary: 'Read the audit log',
    description:
      'Oldest first, in the order in which the rows were written. A row is written together with the change that it ' +
      'records, or for a refusal, and never holds a code, a password or a seed. `nextCursor` is null on the last page.\n\n' +
      'To follow the log, keep the last `nextCursor` that was not null; it does not expire. Ask with it again later ' +
      '(without one if there has been none yet) and skip each `id` up to the last one that you have. Do not follow by ' +
      '`since`: a change that takes long, such as the import of a file, is written after others but carries the time ' +
      'at which it began.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'audit', 'none'),
    request: { query: auditQuerySchema },
    responses: answers('One page.', auditListSchema, { items: [example], nextCursor: null }, 400, 401, 403, 503),
  });

  app.openapi(route, async (c) => {
    const { serviceId } = callerOf(c).institution;
    const { since, loginId = null, limit, cursor } = c.req.valid('query');
    const rows = await context.store.auditLog.list({
      serviceId,
      sinceMs: since === undefined ? null : Date.parse(since),
      loginId,
      afterId: cursor === undefined ? 0 : afterCursor(cursor),
      limit: limit + 1,
    });
    const items = rows.slice(0, limit).map(itemOf);
    const nextCursor = rows.length > limit ? cursorOf(items.at(-1)?.id ?? 0) : null;
    return c.json({ items, nextCursor }, 200);
  });
}
