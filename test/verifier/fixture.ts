import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint, compactDecrypt, exportJWK, generateKeyPair, type JWK } from 'jose';
import { pino } from 'pino';
import { onTestFinished, vi } from 'vitest';
import { type Institution, parseInstitution } from '../../shared/institution.ts';
import { makeApiKey } from '../../verifier/api-keys.ts';
import { createVerifier, type VerifierOptions } from '../../verifier/app.ts';
import { createKeyring } from '../../verifier/keyring.ts';
import { outboxMailer } from '../../verifier/mail/mailer.ts';
import type { Scope, Store } from '../../verifier/store/store.ts';
import { databaseOf } from './database.ts';
import { independentCode, independentSeed } from './totp.ts';

// Full syncs and password derivations take their time on a busy machine; a hung test still ends.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

export const startMs = Date.parse('2026-11-21T00:00:10Z');

/** An institution file with every required value; tests change one field. */
export function institutionFile(change: object = {}): object {
  return {
    serviceId: '1001',
    name: { ja: '試験信用組合', en: 'Trial Credit Union' },
    origins: ['https://bank.example'],
    mail: { from: 'otp@bank.example', supportContact: '03-0000-0000' },
    ...change,
  };
}

export function institutionOf(change: object = {}): Institution {
  const parsed = parseInstitution(institutionFile(change));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.institution;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shirushi-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface FakeClock {
  nowMs(): number;
  monotonicMs(): number;
  /** Moves the time of day; the time that passes moves with it, forwards only. */
  advance(ms: number): void;
}

export function fakeClock(ms = startMs): FakeClock {
  let now = ms;
  let passed = 0;
  return {
    nowMs: () => now,
    monotonicMs: () => passed,
    advance: (by) => {
      now += by;
      passed += Math.max(0, by);
    },
  };
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
  readonly body: any;
  readonly headers: Headers;
  readonly text: string;
}

export type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

export interface Bench {
  readonly folder: string;
  readonly store: Store;
  readonly clock: FakeClock;
  readonly institution: Institution;
  readonly logs: string[];
  readonly apiKey: string;
  readonly options: VerifierOptions;
  /** As the bank, with its API key. */
  readonly bank: Ask;
  /** Without an API key. */
  readonly anyone: Ask;
  key(scopes: readonly Scope[], serviceId?: string, expiresAtMs?: number | null): Promise<string>;
  /** The rows of a table as they lie in the database. */
  rows(sql: string): Record<string, unknown>[];
  mails(): string[];
}

export function asker(app: { request: ReturnType<typeof createVerifier>['request'] }, apiKey: string | null): Ask {
  return async (method, path, body, headers = {}) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await app.request(path, {
      method,
      headers: {
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    });
    const answer = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      body: json && answer !== '' ? JSON.parse(answer) : answer,
      headers: response.headers,
      text: answer,
    };
  };
}

/** A whole verifier in process: real store on a real file, real keyring, real outbox; only clock and limits are given. */
export async function bench(
  given: { institution?: object; options?: Partial<VerifierOptions>; clock?: FakeClock; folder?: string } = {},
): Promise<Bench> {
  const folder = given.folder ?? temporaryFolder();
  const clock = given.clock ?? fakeClock();
  const database = databaseOf(folder);
  const store = await database.open(clock.nowMs());
  onTestFinished(() => store.close());
  const institution = institutionOf(given.institution);
  await store.transaction(institution.serviceId, (transaction) =>
    transaction.putInstitution(institution, clock.nowMs()),
  );
  const logs: string[] = [];
  const options: VerifierOptions = {
    store,
    keyring: createKeyring([{ id: 'testkey1', secret: new Uint8Array(32).fill(7) }], randomBytes),
    mail: outboxMailer(join(folder, 'outbox')),
    clock,
    random: randomBytes,
    log: pino({ level: 'trace', base: null }, { write: (line) => void logs.push(line) }),
    publicUrl: 'https://otp.example',
    limits: { provisioning: { requests: 100_000, perSeconds: 60 } },
    ...given.options,
  };
  const app = createVerifier(options);
  const key = async (
    scopes: readonly Scope[],
    serviceId = institution.serviceId,
    expiresAtMs: number | null = null,
  ) => {
    const made = makeApiKey({ serviceId, scopes, nowMs: clock.nowMs(), expiresAtMs }, randomBytes);
    await store.transaction(serviceId, (transaction) => transaction.addApiKey(made.record));
    return made.key;
  };
  const apiKey = await key(['bank']);
  return {
    folder,
    store,
    clock,
    institution,
    logs,
    apiKey,
    options,
    bank: asker(app, apiKey),
    anyone: asker(app, null),
    key,
    rows: (sql) => database.query(sql),
    mails() {
      return readdirSync(join(folder, 'outbox'))
        .filter((name) => name.endsWith('.eml'))
        .sort()
        .map((name) => readFileSync(join(folder, 'outbox', name), 'utf8'));
    },
  };
}

