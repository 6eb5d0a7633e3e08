import type pg from 'pg';
import type { Along } from '../store.ts';
import { translateError } from './faults.ts';

/** So many kept answers written here are reason to look for some that are over. */
const every = 256;
/** More than are written meanwhile, so that what is over does not pile up. */
const atMost = 1_000;

const overSql = `
DELETE FROM kept_answers WHERE ctid IN (
  SELECT ctid FROM kept_answers WHERE expires_at_ms <= $1 ORDER BY expires_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED
)`;
const oneSql = 'DELETE FROM kept_answers WHERE service_id = $1 AND key_mac = $2 AND expires_at_ms <= $3';

/** Removes kept answers that are over, beside the hot path. */
export interface Forgetter {
  /** Removes what is over at `nowMs`, at most `limit`, and tells how many. */
  over(nowMs: number, limit: number): Promise<number>;
  /** Tells what was written; now and then starts a removal that nobody waits for. */
  written(alongs: readonly Along[]): void;
  /** Removes what was kept under this one's key where it is over. */
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
      // What fails now is removed by a later one.
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
