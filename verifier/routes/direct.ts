import type { createRoute } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type * as z from 'zod';
import type { App, Caller, Context, RequestContext } from '../context.ts';
import { assertClock, assertJson, authenticate, wholeAnswer } from '../middleware.ts';
import { malformed } from '../problem.ts';
import type { Scope } from '../store/store.ts';
import { idempotencyHeaders } from './define.ts';

async function json(c: RequestContext): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new HTTPException(400);
  }
}

/**
 * Serves a POST of a bank in one step instead of a chain of middlewares and validators, each of which costs the hot path
 * about as much as a check of the code. Checks, their order, answers and the document are those of `app.openapi`
 * behind `forBank`.
 */
export function postDirectly<Schema extends z.ZodType>(
  app: App,
  context: Context,
  what: {
    readonly route: Parameters<App['openAPIRegistry']['registerPath']>[0] & ReturnType<typeof createRoute>;
    readonly path: string;
    readonly scope: Scope;
    readonly schema: Schema;
  },
  handle: (c: RequestContext, caller: Caller, request: z.output<Schema>) => Promise<object>,
): void {
  const { route, path, scope, schema } = what;
  app.openAPIRegistry.registerPath(route);
  app.post(path, async (c) => {
    c.set('route', path);
    const caller = await authenticate(context, c, scope);
    await assertClock(context, caller);
    assertJson(c);
    const key = c.req.header('idempotency-key');
    if (key !== undefined) {
      const headers = idempotencyHeaders.safeParse({ 'idempotency-key': key });
      if (!headers.success) throw malformed(headers.error);
    }
    const parsed = schema.safeParse(await json(c));
    if (!parsed.success) throw malformed(parsed.error);
    return wholeAnswer(c, await handle(c, caller, parsed.data));
  });
}
