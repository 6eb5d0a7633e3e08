import { HOTP, Secret } from 'otpauth';
import type { OtpAlgorithm } from './otp-algorithms.ts';

export { type OtpAlgorithm, otpAlgorithms } from './otp-algorithms.ts';

/** How a token makes its codes. It belongs to the token's record, since hardware of several makes is used side by side. */
export interface OtpParameters {
  /** HMAC of RFC 6238 section 1.2. */
  readonly algorithm: OtpAlgorithm;
  /** Length of a code, 6 to 8. RFC 4226 section 5.3. */
  readonly digits: number;
  /** Length of a time step in seconds, 30 or 60. RFC 6238 section 4.1. */
  readonly periodSeconds: number;
}

/** Steps accepted on each side of the expected one. 0 to 2 each, default 1. RFC 6238 section 5.2. */
export interface StepWindow {
  readonly past: number;
  readonly future: number;
}

/** The time step that holds an instant: T of RFC 6238 section 4.2, with T0 = 0. */
export function stepAt(periodSeconds: number, nowMs: number): number {
  return Math.floor(nowMs / (periodSeconds * 1000));
}

/** Milliseconds from `nowMs` until the code changes: 1 to the whole period. */
export function remainingMs(periodSeconds: number, nowMs: number): number {
  const periodMs = periodSeconds * 1000;
  return periodMs - (nowMs % periodMs);
}

/**
 * The code of one time step: RFC 4226 section 5.3 over the step as counter.
 * @param seed the shared secret, 16 bytes or more
 * @param step 0 or a positive whole number
 */
export function codeOfStep(seed: Uint8Array, parameters: OtpParameters, step: number): string {
  return codeUnder(secretOf(seed), parameters, step);
}

function codeUnder(secret: Secret, { algorithm, digits }: OtpParameters, step: number): string {
  return HOTP.generate({ secret, algorithm, digits, counter: step });
}

/** The code at an instant: RFC 6238 section 4.2. */
export function codeAt(seed: Uint8Array, parameters: OtpParameters, nowMs: number): string {
  return codeOfStep(seed, parameters, stepAt(parameters.periodSeconds, nowMs));
}

/**
 * The step within `window` around `centre` whose code is `code`, or null.
 * A code of another length never matches. The nearest step wins, the past one first, so that a code which stands
 * for two steps spends the one that its owner most likely saw.
 */
export function matchStep(
  seed: Uint8Array,
  parameters: OtpParameters,
  code: string,
  centre: number,
  window: StepWindow,
): number | null {
  if (code.length !== parameters.digits) return null;
  const secret = secretOf(seed);
  for (const step of nearestFirst(centre, window)) {
    // The time tells which step a right code is of, and nobody but who knows the code; a wrong one takes the whole time.
    if (sameText(codeUnder(secret, parameters, step), code)) return step;
  }
  return null;
}

/**
 * The first of two steps in a row within `window` around `centre` whose codes are `first` and `second`, or null. Both
 * steps lie within the window. The nearest pair wins, as in `matchStep`.
 */
export function matchStepPair(
  seed: Uint8Array,
  parameters: OtpParameters,
  [first, second]: readonly [string, string],
  centre: number,
  window: StepWindow,
): number | null {
  if (first.length !== parameters.digits || second.length !== parameters.digits) return null;
  let match: number | null = null;
  for (const step of nearestFirst(centre, window)) {
    if (step + 1 > centre + window.future) continue;
    const firstRight = sameText(codeOfStep(seed, parameters, step), first);
    const secondRight = sameText(codeOfStep(seed, parameters, step + 1), second);
    if (firstRight && secondRight && match === null) match = step;
  }
  return match;
}

function* nearestFirst(centre: number, window: StepWindow): Generator<number> {
  if (centre >= 0) yield centre;
  for (let away = 1; away <= Math.max(window.past, window.future); away++) {
    if (away <= window.past && centre - away >= 0) yield centre - away;
    if (away <= window.future && centre + away >= 0) yield centre + away;
  }
}

function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

function secretOf(seed: Uint8Array): Secret {
  const buffer = new ArrayBuffer(seed.byteLength);
  new Uint8Array(buffer).set(seed);
  return new Secret({ buffer });
}

/** Base32 of RFC 4648 section 6, without padding. */
export function toBase32(bytes: Uint8Array): string {
  return secretOf(bytes).base32;
}

/**
 * Bytes of a base32 text.
 * @throws TypeError where the text is no base32
 */
export function fromBase32(text: string): Uint8Array {
  return Secret.fromBase32(text).bytes;
}
