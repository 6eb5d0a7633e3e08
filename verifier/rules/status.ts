import type { Institution } from '../../shared/institution.ts';
import type { OtpStatus } from '../../shared/wire.ts';
import { startOfDayMs } from './calendar.ts';
import { assignmentMachine, refusalOf, tokenMachine } from './machines.ts';
import type { AssignmentState, EndedAssignment, OtpUser, TokenState } from './state.ts';

/** A user's OTP status as the lists show it, and whether only a new token helps. */
export interface StatusView {
  readonly status: OtpStatus;
  readonly reason: 'mustBeReissued' | null;
}

/** True where an issue was neither activated nor ended and its time is over. */
export function isLapsed(assignment: AssignmentState, nowMs: number): boolean {
  return isOpen(assignment) && assignment.lapsesAtMs !== null && nowMs >= assignment.lapsesAtMs;
}

/** True for an issue or request that waits for its activation, lapsed or not. */
export function isOpen(assignment: Pick<AssignmentState, 'status'>): boolean {
  return refusalOf(assignmentMachine.cancelIssue, assignment.status) === null;
}

/** The token's own status with its expiry worked in. */
export function tokenStatus(token: Pick<TokenState, 'status' | 'expiresAtMs'>, nowMs: number): TokenState['status'] {
  if (token.expiresAtMs === null || nowMs < token.expiresAtMs) return token.status;
  return refusalOf(tokenMachine.expire, token.status) === null ? 'expired' : token.status;
}

/** The assignment's status and, where that is active, the token's: expired before disabled before locked. */
export function statusOf(user: OtpUser, nowMs: number): StatusView {
  const { assignment, token } = user;
  if (assignment === null) return { status: 'unregistered', reason: null };
  if (assignment.status !== 'active' && isLapsed(assignment, nowMs)) {
    return { status: assignment.priorStatus, reason: null };
  }
  switch (assignment.status) {
    case 'requested':
    case 'issued':
    case 'provisioned':
      return { status: 'issued', reason: null };
    case 'unregistered':
      return { status: assignment.priorStatus, reason: null };
    case 'revoked':
    case 'deactivated':
      return { status: assignment.status, reason: null };
    case 'active':
      break;
  }
  if (token === null) throw new Error('an assignment is active without a token');
  switch (tokenStatus(token, nowMs)) {
    case 'expired':
      return { status: 'expired', reason: null };
    case 'active':
      return { status: 'active', reason: null };
    case 'locked':
      return { status: 'locked', reason: null };
    // Void or in stock does not go with an active assignment; like a disabled token it helps nobody any more.
    case 'disabled':
    case 'void':
    case 'stock':
      return { status: 'locked', reason: 'mustBeReissued' };
  }
}

/** The assignment that was in use last and ended; null where none was, or where one is in use. */
export function lastEnded(user: OtpUser): EndedAssignment | null {
  const { assignment, previous } = user;
  if (assignment === null || assignment.status === 'active') return null;
  const { status, kind, endedAtMs, endCause: cause } = assignment;
  if (status !== 'revoked' && status !== 'deactivated') return previous;
  if (endedAtMs === null) throw new Error(`assignment ${assignment.assignmentId} ended at no time`);
  return { status, kind, endedAtMs, cause };
}

/** Wrong codes until the token locks, 0 where it is locked. Limits may have been lowered since it last failed: then 1. */
export function remainingAttempts(
  counters: {
    readonly status: TokenState['status'];
    readonly failures: number;
    readonly failuresSinceAccepted: number;
  },
  lockout: Institution['lockout'],
): number {
  if (refusalOf(tokenMachine.failCode, counters.status) !== null) return 0;
  const untilLocked = lockout.afterFailures - counters.failures;
  const untilDisabled = lockout.disableAfterFailures - counters.failuresSinceAccepted;
  return Math.max(1, Math.min(untilLocked, untilDisabled));
}

/** When the contract's start date begins, where that is still to come; null otherwise. */
export function startsLaterMs(contract: OtpUser['contract'], institution: Institution, nowMs: number): number | null {
  if (contract.otpStartsOn === null) return null;
  const startMs = startOfDayMs(contract.otpStartsOn, institution.timeZone);
  return nowMs < startMs ? startMs : null;
}
