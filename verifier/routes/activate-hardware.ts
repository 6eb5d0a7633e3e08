import type * as z from 'zod';
import { matchStep, stepAt } from '../../shared/otp.ts';
import type { activateAnswerSchema } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import type { Caller, Context } from '../context.ts';
import type { Keep } from '../idempotency.ts';
import { driftAfterAccepted, searchForRegistration } from '../rules/drift.ts';
import { reissuableAtMs } from '../rules/gate.ts';
import { decideRegistration } from '../rules/registration.ts';
import type { HardwareState, UserState } from '../rules/state.ts';
import type { Transaction } from '../store/store.ts';
import { refused, timeTextOrNull } from './define.ts';
import { settleCode } from './own-otp.ts';
import { endReplaced } from './replacing.ts';
import { userNotFound } from './user-view.ts';

type Answer = z.infer<typeof activateAnswerSchema>;

/**
 * Registers a hardware token by serial and first code: one of the contract's stock, or one that others under the
 * contract use. All of it in one transaction, alone among writers.
 */
export function activateHardware(
  context: Context,
  caller: Caller,
  loginId: string,
  request: { readonly serial: string; readonly otp: string },
  keep: Keep,
): Promise<Answer> {
  const { serviceId } = caller.institution;
  return context.store.transaction(serviceId, async (transaction) => {
    const nowMs = context.clock.nowMs();
    const user = await transaction.user(serviceId, loginId);
    if (user === null) throw userNotFound();
    const hardware = await transaction.hardware(serviceId, request.serial);
    const answer = await register(context, caller, transaction, { user, hardware, otp: request.otp, nowMs });
    const kept = keep(answer);
    if (kept !== null) await transaction.keepAnswer(serviceId, kept, nowMs);
    return answer;
  });
}

async function register(
  context: Context,
  caller: Caller,
  transaction: Transaction,
  facts: {
    readonly user: UserState;
    readonly hardware: HardwareState | null;
    readonly otp: string;
    readonly nowMs: number;
  },
): Promise<Answer> {
  const { institution } = caller;
  const { serviceId, lockout } = institution;
  const { user, hardware, otp, nowMs } = facts;
  const { loginId } = user;
  const audit = auditEntry({
    serviceId,
    atMs: nowMs,
    actor: caller.keyId,
    loginId,
    operation: 'activate',
    purpose: 'hardware',
    outcome: 'refused',
  });

  const decided = decideRegistration(user, hardware, institution, nowMs);
  if (!decided.ok) {
    const { reason } = decided;
    // Whoever is held up by a lockout can be helped by those who unlock: they find the token through this user.
    if (reason === 'locked' && hardware !== null) {
      await transaction.setTried(serviceId, loginId, hardware.token.tokenId);
    }
    await transaction.addAudit({ ...audit, reason });
    return refused(reason, reason === 'reissueTooEarly' ? reissuableAtMs(user, institution, nowMs) : null);
  }

  const { token, inUse, orderId, replacesAssignmentId, lineage } = decided.value;
  const { tokenId, parameters, driftSteps } = token;
  const serverStep = stepAt(parameters.periodSeconds, nowMs);
  const { centre, window, wide } = searchForRegistration(token, inUse, serverStep, institution);
  const seed = context.keyring.open(token.sealedSeed, ['seed', serviceId, tokenId, token.seedVersion]);
  const matched = matchStep(seed, parameters, otp, centre, window);
  const followed = (step: number) =>
    wide ? step - serverStep : driftAfterAccepted(token, step, centre, window, institution.drift);
  const afterSteps = matched === null ? driftSteps : followed(matched);
  const verdict = await settleCode(transaction, {
    key: { serviceId, tokenId, loginId: null },
    token,
    matched,
    drift: { beforeSteps: driftSteps, afterSteps },
    lockout,
    audit: { ...audit, tokenId },
  });
  if (verdict.outcome === 'rejected') {
    if (verdict.reason === 'wrong') await transaction.setTried(serviceId, loginId, tokenId);
    return verdict;
  }
  await endReplaced(caller, transaction, user, replacesAssignmentId, nowMs);
  const assignmentId = orderId ?? Buffer.from(context.random(12)).toString('hex');
  await transaction.registerHardware({ serviceId, assignmentId, loginId, tokenId, ...lineage, nowMs });
  return {
    outcome: 'accepted',
    token: { kind: 'hardware', serial: token.serial, expiresAt: timeTextOrNull(token.expiresAtMs) },
  };
}
