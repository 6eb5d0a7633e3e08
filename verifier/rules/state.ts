import type { Role, TokenKind } from '../../shared/institution.ts';
import type { OtpParameters } from '../../shared/otp.ts';
import type { RevocationCause } from '../../shared/wire.ts';

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

/** Why an assignment ended: what the caller said, or what the verifier knows better. */
export type EndCause = RevocationCause | 'compromised' | 'suspected' | 'userRemoved';

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
  /** The contract that a hardware token was shipped to; null before that, and for software. */
  readonly contractId: string | null;
  /** Why a hardware token is out of use, beside its counters; null where nothing was reported. */
  readonly statusDetail: TokenDetail | null;
}

export type TokenDetail = 'compromised' | 'suspected' | 'lost' | 'stolen' | 'broken' | 'retired';

export interface AssignmentState {
  readonly assignmentId: string;
  readonly kind: TokenKind;
  readonly status: AssignmentStatus;
  readonly priorStatus: PriorStatus;
  readonly previousAssignmentId: string | null;
  readonly issuedAtMs: number;
  /** When an open issue lapses; null means never. */
  readonly lapsesAtMs: number | null;
  /** RFC 7638 thumbprint of the key that the token was sealed to; null before the set-up. */
  readonly thumbprint: string | null;
  /** Of a hardware token ordered by the user; null otherwise. */
  readonly requestId: string | null;
  readonly endedAtMs: number | null;
  readonly endCause: EndCause | null;
}

/** The last assignment that was in use and ended. */
export interface EndedAssignment {
  readonly status: 'revoked' | 'deactivated';
  readonly kind: TokenKind;
  readonly endedAtMs: number;
  readonly cause: EndCause | null;
}

export interface ContractState {
  readonly contractId: string;
  readonly kind: 'business' | 'individual';
  readonly name: string;
  /** 利用開始日 as YYYY-MM-DD in the institution's time zone; null means from the beginning. */
  readonly otpStartsOn: string | null;
}

/** An assignment in use: nothing else about it decides on a code. */
export interface ActiveAssignment {
  readonly status: 'active';
}

/** Of a user what decides on their codes. */
export interface OtpUser {
  readonly loginId: string;
  readonly contract: Pick<ContractState, 'otpStartsOn'>;
  readonly assignment: AssignmentState | ActiveAssignment | null;
  /** The assignment's token; null where there is no assignment, and for hardware that was not activated. */
  readonly token: TokenState | null;
  /** What ended before the assignment was opened; null where nothing did. */
  readonly previous: EndedAssignment | null;
}

/** A user with all that a decision about them needs. */
export interface UserState extends OtpUser {
  readonly name: string;
  readonly role: Role;
  readonly email: string | null;
  readonly contract: ContractState;
  readonly assignment: AssignmentState | null;
  /** Argon2id hash in PHC form; null where the bank checks the password itself. */
  readonly confirmationHash: string | null;
  /** Wrong confirmation passwords in a row. */
  readonly confirmationFailures: number;
  /** The hardware token that the user last failed to register, since an accepted code or an unlock; null where none. */
  readonly triedTokenId: string | null;
}

/** Somebody who uses a token, or tried to register it. */
export interface Holder {
  readonly loginId: string;
  readonly contractId: string;
  readonly role: Role;
  /** False for somebody who only tried. */
  readonly inUse: boolean;
}

/** Of a hardware token what decides whether users of its contract may register it. */
export interface HardwareUse {
  readonly token: Pick<TokenState, 'status' | 'statusDetail' | 'expiresAtMs'>;
  readonly holders: readonly Pick<Holder, 'loginId' | 'inUse'>[];
  /** Assignments of it that ended, whoever had them. */
  readonly ended: readonly EndedUse[];
}

/** One user's use of a hardware token that ended. */
export interface EndedUse {
  readonly loginId: string;
  readonly status: 'revoked' | 'deactivated';
  readonly cause: EndCause | null;
}

/** A hardware token with all that a registration depends on. */
export interface HardwareState extends HardwareUse {
  readonly token: TokenState;
  readonly holders: readonly Holder[];
}

/** A hardware token as the stock knows it. */
export interface StockEntry {
  readonly token: Pick<TokenState, 'tokenId' | 'status' | 'statusDetail' | 'contractId' | 'expiresAtMs'> & {
    readonly serial: string;
  };
  /** Null in stock, and for what was shipped before shipments were written down. */
  readonly shippedAtMs: number | null;
  /** Who uses it. */
  readonly holders: readonly { readonly loginId: string; readonly name: string; readonly role: Role }[];
  /** Serial of the token in whose place it was shipped; null where it is for nobody's. */
  readonly replaces: string | null;
  /** Serial of the token shipped in its place, unless that one is out of use itself; null where there is none. */
  readonly replacedBy: string | null;
}

/** A hardware token that a user ordered. */
export interface HardwareRequest {
  readonly requestId: string;
  readonly loginId: string;
  readonly userName: string;
  readonly contractId: string;
  readonly requestedAtMs: number;
  readonly fee: Fee;
}

/** What a hardware token costs its contract. */
export interface Fee {
  readonly kind: 'free' | 'additional' | 'reissue';
  readonly amountYen: number;
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
