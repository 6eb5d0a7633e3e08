import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import type { UserState } from '../../rules/state.ts';
import { fromJoined, type Joined, usersWithAll } from '../reads.ts';
import type { Tables } from '../tables.ts';
import { batching, type Settled } from './batches.ts';
import { fieldsOf } from './composite.ts';
import { breaksConnection, translateError, Undone } from './faults.ts';
import { type Column as Key, valuesOf } from './input.ts';
import { nameOf, safeNumber } from './pool.ts';
import { again } from './transactions.ts';

interface Wanted {
  readonly serviceId: string;
  readonly loginId: string;
}

type Column = keyof Joined;
const text = <Value extends string>(field: string) => field as Value;
const bytes = (field: string): Buffer => Buffer.from(field.slice(2), 'hex');

/** How each column is read, in the order in which they are selected. */
const columns: { readonly [Name in Column]: (field: string) => NonNullable<Joined[Name]> } = {
  assignment_id: text,
  assignment_status: text,
  assignment_kind: text,
  prior_status: text,
  previous_assignment_id: text,
  issued_at_ms: safeNumber,
  lapses_at_ms: safeNumber,
  thumbprint: text,
  request_id: text,
  ended_at_ms: safeNumber,
  end_cause: text,
  token_id: text,
  token_kind: text,
  serial: text,
  token_status: text,
  algorithm: text,
  digits: safeNumber,
  period_seconds: safeNumber,
  sealed_seed: bytes,
  seed_version: safeNumber,
  last_step: safeNumber,
  drift_steps: safeNumber,
  failures: safeNumber,
  failures_since_accepted: safeNumber,
  expires_at_ms: safeNumber,
  token_contract_id: text,
  status_detail: text,
  previous_status: text,
  previous_kind: text,
  previous_ended_at_ms: safeNumber,
  previous_end_cause: text,
  tried_token_id: text,
  login_id: text,
  contract_id: text,
  name: text,
  role: text,
  email: text,
  confirmation_hash: text,
  confirmation_failures: safeNumber,
  contract_kind: text,
  contract_name: text,
  otp_starts_on: text,
};
const names = Object.keys(columns) as Column[];
const readers: readonly ((field: string) => unknown)[] = names.map((name) => columns[name]);
const keyColumns: readonly Key[] = [
  { name: 'service_id', type: 'text' },
  { name: 'login_id', type: 'text' },
];
const nothing = Object.fromEntries(names.map((name) => [name, null]));

function joinedOf(row: string): Joined {
  const joined: Record<string, unknown> = { ...nothing };
  for (const [i, field] of fieldsOf(row).entries()) {
    if (field !== null) joined[names[i] as Column] = readers[i]?.(field);
  }
  return joined as unknown as Joined;
}

/** A damaged row fails for its own user only. */
function readable(row: string): Settled<UserState> {
  try {
    return { value: fromJoined(joinedOf(row)) };
  } catch (error) {
    return { error };
  }
}

/** One statement at a time, so that a later request never sees an earlier state. */
const limits = { atOnce: 1, maxItems: 256, maxWaiting: 5_000 } as const;
/** Connections that `userLoader` uses at most. */
export const userConnections = limits.atOnce;

/**
 * `user` of the store: concurrent reads share one statement. Each user comes as one text, since forty columns would cost
 * the driver three times as much.
 */
export function userLoader(pool: pg.Pool, db: Kysely<Tables>): (wanted: Wanted) => Promise<UserState | null> {
  const none: readonly string[] = [];
  const asked = sql<{ service_id: string; login_id: string; item: number }>`
    unnest(${none}::text[], ${none}::text[]) WITH ORDINALITY`;
  const found = usersWithAll(db)
    .innerJoin(asked.as<'asked'>(sql`asked (service_id, login_id, item)`), (join) =>
      join.onRef('asked.service_id', '=', 'users.service_id').onRef('asked.login_id', '=', 'users.login_id'),
    )
    .select('asked.item');
  const fields = sql`row(${sql.join(names.map((name) => sql.ref(`found.${name}`)))})::text`;
  const { sql: query } = db
    .selectFrom(found.as('found'))
    .select(['found.item', fields.as('fields')])
    .compile();
  const name = nameOf(query);

  return batching({
    ...limits,
    keyOf: () => null,
    async run(items) {
      const values = valuesOf(
        keyColumns,
        items.map(({ serviceId, loginId }) => [serviceId, loginId]),
      );
      const { rows } = await again(async () => {
        const client = await pool.connect().catch(translateError);
        try {
          const result = await client.query({ text: query, values, ...(name === undefined ? {} : { name }) });
          client.release();
          return result;
        } catch (error) {
          client.release(true);
          if (!breaksConnection(error)) return translateError(error);
          throw new Undone('the connection broke', { cause: error });
        }
      });
      const users: Settled<UserState | null>[] = items.map(() => ({ value: null }));
      for (const { item, fields } of rows) users[item - 1] = readable(fields);
      return users;
    },
  });
}
