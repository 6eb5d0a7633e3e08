import type { Institution, TokenKind } from '../../shared/institution.ts';
import { reissuableAfterKindChangeMs, reissuableAfterRevocationMs } from './reissue.ts';
import type { EndedAssignment, OtpUser } from './state.ts';
import { lastEnded } from './status.ts';

/** Whether a user who had a token of one kind may have one of another, which must be offered. */
export function mayHaveKind(before: TokenKind, wanted: TokenKind, institution: Institution): boolean {
  if (!institution.kinds.includes(wanted)) return false;
  if (before === wanted) return true;
  return wanted === 'hardware' ? institution.software.toHardware : institution.hardware.toSoftware;
}

function ahead(ms: number, nowMs: number): number | null {
  return ms > nowMs ? ms : null;
}

function afterRevocationMs(ended: EndedAssignment, { reissue, timeZone }: Institution): number {
  return reissuableAfterRevocationMs(ended.endedAtMs, reissue, timeZone);
}

/**
 * The future time from which a token may be issued to a user (M1, M4, M5); null: now. Always null if the institution gates
 * the activation instead.
 */
export function issueGateMs(user: OtpUser, institution: Institution, nowMs: number): number | null {
  const ended = lastEnded(user);
  if (ended?.status !== 'revoked' || institution.reissue.gates !== 'issue') return null;
  return ahead(afterRevocationMs(ended, institution), nowMs);
}

/**
 * The future time from which a user may activate a token of a kind (M3; M2 after a change of kind); null: now.
 * @param issued whether the user went through an issue; if not, the issue's gate applies here
 */
export function activationGateMs(
  user: OtpUser,
  kind: TokenKind,
  issued: boolean,
  institution: Institution,
  nowMs: number,
): number | null {
  const ended = lastEnded(user);
  if (ended === null) return null;
  if (ended.status === 'revoked') {
    const gated = institution.reissue.gates === 'activation' || !issued;
    return gated ? ahead(afterRevocationMs(ended, institution), nowMs) : null;
  }
  if (ended.kind === kind) return null;
  return ahead(reissuableAfterKindChangeMs(ended.endedAtMs, institution.reissue, institution.timeZone), nowMs);
}

/**
 * The time shown to user and bank, from which no gate stands for any kind of token that the user may have; null: now.
 */
export function reissuableAtMs(user: OtpUser, institution: Institution, nowMs: number): number | null {
  const ended = lastEnded(user);
  return ended === null ? null : reissuableAfterMs(ended, institution, nowMs);
}

/** The same for an assignment that has just ended. */
export function reissuableAfterMs(ended: EndedAssignment, institution: Institution, nowMs: number): number | null {
  if (ended.status === 'revoked') return ahead(afterRevocationMs(ended, institution), nowMs);
  const other = ended.kind === 'software' ? 'hardware' : 'software';
  if (!mayHaveKind(ended.kind, other, institution)) return null;
  return ahead(reissuableAfterKindChangeMs(ended.endedAtMs, institution.reissue, institution.timeZone), nowMs);
}
