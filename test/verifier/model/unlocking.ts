import { confirm, holdersOf, misplacedConfirmation } from './holding.ts';
import {
  answer,
  type Expected,
  isExpired,
  openIssue,
  problem,
  statusOf,
  type Token,
  tokenOf,
  type User,
  userOf,
  type World,
} from './world.ts';

export type Actor = User | 'branch';

/** The token whose lockout holds a user up. */
function lockable(world: World, user: User): Token | null {
  const { present } = user;
  if (present?.stage === 'active') return tokenOf(world, present);
  const setUp = present?.stage === 'provisioned' && openIssue(world, user) !== null ? tokenOf(world, present) : null;
  if (setUp !== null && setUp.condition !== 'active') return setUp;
  return user.tried === null ? null : (world.tokens[user.tried] ?? null);
}

function unlockRefusal(world: World, actor: Actor, user: User, token: Token | null): string | null {
  if (actor !== 'branch') {
    if (actor.contractId !== user.contractId) return 'userUnknown';
    if (actor === user) return 'ownToken';
    const sharers = token === null ? [] : holdersOf(world, token).filter(({ present }) => present?.stage !== 'issued');
    if (token !== null && (sharers.includes(actor) || actor.tried === token.name)) return 'sharedToken';
    const roles = new Set([user, ...sharers].map(({ role }) => role));
    const { unlock } = world.institution;
    if ([...roles].some((role) => !unlock[role].includes(actor.role))) return 'roleNotAllowed';
    if (roles.size > 1 && roles.has('master') && !unlock.sharedWithMaster.includes(actor.role)) return 'roleNotAllowed';
  }
  // Nor is somebody who moved to another contract held up by what they tried to register under the old one.
  if (token === null || (token.contractId !== null && token.contractId !== user.contractId)) return 'notLocked';
  if (isExpired(world, token) && token.condition !== 'void') return 'tokenExpired';
  if (token.condition === 'disabled') return 'mustBeReissued';
  return token.condition === 'locked' ? null : 'notLocked';
}

/** Only the wrong codes in a row are forgotten: those towards the hard stop stay. */
export function unlockToken(world: World, token: Token): void {
  token.failures = 0;
  token.condition = token.kind === 'hardware' && token.lastStep < 0 ? 'stock' : 'active';
  for (const user of Object.values(world.users)) if (user.tried === token.name) user.tried = null;
}

function unlockAll(world: World, actor: Actor, loginIds: readonly string[]): Expected {
  const chosen = loginIds.map((loginId) => {
    const user = userOf(world, loginId);
    const token = user === null ? null : lockable(world, user);
    return { loginId, user, token, reason: user === null ? 'userUnknown' : unlockRefusal(world, actor, user, token) };
  });
  const done = chosen.every(({ reason }) => reason === null);
  for (const { token } of done ? chosen : []) if (token !== null) unlockToken(world, token);
  const results = chosen.map(({ loginId, user, token, reason }) => {
    const known = user !== null && reason !== 'userUnknown';
    return {
      loginId,
      name: known ? user.name : null,
      role: known ? user.role : null,
      serial: known ? (token?.serial ?? null) : null,
      outcome: reason !== null ? 'refused' : done ? 'unlocked' : 'unchanged',
      reason,
      status: known ? statusOf(world, user).status : null,
    };
  });
  return answer({ outcome: done ? 'done' : 'refused', reason: null, results });
}

export function unlock(
  world: World,
  body: { actor: string; confirmationPassword?: string; loginIds: readonly string[] },
): Expected {
  const actor = userOf(world, body.actor);
  if (actor === null) return problem(404);
  const misplaced = misplacedConfirmation(actor, body.confirmationPassword);
  if (misplaced !== null) return misplaced;
  const wrong = confirm(actor, body.confirmationPassword);
  if (wrong !== null) return answer({ outcome: 'refused', reason: wrong, results: [] });
  return unlockAll(world, actor, body.loginIds);
}

export const branchUnlock = (world: World, loginIds: readonly string[]): Expected =>
  unlockAll(world, 'branch', loginIds);
