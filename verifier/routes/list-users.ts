import { setImmediate } from 'node:timers/promises';
import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { line } from '../../shared/text.ts';
import { userListQuerySchema, userListSchema } from '../../shared/wire.ts';
import type { App, Context } from '../context.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import { statusOf } from '../rules/status.ts';
import { answers, apiKeySecurity, forBank } from './define.ts';
import { type UserAnswer, userAnswer, userExample } from './user-view.ts';

const path = '/v1/users';
/** With a `status`, this many users are read at a time; other requests get their turn in between. */
const pageSize = 500;
const mostLookedThrough = 10_000;
const cursorSchema = z.tuple([line(64)]);

function cursorOf(loginId: string): string {
  return Buffer.from(JSON.stringify([loginId])).toString('base64url');
}

function afterCursor(cursor: string): string {
  try {
    const [loginId] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return loginId;
  } catch {
    // Said below, without the value.
  }
  throw new Problem('malformed', 'Correct the fields that are named.', {
    fields: [{ path: 'cursor', expected: 'the nextCursor of an earlier answer' }],
  });
}

/** GET /v1/users: the users of the institution or of one contract, in the order of their login IDs. */
export function listUsers(app: App, context: Context): void {
  const route = createRoute({
    method: 'get',
    path,
    tags: ['Directory'],
    operationId: 'listUsers',
    summary: 'List users',
    description:
      'In the order of login IDs. `nextCursor` is null on the last page, and only there: with a `status`, one answer ' +
      'looks through 10,000 users, so a page may have fewer than `limit` items, or none, and still not be the last.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'none'),
    request: { query: userListQuerySchema },
    responses: answers('One page.', userListSchema, { items: [userExample], nextCursor: null }, 400, 401, 403, 503),
  });

  app.openapi(route, async (c) => {
    const { institution } = callerOf(c);
    const { serviceId } = institution;
    const { contractId = null, status, limit, cursor } = c.req.valid('query');
    const nowMs = context.clock.nowMs();
    const items: UserAnswer[] = [];
    let after = cursor === undefined ? null : afterCursor(cursor);
    const size = status === undefined ? limit + 1 : pageSize;
    // The status depends on the time, so it is computed here, not in SQL.
    for (let lookedThrough = 0; ; ) {
      const page = await context.store.users({ serviceId, contractId, after, limit: size });
      for (const user of page) {
        if (status !== undefined && statusOf(user, nowMs).status !== status) continue;
        if (items.length === limit) {
          return c.json({ items, nextCursor: cursorOf(items.at(-1)?.loginId ?? '') }, 200);
        }
        items.push(userAnswer(user, institution, nowMs));
      }
      const last = page.at(-1);
      if (last === undefined || page.length < size) return c.json({ items, nextCursor: null }, 200);
      after = last.loginId;
      lookedThrough += page.length;
      if (lookedThrough >= mostLookedThrough) return c.json({ items, nextCursor: cursorOf(after) }, 200);
      await setImmediate();
    }
  });
}
