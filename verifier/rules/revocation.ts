import type { Institution } from '../../shared/institution.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { RevocationCause } from '../../shared/wire.ts';
import { type Actor, mayRevoke, mayRevokeShared, type Party } from './authority.ts';
import { assignmentMachine, refusalOf } from './machines.ts';
import type { AssignmentState, EndCause, Holder, TokenState, UserState } from './state.ts';
import { statusOf, tokenStatus } from './status.ts';
import type { FineReason } from './unlocking.ts';

export function partyOf(user: UserState): Party {
  return { loginId: user.loginId, contractId: user.contract.contractId, role: user.role };
}

/** An assignment that a revocation ends. */
export interface Revocable {
  readonly assignment: AssignmentState;
  readonly token: TokenState;
}

/**
 * Whether an actor takes a user's token (失効).
 * @param user null where there is none of this login ID
 * @param holders everybody who uses the token or tried to register it
 * @param otpWorks whether the actor's own token accepts codes now
 */
export function decideRevocation(
  institution: Institution,
  actor: Actor,
  user: UserState | null,
  holders: readonly Holder[],
  cause: RevocationCause,
  otpWorks: boolean,
): Result<Revocable, FineReason> {
  if (user === null) return err('unknown');
  const party = partyOf(user);
  const { assignment, token } = user;
  const refusal = refusalOf(assignmentMachine.revoke, assignment?.status ?? 'unregistered');
  const may = mayRevoke(institution, actor, party, otpWorks);
  // Whoever has no token at all is not to be sent to the branch for it.
  if (!may.ok) return may.reason === 'otpNotWorking' && refusal !== null ? err(refusal) : may;
  // Whoever only tried to register the token does not share it.
  const sharers = holders.filter((holder) => holder.inUse);
  const mayShared = mayRevokeShared(institution, actor, party, sharers, cause);
  if (!mayShared.ok) return mayShared;
  if (refusal !== null) return err(refusal);
  if (assignment === null || token === null) throw new Error(`${user.loginId} is active without a token`);
  return ok({ assignment, token });
}

/** The cause that is kept: a token whose time was over ended by that, whatever else nobody said about it. */
export function endCauseOf(cause: RevocationCause, token: TokenState, nowMs: number): EndCause {
  return cause === 'other' && tokenStatus(token, nowMs) === 'expired' ? 'expired' : cause;
}

/** How far users use OTPs themselves: not at all, with a token that accepts codes, or with one that does not. */
export function otpUseOf(user: UserState, nowMs: number): 'none' | 'works' | 'doesNotWork' {
  const { status } = statusOf(user, nowMs);
  if (status === 'active') return 'works';
  return status === 'locked' || status === 'expired' ? 'doesNotWork' : 'none';
}
