import type { Role, TokenKind } from '../../shared/institution.ts';
import type { OtpParameters } from '../../shared/otp.ts';

/** Machine of the token itself. `expired` is also computed from `expiresAtMs`, so that no job has to run for it. */
export type TokenStatus = 'stock' | 'active' | 'locked' | 'disabled' | 'expired' | 'void';

/** Machine of a token in one user's hands. `unregistered` is an issue that was called off, lapsed by guesses or replaced. */
export type AssignmentStatus =
  | 'unregistered'
  | 'requested'
  | 'issued'
  | 'provisioned'
  | 'active'
  | 'revoked'
  | 'deactivated';

/** What a user's status falls back to when an open issue ends without an activation. */
export type PriorStatus = 'unregistered' | 'revoked' | 'deactivated';

export interface TokenState {
  readonly tokenId: string;
  readonly kind: TokenKind;
  readonly serial: string | null;
  readonly status: TokenStatus;
  readonly parameters: OtpParameters;
  /** The seed (before activation: the envelope's secret), sealed by the keyring. */
  readonly sealedSeed: Uint8Array;
  /** Moves with every new sealed value; part of what the seal is bound to. */
  readonly seedVersion: number;
  /** Highest step accepted, -1 before the first one. */
  readonly lastStep: number;
  readonly driftSteps: number;
  /** Wrong codes in a row. */
  readonly failures: number;
  /** Wrong codes since the last accepted one, over all lockouts. */
  readonly failuresSinceAccepted: number;
  /** End of life in Unix milliseconds; null means none. */
  readonly expiresAtMs: number | null;
}

export interface AssignmentState {
  readonly assignmentId: string;
  readonly status: AssignmentStatus;
  readonly priorStatus: PriorStatus;
  readonly previousAssignmentId: string | null;
  readonly issuedAtMs: number;
  /** When an open issue lapses; null means never. */
  readonly lapsesAtMs: number | null;
  /** RFC 7638 thumbprint of the key that the token was sealed to; null before the set-up. */
  readonly thumbprint: string | null;
}

export interface ContractState {
  readonly contractId: string;
  readonly kind: 'business' | 'individual';
  readonly name: string;
  /** 利用開始日 as YYYY-MM-DD in the institution's time zone; null means from the beginning. */
  readonly otpStartsOn: string | null;
}

/** A user with all that a decision about them needs. */
export interface UserState {
  readonly loginId: string;
  readonly name: string;
  readonly role: Role;
  readonly email: string | null;
  readonly contract: ContractState;
  /** Argon2id hash in PHC form; null where the bank checks the password itself. */
  readonly confirmationHash: string | null;
  /** Wrong confirmation passwords in a row. */
  readonly confirmationFailures: number;
  readonly assignment: AssignmentState | null;
  /** The assignment's token; null exactly where `assignment` is. */
  readonly token: TokenState | null;
}

/** An issue as the set-up finds it by Service ID and User ID. */
export interface IssueState {
  readonly loginId: string;
  readonly assignment: AssignmentState;
  readonly token: TokenState;
  /** Keyring MAC of the activation password; null once wiped. */
  readonly activationMac: Uint8Array | null;
  /** Wrong activation passwords so far. */
  readonly passwordFailures: number;
}
