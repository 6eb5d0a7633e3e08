import type pg from 'pg';
import { sourcesOf, tokenMachine } from '../../rules/machines.ts';
import { type AcceptStep, AlreadyAnswered } from '../store.ts';
import { type BatchOptions, batching, type Settled } from './batches.ts';
import { breaksConnection, stateOf, translateError, Undone } from './faults.ts';
import { nameOf } from './pool.ts';
import { again } from './transactions.ts';

const uniqueViolation = '23505';
/** Only kept answers may collide here. */
const keptAnswers = 'kept_answers_pkey';

interface Column {
  readonly name: string;
  readonly type: 'text' | 'bigint' | 'integer' | 'bytea';
}

const keyColumns: readonly Column[] = [
  { name: 'service_id', type: 'text' },
  { name: 'token_id', type: 'text' },
  { name: 'assignment_id', type: 'text' },
  { name: 'step', type: 'bigint' },
  { name: 'drift_before', type: 'integer' },
  { name: 'drift_after', type: 'integer' },
];
const auditColumns: readonly Column[] = [
  { name: 'at_ms', type: 'bigint' },
  ...[
    ...['actor', 'login_id', 'operation', 'purpose', 'outcome', 'reason', 'reference'],
    ...['acting_login_id', 'operator', 'document', 'note'],
  ].map((name): Column => ({ name, type: 'text' })),
];
const keptColumns: readonly Column[] = [
  { name: 'key_mac', type: 'bytea' },
  { name: 'body_mac', type: 'bytea' },
  { name: 'answer_status', type: 'integer' },
  { name: 'sealed_answer', type: 'bytea' },
  { name: 'answer_expires_at_ms', type: 'bigint' },
];
const columns = [...keyColumns, ...auditColumns, ...keptColumns];

const inList = (values: readonly string[]) => values.map((value) => `'${value}'`).join(', ');
const auditNames = auditColumns.map(({ name }) => name).join(', ');

/**
 * Takes many steps at once, each as `acceptStep` in hot.ts does, with log and kept answers. READ COMMITTED looks at a
 * token again where it had to wait for it, but not at the assignment beside it: so whoever changed anything about the
 * token meanwhile shows by its running number, which every change moves, and the step is not taken. Tokens come in the
 * order of their keys, so that two batches wait for each other in one direction only.
 */
const text = `
WITH input AS (
  SELECT * FROM unnest(${columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(', ')})
    WITH ORDINALITY AS i (${columns.map(({ name }) => name).join(', ')}, item)
), seen AS (
  SELECT i.item, i.service_id, i.token_id, i.step, i.drift_before, i.drift_after, t.audit_number
  FROM input AS i
  JOIN tokens AS t ON t.service_id = i.service_id AND t.token_id = i.token_id
  WHERE (
    i.assignment_id IS NULL OR EXISTS (
      SELECT 1 FROM assignments AS a
      WHERE a.service_id = i.service_id AND a.assignment_id = i.assignment_id
        AND a.token_id = i.token_id AND a.status = 'active'
    )
  )
), taken AS (
  UPDATE tokens AS t
  SET status = 'active', last_step = s.step, drift_steps = s.drift_after, failures = 0, failures_since_accepted = 0,
    audit_number = t.audit_number + 1
  FROM seen AS s
  WHERE t.service_id = s.service_id AND t.token_id = s.token_id AND t.audit_number = s.audit_number
    AND t.status IN (${inList(sourcesOf(tokenMachine.acceptCode))})
    AND t.last_step < s.step AND t.drift_steps = s.drift_before
  RETURNING s.item, t.audit_number
), logged AS (
  INSERT INTO audit (service_id, token_id, token_number, ${auditNames})
  SELECT i.service_id, i.token_id, taken.audit_number, ${auditNames} FROM taken JOIN input AS i USING (item)
), kept AS (
  INSERT INTO kept_answers (service_id, key_mac, body_mac, status, sealed_answer, expires_at_ms)
  SELECT i.service_id, i.key_mac, i.body_mac, i.answer_status, i.sealed_answer, i.answer_expires_at_ms
  FROM taken JOIN input AS i USING (item) WHERE i.key_mac IS NOT NULL
)
SELECT item FROM taken`;

