import type pg from 'pg';
import type { Along } from '../store.ts';
import { batching } from './batches.ts';
import type { Forgetter } from './forget.ts';
import { heldByOthers } from './held.ts';
import { alongCells, alongColumns, auditNames, type Cell, type Column, inputOf, keepingOf, valuesOf } from './input.ts';
import { nameOf } from './pool.ts';
import { together } from './together.ts';

const columns: readonly Column[] = [
  { name: 'service_id', type: 'text' },
  { name: 'token_id', type: 'text' },
  ...alongColumns,
];

/**
 * Records many decisions that changed nothing. Each token's running number moves once, by its number of rows. `begun` comes
 * first, so that the transaction has its number before it takes an ID of the log: the horizon relies on that.
 */
const text = `
WITH begun AS MATERIALIZED (
  SELECT pg_current_xact_id()
), input AS (
  ${inputOf(columns)}
), counted AS (
  SELECT service_id, token_id, count(*) AS rows FROM input, begun WHERE token_id IS NOT NULL
  GROUP BY service_id, token_id ORDER BY service_id, token_id
), moved AS (
  UPDATE tokens AS t SET audit_number = t.audit_number + c.rows FROM counted AS c
  WHERE t.service_id = c.service_id AND t.token_id = c.token_id
  RETURNING t.service_id, t.token_id, t.audit_number - c.rows AS before
), numbered AS (
  SELECT i.*, m.before + row_number() OVER (PARTITION BY i.service_id, i.token_id ORDER BY i.item) AS token_number
  FROM begun, input AS i LEFT JOIN moved AS m ON m.service_id = i.service_id AND m.token_id = i.token_id
  ORDER BY i.item
), logged AS (
  INSERT INTO audit (service_id, token_id, token_number, ${auditNames})
  SELECT service_id, CASE WHEN token_number IS NULL THEN NULL ELSE token_id END, token_number, ${auditNames}
  FROM numbered
), kept AS (${keepingOf('input AS i')}
)
SELECT 1`;

function rowOf(along: Along): readonly Cell[] {
  return [along.audit.serviceId, along.audit.tokenId, ...alongCells(along)];
}

const limits = { atOnce: 1, maxItems: 128, maxWaiting: 5_000 } as const;
/** Connections that `recorder` uses at most. */
export const recordConnections = limits.atOnce;

/**
 * `record` of the store: concurrent ones share a statement.
 * @param patient for those whose tokens other transactions hold
 */
export function recorder(pool: pg.Pool, patient: pg.Pool, forgetter: Forgetter): (along: Along) => Promise<void> {
  const record = async (over: pg.Pool, alongs: readonly Along[]) => {
    const values = valuesOf(columns, alongs.map(rowOf));
    const name = nameOf(text);
    await over.query({ text, values, ...(name === undefined ? {} : { name }) });
    forgetter.written(alongs);
    return alongs.map(() => undefined);
  };
  const how = {
    run: (alongs: readonly Along[]) => record(pool, alongs),
    runAlone: async (along: Along) => void (await record(patient, [along])),
    held: (alongs: readonly Along[]) =>
      heldByOthers(
        pool,
        alongs.map(({ audit }) => audit),
      ),
    forget: forgetter.one,
  };
  return batching<Along, void>({ ...limits, keyOf: () => null, run: (alongs) => together(alongs, how) });
}
