import { independentCode } from '../totp.ts';
import { answer, attemptsLeft, type Expected, isExpired, type Token, type World } from './world.ts';

/** Digits as typed: full-width ones, spaces and hyphens; null where something else is among them. */
export function digitsOf(typed: string): string | null {
  const plain = Array.from(typed, (letter) => {
    const code = letter.codePointAt(0) ?? 0;
    return code >= 0xff10 && code <= 0xff19 ? String(code - 0xff10) : letter;
  }).join('');
  const digits = plain.replaceAll(/[ \u3000-]/g, '');
  return /^[0-9]{6,8}$/.test(digits) ? digits : null;
}

export function codeAt(token: Token, step: number): string {
  const { seed, parameters } = token;
  return seed === null || step < 0
    ? '0'.repeat(parameters.digits)
    : independentCode(seed, parameters, step * parameters.periodSeconds * 1000);
}

export const serverStep = (world: World, token: Token): number =>
  Math.floor(world.nowMs / 1000 / token.parameters.periodSeconds);

export function* near(centre: number, past: number, future: number): Generator<number> {
  yield centre;
  for (let away = 1; away <= Math.max(past, future); away++) {
    if (away <= past) yield centre - away;
    if (away <= future) yield centre + away;
  }
}

export function find(token: Token, code: string, centre: number, past: number, future: number): number | null {
  if (token.seed === null) return null;
  for (const step of near(centre, past, future)) if (codeAt(token, step) === code) return step;
  return null;
}

/** What a code is worth once its steps are known, with the counts moved. `lowest` is the first of two in a row. */
export function spend(world: World, token: Token, lowest: number | null, highest: number | null) {
  if (lowest === null || highest === null) {
    const { afterFailures, disableAfterFailures } = world.institution.lockout;
    token.failures++;
    token.failuresSinceAccepted++;
    if (token.failuresSinceAccepted >= disableAfterFailures) token.condition = 'disabled';
    else if (token.failures >= afterFailures) token.condition = 'locked';
    return 'wrong';
  }
  if (lowest <= token.lastStep) return 'replayed';
  token.lastStep = highest;
  token.failures = 0;
  token.failuresSinceAccepted = 0;
  token.condition = 'active';
  return 'accepted';
}

/** A code of a token that somebody uses: in the window around its clock, which an accepted code at the edge moves. */
export function check(world: World, token: Token, code: string): 'wrong' | 'replayed' | 'accepted' {
  const { past, future } = world.institution.otp.acceptedSteps;
  const centre = serverStep(world, token) + token.driftSteps;
  const step = find(token, code, centre, past, future);
  const worth = spend(world, token, step, step);
  if (worth === 'accepted' && step !== null && token.kind === 'hardware') {
    const away = step - centre;
    const atEdge = away !== 0 && (away === future || away === -past);
    const moved = token.driftSteps + Math.sign(away);
    const allowed = Math.max(world.institution.drift.limitSteps, Math.abs(token.driftSteps) - 1);
    if (atEdge && Math.abs(moved) <= allowed) token.driftSteps = moved;
  }
  return worth;
}

export const rejected = (world: World, token: Token, reason: string): Expected =>
  answer({ outcome: 'rejected', reason, remainingAttempts: attemptsLeft(world, token) });

/** Why no code of a token is looked at. */
export function barred(world: World, token: Token): 'tokenExpired' | 'mustBeReissued' | 'locked' | null {
  if (isExpired(world, token)) return 'tokenExpired';
  if (token.condition === 'disabled') return 'mustBeReissued';
  return token.condition === 'locked' ? 'locked' : null;
}
