import fc from 'fast-check';
import { independentSeed } from '../totp.ts';
import { type At, sameAnswer } from './bench.ts';
import { at, type Calls, calls, type Drawn, type Facts, type Person } from './calls.ts';
import type { User, World } from './model.ts';
import * as model from './model.ts';
import { assertState, contractIdOf, exchange, loginIdOf, type Run } from './run.ts';
import { confirmationOf, Sender, written } from './sender.ts';
import { stockCommands } from './stock-commands.ts';

async function issue(send: Sender, { who, activationPassword, confirmation: way }: Facts<'issue'>): Promise<void> {
  const loginId = send.id(who);
  const body = { email: 'user@example.jp', activationPassword, ...confirmationOf(send.user(who), way) };
  const { body: answer } = await send.post(`/v1/users/${loginId}/software-token`, body, (world, actual) => {
    const { userId, activationUrl } = actual.body;
    return model.issueSoftware(world, loginId, body, { userId, activationUrl });
  });
  if (answer.outcome === 'issued') send.run.userIds.set(`${send.at} ${loginId}`, answer.userId);
}

async function provision(send: Sender, { who, right, browser: number, times }: Facts<'provision'>): Promise<void> {
  const { run, at: where } = send;
  const browser = run.bench.browsers[number];
  if (browser === undefined) throw new Error('two browsers');
  const userId = run.userIds.get(`${where} ${send.id(who)}`) ?? 'ZZZZZZZZZZZZ';
  for (let time = 0; time < times; time++) {
    const activationPassword = right ? (send.user(who)?.present?.activationPassword ?? '583920') : '999000';
    const { serviceId } = send.world.institution;
    const body = { serviceId, userId, activationPassword, publicKey: browser.publicKey };
    const { body: answer } = await exchange(
      run,
      where,
      { who: 'anyone', method: 'POST', path: '/v1/provisioning', body },
      (world, actual) => {
        const outcome = model.provision(world, { userId, activationPassword, key: browser.thumbprint });
        if (outcome === 'refused') return { status: 200, body: { outcome, reason: 'provisioningRefused' } };
        return { status: 200, body: { outcome, token: actual.body.token } };
      },
    );
    if (answer.outcome !== 'provisioned') continue;
    const secret = await browser.secretOf(answer.token);
    const known = run.secrets.get(userId) ?? secret;
    if (known !== secret) throw new Error('the same key was given another secret');
    run.secrets.set(userId, secret);
    const token = send.world.tokens[`software ${userId}`];
    if (token !== undefined) token.seed = independentSeed(secret, browser.thumbprint);
  }
}

async function activate(send: Sender, { who, code: spec }: Facts<'activate'>): Promise<void> {
  const loginId = send.id(who);
  const body = { otp: send.code(who, spec) };
  await send.post(`/v1/users/${loginId}/activation`, body, (world) => model.activate(world, loginId, body));
}

async function validate(send: Sender, { who, operation: what, code: spec }: Facts<'validate'>): Promise<void> {
  const body = { loginId: send.id(who), operation: what, otp: send.code(who, spec) };
  await send.post('/v1/validations', body, (world) => model.validate(world, body));
}

/** Two validations at once: as if one came after the other, in either order. */
async function together(send: Sender, { who, other, codes, same }: Facts<'together'>): Promise<void> {
  const { run, at: where } = send;
  const [one, another] = codes;
  const otps = [send.code(who, one), same ? send.code(who, one) : send.code(other, another)] as const;
  const ids = [send.id(who), send.id(other)] as const;
  const bodies = [0, 1].map((i) => ({ loginId: ids[i] ?? '', operation: 'transfer' as const, otp: otps[i] ?? '' }));
  const actual = await Promise.all(bodies.map((body) => run.bench.ask('bank', where, 'POST', '/v1/validations', body)));
  const orders = [[0, 1] as const, [1, 0] as const].map((order) => {
    const world = structuredClone(send.world);
    const expected: model.Expected[] = [];
    for (const i of order)
      expected[i] = model.validate(world, bodies[i] ?? { loginId: '', operation: 'transfer', otp: '' });
    return { world, expected };
  });
  const fitting = orders.filter(({ expected }) =>
    actual.every((one, i) => sameAnswer(one, expected[i] ?? model.problem(0))),
  );
  const [first, second] = fitting;
  if (first === undefined) {
    const show = (what: unknown) => JSON.stringify(what);
    throw new Error(
      `at once ${show(bodies)}\n  verifier: ${show(actual)}\n  model:    ${show(orders.map((o) => o.expected))}`,
    );
  }
  run.worlds[where] = first.world;
  if (second === undefined) return;
  // The answers fit both orders: a wrong code before an accepted one is forgotten, one after it counts. What is kept tells.
  await assertState(run, where, [1]).catch(() => {
    run.worlds[where] = second.world;
  });
}