type Cell = string | number | Buffer | null;

function rowOf(command: AcceptStep): readonly Cell[] {
  const { audit, kept } = command.along;
  const bytes = (value: Uint8Array | undefined) => (value === undefined ? null : Buffer.from(value));
  return [
    ...[command.serviceId, command.tokenId, command.assignmentId, command.step],
    ...[command.drift.beforeSteps, command.drift.afterSteps],
    ...[audit.atMs, audit.actor, audit.loginId, audit.operation, audit.purpose, audit.outcome, audit.reason],
    ...[audit.reference, audit.actingLoginId, audit.operator, audit.document, audit.note],
    ...[bytes(kept?.keyMac), bytes(kept?.bodyMac), kept?.status ?? null, bytes(kept?.sealedAnswer)],
    kept?.expiresAtMs ?? null,
  ];
}

async function accept(pool: pg.Pool, commands: readonly AcceptStep[]): Promise<readonly boolean[]> {
  const rows = commands.map(rowOf);
  const values = columns.map((_, i) => rows.map((row) => row[i]));
  const name = nameOf(text);
  const result = await pool.query({ text, values, ...(name === undefined ? {} : { name }) });
  const taken = new Set(result.rows.map(({ item }) => item));
  return commands.map((_, i) => taken.has(i + 1));
}

/** One command in a statement of its own: what undid it concerns nobody else. */
function acceptAlone(pool: pg.Pool, command: AcceptStep): Promise<Settled<boolean>> {
  return again(async () => {
    try {
      const [value = false] = await accept(pool, [command]);
      return { value };
    } catch (error) {
      if (stateOf(error) === uniqueViolation && (error as pg.DatabaseError).constraint === keptAnswers) {
        throw new AlreadyAnswered('another request under this idempotency key was first');
      }
      return translateError(error);
    }
  }).catch((error: unknown) => ({ error }));
}

/** Sorted by key: batches of several processes then meet the tokens in the same order. */
function byToken(one: AcceptStep, other: AcceptStep): number {
  const [a, b] = [`${one.serviceId} ${one.tokenId}`, `${other.serviceId} ${other.tokenId}`];
  return a < b ? -1 : a > b ? 1 : 0;
}

const limits = { atOnce: 3, maxItems: 128, maxWaiting: 5_000 } as const;
/** Connections that `acceptor` asks for at most. */
export const acceptConnections = limits.atOnce;

/**
 * `acceptStep` of the store: concurrent ones share a statement, two of one token never. Where the connection breaks
 * nobody knows whether it was carried out, and it is not tried again: `StoreUnavailable`.
 */
export function acceptor(pool: pg.Pool): (command: AcceptStep) => Promise<boolean> {
  const options: BatchOptions<AcceptStep, boolean> = {
    ...limits,
    keyOf: ({ serviceId, tokenId }) => `${serviceId} ${tokenId}`,
    async run(commands) {
      const order = [...commands.keys()].sort((a, b) => {
        const [one, other] = [commands[a], commands[b]];
        return one === undefined || other === undefined ? 0 : byToken(one, other);
      });
      const sorted = order.flatMap((at) => commands[at] ?? []);
      let settled: readonly Settled<boolean>[];
      try {
        settled = (await accept(pool, sorted)).map((value) => ({ value }));
      } catch (error) {
        // What the server undid as a whole may have been one command's fault.
        if (breaksConnection(error)) translateError(error);
        settled = await Promise.all(sorted.map((command) => acceptAlone(pool, command)));
      }
      const results: Settled<boolean>[] = [];
      for (const [i, at] of order.entries()) results[at] = settled[i] ?? { error: new Undone('left out') };
      return results;
    },
  };
  return batching(options);
}
