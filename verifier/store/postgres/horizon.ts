import { setTimeout } from 'node:timers/promises';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from '../tables.ts';

/** How long one call waits in all for unfinished transactions; after that it settles for an earlier mark. Milliseconds. */
const patienceMs = 200;
const pauseMs = 4;
/** While a transaction stays open for long, newer marks do not help. */
const mostMarks = 100;

/** All IDs up to `auditId` were taken by transactions with a number below `before`. */
interface Mark {
  readonly auditId: number;
  readonly before: bigint;
}

/**
 * Changes with each start of the server, and with each crash from which it recovers by itself: its statistics are reset
 * then. Such a crash may also lose the newest IDs and transaction numbers, if no commit had brought them to the disk.
 */
const serverNow = sql<string>`concat(pg_postmaster_start_time(), ' ', (SELECT stats_reset FROM pg_stat_archiver))`;

/**
 * The ID up to which the audit log is complete. IDs are taken before the commit, so when a row becomes visible, one with a
 * smaller ID may still be uncommitted.
 *
 * Every writer gets its transaction number before it takes an ID. A transaction number taken after reading the newest ID is
 * therefore higher than those of all transactions that took this ID or a smaller one. Once all transactions below that
 * number have ended, no row at or below the ID can appear any more. (A snapshot's `xmax` will not do: it follows the last
 * transaction that has ended, and running ones may have it or higher ones.) Writers neither wait nor do anything for this,
 * and as long as there is no newer ID no transaction number is used up.
 */
export function horizonOver(db: Kysely<Tables>): () => Promise<number> {
  let reached = 0;
  let marks: Mark[] = [];
  let server = '';

  /** Starts over with another server, such as a standby that took over. */
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
      // In a transaction of its own, which has ended before the snapshot is taken.
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
