import { crc32 } from 'node:zlib';
import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Row numbers of one place, which every user's login ID names one of. Users may share a place: a row in it is theirs where it names them. */
export const rowsOfPlace = 256;

/** SQLite's own: first and last row number where software tokens of this user lie. Stays as it is: databases are laid out by it. */
export function placeOf(serviceId: string, loginId: string): readonly [first: number, last: number] {
  const first = crc32(`${serviceId} ${loginId}`) * rowsOfPlace;
  return [first, first + rowsOfPlace - 1];
}

/** A row number for a token of this user; undefined where their place is full, and any number does. */
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
