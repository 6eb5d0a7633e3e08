import type * as z from 'zod';
import type { Institution } from '../../shared/institution.ts';
import type { userSchema } from '../../shared/wire.ts';
import type { Caller, Context } from '../context.ts';
import { Problem } from '../problem.ts';
import { reissuableAtMs } from '../rules/gate.ts';
import type { UserState } from '../rules/state.ts';
import { isLapsed, isOpen, remainingAttempts, statusOf } from '../rules/status.ts';
import type { ReadUser } from '../store/store.ts';
import { timeTextOrNull } from './define.ts';

export type UserAnswer = z.infer<typeof userSchema>;

/** A user as lists and pages show them. */
export function userAnswer(user: UserState, institution: Institution, nowMs: number): UserAnswer {
  const { assignment, token } = user;
  const { status, reason } = statusOf(user, nowMs);
  const open = assignment !== null && isOpen(assignment) && !isLapsed(assignment, nowMs);
  // A token that was taken away or given up is nobody's any more, and the lists show none (M5).
  const held = open || assignment?.status === 'active';
  const shown = held ? token : null;
  const usable = status === 'active' || status === 'locked';
  return {
    loginId: user.loginId,
    name: user.name,
    role: user.role,
    contractId: user.contract.contractId,
    otp: {
      status,
      reason,
      kind: held ? (assignment?.kind ?? null) : null,
      serial: shown?.serial ?? null,
      expiresAt: timeTextOrNull(open ? assignment.lapsesAtMs : (shown?.expiresAtMs ?? null)),
      reissuableAt: timeTextOrNull(reissuableAtMs(user, institution, nowMs)),
      remainingAttempts: usable && token !== null ? remainingAttempts(token, institution.lockout) : null,
    },
  };
}

export const userExample: UserAnswer = {
  loginId: 'hanako',
  name: '山田 花子',
  role: 'general',
  contractId: 'C-1001',
  otp: {
    status: 'active',
    reason: null,
    kind: 'software',
    serial: null,
    expiresAt: null,
    reissuableAt: null,
    remainingAttempts: 5,
  },
};

/** The user in the caller's institution. @throws Problem 404 */
export async function loadUser(context: Context, caller: Caller, loginId: string): Promise<UserState> {
  const user = await context.store.user(caller.institution.serviceId, loginId);
  if (user === null) throw userNotFound();
  return user;
}

/** As `loadUser`, but only what decides on their codes. @throws Problem 404 */
export async function loadOtpUser(context: Context, caller: Caller, loginId: string): Promise<ReadUser> {
  const user = await context.store.otpUser(caller.institution.serviceId, loginId);
  if (user === null) throw userNotFound();
  return user;
}

export function userNotFound(): Problem {
  return new Problem(
    'notFound',
    'There is no user with this login ID. Put the user first; upper and lower case differ.',
  );
}
