import type { TokenKind } from '../../../shared/institution.ts';
import { activationGateMs, issueGateMs, mayFollow, refused, startsLaterMs } from './gates.ts';
import { confirm, dropIssue, misplacedConfirmation } from './holding.ts';
import {
  answer,
  type Expected,
  type Fee,
  inUse,
  lastPast,
  minuteMs,
  newHolding,
  newToken,
  openIssue,
  problem,
  text,
  tokenOf,
  type User,
  userOf,
  type World,
} from './world.ts';

function issueRefusal(world: World, user: User, kind: TokenKind): string | null {
  if (!world.institution.kinds.includes(kind)) return 'kindNotOffered';
  if (startsLaterMs(world, user) !== null) return 'beforeStartDate';
  if (inUse(user) !== null) return 'tokenAlreadyActive';
  if (!mayFollow(world, lastPast(user)?.kind ?? null, kind)) return 'kindChangeNotAllowed';
  return issueGateMs(world, user) === null ? null : 'reissueTooEarly';
}

/** @param given the User ID and the page that the verifier made up, to be known from now on */
export function issueSoftware(
  world: World,
  loginId: string,
  body: { activationPassword: string; confirmationPassword?: string },
  given: { userId: string; activationUrl: string },
): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const misplaced = misplacedConfirmation(user, body.confirmationPassword);
  if (misplaced !== null) return misplaced;
  const refusal = issueRefusal(world, user, 'software');
  if (refusal !== null) return refused(world, user, refusal);
  if (/^(0000|1234)$/.test(body.activationPassword)) return refused(world, user, 'activationPasswordWeak');
  const wrong = confirm(user, body.confirmationPassword);
  if (wrong !== null) return refused(world, user, wrong);

  const { serviceId, otp, software } = world.institution;
  dropIssue(world, user);
  const name = `software ${given.userId}`;
  world.tokens[name] = newToken({ name, kind: 'software', serial: null, parameters: otp, condition: 'active' });
  const opensAtMs = activationGateMs(world, user, 'software', true) ?? world.nowMs;
  const lapsesAtMs = opensAtMs + software.activationMinutes * minuteMs;
  user.present = newHolding('software', 'issued', name, {
    lapsesAtMs,
    userId: given.userId,
    activationPassword: body.activationPassword,
  });
  return answer({ outcome: 'issued', serviceId, ...given, expiresAt: text(lapsesAtMs), mail: 'sent' });
}

/** @param requestId the one that the verifier made up */
export function requestHardware(
  world: World,
  loginId: string,
  body: { confirmationPassword?: string },
  requestId: string,
): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const misplaced = misplacedConfirmation(user, body.confirmationPassword);
  if (misplaced !== null) return misplaced;
  const { kinds, application } = world.institution;
  if (kinds.includes('hardware') && application === 'branch') {
    return refused(world, user, 'branchApplicationRequired');
  }
  const refusal = issueRefusal(world, user, 'hardware');
  if (refusal !== null) return refused(world, user, refusal);
  const wrong = confirm(user, body.confirmationPassword);
  if (wrong !== null) return refused(world, user, wrong);
  const fee = feeOf(world, user);
  dropIssue(world, user);
  user.present = newHolding('hardware', 'requested', null, { requestId, requestedAtMs: world.nowMs, fee });
  return answer({ outcome: 'requested', requestId, fee });
}

/** Whether a token was sent for an order since the last one ended, and nothing was reported of it. */
function replacementSent(world: World, user: User): boolean {
  return user.sent.some((name) => {
    const token = world.tokens[name];
    return token?.contractId === user.contractId && token.detail === null;
  });
}

function feeOf(world: World, user: User): Fee {
  const { first, additional, lost, expiry } = world.institution.hardware.feesYen;
  const ended = lastPast(user);
  if (ended?.kind === 'hardware' && tokenOf(world, ended)?.contractId === user.contractId) {
    if (ended.cause === 'expired' && !replacementSent(world, user))
      return { kind: expiry === 0 ? 'free' : 'reissue', amountYen: expiry };
    if (['lost', 'stolen', 'broken', 'compromised', 'suspected'].includes(ended.cause ?? '')) {
      return { kind: 'reissue', amountYen: lost };
    }
  }
  const mates = Object.values(world.users).filter((mate) => mate.contractId === user.contractId && mate !== user);
  const ordered = mates.some((mate) => mate.present?.kind === 'hardware' && mate.present.stage !== 'active');
  const shipped = Object.values(world.tokens).some((token) => token.contractId === user.contractId);
  if (ordered || shipped) return { kind: 'additional', amountYen: additional };
  return { kind: first === 0 ? 'free' : 'additional', amountYen: first };
}

export function cancelIssue(world: World, loginId: string): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  if (openIssue(world, user) === null) return refused(world, user, 'nothingToCancel');
  dropIssue(world, user);
  return answer({ outcome: 'cancelled' });
}

export function provision(
  world: World,
  body: { userId: string; activationPassword: string; key: string },
): 'provisioned' | 'refused' {
  const user = Object.values(world.users).find(({ present }) => present?.userId === body.userId);
  const open = user === undefined ? null : openIssue(world, user);
  if (user === undefined || open === null) return 'refused';
  if (body.activationPassword !== open.activationPassword) {
    open.wrongActivationPasswords++;
    if (open.wrongActivationPasswords >= 5) dropIssue(world, user);
    return 'refused';
  }
  if (open.key !== null && open.key !== body.key) return 'refused';
  open.key = body.key;
  open.stage = 'provisioned';
  return 'provisioned';
}
