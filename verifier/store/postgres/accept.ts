import type pg from 'pg';
import { sourcesOf, tokenMachine } from '../../rules/machines.ts';
import type { AcceptStep, ByHolder } from '../store.ts';
import { type BatchOptions, batching, type SettledOrLater } from './batches.ts';
import type { Forgetter } from './forget.ts';
import { heldByOthers } from './held.ts';
import { alongCells, alongColumns, auditNames, type Cell, type Column, inputOf, keepingOf, valuesOf } from './input.ts';
import { nameOf } from './pool.ts';
import { together } from './together.ts';

type Taking = AcceptStep & ByHolder;

const keyColumns: readonly Column[] = [
  { name: 'service_id', type: 'text' },
  { name: 'token_id', type: 'text' },
  { name: 'holder', type: 'text' },
  { name: 'step', type: 'bigint' },
  { name: 'drift_before', type: 'integer' },
  { name: 'drift_after', type: 'integer' },
];
const columns = [...keyColumns, ...alongColumns];

const inList = (values: readonly string[]) => values.map((value) => `'${value}'`).join(', ');

/**
 * Accepts many steps at once, each under the conditions of `acceptStep` in hot.ts, with audit rows and kept answers. After
 * waiting for a token's lock, READ COMMITTED reads the token again but not the assignment. So the token's running number,
 * which every change of either moves, must be unchanged; otherwise the step is not accepted. Tokens are locked in the order
 * of their keys, so that two batches cannot deadlock.
 */
const text = `
WITH input AS (
  ${inputOf(columns)}
), seen AS (
  SELECT i.*, t.audit_number
  FROM input AS i
  JOIN tokens AS t ON t.service_id = i.service_id AND t.token_id = i.token_id
  WHERE EXISTS (
    SELECT 1 FROM assignments AS a
    WHERE a.service_id = i.service_id AND a.token_id = i.token_id AND a.login_id = i.holder AND a.status = 'active'
  )
), taken AS (
  UPDATE tokens AS t
  SET status = 'active', last_step = s.step, drift_steps = s.drift_after, failures = 0, failures_since_accepted = 0,
    audit_number = t.audit_number + 1
  FROM seen AS s
  WHERE t.service_id = s.service_id AND t.token_id = s.token_id AND t.audit_number = s.audit_number
    AND t.status IN (${inList(sourcesOf(tokenMachine.acceptCode))})
    AND t.last_step < s.step AND t.drift_steps = s.drift_before
  RETURNING s.*, t.audit_number AS token_number
), logged AS (
  INSERT INTO audit (service_id, token_id, token_number, ${auditNames})
  SELECT service_id, token_id, token_number, ${auditNames} FROM taken
), kept AS (${keepingOf('taken AS i')}
)
SELECT item FROM taken`;

function rowOf(command: Taking): readonly Cell[] {
  return [
    ...[command.serviceId, command.tokenId, command.loginId, command.step],
    ...[command.drift.beforeSteps, command.drift.afterSteps],
    ...alongCells(command.along),
  ];
}

async function accept(pool: pg.Pool, commands: readonly Taking[]): Promise<readonly boolean[]> {
  const values = valuesOf(columns, commands.map(rowOf));
  const name = nameOf(text);
  const result = await pool.query({ text, values, ...(name === undefined ? {} : { name }) });
  const taken = new Set(result.rows.map(({ item }) => item));
  return commands.map((_, i) => taken.has(i + 1));
}

/** Sorted by key, so that batches of several processes lock tokens in the same order. */
function byToken(one: Taking, other: Taking): number {
  const [a, b] = [`${one.serviceId} ${one.tokenId}`, `${other.serviceId} ${other.tokenId}`];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One statement at a time, with all that arrived while the one before committed; several at a time were slower. */
const limits = { atOnce: 1, maxItems: 256, maxWaiting: 5_000 } as const;
/** Connections that `acceptor` uses at most. */
export const acceptConnections = limits.atOnce;

/**
 * `acceptStep` of the store: concurrent ones share a statement, but never two of one token. If the connection breaks, it is
 * unknown whether the step was accepted; it is not retried: `StoreUnavailable`.
 * @param patient for those whose tokens other transactions hold
 */
export function acceptor(pool: pg.Pool, patient: pg.Pool, forgetter: Forgetter): (command: Taking) => Promise<boolean> {
  const run = async (over: pg.Pool, commands: readonly Taking[]) => {
    const taken = await accept(over, commands);
    forgetter.written(commands.map(({ along }) => along));
    return taken;
  };
  const how = {
    run: (commands: readonly Taking[]) => run(pool, commands),
    runAlone: async (command: Taking) => (await run(patient, [command]))[0] === true,
    held: (commands: readonly Taking[]) => heldByOthers(pool, commands),
    forget: ({ along }: Taking) => forgetter.one(along),
  };
  const options: BatchOptions<Taking, boolean> = {
    ...limits,
    keyOf: ({ serviceId, tokenId }) => `${serviceId} ${tokenId}`,
    async run(commands) {
      const order = [...commands.keys()].sort((a, b) => {
        const [one, other] = [commands[a], commands[b]];
        return one === undefined || other === undefined ? 0 : byToken(one, other);
      });
      const sorted = order.flatMap((at) => commands[at] ?? []);
      const settled = await together(sorted, how);
      const results: SettledOrLater<boolean>[] = [];
      for (const [i, at] of order.entries()) results[at] = settled[i] ?? { error: new Error('left out') };
      return results;
    },
  };
  return batching(options);
}
