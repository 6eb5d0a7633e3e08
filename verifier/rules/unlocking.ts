import type { Institution } from '../../shared/institution.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { AdministrationReason } from '../../shared/wire.ts';
import { type Actor, mayUnlock } from './authority.ts';
import { refusalOf, tokenMachine } from './machines.ts';
import { partyOf } from './revocation.ts';
import type { Holder, TokenState, UserState } from './state.ts';
import { isLapsed, tokenStatus } from './status.ts';

/** For the log; callers get one reason for `unknown` and `otherContract`. */
export type FineReason = Exclude<AdministrationReason, 'userUnknown'> | 'unknown' | 'otherContract';

/** The reason that callers get, which does not reveal users of other contracts. */
export function outsideReason(reason: FineReason): AdministrationReason {
  return reason === 'unknown' || reason === 'otherContract' ? 'userUnknown' : reason;
}

/**
 * The ID of the token whose lockout holds a user up: the one they use, or the one they set up where its codes are not
 * looked at any more, else the one they tried to register. One whose issue lapsed holds nobody up any more.
 */
export function lockableTokenId(user: UserState, nowMs: number): string | null {
  const { assignment, token } = user;
  if (assignment === null || token === null) return user.triedTokenId;
  const setUp = assignment.status === 'provisioned' && !isLapsed(assignment, nowMs) && token.status !== 'active';
  return assignment.status === 'active' || setUp ? token.tokenId : user.triedTokenId;
}

/**
 * Whether an actor lifts the lockout of a user's token (利用停止解除). The right is looked at before the state, so that
 * nobody learns of a token that is not theirs to unlock.
 * @param user null where there is none of this login ID
 * @param token the one that `lockableTokenId` names; null where there is none
 * @param holders everybody who uses it or tried to register it
 */
export function decideUnlock(
  institution: Institution,
  actor: Actor,
  user: UserState | null,
  token: TokenState | null,
  holders: readonly Holder[],
  nowMs: number,
): Result<{ readonly token: TokenState }, FineReason> {
  if (user === null) return err('unknown');
  // Whoever only tried to register the token does not share it, but is not the one to lift its lockout either.
  const actorId = actor === 'branch' ? null : actor.loginId;
  const sharers = holders.filter((holder) => holder.inUse || holder.loginId === actorId);
  const may = mayUnlock(institution, actor, { ...partyOf(user), sharers });
  if (!may.ok) return may;
  if (token === null) return err('notLocked');
  // Somebody who has moved on to another contract leaves the token that they tried behind.
  if (token.contractId !== null && token.contractId !== user.contract.contractId) return err('notLocked');
  const refusal = refusalOf(tokenMachine.unlock, tokenStatus(token, nowMs));
  return refusal === null ? ok({ token }) : err(refusal);
}
