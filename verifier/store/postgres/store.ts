import { sql } from 'kysely';
import { auditLogOver } from '../audit-log-sql.ts';
import { activateToken, countFailure } from '../hot.ts';
import { addKeyChecks, keyChecks } from '../key-checks.ts';
import { lapsedIssues, wipeLapsed } from '../lapsed.ts';
import { readerOver } from '../reads.ts';
import type { Store } from '../store.ts';
import { acceptConnections, acceptor } from './accept.ts';
import { forgetterOver } from './forget.ts';
import { horizonOver } from './horizon.ts';
import { prepareDatabase } from './open.ts';
import { kyselyOver, openPool } from './pool.ts';
import { recordConnections, recorder } from './record.ts';
import {
  aloneInInstitution,
  askingAgain,
  holdingToken,
  inTransaction,
  lockToken,
  tokenWaitMs,
} from './transactions.ts';
import { userConnections, userLoader } from './users.ts';

/** For transactions, one of each institution at a time, which wait for those of other processes. */
const transactionConnections = 6;
/** For single validations whose tokens other transactions hold. */
const patientConnections = 3;
/** For everything else except validations of right codes. */
const otherConnections = 4;

/** Makes the hot path's statements use their keys, in the given order, whatever the statistics say. */
const byKeys = {
  // A token locked for longer than this gets a statement of its own.
  lock_timeout: '100',
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
} as const;

/**
 * The store on a PostgreSQL database, for any number of processes on any number of machines. Each of them holds at most
 * 16 connections.
 * @param url `postgres://user:password@host:port/database`, with `?sslmode=…` where wanted
 * @throws as `prepareDatabase`
 */
export async function openPostgresStore(url: string, nowMs: number): Promise<Store> {
  const { commitsUnsynced } = await prepareDatabase(url, nowMs);
  // An answer must not leave before its commit would survive a power cut. A server that waits for more keeps doing so.
  const durable = commitsUnsynced ? { synchronous_commit: 'on' } : {};
  const pool = openPool(url, { connections: otherConnections, session: durable });
  const hotConnections = acceptConnections + recordConnections + userConnections;
  const hotPool = openPool(url, { connections: hotConnections, session: { ...durable, ...byKeys } });
  const patientPool = openPool(url, {
    connections: patientConnections,
    session: { ...durable, ...byKeys, lock_timeout: String(tokenWaitMs) },
  });
  const transactionPool = openPool(url, { connections: transactionConnections, session: durable });
  const db = kyselyOver(pool);
  const transactions = kyselyOver(transactionPool);
  const holding = holdingToken(db, kyselyOver(patientPool));
  const forgetter = forgetterOver(pool);
  const loadUser = userLoader(hotPool, db);

  return {
    ...askingAgain(readerOver(db)),
    user: (serviceId, loginId) => loadUser({ serviceId, loginId }),
    otpUser: (serviceId, loginId) => loadUser({ serviceId, loginId }),
    transaction: aloneInInstitution(transactions),
    acceptStep: acceptor(hotPool, patientPool, forgetter),
    countFailure: (command) => holding(command, (inside) => countFailure(inside, command)),
    activateToken: (command) => holding(command, (inside) => activateToken(inside, command)),
    record: recorder(hotPool, patientPool, forgetter),

    auditLog: {
      ...askingAgain(auditLogOver(db, (work) => inTransaction(db, work), { horizon: horizonOver(db) })),
      ofManyNodes: true,
    },

    async newestAuditMs() {
      const row = await db
        .selectFrom('audit')
        .select(({ fn }) => fn.max('at_ms').as('newest'))
        .executeTakeFirst();
      return row?.newest ?? null;
    },

    forgetAnswers: forgetter.over,

    async wipeLapsed(beforeMs, limit) {
      const found = await lapsedIssues(db, beforeMs, limit);
      for (const issue of found) {
        // One at a time, and the token locked first, as in all other transactions.
        await inTransaction(db, async (inside) => {
          if (issue.token_id !== null) await lockToken(inside, issue.service_id, issue.token_id);
          await wipeLapsed(inside, issue, beforeMs);
        });
      }
      return found.length;
    },

    keyChecks: () => keyChecks(db),

    addKeyChecks: (checks) =>
      inTransaction(db, async (inside) => {
        await sql`SELECT pg_advisory_xact_lock(hashtextextended('shirushi keys', 0))`.execute(inside);
        return addKeyChecks(inside, checks);
      }),

    async ping() {
      await sql`SELECT 1 FROM schema_versions LIMIT 1`.execute(db);
    },

    async tryChange() {
      await sql`UPDATE schema_versions SET applied_at_ms = applied_at_ms`.execute(db);
    },

    async close() {
      const pools = [pool, hotPool, patientPool, transactionPool];
      await Promise.all(pools.filter(({ ending }) => !ending).map((one) => one.end()));
    },
  };
}
