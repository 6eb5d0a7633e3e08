import { setTimeout } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.ts';

/** A look for which unfinished transactions are waited for, in all; then an earlier mark has to do. */
const patienceMs = 200;
const pauseMs = 4;
/** While one transaction stays open for long no newer mark helps. */
const mostMarks = 100;

/** IDs up to `auditId` were all taken by transactions with a number below `before`. */
interface Mark {
  readonly auditId: number;
  readonly before: bigint;
}

/**
 * The ID up to which the log is complete. Rows become visible in the order of commits, IDs are taken earlier: behind a
 * visible row a smaller ID may still be on its way. Every writer has its transaction's number before it takes an ID,
 * so once all numbers that were given out when an ID was the newest are done with, nothing at or below it can come any
 * more. Nobody who writes waits or does anything for it.
 */
export function horizonOver(db: Kysely<Tables>): () => Promise<number> {
  let reached = 0;
  let marks: Mark[] = [];
  let server = '';

  return async () => {
    for (let waitedMs = 0; ; waitedMs += pauseMs) {
      // In this order: the snapshot must be younger than the newest ID.
      const newest = await sql<{ id: number }>`
        SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS id FROM audit_ids`.execute(db);
      const snapshot = await sql<{ xmin: string; xmax: string; server: string }>`
        SELECT pg_snapshot_xmin(s)::text AS xmin, pg_snapshot_xmax(s)::text AS xmax,
          pg_postmaster_start_time()::text AS server
        FROM pg_current_snapshot() AS s`.execute(db);
      const auditId = newest.rows[0]?.id ?? 0;
      const { xmin = '0', xmax = '0', server: now = '' } = snapshot.rows[0] ?? {};
      // Another server, such as a standby that took over: it counts for itself.
      if (server !== now) [server, marks, reached] = [now, [], 0];
      if (marks.length === 0 || (waitedMs === 0 && marks.length < mostMarks))
        marks.push({ auditId, before: BigInt(xmax) });
      const wanted = marks.at(-1)?.auditId ?? 0;
      while (marks[0] !== undefined && marks[0].before <= BigInt(xmin)) {
        reached = Math.max(reached, marks[0].auditId);
        marks.shift();
      }
      if (reached >= wanted || waitedMs >= patienceMs) return reached;
      await setTimeout(pauseMs);
    }
  };
}
