import pg from 'pg';
import { DatabaseTooNew } from '../open.ts';
import { translateError } from './faults.ts';
import { migrations } from './migrations.ts';

/** The server cannot carry this program's tables: too old, or with texts in another encoding. */
export class DatabaseUnfit extends Error {
  override readonly name = 'DatabaseUnfit';
}

const oldestServer = 140_000;
const connectMs = 5_000;

/** @throws DatabaseTooNew */
async function versionOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query(`SELECT to_regclass('schema_versions') IS NOT NULL AS there`);
  if (!rows[0]?.there) return 0;
  const { rows: versions } = await client.query(
    'SELECT coalesce(max(version), 0)::integer AS version FROM schema_versions',
  );
  const found = versions[0]?.version ?? 0;
  if (found > migrations.length) throw new DatabaseTooNew(found, migrations.length);
  return found;
}

/** All steps or none, by one process at a time; others wait and then find nothing left to do. */
async function migrate(client: pg.Client, nowMs: number): Promise<void> {
  if ((await versionOf(client)) === migrations.length) return;
  await client.query('BEGIN');
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('shirushi migrations', 0))`);
  await client.query('CREATE TABLE IF NOT EXISTS schema_versions (version integer PRIMARY KEY, applied_at_ms bigint)');
  // Asked again under the lock: another process may have migrated meanwhile, also one of a later version.
  for (let version = await versionOf(client); version < migrations.length; version++) {
    await client.query(migrations[version] ?? '');
    await client.query('INSERT INTO schema_versions VALUES ($1, $2)', [version + 1, nowMs]);
  }
  await client.query('COMMIT');
}

/** What the server is set to. */
export interface ServerFacts {
  /** True where commits do not wait for the disk unless a session asks for it. */
  readonly commitsUnsynced: boolean;
}

/**
 * Brings the database to the present version.
 * @throws DatabaseTooNew or DatabaseUnfit before anything is changed; StoreUnavailable where it cannot be reached
 */
export async function prepareDatabase(url: string, nowMs: number): Promise<ServerFacts> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    application_name: 'shirushi',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(`
      SELECT current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding,
        current_setting('synchronous_commit') AS commits`);
    const [facts] = rows;
    if (facts.version < oldestServer) throw new DatabaseUnfit('PostgreSQL 14 or later is needed');
    if (facts.encoding !== 'UTF8') throw new DatabaseUnfit('a database with the encoding UTF8 is needed');
    await migrate(client, nowMs);
    return { commitsUnsynced: facts.commits === 'off' };
  } catch (error) {
    return translateError(error);
  } finally {
    await client.end().catch(() => {});
  }
}
