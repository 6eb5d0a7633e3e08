import type { Institution, Role, TokenKind } from '../../../shared/institution.ts';
import type { Parameters } from '../totp.ts';

export interface Token {
  readonly name: string;
  readonly kind: TokenKind;
  readonly serial: string | null;
  readonly parameters: Parameters;
  /** What its codes are made from; null for software until the app has it. */
  seed: Uint8Array | null;
  contractId: string | null;
  condition: 'stock' | 'active' | 'locked' | 'disabled' | 'void';
  /** Lost, stolen, broken, retired, compromised or suspected: out of use for good. */
  detail: string | null;
  /** How it came to its contract; null where it came before there was a record. */
  shipment: { readonly replaces: string | null; readonly atMs: number } | null;
  lastStep: number;
  driftSteps: number;
  /** Wrong codes in a row. */
  failures: number;
  /** Wrong codes since the last accepted one, over all lockouts. */
  failuresSinceAccepted: number;
  readonly expiresAtMs: number | null;
  /** By how much its own clock is ahead. */
  readonly offsetMs: number;
}

export interface Fee {
  readonly kind: string;
  readonly amountYen: number;
}

/** A token in one user's hands, or on its way there. */
export interface Holding {
  readonly kind: TokenKind;
  stage: 'requested' | 'issued' | 'provisioned' | 'active' | 'revoked' | 'deactivated';
  /** Name of the token; null while it is only ordered. */
  token: string | null;
  lapsesAtMs: number | null;
  readonly userId: string | null;
  readonly activationPassword: string | null;
  wrongActivationPasswords: number;
  /** Thumbprint of the key that the app set it up with. */
  key: string | null;
  /** Of an order of hardware. */
  readonly requestId: string | null;
  readonly requestedAtMs: number;
  readonly fee: Fee | null;
  endedAtMs: number;
  cause: string | null;
}

export interface User {
  readonly loginId: string;
  name: string;
  role: Role;
  contractId: string;
  confirmationPassword: string | null;
  wrongConfirmations: number;
  /** On its way or in use. */
  present: Holding | null;
  /** Was in use and ended, oldest first. */
  readonly past: Holding[];
  /** Names of the hardware tokens that were sent for their orders since the last one ended. */
  sent: string[];
  /** Name of the hardware token that they last failed to register. */
  tried: string | null;
  removed: boolean;
}

interface Contract {
  readonly contractId: string;
  /** When its start date begins; null: from the beginning. */
  readonly startsAtMs: number | null;
}

/** One institution with all that belongs to it. */
export interface World {
  nowMs: number;
  readonly institution: Institution;
  readonly contracts: Record<string, Contract>;
  readonly users: Record<string, User>;
  readonly tokens: Record<string, Token>;
}

/** What a call answers; of problem details only the status counts. */
export interface Expected {
  readonly status: number;
  readonly body: unknown;
}

export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;
/** Japan has one time zone and no summer time. */
export const japanMs = 9 * 60 * minuteMs;

export const problem = (status: number): Expected => ({ status, body: null });
export const answer = (body: unknown): Expected => ({ status: 200, body });
export const text = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export function userOf(world: World, loginId: string): User | null {
  const user = world.users[loginId];
  return user === undefined || user.removed ? null : user;
}

export function tokenOf(world: World, holding: Holding | null): Token | null {
  return holding?.token == null ? null : (world.tokens[holding.token] ?? null);
}

/** The user's issue or order that is neither lapsed nor activated. */
export function openIssue(world: World, user: User): Holding | null {
  const { present } = user;
  if (present === null || present.stage === 'active') return null;
  return present.lapsesAtMs !== null && world.nowMs >= present.lapsesAtMs ? null : present;
}

export function inUse(user: User): Holding | null {
  return user.present?.stage === 'active' ? user.present : null;
}

export const lastPast = (user: User): Holding | null => user.past.at(-1) ?? null;

/** What ended before whatever comes next; nothing stands behind a token in use. */
export const endedBefore = (user: User): Holding | null => (inUse(user) === null ? lastPast(user) : null);

export const isExpired = (world: World, token: Token): boolean =>
  token.expiresAtMs !== null && world.nowMs >= token.expiresAtMs;

export interface Status {
  readonly status: 'unregistered' | 'issued' | 'active' | 'locked' | 'expired' | 'revoked' | 'deactivated';
  readonly reason: 'mustBeReissued' | null;
}

export function statusOf(world: World, user: User): Status {
  const token = tokenOf(world, inUse(user));
  if (token !== null) {
    if (isExpired(world, token)) return { status: 'expired', reason: null };
    if (token.condition === 'disabled') return { status: 'locked', reason: 'mustBeReissued' };
    return { status: token.condition === 'locked' ? 'locked' : 'active', reason: null };
  }
  if (openIssue(world, user) !== null) return { status: 'issued', reason: null };
  const ended = lastPast(user)?.stage;
  return { status: ended === 'revoked' || ended === 'deactivated' ? ended : 'unregistered', reason: null };
}

export function attemptsLeft(world: World, token: Token): number {
  if (token.condition === 'locked' || token.condition === 'disabled') return 0;
  const { afterFailures, disableAfterFailures } = world.institution.lockout;
  return Math.min(afterFailures - token.failures, disableAfterFailures - token.failuresSinceAccepted);
}

export function attemptsShown(world: World, user: User): number | null {
  const token = tokenOf(world, inUse(user));
  const { status } = statusOf(world, user);
  return token !== null && (status === 'active' || status === 'locked') ? attemptsLeft(world, token) : null;
}

export function newToken(
  facts: Pick<Token, 'name' | 'kind' | 'serial' | 'parameters' | 'condition'> & Partial<Token>,
): Token {
  return {
    seed: null,
    contractId: null,
    detail: null,
    shipment: null,
    lastStep: -1,
    driftSteps: 0,
    failures: 0,
    failuresSinceAccepted: 0,
    expiresAtMs: null,
    offsetMs: 0,
    ...facts,
  };
}

export function newHolding(
  kind: TokenKind,
  stage: Holding['stage'],
  token: string | null,
  more: Partial<Holding> = {},
): Holding {
  return {
    kind,
    stage,
    token,
    lapsesAtMs: null,
    userId: null,
    activationPassword: null,
    wrongActivationPasswords: 0,
    key: null,
    requestId: null,
    requestedAtMs: 0,
    fee: null,
    endedAtMs: 0,
    cause: null,
    ...more,
  };
}
