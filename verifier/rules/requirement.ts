import type { Institution, Operation } from '../../shared/institution.ts';
import type { OtpStatus, Requirement } from '../../shared/wire.ts';
import type { UserState } from './state.ts';
import { startsLaterMs, statusOf } from './status.ts';

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

/** The screen that brings a user in a status to a working token; hardware by the branch has no step of issue. */
export function nextScreen(status: OtpStatus, institution: Institution): Requirement['next'] {
  switch (status) {
    case 'active':
    case 'locked':
    case 'expired':
      return 'none';
    case 'issued':
      return 'activation';
    case 'unregistered':
    case 'revoked':
    case 'deactivated':
      return institution.kinds.includes('software') || institution.application === 'selfService'
        ? 'issue'
        : 'activation';
  }
}

/** Whether an operation of a user needs an OTP now, needs none, or is not open to them. */
export function decideRequirement(
  user: UserState,
  operation: Operation,
  institution: Institution,
  nowMs: number,
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
  const next = nextScreen(view.status, institution);
  const level = blockedBy(view.status, institution.blocks);
  // Whoever may not log in reaches no operation either.
  const blocked = level === 'login' || level === 'setUpAtLogin' || (level === 'operations' && needsOtp);
  if (blocked) return { otp: 'blocked', reason: view.reason ?? view.status, next, fromMs: null };
  return { otp: 'notRequired', reason: needsOtp ? view.status : 'operationWithoutOtp', next, fromMs: null };
}
