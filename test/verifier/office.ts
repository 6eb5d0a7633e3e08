import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Answer, type Ask, type Bench, bench } from './fixture.ts';
import { independentCode, type Parameters } from './totp.ts';

export type Manual = 'seikyo' | 'yamagata-chuo' | 'kenshin' | 'kumashin';

/** The institution file of a manual, under the Service ID that the fixtures use. */
export function manualFile(name: Manual, change: object = {}): object {
  const file = new URL(`../../verifier/institutions/${name}.json`, import.meta.url);
  return { ...JSON.parse(readFileSync(file, 'utf8')), serviceId: '1001', ...change };
}

/** A verifier with cheap confirmation passwords, asked as the bank and as the branch. */
export interface Office extends Bench {
  readonly branch: Ask;
}

export async function office(institution: object = {}): Promise<Office> {
  const at = await bench({ institution, options: { confirmationCost: { memoryKib: 8, passes: 1 } } });
  const headers = { authorization: `Bearer ${await at.key(['branch'])}` };
  return { ...at, branch: (method, path, body, more = {}) => at.bank(method, path, body, { ...headers, ...more }) };
}

export type Role = 'master' | 'administrator' | 'general';

/** Puts a user under a contract, C-1 where none is named. */
export async function person(at: Bench, loginId: string, role: Role = 'general', more: object = {}): Promise<void> {
  const { contractId = 'C-1' } = more as { contractId?: string };
  await at.bank('PUT', `/v1/contracts/${contractId}`, { kind: 'business', name: contractId });
  const put = await at.bank('PUT', `/v1/users/${loginId}`, { contractId, name: loginId, role, ...more });
  if (put.status !== 200) throw new Error(put.text);
}

const fobParameters: Parameters = { algorithm: 'SHA1', digits: 6, periodSeconds: 60 };

/** A key fob as its owner holds it. Its clock may be off. */
export interface Fob {
  readonly serial: string;
  readonly tokenId: string;
  /** The code that it shows, `stepsAway` steps from its own present one. */
  code(stepsAway?: number): string;
  /** Milliseconds by which its clock is ahead. */
  offsetMs: number;
  /** None of the codes that any search of the verifier could match. */
  wrong(): string;
}

/** Puts a fob into the institution's stock and ships it to a contract; null leaves it in stock. */
export async function fob(
  at: Bench,
  serial = '00123456',
  contractId: string | null = 'C-1',
  more: { expiresAtMs?: number; offsetMs?: number; requestId?: string } = {},
): Promise<Fob> {
  const { serviceId } = at.institution;
  const tokenId = `fob-${serial}`;
  const seed = randomBytes(20);
  const { algorithm, digits, periodSeconds } = fobParameters;
  await at.store.transaction(serviceId, async (transaction) => {
    await transaction.addToken({
      serviceId,
      tokenId,
      kind: 'hardware',
      serial,
      status: 'stock',
      parameters: { algorithm, digits, periodSeconds: periodSeconds === 30 ? 30 : 60 },
      sealedSeed: at.options.keyring.seal(seed, ['seed', serviceId, tokenId, 1]),
      seedVersion: 1,
      expiresAtMs: more.expiresAtMs ?? null,
    });
    if (contractId === null) return;
    const shipped = await transaction.shipToken(serviceId, serial, contractId, more.requestId ?? null);
    if (!shipped) throw new Error(`${serial} was not shipped`);
  });
  const made: Fob = {
    serial,
    tokenId,
    offsetMs: more.offsetMs ?? 0,
    code: (stepsAway = 0) => independentCode(seed, fobParameters, at.clock.nowMs() + made.offsetMs, stepsAway),
    wrong() {
      const near = new Set(
        Array.from({ length: 101 }, (_, i) => independentCode(seed, fobParameters, at.clock.nowMs(), i - 50)),
      );
      for (let number = 0; ; number++) {
        const code = String(number).padStart(digits, '0');
        if (!near.has(code)) return code;
      }
    },
  };
  return made;
}

export function activate(at: Bench, loginId: string, otp: string, serial: string): Promise<Answer> {
  return at.bank('POST', `/v1/users/${loginId}/activation`, { otp, serial });
}

/** Activates a fob for a user and lets a step pass, so that the present code is fresh. */
export async function activated(at: Bench, loginId: string, by: Fob): Promise<void> {
  const answer = await activate(at, loginId, by.code(), by.serial);
  if (answer.body.outcome !== 'accepted') throw new Error(answer.text);
  at.clock.advance(60_000);
}

export function check(at: Bench, loginId: string, otp: string, operation = 'transfer'): Promise<Answer> {
  return at.bank('POST', '/v1/validations', { loginId, operation, otp });
}

/** Wrong codes until the token locks. */
export async function lockOut(at: Bench, loginId: string, by: Fob, operation = 'transfer'): Promise<void> {
  for (let i = 0; i < at.institution.lockout.afterFailures; i++) {
    const answer = await check(at, loginId, by.wrong(), operation);
    if (answer.body.reason !== 'wrong') throw new Error(answer.text);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
export async function otpOf(at: Bench, loginId: string): Promise<any> {
  return (await at.bank('GET', `/v1/users/${loginId}`)).body.otp;
}

export function unlock(at: Bench, actor: string, loginIds: string[], more: object = {}): Promise<Answer> {
  return at.bank('POST', '/v1/unlocks', { actor, loginIds, ...more });
}

export function revoke(at: Bench, actor: string, loginIds: string[], more: object = {}): Promise<Answer> {
  return at.bank('POST', '/v1/revocations', { actor, loginIds, cause: 'other', ...more });
}

export const written = { operator: 'S-0042', document: 'D-1' };

/** Moves the clock to a local time in Japan, such as 2026-11-21T20:50. */
export function goTo(at: Bench, local: string): void {
  const ms = Date.parse(`${local}+09:00`);
  if (ms < at.clock.nowMs()) throw new Error(`${local} is over`);
  at.clock.advance(ms - at.clock.nowMs());
}
