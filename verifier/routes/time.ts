import { createRoute } from '@hono/zod-openapi';
import { timeAnswerSchema } from '../../shared/wire.ts';
import type { App, Context } from '../context.ts';
import { clockTrusted, named } from '../middleware.ts';
import { answers, timeText } from './define.ts';

const path = '/v1/time';

/** GET /v1/time: the verifier's clock, for an extension that checks its own. */
export function time(app: App, context: Context): void {
  const route = createRoute({
    method: 'get',
    path,
    tags: ['Software token'],
    operationId: 'getTime',
    summary: 'Get the verifier’s time',
    description: 'Needs no API key and may be called from any web origin.',
    middleware: [named(path), clockTrusted(context)],
    responses: answers('The time.', timeAnswerSchema, { now: '2026-11-21T09:00:00.000Z' }, 503),
  });

  app.openapi(route, (c) => c.json({ now: timeText(context.clock.nowMs()) }, 200));
}
