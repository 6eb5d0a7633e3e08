import type { Institution, Role } from '../../shared/institution.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { RevocationCause } from '../../shared/wire.ts';

/** A user as the bank names them. */
export interface Party {
  readonly loginId: string;
  readonly contractId: string;
  readonly role: Role;
}

/** Who acts: a user, or the branch on a customer's application. */
export type Actor = Party | 'branch';

/** The user acted on, with all users of their token: themselves and whoever shares it. */
export interface Target extends Party {
  readonly sharers: readonly Party[];
}

/**
 * `otherContract`: the target belongs to another customer. `ownToken`: nobody lifts their own lockout.
 * `sharedToken`: nor that of a token they use themselves. `roleNotAllowed`: the institution gives it to others.
 * `otpNotWorking`: a user may give up their own token only while it works.
 */
export type AuthorityReason = 'otherContract' | 'ownToken' | 'sharedToken' | 'roleNotAllowed' | 'otpNotWorking';

/**
 * Whether an actor may lift a lockout (利用停止解除; M1, M3, M4, M5). Lifting follows the serial, so the actor needs the
 * right for everybody who shares the token, and for a token that a master shares also the institution's word for that.
 */
export function mayUnlock(institution: Institution, actor: Actor, target: Target): Result<null, AuthorityReason> {
  if (actor === 'branch') return ok(null);
  if (actor.contractId !== target.contractId) return err('otherContract');
  if (actor.loginId === target.loginId) return err('ownToken');
  if (target.sharers.some((sharer) => sharer.loginId === actor.loginId)) return err('sharedToken');
  const roles = new Set([target.role, ...target.sharers.map((sharer) => sharer.role)]);
  for (const role of roles) {
    if (!institution.unlock[role].includes(actor.role)) return err('roleNotAllowed');
  }
  if (roles.has('master') && roles.size > 1 && !institution.unlock.sharedWithMaster.includes(actor.role)) {
    return err('roleNotAllowed');
  }
  return ok(null);
}

/**
 * Whether an actor may take a token from a user (失効; M1, M3, M4, M5). It ends one user's use, whoever else shares the
 * token. `self` in the institution's file lets users give up their own while `otpWorks`: before expiry or change of device.
 */
export function mayRevoke(
  institution: Institution,
  actor: Actor,
  target: Party,
  otpWorks: boolean,
): Result<null, AuthorityReason> {
  if (actor === 'branch') return ok(null);
  if (actor.contractId !== target.contractId) return err('otherContract');
  const allowed = institution.revoke[target.role];
  if (actor.loginId !== target.loginId) return allowed.includes(actor.role) ? ok(null) : err('roleNotAllowed');
  if (!allowed.includes('self')) return err('ownToken');
  return otpWorks ? ok(null) : err('otpNotWorking');
}

/**
 * Whether an actor may take a token that is gone or broken from one of those who share it. Where a master and somebody
 * else share it, M1 section 4 (5) leaves all of it to the branch; the institution may name users who may all the same.
 * Any other token, and any other cause, goes by `mayRevoke` alone.
 * @param sharers everybody who uses the token
 */
export function mayRevokeShared(
  institution: Institution,
  actor: Actor,
  target: Party,
  sharers: readonly Pick<Party, 'loginId' | 'role'>[],
  cause: RevocationCause,
): Result<null, AuthorityReason> {
  if (actor === 'branch') return ok(null);
  const gone = cause === 'lost' || cause === 'stolen' || cause === 'broken';
  const roles = new Set([target.role, ...sharers.map((sharer) => sharer.role)]);
  if (!gone || !roles.has('master') || roles.size === 1) return ok(null);
  return institution.revoke.sharedWithMaster.includes(actor.role) ? ok(null) : err('roleNotAllowed');
}