async function revoke(send: Sender, facts: Facts<'revoke'>): Promise<void> {
  const { actor, who, cause: why, confirmation: way, code: spec, misplaced } = facts;
  const user = send.user(actor);
  const status = user === undefined ? null : model.statusOf(send.world, user).status;
  const asked = send.world.institution.revoke.actorOtp && status === 'active';
  const body = {
    actor: send.id(actor),
    loginIds: who.map((one) => send.id(one)),
    cause: why,
    ...confirmationOf(user, way),
    ...(asked !== misplaced ? { otp: send.code(actor, spec) } : {}),
  };
  await send.post('/v1/revocations', body, (world) => model.revoke(world, body));
}

const carryOut: { [Kind in keyof Calls]: (send: Sender, facts: Facts<Kind>) => Promise<void> } = {
  async putUser(send, { who, role, contract, password }) {
    const loginId = send.id(who);
    const contractId = contractIdOf(send.run.prefix, contract === 2 ? 2 : 1);
    const body = {
      contractId,
      name: `${role} ${who}`,
      role,
      ...(password ? { confirmationPassword: `secret ${who}` } : {}),
    };
    await exchange(send.run, send.at, { method: 'PUT', path: `/v1/users/${loginId}`, body }, (world) =>
      model.putUser(world, loginId, body),
    );
  },
  async deleteUser(send, { who }) {
    const loginId = send.id(who);
    const request = { method: 'DELETE', path: `/v1/users/${loginId}` };
    await exchange(send.run, send.at, request, (world) => model.deleteUser(world, loginId));
  },
  issue,
  async cancel(send, { who }) {
    const loginId = send.id(who);
    const request = { method: 'DELETE', path: `/v1/users/${loginId}/issue` };
    await exchange(send.run, send.at, request, (world) => model.cancelIssue(world, loginId));
  },
  provision,
  activate,
  async setUp(send, { who }) {
    await issue(send, { who, activationPassword: '583920', confirmation: 'right' });
    await provision(send, { who, right: true, browser: 0, times: 1 });
    await activate(send, { who, code: { of: 'next', steps: 0, typed: 'plain' } });
  },
  async order(send, { who, confirmation: way }) {
    const loginId = send.id(who);
    const body = confirmationOf(send.user(who), way);
    await send.post(`/v1/users/${loginId}/hardware-token`, body, (world, actual) =>
      model.requestHardware(world, loginId, body, actual.body.requestId),
    );
  },
  ...stockCommands,
  async register(send, { who, fob: number, code: spec }) {
    const loginId = send.id(who);
    const token = send.world.tokens[`fob ${number}`];
    const body = { serial: token?.serial ?? '', otp: send.codeOf(token ?? null, spec) };
    await send.post(`/v1/users/${loginId}/activation`, body, (world) => model.activate(world, loginId, body));
  },
  validate,
  async wrongCodes(send, { who, times }) {
    const wrong = { of: 'wrong', steps: 0, typed: 'plain' } as const;
    for (let time = 0; time < times; time++) await validate(send, { who, operation: 'transfer', code: wrong });
  },
  together,
  async unlock(send, { actor, who, confirmation: way }) {
    const loginIds = who.map((one) => send.id(one));
    const body = { actor: send.id(actor), loginIds, ...confirmationOf(send.user(actor), way) };
    await send.post('/v1/unlocks', body, (world) => model.unlock(world, body));
  },
  async branchUnlock(send, { who }) {
    const loginIds = who.map((one) => send.id(one));
    const body = { ...written, loginIds };
    await send.post('/v1/branch/unlocks', body, (world) => model.branchUnlock(world, loginIds), 'branch');
  },
  revoke,
  async branchRevoke(send, { who, cause: why }) {
    const loginIds = who.map((one) => send.id(one));
    const body = { ...written, loginIds, cause: why };
    await send.post('/v1/branch/revocations', body, (world) => model.branchRevoke(world, loginIds, why), 'branch');
  },
  async deactivate(send, { who, confirmation: way, code: spec, misplaced }) {
    const loginId = send.id(who);
    const { offered, actorOtp } = send.world.institution.deactivation;
    const otp = (offered && actorOtp) !== misplaced ? { otp: send.code(who, spec) } : {};
    const body = { ...confirmationOf(send.user(who), way), ...otp };
    await send.post(`/v1/users/${loginId}/deactivation`, body, (world) => model.deactivate(world, loginId, body));
  },
  async resynchronise(send, { who, first, apart }) {
    const loginId = send.id(who);
    const second = { ...first, steps: first.steps + apart };
    const otps: [string, string] = [send.code(who, first), send.code(who, second)];
    await send.post(`/v1/users/${loginId}/resynchronisation`, { otps }, (world) =>
      model.resynchronise(world, loginId, otps),
    );
  },
  async reportCompromise(send, { who, suspected }) {
    const loginId = send.id(who);
    const body = { ...written, loginId, description: '見知らぬ振込', suspected };
    const expected = (world: World) => model.reportCompromise(world, loginId, suspected);
    await send.post('/v1/branch/compromise-reports', body, expected, 'branch');
  },
  async requirement(send, { who, operation: what }) {
    const loginId = send.id(who);
    const request = { method: 'GET', path: `/v1/users/${loginId}/requirement?operation=${what}` };
    await exchange(send.run, send.at, request, (world) => model.requirement(world, loginId, what));
  },
  async getUser(send, { who }) {
    const loginId = send.id(who);
    const request = { method: 'GET', path: `/v1/users/${loginId}` };
    await exchange(send.run, send.at, request, (world) => model.getUser(world, loginId));
  },
  async steps(send, { count }) {
    send.run.bench.advance(count * send.world.institution.otp.periodSeconds * 1000);
  },
  async pass(send, { ms }) {
    send.run.bench.advance(ms);
  },
  async until(send, { minute, offMs }) {
    const dayMs = 86_400_000;
    const { bench } = send.run;
    const intoDayMs = (bench.nowMs() + 9 * 3_600_000) % dayMs;
    const ms = (minute * 60_000 + offMs - intoDayMs + 2 * dayMs) % dayMs;
    bench.advance(ms);
  },
};

