import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Institution, parseInstitution } from '../../shared/institution.ts';
import { stepAt } from '../../shared/otp.ts';
import { makeApiKey } from '../../verifier/api-keys.ts';
import type { Keyring } from '../../verifier/keyring.ts';
import { readSettings } from '../../verifier/settings.ts';
import { openKeyring, openStore } from '../../verifier/start-problem.ts';
import { placeOf } from '../../verifier/store/places.ts';
import { isCount } from './arguments.ts';
import {
  assignmentIdOf,
  contractIdOf,
  loginIdOf,
  seedOf,
  tokenIdOf,
  trialActivationPassword,
  userIdOf,
  usersPerContract,
} from './trial.ts';

/** Mirrors one of the shipped institutions: software tokens of 8 digits, an OTP for each transfer. */
export function trialInstitution(): Institution {
  const path = new URL('../../verifier/institutions/seikyo.json', import.meta.url);
  const parsed = parseInstitution(JSON.parse(readFileSync(path, 'utf8')));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.institution;
}

/** Their numbers have 24 bits where they are sorted. */
export const mostUsers = 0xffffff;

export interface Seeded {
  readonly institution: Institution;
  readonly apiKey: string;
}

export interface SeedPlan {
  readonly dataDir: string;
  /** Users with a token in use, numbered from 0. */
  readonly tokens: number;
  /** Users behind them whose token waits for its set-up in an extension. Default 0. */
  readonly issues?: number;
  readonly nowMs: number;
  readonly progress?: (saying: string) => void;
}

function* upTo(count: number): Iterable<number> {
  for (let user = 0; user < count; user++) yield user;
}

/** Numbers 0 to `count` in the order of keys of at most 40 bits, so that a table is filled from one end to the other. */
function inOrderOf(count: number, keyOf: (user: number) => number): Iterable<number> {
  const keys = new BigUint64Array(count);
  for (let user = 0; user < count; user++) keys[user] = (BigInt(keyOf(user)) << 24n) | BigInt(user);
  keys.sort();
  return {
    *[Symbol.iterator]() {
      for (const key of keys) yield Number(key & 0xffffffn);
    },
  };
}

class Filler {
  readonly #database: DatabaseSync;
  readonly #progress: (saying: string) => void;

  constructor(path: string, progress: (saying: string) => void) {
    this.#database = new DatabaseSync(path);
    this.#progress = progress;
    // Whoever is interrupted starts anew: durable is only what stands at the end.
    this.#database.exec('PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -500000');
  }

  /** Pauses now and then, so that an interrupt is heard. */
  async fill(
    table: string,
    users: Iterable<number>,
    rowOf: (user: number) => Record<string, SQLInputValue>,
  ): Promise<void> {
    let statement: ReturnType<DatabaseSync['prepare']> | null = null;
    let count = 0;
    this.#database.exec('BEGIN');
    for (const user of users) {
      const row = rowOf(user);
      statement ??= this.#database.prepare(
        `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row).fill('?').join(', ')})`,
      );
      statement.run(...Object.values(row));
      if (++count % 100_000 === 0) {
        this.#database.exec('COMMIT; BEGIN');
        await nextTurn();
      }
      if (count % 1_000_000 === 0) this.#progress(`${table}: ${count}`);
    }
    this.#database.exec('COMMIT');
  }

  /** Runs `work` without the tables' further indexes and triggers and makes them afterwards, sorted, which is a lot faster. */
  async withoutIndexes(tables: readonly string[], work: () => Promise<void>): Promise<void> {
    const names = tables.map((name) => `'${name}'`).join(', ');
    const found = this.#database
      .prepare(
        `SELECT type, name, sql FROM sqlite_schema
          WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name IN (${names})`,
      )
      .all() as { type: string; name: string; sql: string }[];
    const figures = this.#database.prepare('SELECT tbl, idx, stat FROM sqlite_stat1').all();
    for (const { type, name } of found) this.#database.exec(`DROP ${type} ${name}`);
    await work();
    for (const { name, sql } of found) {
      this.#progress(name);
      this.#database.exec(sql);
      await nextTurn();
    }
    // A dropped index takes the figures about it along.
    this.#database.exec('DELETE FROM sqlite_stat1');
    const put = this.#database.prepare('INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)');
    for (const row of figures) put.run(...(Object.values(row) as SQLInputValue[]));
  }

  end(): void {
    this.#database.exec('PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }
}

/** A database's own file and those that SQLite keeps beside it. */
const filesOf = (path: string) => [path, `${path}-wal`, `${path}-shm`];

/** Gives a closed database its name once all of it is on the disk. */
function moveInto(place: string, filled: string): void {
  const file = openSync(filled, 'r+');
  fsyncSync(file);
  closeSync(file);
  renameSync(filled, place);
}

/**
 * Makes a database of trial users, past the verifier's own calls, which would take hours for millions. Rows and sealed
 * seeds are as the verifier writes them. Until all are there the file has another name: whoever is interrupted leaves
 * nothing that a verifier would serve, and the next run starts over, with the key file that is there already.
 * @throws where the folder has a database already
 */
