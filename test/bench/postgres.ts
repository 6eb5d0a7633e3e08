import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ask } from '../postgres/ask.ts';
import { makeServer, type PostgresServer } from '../postgres/server.ts';
import { lostWithPower } from './durability.ts';
import type { Place } from './echo.ts';
import { serverOf } from './processes.ts';
import { names } from './report.ts';
import { seedPostgres } from './seed-postgres.ts';
import type { Figures, Running, Target } from './target.ts';
import { quantile } from './target.ts';
import { tokenIdOf } from './trial.ts';
import { type Loaded, validationRounds } from './validations.ts';

const tokens = 50_000;
/** As a server of its own would be set, but for the memory, which it shares with everything else here. */
const flags = ['shared_buffers=512MB', 'max_connections=400', 'max_wal_size=4GB'].flatMap((flag) => ['-c', flag]);

/** What stands between a commit and the disk, as the server itself says, and whether there is a disk. */
async function durability(url: string, folder: string): Promise<string> {
  const lost = lostWithPower(folder);
  if (lost !== null) return lost;
  const found = [];
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const [row] = await ask(url, `SHOW ${name}`);
    if (row?.[name] !== 'on') throw new Error(`${name} is ${row?.[name]}`);
    found.push(`${name}=on`);
  }
  return found.join(', ');
}

/** The statement that every validation comes down to, prepared, in a loop over each connection, for other tokens. */
async function statementRounds(
  url: string,
  serviceId: string,
): Promise<(connections: number, seconds: number) => Promise<Figures>> {
  const text = `UPDATE bare_tokens SET last_step = $3, failures = 0, failures_since_accepted = 0,
    audit_number = audit_number + 1
    WHERE service_id = $1 AND token_id = $2 AND status = 'active' AND last_step < $3 RETURNING audit_number`;
  let step = 1;
  return async (connections, seconds) => {
    const clients = await Promise.all(
      Array.from({ length: connections }, async () => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        await client.query({ name: 'bare', text, values: [serviceId, '', 0] });
        return client;
      }),
    );
    const latencies: number[] = [];
    let next = 0;
    const untilMs = performance.now() + seconds * 1000;
    const startedMs = performance.now();
    const cpu = process.cpuUsage();
    await Promise.all(
      clients.map(async (client) => {
        while (performance.now() < untilMs) {
          if (next === tokens) [next, step] = [0, step + 1];
          const values = [serviceId, tokenIdOf(next++), step];
          const atMs = performance.now();
          const { rowCount } = await client.query({ name: 'bare', text, values });
          if (rowCount !== 1) throw new Error('a step was not taken');
          latencies.push(performance.now() - atMs);
        }
      }),
    );
    const tookMs = performance.now() - startedMs;
    const used = process.cpuUsage(cpu);
    step++;
    next = 0;
    for (const client of clients) await client.end();
    const sorted = Float64Array.from(latencies).sort();
    const at = (share: number) => quantile(sorted, share);
    return {
      perSecond: (latencies.length * 1000) / tookMs,
      p50Ms: at(0.5),
      p95Ms: at(0.95),
      p99Ms: at(0.99),
      busy: (used.user + used.system) / 1000 / tookMs,
    };
  };
}

/** Validations at one verifier over PostgreSQL, and beside them the bare statement on the same server. */
export function postgres({ connections, folder }: Place): readonly [Target, Target] {
  let first: Promise<{ readonly server: PostgresServer; readonly at: Loaded; readonly fact: string }> | null = null;
  let users = 0;
  const started = async () => {
    const server = await makeServer(flags);
    await server.start();
    const dataDir = join(folder, 'postgres');
    mkdirSync(dataDir);
    const url = server.url();
    const { institution, apiKey } = await seedPostgres(url, dataDir, tokens);
    // A copy of the tokens, so that neither wears the other's pages out; LIKE leaves out how full those are filled.
    const [options] = await ask(url, `SELECT reloptions FROM pg_class WHERE oid = 'tokens'::regclass`);
    await ask(url, `CREATE TABLE bare_tokens (LIKE tokens INCLUDING ALL) WITH (${options?.reloptions})`);
    await ask(url, 'INSERT INTO bare_tokens SELECT * FROM tokens');
    await ask(url, 'ANALYZE');
    const verifier = await serverOf('verifier-server.ts', { DATA_DIR: dataDir, PORT: '0', DATABASE_URL: url });
    return {
      server,
      at: { server: verifier, institution, apiKey, tokens },
      fact: await durability(url, server.folder),
    };
  };
  const shared = () => {
    first ??= started();
    users++;
    return first;
  };
  const release = async () => {
    if (--users > 0 || first === null) return;
    const { server, at } = await first;
    await at.server.end();
    await server.remove();
  };
  return [
    {
      name: names.postgres,
      connections,
      async start(): Promise<Running> {
        const { at, fact } = await shared();
        return { facts: [fact], round: validationRounds(at, join(folder, 'postgres-bodies')), end: release };
      },
    },
    {
      name: names.statement,
      connections,
      async start(): Promise<Running> {
        const { server, at, fact } = await shared();
        const round = await statementRounds(server.url(), at.institution.serviceId);
        return { facts: [fact], round, end: release };
      },
    },
  ];
}
