import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exportJWK, generateKeyPair } from 'jose';
import { sqliteDurability } from './durability.ts';
import type { Place } from './echo.ts';
import { loaded, memoryOf, serverOf } from './processes.ts';
import { names } from './report.ts';
import { seed } from './seed.ts';
import type { Running, Target } from './target.ts';
import { contractIdOf, loginIdOf, trialActivationPassword, userIdOf, usersPerContract } from './trial.ts';
import { type Loaded, strideOver, validationRounds } from './validations.ts';

const tokens = 50_000;
const issues = 20_000;

/**
 * A verifier on a new SQLite file with so many tokens in use, and so many issues that wait for their set-up.
 * @param folder gets one of its own for each, whose path comes back as `dataDir`
 */
export async function startSeeded(
  folder: string,
  tokens: number,
  issues = 0,
): Promise<Loaded & { readonly dataDir: string; readonly database: string }> {
  const dataDir = mkdtempSync(join(folder, `sqlite-${tokens}-`));
  const { institution, apiKey } = await seed({ dataDir, tokens, issues, nowMs: Date.now() });
  // Set-ups are limited by address, which a proxy in front tells.
  const server = await serverOf('verifier-server.ts', { DATA_DIR: dataDir, PORT: '0', TRUST_PROXY: '1' });
  return { server, institution, apiKey, tokens, dataDir, database: join(dataDir, 'verifier.sqlite') };
}

/** Reads the tokens once, so that the system has them in its cache as after hours of use; it may have put them away. */
function readTokens(database: string): void {
  const reading = new DatabaseSync(database, { readOnly: true });
  reading.prepare('SELECT total(last_step) FROM tokens NOT INDEXED').get();
  reading.close();
}

/** Bytes that a process has read from the disk itself, past the system's cache; NaN where the system does not tell. */
function diskReadsOf(pid: number): number {
  try {
    return Number(/^read_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? Number.NaN);
  } catch {
    return Number.NaN;
  }
}

/**
 * Validations at a verifier over one SQLite file with so many tokens. They lie all over the database, in no order, as
 * those of real users do: in their order most would find the pages of the one before.
 */
export function sqliteValidation(name: string, { connections, folder }: Place, count: number): Target {
  return {
    name,
    connections,
    async start(): Promise<Running> {
      const at = await startSeeded(folder, count);
      const round = validationRounds(at, join(at.dataDir, 'bodies'), strideOver(count));
      await round(64, 1);
      const pid = at.server.child.pid ?? 0;
      const facts = [`${Math.round(at.server.startMs)} ms until it listened`];
      facts.push(...(await sqliteDurability(at.database, pid, () => round(64, 1))));
      let validations = 0;
      let bytes = 0;
      return {
        facts,
        async round(connections, seconds) {
          readTokens(at.database);
          const before = diskReadsOf(pid);
          const figures = await round(connections, seconds);
          bytes += diskReadsOf(pid) - before;
          validations += figures.perSecond * seconds;
          return figures;
        },
        async end() {
          const { rss } = await memoryOf(at.server);
          facts.push(`${Math.round(rss / 1e6)} MB resident at the end`);
          if (!Number.isNaN(bytes)) {
            const pages = (bytes / 4096 / validations).toFixed(2);
            facts.push(`${pages} pages read from the disk for a validation: the rest was in the system's cache`);
          }
          await at.server.end();
        },
      };
    },
  };
}

/** The verifier over one SQLite file: what a bank asks it. */
export function verifier(
  place: Place,
): Readonly<Record<'validation' | 'requirement' | 'provisioning' | 'userList', Target>> {
  const { connections, folder } = place;
  let first: Promise<Loaded> | null = null;
  const shared = () => {
    first ??= startSeeded(folder, tokens, issues);
    return first;
  };
  const asked = (name: string, of: (at: Loaded) => Promise<Running['round']> | Running['round']): Target => ({
    name,
    connections,
    async start() {
      const at = await shared();
      return { facts: [], round: await of(at), end: () => at.server.end() };
    },
  });
  const reading = (name: string, paths: readonly string[], expected: string): Target =>
    asked(
      name,
      ({ server, apiKey }) =>
        (count, seconds) =>
          loaded({
            url: server.url,
            method: 'GET',
            paths,
            headers: { authorization: `Bearer ${apiKey}` },
            connections: count,
            seconds,
            bodiesPath: null,
            again: true,
            pass: 0,
            addresses: false,
            expected,
          }),
    );
  const users = Array.from({ length: 200 }, (_, i) => i * usersPerContract);
  return {
    validation: sqliteValidation(names.sqlite, place, tokens),
    requirement: reading(
      'requirement, SQLite',
      users.map((user) => `/v1/users/${loginIdOf(user)}/requirement?operation=transfer`),
      '"required"',
    ),
    userList: reading(
      'user list of 50, SQLite',
      users.map((user) => `/v1/users?contractId=${contractIdOf(user)}&limit=50`),
      '"active"',
    ),
    provisioning: asked('provisioning, SQLite', async ({ server, institution }) => {
      const { publicKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
      const { kty, crv, x, y } = await exportJWK(publicKey);
      const bodies = Array.from({ length: issues }, (_, i) =>
        JSON.stringify({
          serviceId: institution.serviceId,
          userId: userIdOf(tokens + i),
          activationPassword: trialActivationPassword,
          publicKey: { kty, crv, x, y },
        }),
      );
      const bodiesPath = join(folder, 'set-ups');
      writeFileSync(bodiesPath, bodies.join('\n'));
      // Each round goes on behind the one before. What is sent again comes with the same key, which may be repeated.
      let from = 0;
      return async (count, seconds) => {
        const figures = await loaded({
          url: server.url,
          method: 'POST',
          paths: ['/v1/provisioning'],
          headers: { 'content-type': 'application/json' },
          connections: count,
          seconds,
          bodiesPath,
          from,
          again: true,
          pass: 0,
          addresses: true,
          expected: '"provisioned"',
        });
        // Of each connection one more may have been on its way at the end.
        from = (from + Math.ceil(figures.perSecond * seconds) + count) % issues;
        return figures;
      };
    }),
  };
}
