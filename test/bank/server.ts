import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { announceCustomers, createBank } from './bank.ts';
import { openFobBox, sendFobs } from './fobs.ts';
import { profiles } from './profiles.ts';
import { openStore } from './store.ts';
import { verifierCalls } from './verifier-calls.ts';

/**
 * The sample bank as a process. From the environment: BANK_PORT, DATA_DIR, VERIFIER_URL, BANK_KEY_FILE (what `key create --json` printed),
 * BANK_PROFILE (software or hardware), BANK_FOBS (of hardware: the seed file of the demo's fobs, its key beside it as `.key`),
 * BANK_OUTBOX (folder of the demo's mails, absent where they are sent). Writes one JSON line when it listens.
 */
const {
  BANK_PORT = '4000',
  DATA_DIR = './data',
  VERIFIER_URL = 'http://127.0.0.1:4001',
  BANK_KEY_FILE = '',
  BANK_PROFILE = 'software',
  BANK_FOBS = '',
} = process.env;

const report = (error: unknown) => {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  console.error(
    JSON.stringify({ msg: 'failed', error: message, cause: cause instanceof Error ? cause.message : null }),
  );
};

try {
  const profile = profiles[BANK_PROFILE === 'hardware' ? 'hardware' : 'software'];
  const store = openStore(join(DATA_DIR, 'bank.json'), profile.logins);
  const { key } = JSON.parse(readFileSync(BANK_KEY_FILE, 'utf8')) as { readonly key: string };
  const verifier = verifierCalls({ baseUrl: VERIFIER_URL, apiKey: key });
  await announceCustomers(verifier, store, profile);
  const box = BANK_FOBS === '' ? null : await openFobBox(BANK_FOBS, BANK_FOBS.replace(/\.xml$/, '.key'));
  if (box !== null) await sendFobs(verifier, box, profile.contract.contractId);
  const app = createBank({
    ...{ profile, verifier, store, report },
    nowMs: Date.now,
    outbox: process.env.BANK_OUTBOX ?? null,
    fobs: box?.fobs ?? [],
  });
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(BANK_PORT) }, ({ port }) =>
    console.log(JSON.stringify({ msg: 'listening', url: `http://localhost:${port}` })),
  );
  server.on('error', (error: NodeJS.ErrnoException) => {
    report(error.code === 'EADDRINUSE' ? new Error(`port ${BANK_PORT} is in use`) : error);
    process.exit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      server.close(() => process.exit(0));
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
  }
} catch (error) {
  report(error);
  process.exitCode = 1;
}
