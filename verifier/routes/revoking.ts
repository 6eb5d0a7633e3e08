import type * as z from 'zod';
import type { RevocationCause, revokeResultSchema } from '../../shared/wire.ts';
import type { AuditEntry } from '../audit.ts';
import type { Caller } from '../context.ts';
import { reissuableAtMs } from '../rules/gate.ts';
import { decideRevocation, endCauseOf } from '../rules/revocation.ts';
import type { EndCause, TokenState, UserState } from '../rules/state.ts';
import { statusOf } from '../rules/status.ts';
import { type FineReason, outsideReason } from '../rules/unlocking.ts';
import type { Transaction } from '../store/store.ts';
import { type Acting, actingEntry, actorOf } from './acting.ts';
import { timeTextOrNull } from './define.ts';

export type RevokeResult = z.infer<typeof revokeResultSchema>;

/** One chosen user with what was decided about them. */
export interface RevocationDecision {
  readonly loginId: string;
  readonly user: UserState | null;
  readonly reason: FineReason | null;
}

/** Decides about all chosen users on the state before any change. */
export async function decideRevocations(
  caller: Caller,
  transaction: Transaction,
  acting: Acting,
  loginIds: readonly string[],
  cause: RevocationCause,
  otpWorks: boolean,
): Promise<readonly RevocationDecision[]> {
  const { institution } = caller;
  const { serviceId } = institution;
  const decisions: RevocationDecision[] = [];
  for (const loginId of loginIds) {
    const user = await transaction.user(serviceId, loginId);
    // Other holders of a token that the user no longer has do not matter.
    const tokenId = user?.assignment?.status === 'active' ? (user.token?.tokenId ?? null) : null;
    const holders = tokenId === null ? [] : await transaction.holders(serviceId, tokenId);
    const decided = decideRevocation(institution, actorOf(acting), user, holders, cause, otpWorks);
    decisions.push({ loginId, user, reason: decided.ok ? null : decided.reason });
  }
  return decisions;
}

/** Carries out what was decided, all or none, and writes a row for each chosen user. */
export async function carryOut(
  caller: Caller,
  transaction: Transaction,
  acting: Acting,
  decisions: readonly RevocationDecision[],
  cause: RevocationCause,
  nowMs: number,
): Promise<{ readonly outcome: 'done' | 'refused'; readonly results: RevokeResult[] }> {
  const done = decisions.every(({ reason }) => reason === null);
  const results: RevokeResult[] = [];
  for (const { loginId, user, reason } of decisions) {
    const token = user?.token ?? null;
    const outcome = reason !== null ? 'refused' : done ? 'revoked' : 'unchanged';
    if (outcome === 'revoked' && user !== null && token !== null) {
      await endAssignment(caller, transaction, user, endCauseOf(cause, token, nowMs), nowMs);
    }
    const entry = { atMs: nowMs, operation: 'revoke', purpose: cause, outcome, reason, loginId } as const;
    await transaction.addAudit(actingEntry(caller, acting, { ...entry, tokenId: token?.tokenId ?? null }));
    results.push(await resultOf(caller, transaction, { loginId, token, outcome, reason }, nowMs));
  }
  return { outcome: done ? 'done' : 'refused', results };
}

/** Revokes an assignment, for every call that does. False if none was in use. */
export async function endAssignment(
  caller: Caller,
  transaction: Transaction,
  user: UserState,
  cause: EndCause,
  nowMs: number,
): Promise<boolean> {
  const { serviceId } = caller.institution;
  if (user.assignment === null) return false;
  return transaction.endAssignment(serviceId, user.assignment.assignmentId, 'revoked', cause, nowMs);
}

/**
 * Ends a token for everybody who uses it, an issue that waits for it too, and writes a row for each of them.
 * @param facts `entry` is what the rows have in common
 */
export async function endForAll(
  caller: Caller,
  transaction: Transaction,
  acting: Acting,
  facts: {
    readonly token: TokenState;
    readonly cause: EndCause;
    readonly entry: Pick<AuditEntry, 'atMs' | 'operation'> & Partial<AuditEntry>;
  },
  nowMs: number,
): Promise<RevokeResult[]> {
  const { serviceId } = caller.institution;
  const { token, cause, entry } = facts;
  const { tokenId } = token;
  const results: RevokeResult[] = [];
  for (const { loginId, inUse } of await transaction.holders(serviceId, tokenId)) {
    const holder = inUse ? await transaction.user(serviceId, loginId) : null;
    if (holder === null || holder.assignment === null) continue;
    const { assignmentId } = holder.assignment;
    const revoked = await endAssignment(caller, transaction, holder, cause, nowMs);
    // Issued or set up and not yet in use: nothing to revoke, and the issue ends.
    if (!revoked) await transaction.endIssue(serviceId, assignmentId, nowMs);
    const row = { ...entry, loginId, tokenId, outcome: 'revoked', reason: revoked ? null : 'issueEnded' };
    await transaction.addAudit(actingEntry(caller, acting, row));
    results.push(await resultOf(caller, transaction, { loginId, token, outcome: 'revoked', reason: null }, nowMs));
  }
  return results;
}

/** One result of the answer. It reveals nothing about users with whom the actor has no business. */
export async function resultOf(
  caller: Caller,
  transaction: Transaction,
  facts: {
    readonly loginId: string;
    readonly token: TokenState | null;
    readonly outcome: RevokeResult['outcome'];
    readonly reason: FineReason | null;
  },
  nowMs: number,
): Promise<RevokeResult> {
  const { institution } = caller;
  const { loginId, outcome } = facts;
  const reason = facts.reason === null ? null : outsideReason(facts.reason);
  const after = reason === 'userUnknown' ? null : await transaction.user(institution.serviceId, loginId);
  const revoked = outcome === 'revoked';
  const inUse = after?.assignment?.status === 'active' || revoked;
  const token = after !== null && inUse ? facts.token : null;
  return {
    loginId,
    name: after?.name ?? null,
    role: after?.role ?? null,
    serial: token?.serial ?? null,
    expiresAt: timeTextOrNull(token?.expiresAtMs ?? null),
    outcome,
    reason,
    status: after === null ? null : statusOf(after, nowMs).status,
    reissuableAt: after === null ? null : timeTextOrNull(reissuableAtMs(after, institution, nowMs)),
  };
}
