import type { Institution, Operation } from '../../shared/institution.ts';
import { stepAt } from '../../shared/otp.ts';
import type { BlockReason, RejectionReason } from '../../shared/wire.ts';
import { decideRequirement } from './requirement.ts';
import type { OtpUser, TokenState } from './state.ts';
import { statusOf } from './status.ts';

/** Looked at before the code: `blocked` neither checks nor counts. */
export type ValidationDecision =
  | { readonly decision: 'blocked'; readonly reason: BlockReason }
  | { readonly decision: 'check' };

/** Whether a user's code is to be checked for an operation. */
export function decideValidation(
  user: OtpUser,
  operation: Operation,
  institution: Institution,
  nowMs: number,
): ValidationDecision {
  const requirement = decideRequirement(user, operation, institution, nowMs);
  if (requirement.otp === 'required') return { decision: 'check' };
  if (requirement.otp === 'notRequired') return { decision: 'blocked', reason: 'notRequired' };
  const view = statusOf(user, nowMs);
  if (view.reason !== null) return { decision: 'blocked', reason: view.reason };
  return { decision: 'blocked', reason: view.status === 'active' ? 'notRequired' : view.status };
}

/** The step around which a code is searched: the server's, moved by the token's drift, which of software stays 0. */
export function expectedStep(token: TokenState, nowMs: number): number {
  return stepAt(token.parameters.periodSeconds, nowMs) + token.driftSteps;
}

/** What a code is worth: none matched, one that lies at or below the last accepted step, or a fresh one. */
export function judgeStep(matched: number | null, lastStep: number): 'accepted' | RejectionReason {
  if (matched === null) return 'wrong';
  return matched > lastStep ? 'accepted' : 'replayed';
}
