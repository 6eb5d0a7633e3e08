import { setTimeout } from 'node:timers/promises';
import { type Kysely, type RawBuilder, sql } from 'kysely';
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
 * Another one after each start of the server, and after each crash from which it recovered by itself: its statistics are
 * gone then, and so may be the newest IDs and numbers, which nobody's commit had brought to the disk.
 */
const serverNow = sql<string>`concat(pg_postmaster_start_time(), ' ', (SELECT stats_reset FROM pg_stat_archiver))`;

/**
 * The ID up to which the log is complete. Rows become visible in the order of commits, IDs are taken earlier: behind a
 * visible row a smaller ID may still be on its way. Every writer has its transaction's number before it takes an ID. So
 * a number taken after an ID was the newest is above those of all that took it or a smaller one, and once all below it
 * are done with, nothing at or below the ID can come any more. A snapshot's `xmax` is no such number: it follows the
 * last transaction that has ended, and those at work may have it or larger ones. Nobody who writes waits or does
 * anything for it; where no ID is newer no number is used up.
 */
export function horizonOver(db: Kysely<Tables>): () => Promise<number> {
  let reached = 0;
  let marks: Mark[] = [];
  let server = '';

  /** Another server, such as a standby that took over, counts for itself. */
  function meet(now: string): void {
    if (server !== now) [server, marks, reached] = [now, [], 0];
  }

  async function one<Row>(query: RawBuilder<Row>): Promise<Row> {
    const [row] = (await query.execute(db)).rows;
    if (row === undefined) throw new Error('the horizon of the log has no row');
    return row;
  }

  return async () => {
    const newest = await one(sql<{ id: number; server: string }>`
      SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS id, ${serverNow} AS server FROM audit_ids`);
    meet(newest.server);
    if (newest.id > (marks.at(-1)?.auditId ?? reached) && marks.length < mostMarks) {
      // A transaction of its own, which has ended when the snapshot is asked for.
      const taken = await one(sql<{ number: string; server: string }>`
        SELECT pg_current_xact_id()::text AS number, ${serverNow} AS server`);
      if (server === newest.server && server === taken.server)
        marks.push({ auditId: newest.id, before: BigInt(taken.number) });
    }
    for (let waitedMs = 0; reached < newest.id; waitedMs += pauseMs) {
      const { xmin, server: now } = await one(sql<{ xmin: string; server: string }>`
        SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin, ${serverNow} AS server`);
      meet(now);
      while (marks[0] !== undefined && marks[0].before <= BigInt(xmin)) {
        reached = Math.max(reached, marks[0].auditId);
        marks.shift();
      }
      if (reached >= newest.id || waitedMs >= patienceMs) break;
      await setTimeout(pauseMs);
    }
    return reached;
  };
}
