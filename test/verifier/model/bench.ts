import { createECDH, createHash, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { calculateJwkThumbprint, compactDecrypt, importJWK, type JWK } from 'jose';
import { pino } from 'pino';
import { makeApiKey } from '../../../verifier/api-keys.ts';
import { createVerifier } from '../../../verifier/app.ts';
import { createKeyring, type Keyring } from '../../../verifier/keyring.ts';
import type { Store } from '../../../verifier/store/store.ts';
import { openModelDatabase } from './database.ts';
import type { Expected, World } from './model.ts';
import { institutionOf } from './settings.ts';

export const serviceIds = ['1001', '1002'] as const;
/** Which of the two institutions. */
export type At = 0 | 1;

export interface Actual {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: compared with what the model expects
  readonly body: any;
}

/** An app on somebody's computer: its key, and what it makes of an answer. */
export interface Browser {
  readonly publicKey: JWK;
  readonly thumbprint: string;
  secretOf(jwe: string): Promise<string>;
}

/** The real verifier, whole and in process, on one real database; sequence after sequence runs on it. */
export interface Bench {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly browsers: readonly Browser[];
  nowMs(): number;
  advance(ms: number): void;
  ask(who: 'bank' | 'branch' | 'anyone', at: At, method: string, path: string, body?: unknown): Promise<Actual>;
  /** Leaves institutions and API keys alone behind, so that the thousandth sequence is as quick as the first. */
  clear(): Promise<void>;
  /** The rows as they lie in the database; `?` stand for the parameters. */
  rows(sql: string, ...parameters: string[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** The same keys in every run, so that a seed brings back everything but the verifier's own random numbers. */
async function browserOf(name: string): Promise<Browser> {
  const ecdh = createECDH('prime256v1');
  const d = createHash('sha256').update(name).digest();
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  const publicKey: JWK = { kty: 'EC', crv: 'P-256', x, y };
  const privateKey = await importJWK({ ...publicKey, d: d.toString('base64url') }, 'ECDH-ES');
  return {
    publicKey,
    thumbprint: await calculateJwkThumbprint(publicKey, 'sha256'),
    async secretOf(jwe) {
      const { plaintext } = await compactDecrypt(jwe, privateKey);
      return JSON.parse(new TextDecoder().decode(plaintext)).secret;
    },
  };
}

/** @param url of an empty PostgreSQL database; null: a SQLite file of its own */
export async function openBench(url: string | null): Promise<Bench> {
  let now = Date.parse('2026-11-21T00:00:00+09:00');
  let passed = 0;
  const clock = { nowMs: () => now, monotonicMs: () => passed };
  const { store, rows, clear, close } = await openModelDatabase(url, now);
  const keyring = createKeyring([{ id: 'testkey1', secret: new Uint8Array(32).fill(7) }], randomBytes);
  const app = createVerifier({
    store,
    keyring,
    mail: { send: async () => ({ by: 'smtp' }) },
    clock,
    random: randomBytes,
    log: pino({ level: 'silent' }),
    publicUrl: 'https://otp.example',
    limits: { provisioning: { requests: 1e9, perSeconds: 60 } },
    confirmationCost: { memoryKib: 8, passes: 1 },
  });
  const keys = serviceIds.map((serviceId) => {
    const facts = { serviceId, nowMs: now, expiresAtMs: null };
    return {
      bank: makeApiKey({ ...facts, scopes: ['bank'] }, randomBytes),
      branch: makeApiKey({ ...facts, scopes: ['branch'] }, randomBytes),
    };
  });
  for (const [i, serviceId] of serviceIds.entries()) {
    await store.transaction(serviceId, async (transaction) => {
      await transaction.putInstitution(institutionOf(serviceId), now);
      for (const { record } of Object.values(keys[i] ?? {})) await transaction.addApiKey(record);
    });
  }

  return {
    store,
    keyring,
    browsers: await Promise.all(['first', 'second'].map(browserOf)),
    nowMs: clock.nowMs,
    advance(ms) {
      now += ms;
      passed += ms;
    },
    async ask(who, at, method, path, body) {
      const key = who === 'anyone' ? undefined : keys[at]?.[who].key;
      const response = await app.request(path, {
        method,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    clear,
    rows,
    close,
  };
}

export function sameAnswer(actual: Actual, expected: Expected): boolean {
  if (actual.status !== expected.status) return false;
  return expected.status === 200 ? isDeepStrictEqual(actual.body, expected.body) : typeof actual.body.code === 'string';
}

export function assertSame(what: string, actual: Actual, expected: Expected): void {
  if (sameAnswer(actual, expected)) return;
  const show = ({ status, body }: Actual | Expected) => `${status} ${JSON.stringify(body)}`;
  throw new Error(`${what}\n  verifier: ${show(actual)}\n  model:    ${show(expected)}`);
}

function assertHolds(holds: boolean, what: string, facts: unknown): void {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(facts)}`);
}

const assignmentsSql = `
  SELECT login_id, status, token_id, user_id, end_cause FROM assignments
  WHERE service_id = ? AND login_id >= ? AND login_id < ?`;
/** Who held which token after the call before, and the running number that it had. */
export type Held = Map<string, { readonly tokenId: string; readonly number: number }>;

const holdersSql = `
  SELECT u.login_id, t.token_id, t.audit_number FROM users AS u, assignments AS a, tokens AS t
  WHERE u.service_id = ? AND u.removed_at_ms IS NULL
    AND a.service_id = u.service_id AND a.assignment_id = u.assignment_id AND a.status = 'active'
    AND t.service_id = a.service_id AND t.token_id = a.token_id`;
const ofToken = 'FROM audit WHERE audit.service_id = tokens.service_id AND audit.token_id = tokens.token_id';
const tokensSql = `
  SELECT token_id, kind, status, last_step, drift_steps, failures, failures_since_accepted, contract_id,
    length(sealed_seed) AS seed_bytes, status_detail, audit_number,
    (SELECT count(*) ${ofToken}) AS numbered, (SELECT max(token_number) ${ofToken}) AS highest
  FROM tokens WHERE service_id = ?`;

/**
 * What the database holds is what the model holds: of every token its one state, its last step and both counts, and a
 * log whose running numbers have no gap; of every user at most one assignment that is open.
 * @param highest the last step seen of each token so far, which is moved on here
 * @param held is moved on likewise. Who takes a token from somebody moves its number, on which acceptances rely
 */
export async function assertDatabase(
  bench: Bench,
  world: World,
  prefix: string,
  fobs: readonly { readonly name: string; readonly tokenId: string }[],
  highest: Map<string, number>,
  held: Held,
): Promise<void> {
  const { serviceId } = world.institution;
  const holders = new Map((await bench.rows(holdersSql, serviceId)).map((row) => [String(row.login_id), row]));
  const assignments = await bench.rows(assignmentsSql, serviceId, prefix, `${prefix}~`);
  const tokens = new Map((await bench.rows(tokensSql, serviceId)).map((row) => [row.token_id, row]));
  for (const [loginId, { tokenId, number }] of held) {
    const moved = Number(tokens.get(tokenId)?.audit_number) > number;
    const holds = holders.get(loginId)?.token_id === tokenId;
    assertHolds(holds || moved, `${loginId} lost ${tokenId} without a row of the log about it`, number);
  }
  held.clear();
  for (const [loginId, row] of holders)
    held.set(loginId, { tokenId: String(row.token_id), number: Number(row.audit_number) });
  const names = new Map(fobs.map(({ name, tokenId }) => [tokenId, name]));
  const inUse = new Map<string, string[]>();
  for (const user of Object.values(world.users)) {
    const own = assignments.filter((row) => row.login_id === user.loginId);
    const open = own.filter(({ status }) => ['requested', 'issued', 'provisioned', 'active'].includes(String(status)));
    const ended = own.filter(({ status }) => status === 'revoked' || status === 'deactivated');
    assertHolds(open.length <= 1, 'more than one assignment open', open);
    assertHolds(open[0]?.status === user.present?.stage, `${user.loginId} should be ${user.present?.stage}`, own);
    const endings = ended.map((row) => `${row.status} ${row.end_cause}`).sort();
    const kept = user.past.map(({ stage, cause }) => `${stage} ${cause}`).sort();
    assertHolds(isDeepStrictEqual(endings, kept), `${user.loginId} ended otherwise`, {
      database: endings,
      model: kept,
    });
  }
  for (const row of assignments) {
    const { token_id: tokenId, user_id: userId, status } = row;
    if (typeof tokenId !== 'string') continue;
    if (typeof userId === 'string') names.set(tokenId, `software ${userId}`);
    if (status === 'active') inUse.set(tokenId, [...(inUse.get(tokenId) ?? []), String(row.login_id)]);
  }
  for (const [tokenId, name] of names) {
    const row = tokens.get(tokenId);
    const token = world.tokens[name];
    if (row === undefined || token === undefined) throw new Error(`${name} is missing`);
    const found = {
      condition: row.status,
      lastStep: row.last_step,
      driftSteps: row.drift_steps,
      failures: row.failures,
      failuresSinceAccepted: row.failures_since_accepted,
      detail: row.status_detail,
      contractId: row.contract_id,
    };
    const { condition, lastStep, driftSteps, failures, failuresSinceAccepted, detail, contractId } = token;
    const kept = { condition, lastStep, driftSteps, failures, failuresSinceAccepted, detail, contractId };
    assertHolds(isDeepStrictEqual(found, kept), `${name} differs`, { database: found, model: kept });
    const before = highest.get(tokenId) ?? -1;
    assertHolds(Number(row.last_step) >= before, `the last step of ${name} fell from ${before}`, row);
    highest.set(tokenId, Number(row.last_step));
    const numbers = [row.numbered, row.highest ?? 0];
    assertHolds(
      numbers.every((n) => n === row.audit_number),
      `the log of ${name} has a gap`,
      row,
    );
    const users = inUse.get(tokenId) ?? [];
    assertHolds(row.kind === 'hardware' || users.length <= 1, `${name} is one app's`, users);
    assertHolds(users.length === 0 || !['void', 'stock'].includes(String(row.status)), `${name} is in use`, row);
    assertHolds((row.seed_bytes === 0) === (row.status === 'void'), `the seed of ${name}`, row.seed_bytes);
  }
}

/** The ID of the log's newest row, 0 where it has none. */
export async function newestAuditId(bench: Bench): Promise<number> {
  const [row] = await bench.rows('SELECT max(audit_id) AS newest FROM audit');
  return Number(row?.newest ?? 0);
}
