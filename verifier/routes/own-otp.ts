import type { Institution } from '../../shared/institution.ts';
import { matchStep } from '../../shared/otp.ts';
import type { RejectionReason } from '../../shared/wire.ts';
import type { AuditEntry } from '../audit.ts';
import type { Keyring } from '../keyring.ts';
import { Problem } from '../problem.ts';
import { driftAfterAccepted } from '../rules/drift.ts';
import type { TokenState } from '../rules/state.ts';
import { remainingAttempts } from '../rules/status.ts';
import { expectedStep, judgeStep } from '../rules/validation.ts';
import type { Counters, Drift, TokenKey, Transaction } from '../store/store.ts';

/** The outcome of a code, already recorded. */
export type CodeVerdict =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'rejected'; readonly reason: RejectionReason; readonly remainingAttempts: number };

/** What `settleCode` works with inside a transaction. */
export interface CodeCase {
  readonly key: TokenKey;
  readonly token: TokenState;
  /** The step that the code stands for; null where none matched. */
  readonly matched: number | null;
  /** The lowest step that is used up: two codes in a row use up two. Default: `matched`. */
  readonly lowest?: number | null;
  readonly drift: Drift;
  readonly lockout: Institution['lockout'];
  /** The row of the log, whose outcome and reason are filled in here. */
  readonly audit: AuditEntry;
}

/**
 * Takes the step of a right code or counts a wrong one, by the same statements as a validation, and writes its row.
 * @throws Problem 503 where the state is not what the transaction read, which cannot happen while it writes alone
 */
export async function settleCode(transaction: Transaction, codeCase: CodeCase): Promise<CodeVerdict> {
  const { key, token, matched, lowest = matched, drift, lockout, audit } = codeCase;
  const worth = judgeStep(lowest, token.lastStep);
  const row = (outcome: string, reason: string | null) => ({ audit: { ...audit, outcome, reason }, kept: null });
  switch (worth) {
    case 'replayed':
      await transaction.addAudit(row('rejected', 'replayed').audit);
      return { outcome: 'rejected', reason: 'replayed', remainingAttempts: remainingAttempts(token, lockout) };
    case 'wrong': {
      const counted = await transaction.countFailure({
        ...key,
        ...lockout,
        assignmentStatus: 'active',
        driftSteps: drift.beforeSteps,
        along: ({ status }: Counters) =>
          row('rejected', status === 'locked' || status === 'disabled' ? `wrong:${status}` : 'wrong'),
      });
      if (counted === null) throw moved();
      return { outcome: 'rejected', reason: 'wrong', remainingAttempts: remainingAttempts(counted, lockout) };
    }
    case 'accepted': {
      const step = matched ?? -1;
      const accepted = await transaction.acceptStep({ ...key, step, drift, along: row('accepted', null) });
      if (!accepted) throw moved();
      return { outcome: 'accepted' };
    }
  }
}

function moved(): Problem {
  return new Problem('unavailable', 'The token changed meanwhile. Try again.', { headers: { 'retry-after': '1' } });
}

/** Checks a code of a token in use as a validation does, inside the transaction of another call. */
export function settleOwnOtp(
  transaction: Transaction,
  keyring: Keyring,
  institution: Institution,
  inUse: { readonly token: TokenState; readonly loginId: string },
  otp: string,
  audit: AuditEntry,
): Promise<CodeVerdict> {
  const { serviceId, lockout } = institution;
  const { token, loginId } = inUse;
  const window = institution.otp.acceptedSteps;
  const seed = keyring.open(token.sealedSeed, ['seed', serviceId, token.tokenId, token.seedVersion]);
  const centre = expectedStep(token, audit.atMs);
  const matched = matchStep(seed, token.parameters, otp, centre, window);
  const afterSteps =
    matched === null ? token.driftSteps : driftAfterAccepted(token, matched, centre, window, institution.drift);
  return settleCode(transaction, {
    key: { serviceId, tokenId: token.tokenId, loginId },
    token,
    matched,
    drift: { beforeSteps: token.driftSteps, afterSteps },
    lockout,
    audit: { ...audit, tokenId: token.tokenId },
  });
}
