import { type Expected, inUse, problem, type Token, tokenOf, type User, type World } from './world.ts';

const confirmationAttempts = 10;

export function misplacedConfirmation(user: User, sent: string | undefined): Expected | null {
  if (user.confirmationPassword === null) return sent === undefined ? null : problem(422);
  return sent === undefined ? problem(400) : null;
}

export function confirm(user: User, sent: string | undefined): string | null {
  if (user.confirmationPassword === null) return null;
  if (user.wrongConfirmations >= confirmationAttempts) return 'confirmationPasswordLocked';
  const right = sent === user.confirmationPassword;
  user.wrongConfirmations = right ? 0 : user.wrongConfirmations + 1;
  return right ? null : 'confirmationPasswordWrong';
}

function wipe(token: Token | null): void {
  if (token?.kind === 'software') token.condition = 'void';
}

/** An open issue ends without a trace, whatever its stage and whether it lapsed. */
export function dropIssue(world: World, user: User): void {
  wipe(tokenOf(world, user.present));
  user.present = null;
}

export function end(world: World, user: User, stage: 'revoked' | 'deactivated', cause: string | null): void {
  const held = inUse(user);
  if (held === null) return;
  wipe(tokenOf(world, held));
  user.past.push({ ...held, stage, cause, endedAtMs: world.nowMs });
  user.present = null;
  user.sent = [];
}

/** Who uses a token or set it up. */
export function holdersOf(world: World, token: Token): User[] {
  return Object.values(world.users)
    .filter((user) => !user.removed && user.present?.token === token.name)
    .sort((a, b) => (a.loginId < b.loginId ? -1 : 1));
}
