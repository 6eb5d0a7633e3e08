import type { Institution, Operation } from '../../shared/institution.ts';
import type { OtpStatus, Requirement } from '../../shared/wire.ts';
import { activationGateMs, issueGateMs } from './gate.ts';
import type { OtpUser } from './state.ts';
import { isLapsed, isOpen, lastEnded, startsLaterMs, statusOf } from './status.ts';

type Next = Requirement['next'];

/** `Requirement` with its time as Unix milliseconds. */
export interface RequirementDecision extends Omit<Requirement, 'from'> {
  readonly fromMs: number | null;
}

/** What a user in a status cannot do: the institution's word for it, or the one that it falls back to. */
export function blockedBy(status: OtpStatus, blocks: Institution['blocks']): Institution['blocks']['unregistered'] {
  switch (status) {
    case 'active':
      return 'none';
    case 'unregistered':
      return blocks.unregistered;
    case 'issued':
      return blocks.issued ?? blocks.unregistered;
    case 'locked':
      return blocks.locked;
    case 'expired':
      return blocks.expired ?? blocks.locked;
    case 'revoked':
      return blocks.revoked ?? blocks.locked;
    case 'deactivated':
      return blocks.deactivated ?? blocks.locked;
  }
}

const strictness = ['none', 'operations', 'setUpAtLogin', 'login'] as const;

/**
 * What a user cannot do now. An issue opened after a revocation lifts none of the revocation's blocks; otherwise somebody
 * with only the login password could order a new token to get in. Its set-up stays possible: see `next`.
 */
function levelOf(
  user: OtpUser,
  status: OtpStatus,
  blocks: Institution['blocks'],
): Institution['blocks']['unregistered'] {
  const level = blockedBy(status, blocks);
  const { assignment } = user;
  if (status !== 'issued' || assignment === null || assignment.status === 'active') return level;
  if (assignment.priorStatus !== 'revoked') return level;
  const closed = blockedBy('revoked', blocks);
  return strictness.indexOf(closed) > strictness.indexOf(level) ? closed : level;
}

/**
 * The screen that brings a user to a working token. Hardware by the branch has no step of issue (M1, M5): whoever had
 * hardware, or waits for it, registers it by serial. Software is issued first, and so is hardware that users order.
 * @param shipped whether the contract has a hardware token that the user could register
 */
export function nextScreen(user: OtpUser, shipped: boolean, institution: Institution, nowMs: number): Next {
  switch (statusOf(user, nowMs).status) {
    case 'active':
    case 'locked':
    case 'expired':
      return 'none';
    case 'issued':
      return 'activation';
    case 'unregistered':
    case 'revoked':
    case 'deactivated':
      break;
  }
  if (institution.application === 'selfService') return 'issue';
  if (!institution.kinds.includes('hardware')) return 'issue';
  if (!institution.kinds.includes('software')) return 'activation';
  const before = lastEnded(user);
  if (before !== null) return before.kind === 'hardware' ? 'activation' : 'issue';
  return shipped ? 'activation' : 'issue';
}

/** When the next screen's gate opens; null if none stands or no screen helps. */
function gateOf(user: OtpUser, next: Next, institution: Institution, nowMs: number): number | null {
  switch (next) {
    case 'none':
      return null;
    case 'issue':
      return issueGateMs(user, institution, nowMs);
    case 'activation': {
      const { assignment } = user;
      const open = assignment !== null && assignment.status !== 'active' && isOpen(assignment) ? assignment : null;
      const issued = open !== null && !isLapsed(open, nowMs);
      const kind = issued ? open.kind : 'hardware';
      return activationGateMs(user, kind, issued, institution, nowMs);
    }
  }
}

/**
 * Whether an operation of a user needs an OTP now, needs none, or is not open to them.
 * @param shipped as `nextScreen`; only that depends on it
 */
export function decideRequirement(
  user: OtpUser,
  operation: Operation,
  institution: Institution,
  nowMs: number,
  shipped = false,
): RequirementDecision {
  const startMs = startsLaterMs(user.contract, institution, nowMs);
  if (startMs !== null) return { otp: 'notRequired', reason: 'beforeStartDate', next: 'none', fromMs: startMs };

  const view = statusOf(user, nowMs);
  const needsOtp = institution.operations.includes(operation);
  if (view.status === 'active') {
    return needsOtp
      ? { otp: 'required', reason: null, next: 'none', fromMs: null }
      : { otp: 'notRequired', reason: 'operationWithoutOtp', next: 'none', fromMs: null };
  }
  const next = nextScreen(user, shipped, institution, nowMs);
  const fromMs = gateOf(user, next, institution, nowMs);
  const level = levelOf(user, view.status, institution.blocks);
  // A user who may not log in cannot do any operation either.
  const blocked = level === 'login' || level === 'setUpAtLogin' || (level === 'operations' && needsOtp);
  if (blocked) return { otp: 'blocked', reason: view.reason ?? view.status, next, fromMs };
  return { otp: 'notRequired', reason: needsOtp ? view.status : 'operationWithoutOtp', next, fromMs };
}
