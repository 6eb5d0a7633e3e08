import type { Institution } from '../../shared/institution.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { RefusalReason } from '../../shared/wire.ts';
import { activationGateMs } from './gate.ts';
import { assignmentMachine, refusalOf, tokenMachine } from './machines.ts';
import type { AssignmentState, TokenState, UserState } from './state.ts';
import { isLapsed, isOpen, startsLaterMs, tokenStatus } from './status.ts';

/** A software token whose set-up is done and whose first code is to be checked. */
export interface Activatable {
  readonly assignment: AssignmentState & { readonly thumbprint: string };
  readonly token: TokenState;
}

/** Whether the first code of a user's software token is to be checked. */
export function decideActivation(
  user: UserState,
  institution: Institution,
  nowMs: number,
): Result<Activatable, RefusalReason> {
  if (startsLaterMs(user.contract, institution, nowMs) !== null) return err('beforeStartDate');
  const { assignment, token } = user;
  if (assignment === null) return err('nothingToActivate');
  const refusal = refusalOf(assignmentMachine.activate, assignment.status);
  // What a user ordered or was sent is registered by its serial, which is missing here.
  if (isOpen(assignment) && assignment.kind === 'hardware') return err('serialUnknown');
  if (isLapsed(assignment, nowMs)) return err('issueExpired');
  if (refusal !== null) return err(refusal);
  const { thumbprint } = assignment;
  if (thumbprint === null) return err('setUpNotDone');
  if (token === null) throw new Error(`assignment ${assignment.assignmentId} was set up without a token`);
  const blocked = refusalOf(tokenMachine.acceptCode, tokenStatus(token, nowMs));
  if (blocked !== null) return err(blocked === 'serialNotReusable' ? 'nothingToActivate' : blocked);
  if (activationGateMs(user, 'software', true, institution, nowMs) !== null) return err('reissueTooEarly');
  return ok({ assignment: { ...assignment, thumbprint }, token });
}
