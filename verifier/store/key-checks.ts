import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Fingerprints of the keys that sealed something here, by key ID. */
export async function keyChecks(db: Kysely<Tables>): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('key_checks').selectAll().execute();
  return new Map(rows.map((row) => [row.key_id, row.check_text]));
}

/** Inside a transaction that is alone among those of this kind: `addKeyChecks` of the store. */
export async function addKeyChecks(db: Kysely<Tables>, checks: ReadonlyMap<string, string>): Promise<boolean> {
  const known = await keyChecks(db);
  for (const [keyId, check] of known) if (checks.get(keyId) !== check) return false;
  for (const [keyId, check] of checks) {
    if (!known.has(keyId)) await db.insertInto('key_checks').values({ key_id: keyId, check_text: check }).execute();
  }
  return true;
}