/** Whether a user is one of those that a `Person` stands for. */
function belongs(world: World, { present, tried }: User, of: Person['of']): boolean {
  switch (of) {
    case 'all':
      return true;
    case 'active':
      return present?.stage === 'active';
    case 'open':
      return present !== null && present.stage !== 'active';
    case 'locked': {
      const condition = world.tokens[present?.token ?? tried ?? '']?.condition;
      return condition === 'locked' || condition === 'disabled';
    }
  }
}

/** The number of a user: of all five where none is what was asked for. */
function numberOf(run: Run, where: At, { of, number: wanted }: Person): number {
  const world = run.worlds[where];
  const fitting = [0, 1, 2, 3, 4].filter((who) => {
    const user = world.users[loginIdOf(run, who)];
    return user !== undefined && belongs(world, user, of);
  });
  return fitting[wanted % fitting.length] ?? wanted;
}

const isPerson = (value: unknown): value is Person => typeof value === 'object' && value !== null && 'number' in value;

export class Call<Kind extends keyof Calls = keyof Calls> implements fc.AsyncCommand<Run, Run> {
  readonly kind: Kind;
  readonly where: At;
  readonly drawn: Drawn<Kind>;

  constructor(kind: Kind, where: At, drawn: Drawn<Kind>) {
    this.kind = kind;
    this.where = where;
    this.drawn = drawn;
  }

  check(): boolean {
    return true;
  }

  async run(run: Run): Promise<void> {
    // No two calls fall into one millisecond.
    run.bench.advance(1);
    const find = (value: unknown): unknown => {
      if (isPerson(value)) return numberOf(run, this.where, value);
      return Array.isArray(value) && value.every(isPerson) ? [...new Set(value.map(find))] : value;
    };
    const drawn: readonly [string, unknown][] = Object.entries(this.drawn as object);
    const facts = Object.fromEntries(drawn.map(([name, value]) => [name, find(value)]));
    await carryOut[this.kind](new Sender(run, this.where), facts as Facts<Kind>);
    await assertState(run, this.where, [1]);
  }

  toString(): string {
    return `${this.kind}@${this.where} ${JSON.stringify(this.drawn)}`;
  }
}

/** What some have before the first call: software, or one of the first two hardware tokens, alone or shared. */
export const havingArbitrary = fc.array(
  fc.record({ who: fc.integer({ min: 0, max: 3 }), what: fc.constantFrom('software', 0, 0, 1) }),
  { minLength: 1, maxLength: 4, size: 'max' },
);
export type Having = typeof havingArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

export function having(all: Having): Call[] {
  return all.map(({ who, what }): Call => {
    const one = { of: 'all', number: who } as const;
    if (typeof what === 'string') return new Call('setUp', 0, { who: one }) as unknown as Call;
    const next = { of: 'next', steps: 0, typed: 'plain' } as const;
    return new Call('register', 0, { who: one, fob: what, code: next }) as unknown as Call;
  });
}

export function commandsArbitrary(maxCommands: number): fc.Arbitrary<Iterable<fc.AsyncCommand<Run, Run>>> {
  const kinds = Object.keys(calls) as (keyof Calls)[];
  const one = kinds.flatMap((kind) => {
    const [weight, facts] = calls[kind];
    const made = fc.tuple(at, facts as fc.Arbitrary<never>).map(([where, given]) => new Call(kind, where, given));
    return Array.from({ length: weight }, () => made);
  });
  return fc.commands(one, { maxCommands, size: 'max' });
}
