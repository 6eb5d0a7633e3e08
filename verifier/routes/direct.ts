import type { createRoute } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type * as z from 'zod';
import type { App, Asked, Caller, Context } from '../context.ts';
import {
  assertClock,
  assertJson,
  authenticate,
  authenticated,
  bodyLimited,
  named,
  wholeAnswer,
} from '../middleware.ts';
import { malformed } from '../problem.ts';
import type { Scope } from '../store/store.ts';
import { idempotencyHeaders } from './define.ts';

/** An operation that is answered in one step, by Hono or by the server in front of it. */
export interface Direct {
  readonly method: 'POST';
  readonly path: string;
  /**
   * @param known told who calls, as soon as that is certain
   * @throws Problem and whatever else an operation throws
   */
  answer(asked: Asked, known: (caller: Caller) => void): Promise<object>;
}

async function json(asked: Asked): Promise<unknown> {
  const text = await asked.text();
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
  handle: (asked: Asked, caller: Caller, request: z.output<Schema>) => Promise<object>,
): Direct {
  const { route, path, scope, schema } = what;
  const direct: Direct = {
    method: 'POST',
    path,
    async answer(asked, known) {
      const caller = await authenticate(context, asked, scope, known);
      await assertClock(context, caller);
      assertJson(asked);
      const key = asked.header('idempotency-key');
      if (key !== undefined) {
        const headers = idempotencyHeaders.safeParse({ 'idempotency-key': key });
        if (!headers.success) throw malformed(headers.error);
      }
      const parsed = schema.safeParse(await json(asked));
      if (!parsed.success) throw malformed(parsed.error);
      return handle(asked, caller, parsed.data);
    },
  };
  app.openAPIRegistry.registerPath(route);
  // The body is waited for behind the API key, whoever answers.
  app.post(
    path,
    named(path),
    authenticated(context, scope),
    bodyLimited(context, context.limits.bodyBytes),
    async (c) => {
      return wholeAnswer(c, await direct.answer(c.req, (caller) => c.set('caller', caller)));
    },
  );
  return direct;
}
