import type { Institution } from '../../shared/institution.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { RefusalReason } from '../../shared/wire.ts';
import type { AssignmentState, TokenState, UserState } from './state.ts';
import { isLapsed, startsLaterMs, tokenStatus } from './status.ts';

/** A software token whose set-up is done and whose first code is to be checked. */
export interface Activatable {
  readonly assignment: AssignmentState & { readonly thumbprint: string };
  readonly token: TokenState;
}

/** Whether a user's first code is to be checked. `hasSerial`: the user names a hardware token. */
export function decideActivation(
  user: UserState,
  hasSerial: boolean,
  institution: Institution,
  nowMs: number,
): Result<Activatable, RefusalReason> {
  if (startsLaterMs(user.contract, institution, nowMs) !== null) return err('beforeStartDate');
  const { assignment, token } = user;
  if (assignment?.status === 'active') return err('tokenAlreadyActive');
  // No hardware token is in stock yet, so that no serial can be known.
  if (hasSerial) return err('serialUnknown');
  if (assignment === null || token === null) return err('nothingToActivate');
  switch (assignment.status) {
    case 'unregistered':
    case 'revoked':
    case 'deactivated':
      return err('nothingToActivate');
    case 'requested':
    case 'issued':
      return err(isLapsed(assignment, nowMs) ? 'issueExpired' : 'setUpNotDone');
    case 'provisioned':
      break;
  }
  if (isLapsed(assignment, nowMs)) return err('issueExpired');
  const { thumbprint } = assignment;
  if (thumbprint === null) return err('setUpNotDone');
  switch (tokenStatus(token, nowMs)) {
    case 'active':
      return ok({ assignment: { ...assignment, thumbprint }, token });
    case 'locked':
      return err('locked');
    case 'disabled':
      return err('mustBeReissued');
    case 'expired':
      return err('tokenExpired');
    case 'stock':
    case 'void':
      return err('nothingToActivate');
  }
}
