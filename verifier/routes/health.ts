import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { readySchema } from '../../shared/wire.ts';
import type { App, Context } from '../context.ts';
import { named } from '../middleware.ts';
import { StoreUnavailable } from '../store/store.ts';
import { answers } from './define.ts';

const healthSchema = z.object({ alive: z.literal(true) }).meta({ id: 'Health' });

/** Why the verifier would refuse now; null where it would not. */
async function unreadyReason(context: Context): Promise<string | null> {
  try {
    await context.store.ping();
    if (context.changes.refused) {
      await context.store.tryChange();
      context.changes.refused = false;
    }
    const behindMs = await context.clockGuard.behindMs();
    const periodSeconds = await context.directory.shortestPeriodSeconds();
    if (behindMs <= periodSeconds * 1000) return null;
    return `the clock was set back by ${Math.round(behindMs / 1000)} s; old codes stay closed until it is right again`;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return error.changesRefused
      ? 'the store takes no changes; see that its disk has room'
      : 'the store does not answer';
  }
}

/** GET /healthz and /readyz: is the process alive, and would it answer a bank now. */
export function health(app: App, context: Context): void {
  const alive = createRoute({
    method: 'get',
    path: '/healthz',
    tags: ['Operation'],
    operationId: 'getHealth',
    summary: 'Is the process alive',
    description: 'Checks nothing but the process.',
    middleware: [named('/healthz')],
    responses: answers('It is.', healthSchema, { alive: true }),
  });
  app.openapi(alive, (c) => c.json({ alive: true as const }, 200));

  const ready = createRoute({
    method: 'get',
    path: '/readyz',
    tags: ['Operation'],
    operationId: 'getReadiness',
    summary: 'Would the verifier answer now',
    description:
      'Checks the store and the clock, and says why not. After the store refused a change, as on a full disk, each call ' +
      'tries one until it succeeds.',
    middleware: [named('/readyz')],
    responses: {
      200: {
        description: 'It would.',
        content: { 'application/json': { schema: readySchema, example: { ready: true, reason: null } } },
      },
      503: {
        description: 'It would not; `reason` says why.',
        content: {
          'application/json': {
            schema: readySchema,
            example: { ready: false, reason: 'the store does not answer' },
          },
        },
      },
    },
  });
  app.openapi(ready, async (c) => {
    const reason = await unreadyReason(context);
    const answer: z.infer<typeof readySchema> = { ready: reason === null, reason };
    return answer.ready ? c.json(answer, 200) : c.json(answer, 503);
  });
}
