import type * as z from 'zod';
import type { unlockAnswerSchema } from '../../shared/wire.ts';
import type { Caller } from '../context.ts';
import type { Holder, TokenState, UserState } from '../rules/state.ts';
import { statusOf } from '../rules/status.ts';
import { decideUnlock, lockableTokenId, outsideReason } from '../rules/unlocking.ts';
import type { Transaction } from '../store/store.ts';
import { type Acting, actingEntry, actorOf } from './acting.ts';

export type UnlockAnswer = z.infer<typeof unlockAnswerSchema>;
type Result = UnlockAnswer['results'][number];

interface Chosen {
  readonly loginId: string;
  readonly user: UserState | null;
  readonly token: TokenState | null;
  readonly holders: readonly Holder[];
}

async function load(transaction: Transaction, serviceId: string, loginId: string, nowMs: number): Promise<Chosen> {
  const user = await transaction.user(serviceId, loginId);
  const tokenId = user === null ? null : lockableTokenId(user, nowMs);
  if (user === null || tokenId === null) return { loginId, user, token: null, holders: [] };
  const [token, holders] = [await transaction.token(serviceId, tokenId), await transaction.holders(serviceId, tokenId)];
  return { loginId, user, token, holders };
}

/**
 * Lifts the lockouts of the chosen users, all or none, and writes a row for each of them and for everybody else who
 * shares a token that was unlocked. The failures since the last accepted code stay: no unlock defers the hard stop.
 * @param cause what the branch names, for the log
 */
export async function unlockAll(
  caller: Caller,
  transaction: Transaction,
  acting: Acting,
  loginIds: readonly string[],
  nowMs: number,
  cause: string | null = null,
): Promise<UnlockAnswer> {
  const { institution } = caller;
  const { serviceId } = institution;
  const entry = { atMs: nowMs, operation: 'unlock', purpose: cause } as const;
  const decisions = [];
  for (const loginId of loginIds) {
    const chosen = await load(transaction, serviceId, loginId, nowMs);
    const { user, token, holders } = chosen;
    decisions.push({ chosen, decided: decideUnlock(institution, actorOf(acting), user, token, holders, nowMs) });
  }
  const done = decisions.every(({ decided }) => decided.ok);

  const unlocked = new Set<string>();
  for (const { decided, chosen } of done ? decisions : []) {
    if (!decided.ok || unlocked.has(decided.value.token.tokenId)) continue;
    const { tokenId } = decided.value.token;
    if (!(await transaction.unlockToken(serviceId, tokenId))) throw new Error('a locked token was not locked');
    unlocked.add(tokenId);
    for (const { loginId, inUse } of chosen.holders) {
      if (!inUse || loginIds.includes(loginId)) continue;
      const row = { ...entry, loginId, tokenId, outcome: 'unlocked', reason: 'shared' };
      await transaction.addAudit(actingEntry(caller, acting, row));
    }
  }

  const results: Result[] = [];
  for (const { decided, chosen } of decisions) {
    const { loginId, token } = chosen;
    const fine = decided.ok ? null : decided.reason;
    const reason = fine === null ? null : outsideReason(fine);
    const outcome = reason !== null ? 'refused' : done ? 'unlocked' : 'unchanged';
    const row = { ...entry, loginId, tokenId: token?.tokenId ?? null, outcome, reason: fine };
    await transaction.addAudit(actingEntry(caller, acting, row));
    const after = reason === 'userUnknown' ? null : await transaction.user(serviceId, loginId);
    results.push({
      loginId,
      name: after?.name ?? null,
      role: after?.role ?? null,
      serial: after === null ? null : (token?.serial ?? null),
      outcome,
      reason,
      status: after === null ? null : statusOf(after, nowMs).status,
    });
  }
  return { outcome: done ? 'done' : 'refused', reason: null, results };
}
