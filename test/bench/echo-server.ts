import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { serverOptions } from '../../verifier/server.ts';

/** What Hono does at most on this machine: a body parsed and sent back, nothing else, under the verifier's own options. */
const app = new Hono();
app.post('/v1/validations', async (c) => c.json(await c.req.json()));
const server = createAdaptorServer({ fetch: app.fetch, serverOptions }) as Server;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` });
});
process.once('disconnect', () => process.exit(0));
