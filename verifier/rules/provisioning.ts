import type { IssueState } from './state.ts';
import { isLapsed } from './status.ts';

/** Wrong activation passwords until an issue is void. */
export const activationPasswordAttempts = 5;

/**
 * What a set-up gets. The reason of a refusal is for the log alone: the outside hears one refusal for all of them.
 * `counts`: this was a wrong guess at a password that still lives.
 */
export type ProvisioningDecision =
  | { readonly decision: 'provision'; readonly issue: IssueState; readonly again: boolean }
  | {
      readonly decision: 'refuse';
      readonly reason: 'unknown' | 'ended' | 'lapsed' | 'wrongPassword' | 'anotherKey';
      readonly counts: boolean;
    };

/**
 * Whether an issue is handed to a key.
 * @param issue null where Service ID and User ID name none
 * @param passwordRight whether the keyring's MAC of the password is the stored one
 * @param thumbprint of the set-up's key; a token that was handed out goes to the same key only
 */
export function decideProvisioning(
  issue: IssueState | null,
  passwordRight: boolean,
  thumbprint: string,
  nowMs: number,
): ProvisioningDecision {
  if (issue === null) return { decision: 'refuse', reason: 'unknown', counts: false };
  const { status } = issue.assignment;
  if (status !== 'issued' && status !== 'provisioned') return { decision: 'refuse', reason: 'ended', counts: false };
  if (issue.token.status === 'void') return { decision: 'refuse', reason: 'ended', counts: false };
  if (isLapsed(issue.assignment, nowMs)) return { decision: 'refuse', reason: 'lapsed', counts: false };
  if (!passwordRight) return { decision: 'refuse', reason: 'wrongPassword', counts: true };
  if (status === 'issued') return { decision: 'provision', issue, again: false };
  return issue.assignment.thumbprint === thumbprint
    ? { decision: 'provision', issue, again: true }
    : { decision: 'refuse', reason: 'anotherKey', counts: false };
}
