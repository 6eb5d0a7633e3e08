import { isWeakDigits } from '../../shared/digits.ts';
import type { Institution } from '../../shared/institution.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { RefusalReason } from '../../shared/wire.ts';
import type { PriorStatus, UserState } from './state.ts';
import { isOpen, startsLaterMs } from './status.ts';

/** How a new issue follows what the user has. */
export interface IssuePlan {
  /** The open issue that it replaces; null where none is open. */
  readonly replacesAssignmentId: string | null;
  readonly priorStatus: PriorStatus;
  /** The assignment that counts again when the new issue is called off. */
  readonly previousAssignmentId: string | null;
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

/** Whether a software token may be issued to a user now, and in place of what. */
export function decideSoftwareIssue(
  user: UserState,
  request: { readonly email: string; readonly activationPassword: string },
  institution: Institution,
  nowMs: number,
): Result<IssuePlan, RefusalReason> {
  if (!institution.kinds.includes('software')) return err('kindNotOffered');
  if (startsLaterMs(user.contract, institution, nowMs) !== null) return err('beforeStartDate');
  if (user.assignment?.status === 'active') return err('tokenAlreadyActive');
  if (!isEmailAllowed(request.email, institution.software.emailDomains)) return err('emailNotAllowed');
  if (isWeakDigits(request.activationPassword)) return err('activationPasswordWeak');
  const lapsesAtMs = nowMs + institution.software.activationMinutes * 60_000;
  return ok({ ...lineage(user), lapsesAtMs });
}

function lineage(user: UserState): Omit<IssuePlan, 'lapsesAtMs'> {
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
export function decideCancel(user: UserState): Result<{ readonly assignmentId: string }, RefusalReason> {
  const { assignment } = user;
  return assignment !== null && isOpen(assignment)
    ? ok({ assignmentId: assignment.assignmentId })
    : err('nothingToCancel');
}
