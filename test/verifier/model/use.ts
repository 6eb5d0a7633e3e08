import type { Operation } from '../../../shared/institution.ts';
import { barred, check, codeAt, digitsOf, near, rejected, serverStep, spend } from './codes.ts';
import { activationGateMs, issueGateMs, mayFollow, refused, reissuableAtMs, startsLaterMs } from './gates.ts';
import { confirm, end, holdersOf, misplacedConfirmation } from './holding.ts';
import {
  answer,
  attemptsShown,
  type Expected,
  inUse,
  isExpired,
  lastPast,
  openIssue,
  problem,
  type Status,
  statusOf,
  text,
  tokenOf,
  type User,
  userOf,
  type World,
} from './world.ts';

function blockedBy(world: World, status: Status['status']): string {
  const { blocks } = world.institution;
  switch (status) {
    case 'active':
      return 'none';
    case 'unregistered':
      return blocks.unregistered;
    case 'issued':
      return blocks.issued ?? blocks.unregistered;
    default:
      return blocks[status] ?? blocks.locked;
  }
}

function stricter(one: string, other: string): string {
  const order = ['none', 'operations', 'setUpAtLogin', 'login'];
  return order.indexOf(one) > order.indexOf(other) ? one : other;
}

/** Whether an operation needs an OTP, needs none or is blocked, and the reason. */
function need(world: World, user: User, operation: Operation): { otp: string; reason: string | null } {
  if (startsLaterMs(world, user) !== null) return { otp: 'notRequired', reason: 'beforeStartDate' };
  const needs = world.institution.operations.includes(operation);
  const { status, reason } = statusOf(world, user);
  if (status === 'active') {
    return needs ? { otp: 'required', reason: null } : { otp: 'notRequired', reason: 'operationWithoutOtp' };
  }
  const closed = status === 'issued' && lastPast(user)?.stage === 'revoked' ? blockedBy(world, 'revoked') : 'none';
  const level = stricter(blockedBy(world, status), closed === 'login' ? 'setUpAtLogin' : closed);
  if (level === 'login' || level === 'setUpAtLogin' || (level === 'operations' && needs)) {
    return { otp: 'blocked', reason: reason ?? status };
  }
  return { otp: 'notRequired', reason: needs ? status : 'operationWithoutOtp' };
}

/** The screen that leads to a working token, and the gate in front of it. */
function wayOn(world: World, user: User): { next: string; fromMs: number | null } {
  const { status } = statusOf(world, user);
  const open = openIssue(world, user);
  if (status === 'active' || status === 'locked' || status === 'expired') return { next: 'none', fromMs: null };
  if (open !== null) {
    return { next: 'activation', fromMs: activationGateMs(world, user, open.kind, true) };
  }
  const before = lastPast(user)?.kind ?? null;
  const bySerial =
    world.institution.application === 'branch' &&
    mayFollow(world, before, 'hardware') &&
    (!mayFollow(world, before, 'software') ||
      (before === null ? hasRegistrable(world, user.contractId) : before === 'hardware'));
  return bySerial
    ? { next: 'activation', fromMs: activationGateMs(world, user, 'hardware', false) }
    : { next: 'issue', fromMs: issueGateMs(world, user) };
}

function hasRegistrable(world: World, contractId: string): boolean {
  const { sharing, reusableAfterRevocation, reusableAfterDeactivation } = world.institution.hardware;
  return Object.values(world.tokens).some((token) => {
    if (token.contractId !== contractId || isExpired(world, token)) return false;
    if (token.condition === 'stock') return true;
    if (token.condition !== 'active' && token.condition !== 'locked') return false;
    const users = holdersOf(world, token);
    const ends = Object.values(world.users).flatMap(({ past }) => past.filter((one) => one.token === token.name));
    if (!reusableAfterDeactivation && ends.some(({ stage }) => stage === 'deactivated')) return false;
    if (ends.some(({ stage, cause }) => stage === 'revoked' && cause === 'stolen')) return false;
    if (users.length > 0) return sharing;
    return reusableAfterRevocation || !ends.some(({ stage }) => stage === 'revoked');
  });
}

export function requirement(world: World, loginId: string, operation: Operation): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const startMs = startsLaterMs(world, user);
  const { next, fromMs } = startMs === null ? wayOn(world, user) : { next: 'none', fromMs: startMs };
  return answer({ ...need(world, user, operation), next, from: text(fromMs) });
}

export function validate(world: World, body: { loginId: string; operation: Operation; otp: string }): Expected {
  const code = digitsOf(body.otp);
  if (code === null) return problem(400);
  const user = userOf(world, body.loginId);
  if (user === null) return problem(404);
  const view = (outcome: string, reason: string | null) =>
    answer({ outcome, reason, remainingAttempts: attemptsShown(world, user), status: statusOf(world, user).status });
  const { otp, reason } = need(world, user, body.operation);
  const token = tokenOf(world, inUse(user));
  if (otp !== 'required' || token === null) return view('blocked', otp === 'blocked' ? reason : 'notRequired');
  const worth = check(world, token, code);
  return worth === 'accepted' ? view('accepted', null) : view('rejected', worth);
}

export function resynchronise(world: World, loginId: string, otps: readonly [string, string]): Expected {
  const [first, second] = otps.map(digitsOf);
  if (first == null || second == null) return problem(400);
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const token = tokenOf(world, inUse(user));
  if (token?.kind !== 'hardware') return refused(world, user, 'nothingToResynchronise');
  const bar = barred(world, token);
  if (bar !== null) return refused(world, user, bar);
  const { resynchronisationSteps: reach } = world.institution.drift;
  const server = serverStep(world, token);
  let found: number | null = null;
  for (const step of near(server, reach, reach - 1)) {
    if (found === null && codeAt(token, step) === first && codeAt(token, step + 1) === second) found = step;
  }
  const worth = spend(world, token, found, found === null ? null : found + 1);
  if (worth !== 'accepted' || found === null) return rejected(world, token, worth);
  token.driftSteps = found + 1 - server;
  return answer({ outcome: 'accepted', driftSteps: token.driftSteps });
}

export function deactivate(
  world: World,
  loginId: string,
  body: { confirmationPassword?: string; otp?: string },
): Expected {
  const code = body.otp === undefined ? undefined : digitsOf(body.otp);
  if (code === null) return problem(400);
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const misplaced = misplacedConfirmation(user, body.confirmationPassword);
  if (misplaced !== null) return misplaced;
  const { offered, actorOtp } = world.institution.deactivation;
  if (!offered) return refused(world, user, 'deactivationNotOffered');
  const token = tokenOf(world, inUse(user));
  if (token === null) return refused(world, user, 'nothingToDeactivate');
  const bar = barred(world, token);
  if (bar !== null) return refused(world, user, bar);
  if (actorOtp && code === undefined) return problem(400);
  if (!actorOtp && code !== undefined) return problem(422);
  const wrong = confirm(user, body.confirmationPassword);
  if (wrong !== null) return refused(world, user, wrong);
  if (code !== undefined) {
    const worth = check(world, token, code);
    if (worth !== 'accepted') return rejected(world, token, worth);
  }
  end(world, user, 'deactivated', null);
  return answer({ outcome: 'accepted', reissuableAt: text(reissuableAtMs(world, user)) });
}
