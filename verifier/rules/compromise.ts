import { err, ok, type Result } from '../../shared/result.ts';
import { refusalOf, tokenMachine } from './machines.ts';
import type { TokenState, UserState } from './state.ts';
import { isLapsed, isOpen } from './status.ts';

/**
 * The token that a report of misuse is about: the user's present one, else the last one that they had, so that a token
 * that was revoked first is out of use for good all the same.
 * @param user null where there is none of this login ID
 * @param last the token of the user's ended assignment; null where there is none
 */
export function decideReport(
  user: UserState | null,
  last: TokenState | null,
  nowMs: number,
): Result<{ readonly token: TokenState }, 'unknown' | 'nothingToReport'> {
  if (user === null) return err('unknown');
  const { assignment } = user;
  // What lapsed or was voided by guesses is no token of the user's any more, and must not hide the one before it.
  const held = assignment?.status === 'active' || (assignment && isOpen(assignment) && !isLapsed(assignment, nowMs));
  const token = (held ? user.token : null) ?? last;
  if (token === null) return err('nothingToReport');
  // A software token that ended is wiped: there is nothing left that could be misused.
  const refusal = refusalOf(tokenMachine.report, token.status);
  return refusal === null || token.kind === 'software' ? ok({ token }) : err(refusal);
}
