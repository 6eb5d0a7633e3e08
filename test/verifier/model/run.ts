import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { Institution, Role } from '../../../shared/institution.ts';
import {
  type Actual,
  type At,
  assertDatabase,
  assertSame,
  type Bench,
  type Held,
  newestAuditId,
  serviceIds,
} from './bench.ts';
import { type Expected, listUsers, newToken, type Token, type User, type World } from './model.ts';
import { institutionArbitrary } from './settings.ts';

const dayMs = 86_400_000;
const japanMs = 9 * 3_600_000;

/** A hardware token as it is made; the same serials are in both institutions' stock, with seeds of their own. */
interface FobMake {
  readonly offsetMs: number;
  readonly digits: number;
  readonly periodSeconds: 30 | 60;
  readonly lifeMs: number | null;
}

/** Three are with a contract from the beginning, the others in stock. */
export const fobCount = 6;

export interface Setup {
  readonly institutions: readonly [Institution, Institution];
  readonly startMinute: number;
  /** Days until the second contract begins; null: it has begun. */
  readonly startsInDays: number | null;
  readonly fobs: readonly FobMake[];
}

const minutes = (...clocks: string[]) => clocks.map((clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3)));

export const setupArbitrary: fc.Arbitrary<Setup> = fc.record({
  institutions: fc.tuple(institutionArbitrary(serviceIds[0]), institutionArbitrary(serviceIds[1])),
  startMinute: fc.oneof(
    fc.constantFrom(...minutes('09:00', '20:25', '20:49', '08:09', '07:55', '23:50')),
    fc.integer({ min: 0, max: 1439 }),
  ),
  startsInDays: fc.constantFrom(null, null, 0, 1, 3),
  fobs: fc.array(
    fc.record({
      offsetMs: fc.oneof(fc.constant(0), fc.integer({ min: -400_000, max: 400_000 })),
      digits: fc.constantFrom(6, 8),
      periodSeconds: fc.constantFrom(30 as const, 60 as const),
      lifeMs: fc.oneof(
        { weight: 2, arbitrary: fc.constant(null) },
        fc.integer({ min: 1, max: 60 }).map((h) => h * 7_200_000),
      ),
    }),
    { minLength: fobCount, maxLength: fobCount },
  ),
});

/** Five users under two contracts: one of each role and two more. */
const people: readonly { readonly role: Role; readonly contract: 1 | 2 }[] = [
  { role: 'master', contract: 1 },
  { role: 'administrator', contract: 1 },
  { role: 'general', contract: 1 },
  { role: 'general', contract: 1 },
  { role: 'general', contract: 2 },
];

/** One sequence of calls, over the model and the real verifier. */
export interface Run {
  readonly bench: Bench;
  readonly worlds: [World, World];
  readonly prefix: string;
  /** Names and IDs of the hardware tokens of each institution. */
  readonly fobs: readonly (readonly { readonly name: string; readonly tokenId: string; readonly serial: string }[])[];
  /** The User ID that each user was given last, and whatever was sealed to a key under a User ID. */
  readonly userIds: Map<string, string>;
  readonly secrets: Map<string, string>;
  readonly highest: [Map<string, number>, Map<string, number>];
  readonly held: [Held, Held];
}

export const loginIdOf = (run: Run, who: number): string => `${run.prefix}u${who}`;
export const contractIdOf = (prefix: string, contract: 1 | 2): string => `${prefix}c${contract}`;

let sequences = 0;

