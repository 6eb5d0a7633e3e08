import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { line } from '../../shared/text.ts';
import { stockListQuerySchema, stockListSchema } from '../../shared/wire.ts';
import type { App, Context } from '../context.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import { startOfDayMs } from '../rules/calendar.ts';
import { stockStatusOf } from '../rules/stock.ts';
import type { ListStock } from '../store/store.ts';
import { answers, apiKeySecurity, forBank, timeTextOrNull } from './define.ts';

const path = '/v1/branch/hardware-tokens';
type After = NonNullable<ListStock['after']>;

const cursorSchema = z.tuple([z.int().nullable(), line(64)]);

function cursorOf({ expiresAtMs, serial }: After): string {
  return Buffer.from(JSON.stringify([expiresAtMs, serial])).toString('base64url');
}

/** @param byExpiry whether the list goes on by expiry, which a cursor of the other order does not tell */
function afterCursor(cursor: string, byExpiry: boolean): After {
  try {
    const [expiresAtMs, serial] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    if (!byExpiry || expiresAtMs !== null) return { expiresAtMs, serial };
  } catch {
    // Said below, without the value.
  }
  throw new Problem('malformed', 'Correct the fields that are named.', {
    fields: [{ path: 'cursor', expected: 'the nextCursor of an earlier answer to the same question' }],
  });
}

function momentOf(text: string, timeZone: string): number {
  return text.includes('T') ? Date.parse(text) : startOfDayMs(text, timeZone);
}

const yes = (text: 'true' | 'false' | undefined) => (text === undefined ? null : text === 'true');

/** GET /v1/branch/hardware-tokens: the stock, and what expires. */
export function listStock(app: App, context: Context): void {
  const route = createRoute({
    method: 'get',
    path,
    tags: ['Branch'],
    operationId: 'listHardwareTokens',
    summary: 'List the stock of hardware tokens',
    description:
      'By serial; with `expiringBefore` or `status=expired` by the printed time, soonest first. ' +
      '`expiringBefore=…&inUse=true&replaced=false` lists the tokens that need a replacement before that day: a token ' +
      'leaves this list when another one is shipped in its place, and comes back if that one is lost.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'branch', 'none'),
    request: { query: stockListQuerySchema },
    responses: answers(
      'One page.',
      stockListSchema,
      {
        items: [
          {
            serial: '00123456',
            status: 'active',
            contractId: 'C-1001',
            expiresAt: '2026-12-31T05:05:00.000Z',
            shippedAt: '2023-11-21T09:00:00.000Z',
            holders: [{ loginId: 'hanako', name: '山田 花子', role: 'master' }],
            replaces: null,
            replacedBy: null,
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
    const { serviceId, timeZone } = callerOf(c).institution;
    const { limit, cursor, status = null, contractId = null, expiringBefore, inUse, replaced } = c.req.valid('query');
    const nowMs = context.clock.nowMs();
    const byExpiry = expiringBefore !== undefined || status === 'expired';
    const page = await context.store.stock({
      serviceId,
      status,
      contractId,
      // A token whose last day is the day before ends at this very moment, and is no use from it on.
      expiringBeforeMs: expiringBefore === undefined ? null : momentOf(expiringBefore, timeZone) + 1,
      inUse: yes(inUse),
      replaced: yes(replaced),
      nowMs,
      after: cursor === undefined ? null : afterCursor(cursor, byExpiry),
      limit: limit + 1,
    });
    const entries = page.slice(0, limit);
    const last = entries.at(-1);
    const nextCursor = page.length > limit && last !== undefined ? cursorOf(last.token) : null;
    const items = entries.map(({ token, shippedAtMs, holders, replaces, replacedBy }) => ({
      serial: token.serial,
      status: stockStatusOf(token, nowMs),
      contractId: token.contractId,
      expiresAt: timeTextOrNull(token.expiresAtMs),
      shippedAt: timeTextOrNull(shippedAtMs),
      holders: [...holders],
      replaces,
      replacedBy,
    }));
    return c.json({ items, nextCursor }, 200);
  });
}
