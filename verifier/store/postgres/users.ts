import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import type { UserState } from '../../rules/state.ts';
import { fromJoined, usersWithAll } from '../reads.ts';
import type { Tables } from '../tables.ts';
import { batching } from './batches.ts';
import { breaksConnection, translateError, Undone } from './faults.ts';
import { nameOf } from './pool.ts';
import { again } from './transactions.ts';

interface Wanted {
  readonly serviceId: string;
  readonly loginId: string;
}

/** One at a time, so that whoever asks later never sees an earlier state. */
const limits = { atOnce: 1, maxItems: 256, maxWaiting: 5_000 } as const;
/** Connections that `userLoader` asks for at most. */
export const userConnections = limits.atOnce;

/** `user` of the store: concurrent questions share one statement. */
export function userLoader(pool: pg.Pool, db: Kysely<Tables>): (wanted: Wanted) => Promise<UserState | null> {
  const none: readonly string[] = [];
  const query = usersWithAll(db)
    .innerJoin(
      sql<Pick<Tables['users'], 'service_id' | 'login_id'>>`unnest(${none}::text[], ${none}::text[])`.as<'wanted'>(
        sql`wanted (service_id, login_id)`,
      ),
      (join) =>
        join.onRef('wanted.service_id', '=', 'users.service_id').onRef('wanted.login_id', '=', 'users.login_id'),
    )
    .select(['wanted.service_id as wanted_service_id', 'wanted.login_id as wanted_login_id']);
  const { sql: text } = query.compile();
  const name = nameOf(text);
  const keyOf = ({ serviceId, loginId }: Wanted) => `${serviceId} ${loginId}`;

  return batching({
    ...limits,
    keyOf: () => null,
    async run(items) {
      const asked = new Map(items.map((item) => [keyOf(item), item]));
      const distinct = [...asked.values()];
      const values = [distinct.map((item) => item.serviceId), distinct.map((item) => item.loginId)];
      const { rows } = await again(async () => {
        const client = await pool.connect().catch(translateError);
        try {
          const result = await client.query({ text, values, ...(name === undefined ? {} : { name }) });
          client.release();
          return result;
        } catch (error) {
          client.release(true);
          if (!breaksConnection(error)) return translateError(error);
          throw new Undone('the connection broke', { cause: error });
        }
      });
      const found = new Map(
        rows.map((row) => [keyOf({ serviceId: row.wanted_service_id, loginId: row.wanted_login_id }), fromJoined(row)]),
      );
      return items.map((item) => ({ value: found.get(keyOf(item)) ?? null }));
    },
  });
}