/** A browser's side of a set-up: its key, and what it makes of the answer. */
export interface Browser {
  readonly publicKey: JWK;
  readonly thumbprint: string;
  open(jwe: string): Promise<{ secret: string; [name: string]: unknown }>;
}

export async function browser(): Promise<Browser> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const jwk = { kty, crv, x, y } as JWK;
  return {
    publicKey: jwk,
    thumbprint: await calculateJwkThumbprint(jwk, 'sha256'),
    async open(jwe) {
      const { plaintext } = await compactDecrypt(jwe, privateKey);
      return JSON.parse(new TextDecoder().decode(plaintext));
    },
  };
}

export const activationPassword = '583920';

export async function addUser(at: Pick<Bench, 'bank'>, loginId = 'hanako', more: object = {}): Promise<void> {
  const contract = await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name: '山田商店' });
  if (contract.status !== 200) throw new Error(contract.text);
  const user = await at.bank('PUT', `/v1/users/${encodeURIComponent(loginId)}`, {
    contractId: 'C-1',
    name: '山田 花子',
    role: 'general',
    ...more,
  });
  if (user.status !== 200) throw new Error(user.text);
}

export async function issue(at: Pick<Bench, 'bank'>, loginId = 'hanako', more: object = {}): Promise<Answer> {
  return at.bank('POST', `/v1/users/${encodeURIComponent(loginId)}/software-token`, {
    email: 'hanako@example.jp',
    activationPassword,
    ...more,
  });
}

export function provision(at: Pick<Bench, 'anyone'>, userId: string, by: Browser, more: object = {}): Promise<Answer> {
  return at.anyone('POST', '/v1/provisioning', {
    serviceId: '1001',
    userId,
    activationPassword,
    publicKey: by.publicKey,
    ...more,
  });
}

/** A token as an app holds it. */
export interface AppToken {
  readonly loginId: string;
  readonly userId: string;
  readonly seed: Uint8Array;
  /** The code at the bench's time, `stepsAway` steps from it. */
  code(stepsAway?: number): string;
}

/** From the issue to a token in the app, not yet activated. */
export async function setUp(
  at: Pick<Bench, 'bank' | 'anyone' | 'institution'> & { clock: { nowMs(): number } },
  loginId = 'hanako',
): Promise<AppToken> {
  await addUser(at, loginId);
  const issued = await issue(at, loginId);
  const by = await browser();
  const answer = await provision(at, issued.body.userId, by);
  if (answer.body.outcome !== 'provisioned') throw new Error(`${issued.text} ${answer.text}`);
  const { secret } = await by.open(answer.body.token);
  const seed = independentSeed(secret, by.thumbprint);
  const { otp } = at.institution;
  return {
    loginId,
    userId: issued.body.userId,
    seed,
    code: (stepsAway = 0) => independentCode(seed, otp, at.clock.nowMs(), stepsAway),
  };
}

/** The same and activated, one step later, so that the present code is fresh. */
export async function activeToken(at: Bench, loginId = 'hanako'): Promise<AppToken> {
  const token = await setUp(at, loginId);
  const answer = await at.bank('POST', `/v1/users/${encodeURIComponent(loginId)}/activation`, { otp: token.code() });
  if (answer.body.outcome !== 'accepted') throw new Error(answer.text);
  at.clock.advance(at.institution.otp.periodSeconds * 1000);
  return token;
}

export function validate(
  at: Pick<Bench, 'bank'>,
  otp: string,
  more: object = {},
  headers?: Record<string, string>,
): Promise<Answer> {
  return at.bank('POST', '/v1/validations', { loginId: 'hanako', operation: 'transfer', otp, ...more }, headers);
}
