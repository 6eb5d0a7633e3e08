import type { Actual, At } from './bench.ts';
import type { Code, Confirmation } from './calls.ts';
import type { Token, User, World } from './model.ts';
import * as model from './model.ts';
import { exchange, loginIdOf, type Run } from './run.ts';

/** The token that a user has, else the last one they had. */
function tokenFor(world: World, user: User | undefined): Token | null {
  const holding = user?.present ?? user?.past.at(-1);
  return holding?.token == null ? null : (world.tokens[holding.token] ?? null);
}

function typedAs(digits: string, way: Code['typed']): string {
  switch (way) {
    case 'plain':
      return digits;
    case 'fullWidth':
      return Array.from(digits, (digit) => String.fromCodePoint(0xff10 + Number(digit))).join('');
    case 'spaced':
      return ` ${digits.slice(0, 3)}\u3000${digits.slice(3)} `;
    case 'hyphenated':
      return `${digits.slice(0, 4)}-${digits.slice(4)}`;
    case 'signed':
      return `+${digits}`;
  }
}

export function confirmationOf(user: User | undefined, way: Confirmation): { confirmationPassword?: string } {
  const registered = user?.removed === true ? null : (user?.confirmationPassword ?? null);
  const sent = way === 'misplaced' ? registered === null : registered !== null;
  if (!sent) return {};
  return { confirmationPassword: way === 'wrong' || registered === null ? 'something else' : registered };
}

export const written = { operator: 'S-0042', document: 'D-1' };

/** One call with its user, ready to be sent. */
export class Sender {
  readonly run: Run;
  readonly at: At;

  constructor(run: Run, where: At) {
    this.run = run;
    this.at = where;
    this.world.nowMs = run.bench.nowMs();
  }

  get world(): World {
    return this.run.worlds[this.at];
  }

  id(who: number): string {
    return loginIdOf(this.run, who);
  }

  user(who: number): User | undefined {
    return this.world.users[this.id(who)];
  }

  /** A code of the user's token. The clock moves on where they wait for the next one. */
  code(who: number, spec: Code): string {
    return this.codeOf(tokenFor(this.world, this.user(who)), spec);
  }

  codeOf(token: Token | null, { of, steps, typed: way }: Code): string {
    if (token === null || of === 'wrong') return typedAs('0'.repeat(token?.parameters.digits ?? 8), way);
    const { bench } = this.run;
    const periodMs = token.parameters.periodSeconds * 1000;
    const present = Math.floor((bench.nowMs() + token.offsetMs) / periodMs);
    const { lastStep } = token;
    if (of === 'next' && lastStep >= present) {
      bench.advance((lastStep + 1 - present) * periodMs);
      this.world.nowMs = bench.nowMs();
    }
    const step = of === 'last' && lastStep >= 0 ? lastStep : of === 'next' ? Math.max(lastStep + 1, present) : present;
    return typedAs(model.codeAt(token, step + steps), way);
  }

  post(
    path: string,
    body: object,
    expected: (world: World, actual: Actual) => model.Expected,
    who: 'bank' | 'branch' = 'bank',
  ) {
    return exchange(this.run, this.at, { who, method: 'POST', path, body }, expected);
  }
}
