import type { Institution } from '../../shared/institution.ts';
import type { StepWindow } from '../../shared/otp.ts';
import type { TokenState } from './state.ts';

/**
 * A token's drift after an accepted code: one step further where the code lay at the window's edge, so that a clock
 * that runs fast or slow is followed. Learning stays within `limitSteps`, and may always come back towards zero.
 * A software token has none.
 * @param matched the accepted step
 * @param centre the step around which it was searched
 */
export function driftAfterAccepted(
  token: TokenState,
  matched: number,
  centre: number,
  window: StepWindow,
  drift: Institution['drift'],
): number {
  const { kind, driftSteps } = token;
  if (kind === 'software') return driftSteps;
  const away = matched - centre;
  const atEdge = away === window.future || away === -window.past;
  if (!atEdge) return driftSteps;
  const moved = driftSteps + Math.sign(away);
  return Math.abs(moved) <= drift.limitSteps || Math.abs(moved) < Math.abs(driftSteps) ? moved : driftSteps;
}

/**
 * The window in which a registration searches around the known drift, from the vendor or from use. For a token that nobody
 * uses it is wide, since its clock drifts on and nobody could resynchronise it; otherwise it is that of a validation.
 */
export interface Search {
  readonly centre: number;
  readonly window: StepWindow;
  /** True where the accepted step tells the drift. */
  readonly wide: boolean;
}

/**
 * @param inUse whether somebody uses the token
 * @param serverStep the step of the verifier's own clock
 */
export function searchForRegistration(
  token: TokenState,
  inUse: boolean,
  serverStep: number,
  institution: Institution,
): Search {
  const centre = serverStep + token.driftSteps;
  if (inUse) return { centre, window: institution.otp.acceptedSteps, wide: false };
  const steps = institution.drift.activationSteps;
  return { centre, window: { past: steps, future: steps }, wide: true };
}
