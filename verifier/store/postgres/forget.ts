import type pg from 'pg';
import type { Along } from '../store.ts';
import { translateError } from './faults.ts';

/** After this many kept answers written by this process, some expired ones are removed. */
const every = 256;
/** How many are removed then: more than were written, so that expired answers do not pile up. */
const atMost = 1_000;

const overSql = `
DELETE FROM kept_answers WHERE ctid IN (
  SELECT ctid FROM kept_answers WHERE expires_at_ms <= $1 ORDER BY expires_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED
)`;
const oneSql = 'DELETE FROM kept_answers WHERE service_id = $1 AND key_mac = $2 AND expires_at_ms <= $3';

/** Removes expired kept answers off the hot path. */
export interface Forgetter {
  /** Removes at most `limit` answers that have expired by `nowMs`; returns how many. */
  over(nowMs: number, limit: number): Promise<number>;
  /** Counts what was written; now and then starts a removal for which nobody waits. */
  written(alongs: readonly Along[]): void;
  /** Removes an expired answer under this one's key. */
  one(along: Along): Promise<void>;
}

/** @param pool any but the hot path's */
export function forgetterOver(pool: pg.Pool): Forgetter {
  let since = 0;
  let running = false;
  const over = async (nowMs: number, limit: number) => {
    const { rowCount } = await pool.query(overSql, [nowMs, limit]).catch(translateError);
    return rowCount ?? 0;
  };
  return {
    over,

    written(alongs) {
      const kept = alongs.filter((along) => along.kept !== null);
      since += kept.length;
      const last = kept.at(-1);
      if (since < every || running || last === undefined) return;
      [since, running] = [0, true];
      // After a failure, a later removal catches up.
      over(last.audit.atMs, atMost)
        .catch(() => {})
        .finally(() => {
          running = false;
        });
    },
    async one({ audit, kept }) {
      if (kept !== null) await pool.query(oneSql, [audit.serviceId, Buffer.from(kept.keyMac), audit.atMs]);
    },
  };
}