export async function seed(plan: SeedPlan): Promise<Seeded> {
  const { dataDir, tokens, issues = 0, nowMs, progress = () => {} } = plan;
  if (tokens + issues > mostUsers) throw new RangeError(`at most ${mostUsers} users`);
  const read = readSettings({ DATA_DIR: dataDir });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const place = read.settings.databasePath;
  if (filesOf(place).some((path) => existsSync(path)))
    throw new Error(`${dataDir} has a database already; seed an empty folder`);
  const databasePath = `${place}.unfinished`;
  for (const path of filesOf(databasePath)) rmSync(path, { force: true });
  const store = await openStore({ ...read.settings, databasePath }, nowMs);
  const institution = trialInstitution();
  const { serviceId } = institution;
  let keyring: Keyring;
  const made = makeApiKey({ serviceId, scopes: ['bank', 'branch', 'audit'], nowMs, expiresAtMs: null }, randomBytes);
  try {
    keyring = await openKeyring(read.settings, store, randomBytes);
    await store.transaction(serviceId, async (transaction) => {
      await transaction.putInstitution(institution, nowMs);
      await transaction.addApiKey(made.record);
    });
  } finally {
    await store.close();
  }

  const all = tokens + issues;
  const inUse = (user: number) => user < tokens;
  const { algorithm, digits, periodSeconds } = institution.otp;
  const activatedStep = stepAt(periodSeconds, nowMs) - 1;
  const firstRowOf = (user: number) => placeOf(serviceId, loginIdOf(user))[0];
  const rows = new Float64Array(tokens);
  const filler = new Filler(databasePath, progress);
  const contracts = Array.from({ length: Math.ceil(all / usersPerContract) }, (_, i) => i * usersPerContract);
  await filler.fill('contracts', contracts, (user) => ({
    service_id: serviceId,
    contract_id: contractIdOf(user),
    kind: 'business',
    name: `試験商店 ${user / usersPerContract}`,
  }));
  await filler.withoutIndexes(['users', 'tokens', 'assignments', 'holders'], async () => {
    await filler.fill('users', upTo(all), (user) => ({
      service_id: serviceId,
      login_id: loginIdOf(user),
      contract_id: contractIdOf(user),
      name: `試験 ${user}`,
      role: user % usersPerContract === 0 ? 'master' : 'general',
      assignment_id: assignmentIdOf(user),
    }));
    let lastRow = -1;
    await filler.fill('tokens', inOrderOf(all, firstRowOf), (user) => {
      const tokenId = tokenIdOf(user);
      lastRow = Math.max(lastRow + 1, firstRowOf(user));
      if (inUse(user)) rows[user] = lastRow;
      return {
        token_row: lastRow,
        service_id: serviceId,
        token_id: tokenId,
        kind: 'software',
        status: 'active',
        algorithm,
        digits,
        period_seconds: periodSeconds,
        sealed_seed: keyring.seal(seedOf(user), ['seed', serviceId, tokenId, inUse(user) ? 2 : 1]),
        seed_version: inUse(user) ? 2 : 1,
        // The step that its activation took.
        last_step: inUse(user) ? activatedStep : -1,
        holder_login_id: inUse(user) ? loginIdOf(user) : null,
        holder_contract_id: inUse(user) ? contractIdOf(user) : null,
      };
    });
    await filler.fill(
      'assignments',
      inOrderOf(all, (user) => Number.parseInt(assignmentIdOf(user).slice(0, 10), 16)),
      (user) => ({
        service_id: serviceId,
        assignment_id: assignmentIdOf(user),
        login_id: loginIdOf(user),
        kind: 'software',
        token_id: tokenIdOf(user),
        status: inUse(user) ? 'active' : 'issued',
        prior_status: 'unregistered',
        user_id: userIdOf(user),
        activation_mac: inUse(user)
          ? null
          : keyring.mac('activationPassword', [serviceId, userIdOf(user), trialActivationPassword]),
        issued_at_ms: nowMs,
        // Long enough for a bench whose clock runs ahead.
        lapses_at_ms: inUse(user) ? null : nowMs + 365 * 86_400_000,
        activated_at_ms: inUse(user) ? nowMs : null,
      }),
    );
    await filler.fill('holders', upTo(tokens), (user) => ({
      service_id: serviceId,
      login_id: loginIdOf(user),
      contract_id: contractIdOf(user),
      token_row: rows[user] as number,
    }));
  });
  filler.end();
  moveInto(place, databasePath);
  return { institution, apiKey: made.key };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { tokens: { type: 'string' }, data: { type: 'string' } } });
  const tokens = Number(values.tokens?.replaceAll('_', ''));
  if (values.data === undefined || !isCount(tokens) || tokens > mostUsers) {
    console.error(
      `npm run seed -- --tokens 10000000 --data FOLDER   fills an empty folder with trial users, at most ${mostUsers}`,
    );
    process.exit(2);
  }
  const startedMs = Date.now();
  const sayings = (saying: string) => console.error(`${Math.round((Date.now() - startedMs) / 1000)} s  ${saying}`);
  const { apiKey } = await seed({ dataDir: values.data, tokens, nowMs: startedMs, progress: sayings });
  console.log(JSON.stringify({ tokens, dataDir: values.data, apiKey }));
}
