import type pg from 'pg';
import { type Column, inputOf, valuesOf } from './input.ts';
import { nameOf } from './pool.ts';

const columns: readonly Column[] = [
  { name: 'service_id', type: 'text' },
  { name: 'token_id', type: 'text' },
];

/** Locks that are free are taken, and released when the statement ends. */
const text = `
WITH input AS (
  ${inputOf(columns)}
)
SELECT i.item FROM input AS i JOIN tokens AS t ON t.service_id = i.service_id AND t.token_id = i.token_id
FOR NO KEY UPDATE OF t SKIP LOCKED`;

/** For each token, whether another transaction has it locked now; false for one that does not exist. Does not wait. */
export async function heldByOthers(
  pool: pg.Pool,
  tokens: readonly { readonly serviceId: string; readonly tokenId: string | null }[],
): Promise<readonly boolean[]> {
  const name = nameOf(text);
  const values = valuesOf(
    columns,
    tokens.map(({ serviceId, tokenId }) => [serviceId, tokenId]),
  );
  const { rows } = await pool.query({ text, values, ...(name === undefined ? {} : { name }) });
  const free = new Set(rows.map(({ item }) => item));
  return tokens.map(({ tokenId }, i) => tokenId !== null && !free.has(i + 1));
}
