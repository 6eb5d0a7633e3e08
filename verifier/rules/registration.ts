import type { Institution } from '../../shared/institution.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { RefusalReason } from '../../shared/wire.ts';
import { activationGateMs, mayHaveKind } from './gate.ts';
import { type Lineage, lineageOf } from './issue.ts';
import { assignmentMachine, refusalOf, tokenMachine } from './machines.ts';
import type { HardwareState, HardwareUse, TokenState, UserState } from './state.ts';
import { lastEnded, startsLaterMs, tokenStatus } from './status.ts';

/** A hardware token whose first code by this user is to be checked. */
export interface Registration {
  readonly token: TokenState;
  /** Whether others use it. */
  readonly inUse: boolean;
  /** The user's open order, which the token fulfils; null where they have none. */
  readonly orderId: string | null;
  /** The open issue of a software token that the hardware replaces; null where none is open. */
  readonly replacesAssignmentId: string | null;
  readonly lineage: Omit<Lineage, 'replacesAssignmentId'>;
}

/**
 * Whether a user may register a hardware token, looked at before the code (利用開始登録; M1, M2, M5).
 * @param hardware null where the institution's stock has no such serial
 */
export function decideRegistration(
  user: UserState,
  hardware: HardwareState | null,
  institution: Institution,
  nowMs: number,
): Result<Registration, RefusalReason> {
  const { assignment } = user;
  if (startsLaterMs(user.contract, institution, nowMs) !== null) return err('beforeStartDate');
  const refusal = refusalOf(assignmentMachine.activateSerial, assignment?.status ?? 'unregistered');
  if (refusal !== null) return err(refusal);
  if (!institution.kinds.includes('hardware')) return err('kindNotOffered');
  const ended = lastEnded(user);
  if (ended !== null && !mayHaveKind(ended.kind, 'hardware', institution)) return err('kindChangeNotAllowed');

  const { replacesAssignmentId: openId, ...lineage } = lineageOf(user);
  const ordered = openId !== null && assignment?.kind === 'hardware';
  if (activationGateMs(user, 'hardware', ordered, institution, nowMs) !== null) return err('reissueTooEarly');

  // A token not shipped to a contract counts as unknown, so that nobody can guess its codes or lock it.
  if (hardware === null || hardware.token.contractId === null) return err('serialUnknown');
  const { token } = hardware;
  if (token.contractId !== user.contract.contractId) return err('serialOfAnotherContract');
  const unusable = whyUnusable(user.loginId, hardware, institution, nowMs);
  if (unusable !== null) return err(unusable);
  return ok({
    token,
    inUse: hardware.holders.some((holder) => holder.inUse),
    orderId: ordered ? openId : null,
    replacesAssignmentId: ordered ? null : openId,
    lineage,
  });
}

function whyUnusable(
  loginId: string,
  { token, holders, ended }: HardwareUse,
  institution: Institution,
  nowMs: number,
): RefusalReason | null {
  const { sharing, reusableAfterRevocation, reusableAfterDeactivation } = institution.hardware;
  if (token.statusDetail !== null) return 'serialNotReusable';
  const status = tokenStatus(token, nowMs);
  const refusal = refusalOf(tokenMachine.acceptCode, status);
  if (refusal !== null && refusal !== 'locked') return refusal;

  // This user has no token in use, so these are others.
  const users = holders.filter((holder) => holder.inUse);
  // Deactivated by anybody, it is over for all who come later (M2). Revoked from one, others may still join those who
  // keep it; whoever it was taken from does not get it back, and once nobody keeps it nobody does.
  if (!reusableAfterDeactivation && ended.some((end) => end.status === 'deactivated')) return 'serialNotReusable';
  const revoked = ended.filter((end) => end.status === 'revoked');
  // A stolen token is not with its owner. A lost one may have been found, a broken one repaired (M5).
  if (revoked.some((end) => end.cause === 'stolen')) return 'serialNotReusable';
  const takenAway = revoked.some((end) => end.loginId === loginId) || (revoked.length > 0 && users.length === 0);
  if (!reusableAfterRevocation && takenAway) return 'serialNotReusable';
  if (!sharing && users.length > 0) return 'sharingNotAllowed';
  return refusal;
}

/**
 * Whether a hardware token of their contract could be a user's new one, whatever stands in the way of the user. A locked
 * one could: an unlock opens it again.
 */
export function isRegistrable(
  loginId: string,
  hardware: HardwareUse,
  institution: Institution,
  nowMs: number,
): boolean {
  const refusal = whyUnusable(loginId, hardware, institution, nowMs);
  return refusal === null || refusal === 'locked';
}
