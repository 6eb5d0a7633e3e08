import type { Role } from '../../../shared/institution.ts';
import { reissuableAtMs } from './gates.ts';
import { dropIssue, end } from './holding.ts';
import {
  answer,
  attemptsShown,
  type Expected,
  inUse,
  openIssue,
  problem,
  statusOf,
  text,
  tokenOf,
  type User,
  userOf,
  type World,
} from './world.ts';

function userView(world: World, user: User): unknown {
  const { loginId, name, role, contractId } = user;
  const open = openIssue(world, user);
  const held = inUse(user) ?? open;
  const token = tokenOf(world, held);
  return {
    loginId,
    name,
    role,
    contractId,
    otp: {
      ...statusOf(world, user),
      kind: held?.kind ?? null,
      serial: token?.serial ?? null,
      expiresAt: text(open === null ? (token?.expiresAtMs ?? null) : open.lapsesAtMs),
      reissuableAt: text(reissuableAtMs(world, user)),
      remainingAttempts: attemptsShown(world, user),
    },
  };
}

export function putUser(
  world: World,
  loginId: string,
  body: { contractId: string; name: string; role: Role; confirmationPassword?: string },
): Expected {
  const { contractId, name, role, confirmationPassword } = body;
  const known = world.users[loginId];
  const user = known ?? {
    loginId,
    name,
    role,
    contractId,
    confirmationPassword: null,
    wrongConfirmations: 0,
    present: null,
    past: [],
    sent: [],
    tried: null,
    removed: false,
  };
  const holds = !user.removed && (inUse(user) ?? openIssue(world, user)) !== null;
  if (holds && user.contractId !== contractId) return problem(409);
  world.users[loginId] = user;
  Object.assign(user, { name, role, contractId, removed: false });
  if (confirmationPassword !== undefined) Object.assign(user, { confirmationPassword, wrongConfirmations: 0 });
  return answer(userView(world, user));
}

export function deleteUser(world: World, loginId: string): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  if (inUse(user) !== null) end(world, user, 'revoked', 'userRemoved');
  else dropIssue(world, user);
  const left = userView(world, user);
  Object.assign(user, { removed: true, confirmationPassword: null, wrongConfirmations: 0, tried: null });
  return answer(left);
}

export function getUser(world: World, loginId: string): Expected {
  const user = userOf(world, loginId);
  return user === null ? problem(404) : answer(userView(world, user));
}

export function listUsers(world: World, contractId: string): Expected {
  const items = Object.values(world.users)
    .filter((user) => !user.removed && user.contractId === contractId)
    .sort((a, b) => (a.loginId < b.loginId ? -1 : 1))
    .map((user) => userView(world, user));
  return answer({ items, nextCursor: null });
}
