import { barred, check, digitsOf, find, rejected, serverStep, spend } from './codes.ts';
import { activationGateMs, mayFollow, refused, startsLaterMs } from './gates.ts';
import { dropIssue, holdersOf } from './holding.ts';
import {
  answer,
  type Expected,
  inUse,
  lastPast,
  newHolding,
  openIssue,
  problem,
  type Token,
  text,
  tokenOf,
  type User,
  userOf,
  type World,
} from './world.ts';

export function activate(world: World, loginId: string, body: { otp: string; serial?: string }): Expected {
  const code = digitsOf(body.otp);
  if (code === null) return problem(400);
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  return body.serial === undefined
    ? activateSoftware(world, user, code)
    : activateHardware(world, user, code, body.serial);
}

function accepted(token: Token): Expected {
  const { kind, serial, expiresAtMs } = token;
  return answer({ outcome: 'accepted', token: { kind, serial, expiresAt: text(expiresAtMs) } });
}

function activateSoftware(world: World, user: User, code: string): Expected {
  const { present } = user;
  if (startsLaterMs(world, user) !== null) return refused(world, user, 'beforeStartDate');
  if (inUse(user) !== null) return refused(world, user, 'tokenAlreadyActive');
  if (present === null) return refused(world, user, 'nothingToActivate');
  if (present.kind === 'hardware') return refused(world, user, 'serialUnknown');
  if (openIssue(world, user) === null) return refused(world, user, 'issueExpired');
  const token = tokenOf(world, present);
  if (present.stage !== 'provisioned' || token === null) return refused(world, user, 'setUpNotDone');
  const bar = barred(world, token);
  if (bar !== null) return refused(world, user, bar);
  if (activationGateMs(world, user, 'software', true) !== null) return refused(world, user, 'reissueTooEarly');
  const worth = check(world, token, code);
  if (worth !== 'accepted') return rejected(world, token, worth);
  user.present = { ...present, stage: 'active', lapsesAtMs: null };
  user.tried = null;
  return accepted(token);
}

function registrationRefusal(world: World, user: User, token: Token | null): string | null {
  const { hardware, kinds } = world.institution;
  if (startsLaterMs(world, user) !== null) return 'beforeStartDate';
  if (inUse(user) !== null) return 'tokenAlreadyActive';
  if (!kinds.includes('hardware')) return 'kindNotOffered';
  if (!mayFollow(world, lastPast(user)?.kind ?? null, 'hardware')) return 'kindChangeNotAllowed';
  const ordered = openIssue(world, user)?.kind === 'hardware';
  if (activationGateMs(world, user, 'hardware', ordered) !== null) return 'reissueTooEarly';
  if (token === null || token.contractId === null) return 'serialUnknown';
  if (token.contractId !== user.contractId) return 'serialOfAnotherContract';
  if (token.detail !== null) return 'serialNotReusable';
  const bar = barred(world, token);
  if (bar !== null && bar !== 'locked') return bar;
  const ends = Object.values(world.users).flatMap((other) =>
    other.past.filter((past) => past.token === token.name).map(({ stage, cause }) => ({ stage, cause, other })),
  );
  const users = holdersOf(world, token);
  if (!hardware.reusableAfterDeactivation && ends.some(({ stage }) => stage === 'deactivated')) {
    return 'serialNotReusable';
  }
  const revoked = ends.filter(({ stage }) => stage === 'revoked');
  if (revoked.some(({ cause }) => cause === 'stolen')) return 'serialNotReusable';
  const takenAway = revoked.some(({ other }) => other === user) || (revoked.length > 0 && users.length === 0);
  if (!hardware.reusableAfterRevocation && takenAway) return 'serialNotReusable';
  if (!hardware.sharing && users.length > 0) return 'sharingNotAllowed';
  return bar;
}

function activateHardware(world: World, user: User, code: string, serial: string): Expected {
  const token = Object.values(world.tokens).find((candidate) => candidate.serial === serial) ?? null;
  const refusal = registrationRefusal(world, user, token);
  if (refusal === 'locked' && token !== null) user.tried = token.name;
  if (refusal !== null || token === null) return refused(world, user, refusal ?? '');

  let worth: ReturnType<typeof check>;
  if (holdersOf(world, token).length === 0) {
    const { activationSteps } = world.institution.drift;
    const server = serverStep(world, token);
    const step = find(token, code, server + token.driftSteps, activationSteps, activationSteps);
    worth = spend(world, token, step, step);
    if (worth === 'accepted' && step !== null) token.driftSteps = step - server;
  } else {
    worth = check(world, token, code);
  }
  if (worth === 'wrong') user.tried = token.name;
  if (worth !== 'accepted') return rejected(world, token, worth);
  dropIssue(world, user);
  user.present = newHolding('hardware', 'active', token.name);
  user.tried = null;
  return accepted(token);
}
