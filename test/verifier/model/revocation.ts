import { check, digitsOf } from './codes.ts';
import { reissuableAtMs } from './gates.ts';
import { confirm, dropIssue, end, holdersOf, misplacedConfirmation } from './holding.ts';
import type { Actor } from './unlocking.ts';
import {
  answer,
  attemptsLeft,
  type Expected,
  inUse,
  isExpired,
  lastPast,
  openIssue,
  problem,
  statusOf,
  type Token,
  text,
  tokenOf,
  type User,
  userOf,
  type World,
} from './world.ts';

function revokeRefusal(world: World, actor: Actor, user: User, cause: string, otpWorks: boolean): string | null {
  const { revoke } = world.institution;
  const held = inUse(user);
  if (actor !== 'branch') {
    if (actor.contractId !== user.contractId) return 'userUnknown';
    if (actor === user) {
      if (!revoke[user.role].includes('self')) return 'ownToken';
      if (!otpWorks) return held === null ? 'nothingToRevoke' : 'otpNotWorking';
    } else if (!revoke[user.role].includes(actor.role)) {
      return 'roleNotAllowed';
    }
    // What a master shares with somebody else and is gone or broken is the branch's.
    const token = tokenOf(world, held);
    const roles = new Set(token === null ? [] : [user, ...holdersOf(world, token)].map(({ role }) => role));
    const gone = ['lost', 'stolen', 'broken'].includes(cause);
    if (gone && roles.size > 1 && roles.has('master') && !revoke.sharedWithMaster.includes(actor.role)) {
      return 'roleNotAllowed';
    }
  }
  return held === null ? 'nothingToRevoke' : null;
}

interface Chosen {
  readonly loginId: string;
  readonly user: User | null;
  readonly reason: string | null;
}

function chooseForRevocation(
  world: World,
  actor: Actor,
  loginIds: readonly string[],
  cause: string,
  otpWorks: boolean,
): Chosen[] {
  return loginIds.map((loginId) => {
    const user = userOf(world, loginId);
    return {
      loginId,
      user,
      reason: user === null ? 'userUnknown' : revokeRefusal(world, actor, user, cause, otpWorks),
    };
  });
}

function revokeAll(world: World, chosen: readonly Chosen[], cause: string): object {
  const done = chosen.every(({ reason }) => reason === null);
  const results = chosen.map(({ loginId, user, reason }) => {
    const token = user === null ? null : tokenOf(world, inUse(user));
    const outcome = reason !== null ? 'refused' : done ? 'revoked' : 'unchanged';
    if (outcome === 'revoked' && user !== null && token !== null) {
      end(world, user, 'revoked', cause === 'other' && isExpired(world, token) ? 'expired' : cause);
    }
    return revocationResult(world, { loginId, user: reason === 'userUnknown' ? null : user, token, outcome, reason });
  });
  return { outcome: done ? 'done' : 'refused', results };
}

function revocationResult(
  world: World,
  facts: { loginId: string; user: User | null; token: Token | null; outcome: string; reason: string | null },
): object {
  const { loginId, user, token, outcome, reason } = facts;
  return {
    loginId,
    name: user?.name ?? null,
    role: user?.role ?? null,
    serial: user === null ? null : (token?.serial ?? null),
    expiresAt: user === null ? null : text(token?.expiresAtMs ?? null),
    outcome,
    reason,
    status: user === null ? null : statusOf(world, user).status,
    reissuableAt: user === null ? null : text(reissuableAtMs(world, user)),
  };
}

export function revoke(
  world: World,
  body: { actor: string; confirmationPassword?: string; otp?: string; loginIds: readonly string[]; cause: string },
): Expected {
  const code = body.otp === undefined ? undefined : digitsOf(body.otp);
  if (code === null) return problem(400);
  const actor = userOf(world, body.actor);
  if (actor === null) return problem(404);
  const misplaced = misplacedConfirmation(actor, body.confirmationPassword);
  if (misplaced !== null) return misplaced;
  const { status } = statusOf(world, actor);
  const works = status === 'active';
  const broken = status === 'locked' || status === 'expired';
  const { actorOtp } = world.institution.revoke;
  if (actorOtp && works && code === undefined) return problem(400);
  if (!(actorOtp && (works || broken)) && code !== undefined) return problem(422);
  const refuse = (reason: string, remainingAttempts: number | null = null) =>
    answer({ outcome: 'refused', reason, remainingAttempts, results: [] });
  const wrong = confirm(actor, body.confirmationPassword);
  if (wrong !== null) return refuse(wrong);
  if (actorOtp && broken) return refuse('otpNotWorking');
  const chosen = chooseForRevocation(world, actor, body.loginIds, body.cause, works);
  const token = tokenOf(world, inUse(actor));
  if (code !== undefined && token !== null && chosen.every(({ reason }) => reason === null)) {
    const worth = check(world, token, code);
    if (worth !== 'accepted') return refuse(worth === 'wrong' ? 'otpWrong' : 'otpReplayed', attemptsLeft(world, token));
  }
  return answer({ ...revokeAll(world, chosen, body.cause), reason: null, remainingAttempts: null });
}

export function branchRevoke(world: World, loginIds: readonly string[], cause: string): Expected {
  const chosen = chooseForRevocation(world, 'branch', loginIds, cause, false);
  return answer({ ...revokeAll(world, chosen, cause), reason: null, remainingAttempts: null });
}

/** A token ends for everybody who uses it; an issue that waits for it ends too. */
export function endForAll(world: World, token: Token, cause: string): object[] {
  return holdersOf(world, token).map((user) => {
    if (inUse(user) === null) dropIssue(world, user);
    else end(world, user, 'revoked', cause);
    return revocationResult(world, { loginId: user.loginId, user, token, outcome: 'revoked', reason: null });
  });
}

/** Misuse of the user's present token, else of the last one they had: it ends for everybody. */
export function reportCompromise(world: World, loginId: string, suspected: boolean): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const present = inUse(user) ?? openIssue(world, user);
  const token = tokenOf(world, present?.token == null ? lastPast(user) : present);
  if (token === null) return answer({ outcome: 'refused', reason: 'nothingToReport', results: [] });
  const cause = suspected ? 'suspected' : 'compromised';
  const results = endForAll(world, token, cause);
  if (token.kind === 'hardware') {
    token.condition = 'disabled';
    // What was retired comes back no more, whatever is found out of it afterwards.
    if (token.detail !== 'retired') token.detail = cause;
  }
  return answer({ outcome: 'done', reason: null, results });
}
