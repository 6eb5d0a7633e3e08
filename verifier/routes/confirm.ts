import type { RefusalReason } from '../../shared/wire.ts';
import { confirmationAttempts, isConfirmationRight } from '../confirmation.ts';
import type { Caller, Context } from '../context.ts';
import { Problem } from '../problem.ts';
import type { UserState } from '../rules/state.ts';
import type { Transaction } from '../store/store.ts';

/** What came of looking at a confirmation password, to be settled in the transaction of the call. */
export interface Confirmation {
  readonly hash: string | null;
  readonly right: boolean;
}

/**
 * Looks at the confirmation password (確認用パスワード) of the user who asks, outside of any transaction, since that takes
 * its time, and before any change. It is sent exactly where one is registered.
 * @throws Problem 400 where it is missing, 422 where none is registered, 503 where too many are looked at
 */
export async function lookAtConfirmation(
  context: Context,
  caller: Caller,
  user: UserState,
  password: string | undefined,
): Promise<Confirmation> {
  const { confirmationHash: hash, loginId } = user;
  if (hash === null) {
    if (password === undefined) return { hash, right: true };
    throw new Problem('unprocessable', 'No confirmation password is registered for this user; leave it out.', {
      fields: [{ path: 'confirmationPassword', expected: 'nothing, since none is registered' }],
    });
  }
  if (password === undefined) {
    throw new Problem('malformed', 'Correct the fields that are named.', {
      fields: [{ path: 'confirmationPassword', expected: 'the confirmation password, since one is registered' }],
    });
  }
  // Locked: the answer is known, and a guess is not worth a derivation.
  if (user.confirmationFailures >= confirmationAttempts) return { hash, right: false };
  const owner = { serviceId: caller.institution.serviceId, loginId };
  const check = () => isConfirmationRight(owner, password, hash, context.keyring);
  return { hash, right: await context.atWork.apart(check, false) };
}

/**
 * Counts a wrong password or clears the count of a right one.
 * @param now the user as the transaction finds them
 * @returns why the call is refused; null where it goes on
 * @throws Problem 409 where another password was registered meanwhile
 */
export async function settleConfirmation(
  transaction: Transaction,
  serviceId: string,
  now: UserState,
  { hash, right }: Confirmation,
): Promise<Extract<RefusalReason, 'confirmationPasswordWrong' | 'confirmationPasswordLocked'> | null> {
  if (now.confirmationHash !== hash) {
    throw new Problem(
      'conflict',
      'The confirmation password was registered anew meanwhile. Try again; with an Idempotency-Key, under a new one.',
    );
  }
  if (hash === null) return null;
  const counted = right
    ? await transaction.clearConfirmationFailures(serviceId, now.loginId, confirmationAttempts)
    : (await transaction.countConfirmationFailure(serviceId, now.loginId, confirmationAttempts)) !== null;
  if (!counted) return 'confirmationPasswordLocked';
  return right ? null : 'confirmationPasswordWrong';
}