export async function begin(bench: Bench, setup: Setup): Promise<Run> {
  await bench.clear();
  const number = sequences++;
  const prefix = `r${number}-`;
  const midnightMs = (Math.floor((bench.nowMs() + japanMs) / dayMs) + 2) * dayMs - japanMs;
  bench.advance(midnightMs + setup.startMinute * 60_000 + 7_000 - bench.nowMs());
  const startsAtMs = setup.startsInDays === null ? null : midnightMs + setup.startsInDays * dayMs;
  const made = setup.fobs.map((fob, i) => ({ ...fob, serial: String(number * 10 + i + 10_000_000) }));
  const nowMs = bench.nowMs();

  const worlds = setup.institutions.map((institution): World => {
    const users = people.map(({ role, contract }, i): [string, User] => {
      const loginId = `${prefix}u${i}`;
      const nothing = {
        confirmationPassword: null,
        wrongConfirmations: 0,
        present: null,
        past: [],
        sent: [],
        tried: null,
      };
      return [
        loginId,
        { ...nothing, loginId, name: loginId, role, contractId: contractIdOf(prefix, contract), removed: false },
      ];
    });
    const tokens = made.map(({ serial, digits, periodSeconds, offsetMs, lifeMs }, i): [string, Token] => [
      `fob ${i}`,
      newToken({
        name: `fob ${i}`,
        kind: 'hardware',
        serial,
        parameters: { algorithm: 'SHA1', digits, periodSeconds },
        condition: 'stock',
        seed: randomBytes(20),
        contractId: i > 2 ? null : contractIdOf(prefix, i === 2 ? 2 : 1),
        expiresAtMs: lifeMs === null ? null : nowMs + lifeMs,
        offsetMs,
      }),
    ]);
    const contracts = ([1, 2] as const).map((contract) => {
      const contractId = contractIdOf(prefix, contract);
      return [contractId, { contractId, startsAtMs: contract === 2 ? startsAtMs : null }] as const;
    });
    return {
      nowMs,
      institution,
      contracts: Object.fromEntries(contracts),
      users: Object.fromEntries(users),
      tokens: Object.fromEntries(tokens),
    };
  });
  const [first, second] = worlds;
  if (first === undefined || second === undefined) throw new Error('two institutions');
  for (const world of worlds) await bring(bench, world);
  const fobs = worlds.map(({ tokens }) =>
    Object.values(tokens).map(({ name, serial }) => ({ name, tokenId: `fob-${serial}`, serial: serial ?? '' })),
  );
  return {
    bench,
    worlds: [first, second],
    prefix,
    fobs,
    userIds: new Map(),
    secrets: new Map(),
    highest: [new Map(), new Map()],
    held: [new Map(), new Map()],
  };
}

/** The institution, its contracts, users and stock, as the store takes them. */
async function bring({ store, keyring }: Bench, world: World): Promise<void> {
  const { institution, nowMs } = world;
  const { serviceId } = institution;
  await store.transaction(serviceId, async (transaction) => {
    await transaction.putInstitution(institution, nowMs);
    for (const { contractId, startsAtMs } of Object.values(world.contracts)) {
      const otpStartsOn = startsAtMs === null ? null : new Date(startsAtMs + japanMs).toISOString().slice(0, 10);
      await transaction.putContract(serviceId, { contractId, kind: 'business', name: contractId, otpStartsOn });
    }
    for (const { loginId, contractId, name, role } of Object.values(world.users)) {
      await transaction.putUser({ serviceId, loginId, contractId, name, role, email: null, confirmationHash: null });
    }
    for (const { serial, parameters, seed, expiresAtMs, contractId } of Object.values(world.tokens)) {
      if (serial === null || seed === null) continue;
      const tokenId = `fob-${serial}`;
      await transaction.addToken({
        serviceId,
        tokenId,
        kind: 'hardware',
        serial,
        status: 'stock',
        parameters: { ...parameters, periodSeconds: parameters.periodSeconds === 30 ? 30 : 60 },
        sealedSeed: keyring.seal(seed, ['seed', serviceId, tokenId, 1]),
        seedVersion: 1,
        expiresAtMs,
      });
      if (contractId !== null) await transaction.shipToken(serviceId, serial, contractId, null);
    }
  });
}

export interface Request {
  readonly who?: 'bank' | 'branch' | 'anyone';
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** Sends one request and holds its answer against the model's, which may take names that the verifier made up from it. */
export async function exchange(
  run: Run,
  at: At,
  { who = 'bank', method, path, body }: Request,
  expected: (world: World, actual: Actual) => Expected,
): Promise<Actual> {
  const { bench } = run;
  const before = await newestAuditId(bench);
  const actual = await bench.ask(who, at, method, path, body);
  const world = run.worlds[at];
  world.nowMs = bench.nowMs();
  assertSame(`${method} ${path} ${JSON.stringify(body)}`, actual, expected(world, actual));
  const written = (await newestAuditId(bench)) > before;
  const decided = method !== 'GET' && actual.status === 200;
  if (written !== decided) throw new Error(`${written ? 'a' : 'no'} row in the log by ${method} ${path}`);
  return actual;
}

/** After every call: the lists show what the model shows, and the database holds what it holds. */
export async function assertState(run: Run, at: At, contracts: readonly (1 | 2)[]): Promise<void> {
  const { bench, prefix } = run;
  const world = run.worlds[at];
  world.nowMs = bench.nowMs();
  for (const contract of contracts) {
    const contractId = contractIdOf(prefix, contract);
    const actual = await bench.ask('bank', at, 'GET', `/v1/users?contractId=${contractId}`);
    assertSame(`users of ${contractId}`, actual, listUsers(world, contractId));
  }
  await assertDatabase(bench, world, prefix, run.fobs[at] ?? [], run.highest[at], run.held[at]);
}
