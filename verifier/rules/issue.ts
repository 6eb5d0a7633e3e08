import { isWeakDigits } from '../../shared/digits.ts';
import type { Institution, TokenKind } from '../../shared/institution.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { RefusalReason } from '../../shared/wire.ts';
import { feeFor, type OrderPast } from './fee.ts';
import { activationGateMs, issueGateMs, mayHaveKind } from './gate.ts';
import { assignmentMachine, refusalOf } from './machines.ts';
import type { Fee, PriorStatus, UserState } from './state.ts';
import { isLapsed, isOpen, lastEnded, startsLaterMs } from './status.ts';

/** How a new issue follows what the user has. */
export interface Lineage {
  /** The open issue that it replaces; null where none is open. */
  readonly replacesAssignmentId: string | null;
  readonly priorStatus: PriorStatus;
  /** The assignment that counts again when the new issue is called off. */
  readonly previousAssignmentId: string | null;
}

/** An issue of a software token. */
export interface IssuePlan extends Lineage {
  readonly lapsesAtMs: number;
}

function belongsTo(domain: string, listed: string): boolean {
  const wanted = listed.toLowerCase().replace(/^[@.]+/, '');
  return domain === wanted || domain.endsWith(`.${wanted}`);
}

/** Whether an address may get the mail. A listed domain stands for its subdomains; an empty `allow` allows all. */
export function isEmailAllowed(email: string, domains: Institution['software']['emailDomains']): boolean {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (domains.deny.some((listed) => belongsTo(domain, listed))) return false;
  return domains.allow.length === 0 || domains.allow.some((listed) => belongsTo(domain, listed));
}

/** Why an issue of a kind is refused, whatever the request says; null if it is not. */
function refusalOfKind(
  user: UserState,
  kind: TokenKind,
  institution: Institution,
  nowMs: number,
): RefusalReason | null {
  if (!institution.kinds.includes(kind)) return 'kindNotOffered';
  if (startsLaterMs(user.contract, institution, nowMs) !== null) return 'beforeStartDate';
  const call = kind === 'software' ? assignmentMachine.issueSoftware : assignmentMachine.requestHardware;
  const refusal = refusalOf(call, user.assignment?.status ?? 'unregistered');
  if (refusal !== null) return refusal;
  const ended = lastEnded(user);
  if (ended !== null && !mayHaveKind(ended.kind, kind, institution)) return 'kindChangeNotAllowed';
  return null;
}

/** Whether a software token may be issued to a user now, and in place of what. */
export function decideSoftwareIssue(
  user: UserState,
  request: { readonly email: string; readonly activationPassword: string },
  institution: Institution,
  nowMs: number,
): Result<IssuePlan, RefusalReason> {
  const refusal = refusalOfKind(user, 'software', institution, nowMs);
  if (refusal !== null) return err(refusal);
  if (issueGateMs(user, institution, nowMs) !== null) return err('reissueTooEarly');
  if (!isEmailAllowed(request.email, institution.software.emailDomains)) return err('emailNotAllowed');
  if (isWeakDigits(request.activationPassword)) return err('activationPasswordWeak');
  // With a gate, the time runs from when it opens: over night the issue would lapse before anybody may activate it.
  const fromMs = activationGateMs(user, 'software', true, institution, nowMs) ?? nowMs;
  const lapsesAtMs = fromMs + institution.software.activationMinutes * 60_000;
  return ok({ ...lineageOf(user), lapsesAtMs });
}

/** Whether a user may order a hardware token here (M2); elsewhere the branch takes the application (M1, M5). */
export function decideHardwareRequest(
  user: UserState,
  past: OrderPast,
  institution: Institution,
  nowMs: number,
): Result<Lineage & { readonly fee: Fee }, RefusalReason> {
  if (institution.kinds.includes('hardware') && institution.application === 'branch') {
    return err('branchApplicationRequired');
  }
  const refusal = refusalOfKind(user, 'hardware', institution, nowMs);
  if (refusal !== null) return err(refusal);
  if (issueGateMs(user, institution, nowMs) !== null) return err('reissueTooEarly');
  return ok({ ...lineageOf(user), fee: feeFor(past, institution.hardware.feesYen) });
}

/** What a new assignment of the user replaces and comes after. */
export function lineageOf(user: UserState): Lineage {
  const { assignment } = user;
  if (assignment === null) {
    return { replacesAssignmentId: null, priorStatus: 'unregistered', previousAssignmentId: null };
  }
  const { assignmentId, status, priorStatus, previousAssignmentId } = assignment;
  if (isOpen(assignment)) return { replacesAssignmentId: assignmentId, priorStatus, previousAssignmentId };
  if (status === 'revoked' || status === 'deactivated') {
    return { replacesAssignmentId: null, priorStatus: status, previousAssignmentId: assignmentId };
  }
  return { replacesAssignmentId: null, priorStatus, previousAssignmentId };
}

/** Whether there is an open issue to call off: one whose time is over counts as gone. */
export function decideCancel(user: UserState, nowMs: number): Result<{ readonly assignmentId: string }, RefusalReason> {
  const { assignment } = user;
  if (assignment === null || isLapsed(assignment, nowMs)) return err('nothingToCancel');
  const refusal = refusalOf(assignmentMachine.cancelIssue, assignment.status);
  return refusal === null ? ok({ assignmentId: assignment.assignmentId }) : err(refusal);
}
