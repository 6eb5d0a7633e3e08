import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { makeApiKey } from '../../verifier/api-keys.ts';
import { readSettings } from '../../verifier/settings.ts';
import { openKeyring, openStore } from '../../verifier/start-problem.ts';
import { type Seeded, trialInstitution } from './seed.ts';
import { assignmentIdOf, contractIdOf, loginIdOf, seedOf, tokenIdOf, userIdOf, usersPerContract } from './trial.ts';

const rowsAtOnce = 5_000;

/**
 * Fills an empty PostgreSQL database with trial users whose tokens are in use, past the verifier's own calls.
 * @param dataDir gets the key file
 */
export async function seedPostgres(url: string, dataDir: string, tokens: number): Promise<Seeded> {
  const read = readSettings({ DATA_DIR: dataDir, DATABASE_URL: url });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const nowMs = Date.now();
  const store = await openStore(read.settings, nowMs);
  const institution = trialInstitution();
  const { serviceId } = institution;
  const made = makeApiKey({ serviceId, scopes: ['bank', 'branch', 'audit'], nowMs, expiresAtMs: null }, randomBytes);
  const client = new pg.Client({ connectionString: url });
  try {
    const keyring = await openKeyring(read.settings, store, randomBytes);
    await store.transaction(serviceId, async (transaction) => {
      await transaction.putInstitution(institution, nowMs);
      await transaction.addApiKey(made.record);
    });
    await client.connect();
    const fill = async (
      table: string,
      count: number,
      columns: Readonly<Record<string, string>>,
      rowOf: (user: number) => readonly unknown[],
    ) => {
      const names = Object.keys(columns);
      const types = Object.values(columns).map((type, i) => `$${i + 1}::${type}[]`);
      const text = `INSERT INTO ${table} (${names.join(', ')}) SELECT * FROM unnest(${types.join(', ')})`;
      for (let first = 0; first < count; first += rowsAtOnce) {
        const rows = Array.from({ length: Math.min(rowsAtOnce, count - first) }, (_, i) => rowOf(first + i));
        await client.query(
          text,
          names.map((_, column) => rows.map((row) => row[column])),
        );
      }
    };
    const { algorithm, digits, periodSeconds } = institution.otp;
    await fill(
      'contracts',
      Math.ceil(tokens / usersPerContract),
      { service_id: 'text', contract_id: 'text', kind: 'text', name: 'text' },
      (i) => [serviceId, contractIdOf(i * usersPerContract), 'business', `試験商店 ${i}`],
    );
    await fill(
      'users',
      tokens,
      { service_id: 'text', login_id: 'text', contract_id: 'text', name: 'text', role: 'text', assignment_id: 'text' },
      (user) => [serviceId, loginIdOf(user), contractIdOf(user), `試験 ${user}`, 'general', assignmentIdOf(user)],
    );
    await fill(
      'tokens',
      tokens,
      {
        ...{ service_id: 'text', token_id: 'text', kind: 'text', status: 'text', algorithm: 'text' },
        ...{ digits: 'integer', period_seconds: 'integer', sealed_seed: 'bytea', seed_version: 'integer' },
      },
      (user) => {
        const sealed = keyring.seal(seedOf(user), ['seed', serviceId, tokenIdOf(user), 2]);
        const kept = [serviceId, tokenIdOf(user), 'software', 'active', algorithm, digits, periodSeconds];
        return [...kept, Buffer.from(sealed), 2];
      },
    );
    await fill(
      'assignments',
      tokens,
      {
        ...{ service_id: 'text', assignment_id: 'text', login_id: 'text', kind: 'text', token_id: 'text' },
        ...{ status: 'text', prior_status: 'text', user_id: 'text', issued_at_ms: 'bigint', activated_at_ms: 'bigint' },
      },
      (user) => [
        ...[serviceId, assignmentIdOf(user), loginIdOf(user), 'software', tokenIdOf(user), 'active'],
        ...['unregistered', userIdOf(user), nowMs, nowMs],
      ],
    );
    return { institution, apiKey: made.key };
  } finally {
    await client.end();
    await store.close();
  }
}
