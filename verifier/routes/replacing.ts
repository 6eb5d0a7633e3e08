import { auditEntry } from '../audit.ts';
import type { Caller } from '../context.ts';
import type { UserState } from '../rules/state.ts';
import { isLapsed } from '../rules/status.ts';
import type { Transaction } from '../store/store.ts';

/**
 * Ends a user's open issue or order in whose place another token comes, with a row of its own in the log unless it had
 * lapsed.
 * @param assignmentId null where none is open: then nothing happens
 */
export async function endReplaced(
  caller: Caller,
  transaction: Transaction,
  user: UserState,
  assignmentId: string | null,
  nowMs: number,
): Promise<void> {
  if (assignmentId === null) return;
  const { serviceId } = caller.institution;
  await transaction.endIssue(serviceId, assignmentId, nowMs);
  // Its time had ended it before.
  if (user.assignment !== null && isLapsed(user.assignment, nowMs)) return;
  await transaction.addAudit(
    auditEntry({
      serviceId,
      atMs: nowMs,
      actor: caller.keyId,
      loginId: user.loginId,
      tokenId: user.token?.tokenId ?? null,
      operation: 'cancelIssue',
      outcome: 'cancelled',
      reason: 'replaced',
    }),
  );
}
