import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { line } from '../../shared/text.ts';
import { requestListQuerySchema, requestListSchema } from '../../shared/wire.ts';
import type { App, Context } from '../context.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import type { ListRequests } from '../store/store.ts';
import { answers, apiKeySecurity, forBank, timeText } from './define.ts';

const path = '/v1/branch/requests';
type After = NonNullable<ListRequests['after']>;

const cursorSchema = z.tuple([z.int(), line(64)]);

function cursorOf({ requestedAtMs, requestId }: After): string {
  return Buffer.from(JSON.stringify([requestedAtMs, requestId])).toString('base64url');
}

function afterCursor(cursor: string): After {
  try {
    const [requestedAtMs, requestId] = cursorSchema.parse(
      JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')),
    );
    return { requestedAtMs, requestId };
  } catch {
    // Said below, without the value.
  }
  throw new Problem('malformed', 'Correct the fields that are named.', {
    fields: [{ path: 'cursor', expected: 'the nextCursor of an earlier answer' }],
  });
}

/** GET /v1/branch/requests: orders of hardware tokens that wait for a shipment, oldest first. */
export function listRequests(app: App, context: Context): void {
  const route = createRoute({
    method: 'get',
    path,
    tags: ['Branch'],
    operationId: 'listHardwareRequests',
    summary: 'List open orders of hardware tokens',
    description: 'Oldest first. An order leaves the list when a token is shipped for it, or when it is called off.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'branch', 'none'),
    request: { query: requestListQuerySchema },
    responses: answers(
      'One page.',
      requestListSchema,
      {
        items: [
          {
            requestId: '5f0c2a91d7e3b846',
            loginId: 'jiro',
            name: '山田 次郎',
            contractId: 'C-1001',
            requestedAt: '2026-11-21T09:00:00.000Z',
            fee: { kind: 'free', amountYen: 0 },
          },
        ],
        nextCursor: null,
      },
      400,
      401,
      403,
      503,
    ),
  });

  app.openapi(route, async (c) => {
    const { serviceId } = callerOf(c).institution;
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? null : afterCursor(cursor);
    const page = await context.store.hardwareRequests({ serviceId, contractId: null, after, limit: limit + 1 });
    const items = page.slice(0, limit);
    const last = items.at(-1);
    const nextCursor = page.length > limit && last !== undefined ? cursorOf(last) : null;
    return c.json(
      {
        items: items.map(({ requestId, loginId, userName, contractId, requestedAtMs, fee }) => ({
          requestId,
          loginId,
          name: userName,
          contractId,
          requestedAt: timeText(requestedAtMs),
          fee,
        })),
        nextCursor,
      },
      200,
    );
  });
}
