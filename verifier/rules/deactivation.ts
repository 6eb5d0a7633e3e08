import type { Institution } from '../../shared/institution.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { RefusalReason } from '../../shared/wire.ts';
import { assignmentMachine, refusalOf, tokenMachine } from './machines.ts';
import type { AssignmentState, TokenState, UserState } from './state.ts';
import { tokenStatus } from './status.ts';

/** A user's token in use, and the assignment that gives it to them. */
export interface InUse {
  readonly assignment: AssignmentState;
  readonly token: TokenState;
}

/**
 * Whether users end the use of their own token (利用解除; M2). Only while it accepts codes: a lockout or an expiry that
 * keeps somebody out must not be a way to log in without any OTP.
 */
export function decideDeactivation(
  user: UserState,
  institution: Institution,
  nowMs: number,
): Result<InUse, RefusalReason> {
  if (!institution.deactivation.offered) return err('deactivationNotOffered');
  const { assignment, token } = user;
  const refusal = refusalOf(assignmentMachine.deactivate, assignment?.status ?? 'unregistered');
  if (refusal !== null) return err(refusal);
  if (assignment === null || token === null) throw new Error(`${user.loginId} is active without a token`);
  const blocked = refusalOf(tokenMachine.acceptCode, tokenStatus(token, nowMs));
  return blocked === null ? ok({ assignment, token }) : err(blocked);
}
