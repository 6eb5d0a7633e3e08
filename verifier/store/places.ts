import { crc32 } from 'node:zlib';
import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * Row numbers in one place. Every user's login ID leads to one place, which users may share; a row in it is theirs if it
 * names them.
 */
export const rowsOfPlace = 256;

/**
 * SQLite only: first and last row number of the place of this user's software tokens. Never change it: existing databases
 * are laid out by it.
 */
export function placeOf(serviceId: string, loginId: string): readonly [first: number, last: number] {
  const first = crc32(`${serviceId} ${loginId}`) * rowsOfPlace;
  return [first, first + rowsOfPlace - 1];
}

/** A free row number for a token of this user; undefined if their place is full and any number will do. */
export async function rowInPlace(
  db: Kysely<Tables>,
  serviceId: string,
  loginId: string,
): Promise<{ readonly token_row: number } | undefined> {
  const [first, last] = placeOf(serviceId, loginId);
  const row = await db
    .selectFrom('tokens')
    .select(({ fn }) => fn.max('token_row').as('newest'))
    .where('token_row', '>=', first)
    .where('token_row', '<=', last)
    .executeTakeFirst();
  const next = (row?.newest ?? first - 1) + 1;
  return next <= last ? { token_row: next } : undefined;
}
