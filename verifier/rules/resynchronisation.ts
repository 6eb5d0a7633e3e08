import { err, ok, type Result } from '../../shared/result.ts';
import type { RefusalReason } from '../../shared/wire.ts';
import type { InUse } from './deactivation.ts';
import { refusalOf, tokenMachine } from './machines.ts';
import type { UserState } from './state.ts';
import { tokenStatus } from './status.ts';

/**
 * Whether two codes in a row may set a token's drift anew: hardware in use that is neither locked nor over, since the
 * codes of a locked token are never looked at.
 */
export function decideResynchronisation(user: UserState, nowMs: number): Result<InUse, RefusalReason> {
  const { assignment, token } = user;
  if (assignment?.status !== 'active' || token?.kind !== 'hardware') return err('nothingToResynchronise');
  const blocked = refusalOf(tokenMachine.acceptCode, tokenStatus(token, nowMs));
  return blocked === null ? ok({ assignment, token }) : err(blocked);
}
