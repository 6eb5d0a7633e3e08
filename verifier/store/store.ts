import type { Institution, Role } from '../../shared/institution.ts';
import type { ShipmentCause, StockStatus } from '../../shared/wire.ts';
import type { AuditEntry } from '../audit.ts';
import type {
  ContractState,
  EndCause,
  Fee,
  HardwareRequest,
  HardwareState,
  HardwareUse,
  Holder,
  IssueState,
  OtpUser,
  PriorStatus,
  StockEntry,
  TokenDetail,
  TokenState,
  UserState,
} from '../rules/state.ts';
import type { AuditLog, AuditRow } from './audit-log.ts';

export type { AuditRow };

export type Scope = 'bank' | 'branch' | 'audit';
export const scopes: readonly Scope[] = ['bank', 'branch', 'audit'];

/** The database cannot answer now: locked for too long, full, unreadable, closed. The caller may try again. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** It answers but takes no changes: its disk is full or fails, or it is a standby. */
  readonly changesRefused: boolean;

  constructor(
    message: string,
    { changesRefused = false, ...options }: ErrorOptions & { changesRefused?: boolean } = {},
  ) {
    super(message, options);
    this.changesRefused = changesRefused;
  }
}

/** An institution that an older version stored and that this version's schema refuses. */
export class InstitutionUnfit extends Error {
  override readonly name = 'InstitutionUnfit';
  readonly document: unknown;

  constructor(message: string, document: unknown) {
    super(message);
    this.document = document;
  }
}

/** Thrown inside a transaction whose idempotency key was written by another one first; everything is rolled back. */
export class AlreadyAnswered extends Error {
  override readonly name = 'AlreadyAnswered';
}

/** An API key as stored: of the secret only its SHA-256. */
export interface ApiKey {
  readonly keyId: string;
  readonly serviceId: string;
  readonly secretHash: Uint8Array;
  readonly scopes: readonly Scope[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** The first answer under an idempotency key. */
export interface KeptAnswer {
  /** Keyed hash over API key, method, path and the caller's key. */
  readonly keyMac: Uint8Array;
  /** Keyed hash of the body. */
  readonly bodyMac: Uint8Array;
  readonly status: number;
  /** The answer's text, sealed. */
  readonly sealedAnswer: Uint8Array;
  readonly expiresAtMs: number;
}

/** Rows that are written in a change's own transaction. `kept` is null where the caller sent no idempotency key. */
export interface Along {
  readonly audit: AuditEntry;
  readonly kept: KeptAnswer | null;
}

/** A token's counters after an atomic operation. */
export interface Counters {
  readonly status: TokenState['status'];
  readonly failures: number;
  readonly failuresSinceAccepted: number;
}

/** The token of one assignment, as the hot path names it. */
export interface TokenKey {
  readonly serviceId: string;
  readonly tokenId: string;
  /** The user, who must still hold the token; null when a hardware token is registered, which nobody need hold yet. */
  readonly loginId: string | null;
}

/** For operations on the user's own token, which they must still hold. */
export interface ByHolder {
  readonly loginId: string;
}

/**
 * SQLite only: a token's row and running number as they were read. Every change of the token, or of who holds it, moves
 * the number.
 */
export interface Seen {
  readonly tokenRow: number;
  readonly auditNumber: number;
  /** Of the last accepted validation; 0 before the first. */
  readonly lastAcceptedId: number;
}

/** A user as every validation reads them. */
export interface ReadUser extends OtpUser {
  /** The token in use; left out where more had to be read, and on PostgreSQL. */
  readonly seen?: Seen | undefined;
}

/** A token's drift: what the caller read, and what it becomes. Equal for software. */
export interface Drift {
  readonly beforeSteps: number;
  readonly afterSteps: number;
}

export interface AcceptStep extends TokenKey {
  readonly step: number;
  readonly drift: Drift;
  /** As it was read: if it is unchanged, the user need not be looked up again. */
  readonly seen?: Seen | undefined;
  /** Rows written with it. Known beforehand, since an accepted code always leaves `freshCounters`. */
  readonly along: Along;
}

/** The counters after an accepted code, whatever they were before. */
export const freshCounters: Counters = { status: 'active', failures: 0, failuresSinceAccepted: 0 };

export interface CountFailure extends TokenKey {
  /** The assignment's status on which the caller decided; if it has changed, the caller must decide again. */
  readonly assignmentStatus: 'active' | 'provisioned';
  /** The drift around which the code was searched; if it has changed, the caller must decide again. */
  readonly driftSteps: number;
  readonly afterFailures: number;
  readonly disableAfterFailures: number;
  /** Rows written with it, made from the counters after the wrong code. Pure; may be called more than once. */
  readonly along: (counters: Counters) => Along;
}

export interface ActivateToken extends TokenKey {
  readonly assignmentId: string;
  readonly step: number;
  /** The seed for use from now on, sealed under `seedVersion` + 1. */
  readonly sealedSeed: Uint8Array;
  /** The version that the caller read. */
  readonly seedVersion: number;
  readonly nowMs: number;
  readonly along: Along;
}

export interface ListUsers {
  readonly serviceId: string;
  readonly contractId: string | null;
  /** Login ID after which the list goes on; null starts it. */
  readonly after: string | null;
  readonly limit: number;
}

export interface ListRequests {
  readonly serviceId: string;
  /** Only orders of users of this contract; null for those of all. */
  readonly contractId: string | null;
  /** The request after which the list goes on; null starts it. */
  readonly after: Pick<HardwareRequest, 'requestId' | 'requestedAtMs'> | null;
  readonly limit: number;
}

export interface ListStock {
  readonly serviceId: string;
  /** Only tokens of this status at `nowMs`; null for all. */
  readonly status: StockStatus | null;
  readonly contractId: string | null;
  /** Only tokens that expire before it, soonest first; null for all, in the order of serials. */
  readonly expiringBeforeMs: number | null;
  /** Only tokens that somebody uses, or nobody; null for both. */
  readonly inUse: boolean | null;
  /** True: only tokens with a replacement that is not out of use; false: only those without; null for both. */
  readonly replaced: boolean | null;
  readonly nowMs: number;
  /** The token after which the list goes on; null starts it. */
  readonly after: { readonly serial: string; readonly expiresAtMs: number | null } | null;
  readonly limit: number;
}

/** A shipment: what was sent to whom, why and for what fee. */
export interface NewShipment {
  readonly serviceId: string;
  readonly tokenId: string;
  readonly contractId: string;
  readonly cause: ShipmentCause;
  readonly fee: Fee;
  readonly requestId: string | null;
  readonly replacesTokenId: string | null;
  readonly shippedAtMs: number;
}

export interface ContractHardware {
  readonly tokens: readonly HardwareUse[];
  readonly orderedBy: readonly string[];
}

/** Reads, inside a transaction or outside. Each names its institution. */
export interface Reader {
  serviceIds(): Promise<readonly string[]>;
  /** @throws InstitutionUnfit */
  institution(serviceId: string): Promise<Institution | null>;
  apiKey(keyId: string): Promise<ApiKey | null>;
  apiKeys(): Promise<readonly ApiKey[]>;
  contract(serviceId: string, contractId: string): Promise<ContractState | null>;
  /** Null for a user who never was or was removed. */
  user(serviceId: string, loginId: string): Promise<UserState | null>;
  /** In the order of the login IDs' code units. */
  users(query: ListUsers): Promise<readonly UserState[]>;
  issueByUserId(serviceId: string, userId: string): Promise<IssueState | null>;
  token(serviceId: string, tokenId: string): Promise<TokenState | null>;
  /** The token that a user uses, or else used last; null if they never used one. */
  lastToken(serviceId: string, loginId: string): Promise<TokenState | null>;
  /** Who uses a token, and who tried to register it. */
  holders(serviceId: string, tokenId: string): Promise<readonly Holder[]>;
  /** A hardware token by the serial on its back; null where the institution's stock has none. */
  hardware(serviceId: string, serial: string): Promise<HardwareState | null>;
  /** Those of the serials that the institution has a hardware token of, whatever its status. At most 500 at once. */
  serialsInStock(serviceId: string, serials: readonly string[]): Promise<readonly string[]>;
  /** Hardware tokens that were shipped to a contract, and users of it who ordered one. */
  contractHardware(serviceId: string, contractId: string): Promise<ContractHardware>;
  /** Whether a hardware token that is not out of use was shipped to the contract for an order made after the assignment. */
  replacementSent(serviceId: string, contractId: string, assignmentId: string): Promise<boolean>;
  /** Hardware tokens, whatever their status: by serial, or by expiry where that or `expired` is asked for. At most 501 at once. */
  stock(query: ListStock): Promise<readonly StockEntry[]>;
  /** Open requests, oldest first. */
  hardwareRequests(query: ListRequests): Promise<readonly HardwareRequest[]>;
  keptAnswer(serviceId: string, keyMac: Uint8Array, nowMs: number): Promise<KeptAnswer | null>;
}

export interface PutUser {
  readonly serviceId: string;
  readonly loginId: string;
  readonly contractId: string;
  readonly name: string;
  readonly role: Role;
  readonly email: string | null;
  /** A new hash, which also clears the failures; null keeps what is registered. */
  readonly confirmationHash: string | null;
}

/** A software token as it is issued, or a hardware token as it comes into stock, which belongs to no contract yet. */
export interface NewToken
  extends Omit<
    TokenState,
    'lastStep' | 'driftSteps' | 'failures' | 'failuresSinceAccepted' | 'contractId' | 'statusDetail'
  > {
  readonly serviceId: string;
}

/** A hardware token from a vendor's file. */
export interface StockToken extends NewToken {
  /** Time steps by which the vendor knew its clock to be off. */
  readonly driftSteps: number;
}

interface NewAssignment {
  readonly serviceId: string;
  readonly assignmentId: string;
  readonly loginId: string;
  readonly priorStatus: PriorStatus;
  readonly previousAssignmentId: string | null;
}

/** Of a software token. */
export interface NewIssue extends NewAssignment {
  readonly tokenId: string;
  readonly userId: string;
  readonly activationMac: Uint8Array;
  readonly issuedAtMs: number;
  readonly lapsesAtMs: number;
}

/** Of a hardware token that the user orders. */
export interface NewRequest extends NewAssignment {
  readonly requestId: string;
  readonly fee: Fee;
  readonly requestedAtMs: number;
}

/** A hardware token whose first code by this user was accepted. */
export interface RegisterHardware extends NewAssignment {
  readonly tokenId: string;
  readonly nowMs: number;
}

/** What may be changed inside a transaction. */
export interface Transaction extends Reader {
  putInstitution(institution: Institution, nowMs: number): Promise<void>;
  addApiKey(key: ApiKey): Promise<void>;
  /** True if the key existed and was not revoked yet. */
  revokeApiKey(keyId: string, nowMs: number): Promise<boolean>;
  putContract(serviceId: string, contract: ContractState): Promise<void>;
  /** Users of a contract, removed ones left out. */
  userIdsOf(serviceId: string, contractId: string): Promise<readonly string[]>;
  putUser(user: PutUser): Promise<void>;
  removeUser(serviceId: string, loginId: string, nowMs: number): Promise<void>;
  /** Counts a wrong confirmation password in one statement; null where `limit` was reached before. */
  countConfirmationFailure(serviceId: string, loginId: string, limit: number): Promise<number | null>;
  /** Clears the count; false where `limit` was reached meanwhile. */
  clearConfirmationFailures(serviceId: string, loginId: string, limit: number): Promise<boolean>;
  /** @param forLoginId the user for whom it is made, if known */
  addToken(token: NewToken, forLoginId?: string): Promise<void>;
  /** Adds tokens, at most 500 at once, and for each the first row of its log. `audit` names no token itself. */
  addStock(tokens: readonly StockToken[], audit: AuditEntry): Promise<void>;
  /**
   * Gives a token of the stock to a contract; a request that is given becomes issued. False if the token is not in stock
   * or belongs to another contract, or the request is not open: then nothing was changed.
   */
  shipToken(serviceId: string, serial: string, contractId: string, requestId: string | null): Promise<boolean>;
  /** Writes down a shipment; `shipToken` carries it out. */
  addShipment(shipment: NewShipment): Promise<void>;
  /** Adds a user's order of a hardware token and makes it their current assignment. */
  addRequest(request: NewRequest): Promise<void>;
  /** Assigns a hardware token to the user: on their open order if `assignmentId` names it, else on a new assignment. */
  registerHardware(registration: RegisterHardware): Promise<void>;
  /** Remembers which hardware token a user failed to register. */
  setTried(serviceId: string, loginId: string, tokenId: string): Promise<void>;
  /** As the store's operation of this name, inside this transaction. */
  acceptStep(command: AcceptStep): Promise<boolean>;
  /** As the store's operation of this name, inside this transaction. */
  countFailure(command: CountFailure): Promise<Counters | null>;
  /** Unlocks a token for all who share it; the failures since the last accepted code stay. False if it is not locked. */
  unlockToken(serviceId: string, tokenId: string): Promise<boolean>;
  /** Takes a hardware token out of use for good. */
  disableToken(serviceId: string, tokenId: string, detail: TokenDetail): Promise<boolean>;
  /** Adds the issue and makes it the user's current assignment. */
  addIssue(issue: NewIssue): Promise<void>;
  /**
   * Ends an open issue: its token becomes void, its seed is wiped, and the user's previous assignment is current again.
   * False if none was open.
   */
  endIssue(serviceId: string, assignmentId: string, nowMs: number): Promise<boolean>;
  /**
   * Ends an active assignment; other sharers of the token keep theirs. A software token is void then and its seed wiped.
   * False where it is not active.
   */
  endAssignment(
    serviceId: string,
    assignmentId: string,
    to: 'revoked' | 'deactivated',
    cause: EndCause | null,
    nowMs: number,
  ): Promise<boolean>;
  /** Binds an issue to the set-up's key; false where it is not `issued` any more. */
  provision(serviceId: string, assignmentId: string, thumbprint: string, nowMs: number): Promise<boolean>;
  /**
   * Counts a wrong activation password and voids the issue at `limit`: true if this one did. Runs the same statements for
   * an assignment that does not exist, so that a stranger learns nothing from the work done.
   */
  countActivationPassword(serviceId: string, assignmentId: string, limit: number, nowMs: number): Promise<boolean>;
  /** Writes the audit row; if it names a token, that token's running number moves in the same transaction. */
  addAudit(entry: AuditEntry): Promise<void>;
  /** @throws AlreadyAnswered where another transaction has kept an answer under the same key */
  keepAnswer(serviceId: string, kept: KeptAnswer, nowMs: number): Promise<void>;
  /** Replaces the kept answer. */
  replaceAnswer(serviceId: string, kept: KeptAnswer): Promise<void>;
}

/**
 * The only way to the database. Every call may throw `StoreUnavailable`; the change was then made completely or not at all.
 * The atomic operations move counters by one conditional UPDATE. They return null or false if its condition no longer
 * held; the caller then loads and decides again.
 */
export interface Store extends Reader {
  /**
   * Runs `work` in a transaction, one at a time for each institution across all processes; rolls back if it throws. `work`
   * may be run again if the database rolled it back.
   */
  transaction<Value>(serviceId: string, work: (transaction: Transaction) => Promise<Value>): Promise<Value>;
  /** As `user`, but only what decides on their codes, which is cheaper. */
  otpUser(serviceId: string, loginId: string): Promise<ReadUser | null>;
  /** Accepts a step above the last one and clears the failures. False: used or blocked meanwhile. */
  acceptStep(command: AcceptStep & ByHolder): Promise<boolean>;
  /** Counts one wrong code; locks or disables the token at the limits. Null: blocked meanwhile, or the drift moved. */
  countFailure(command: CountFailure & ByHolder): Promise<Counters | null>;
  /** Accepts the first step of a provisioned token and activates it. False: used, blocked or no longer open meanwhile. */
  activateToken(command: ActivateToken): Promise<boolean>;
  /** Records a decision that changed nothing. */
  record(along: Along): Promise<void>;
  /** The audit log and its seals. */
  readonly auditLog: AuditLog;
  /** Unix milliseconds of the newest audit row; null where there is none. */
  newestAuditMs(): Promise<number | null>;
  /** Removes at most `limit` kept answers that have expired by `nowMs`, of all institutions; returns how many. */
  forgetAnswers(nowMs: number, limit: number): Promise<number>;
  /**
   * Wipes seeds and activation passwords of issues that had lapsed by `beforeMs`, of all institutions, at most `limit`;
   * returns how many it found.
   */
  wipeLapsed(beforeMs: number, limit: number): Promise<number>;
  /** Fingerprints of the keys that sealed something here, by key ID. */
  keyChecks(): Promise<ReadonlyMap<string, string>>;
  /**
   * Adds the fingerprints of a ring. False if the database has one that is not among them, such as another process has
   * just added: then nothing was changed.
   */
  addKeyChecks(checks: ReadonlyMap<string, string>): Promise<boolean>;
  /** Throws `StoreUnavailable` where the database does not answer. */
  ping(): Promise<void>;
  /** Durably writes something without meaning. Throws `StoreUnavailable` if the database takes no changes. */
  tryChange(): Promise<void>;
  close(): Promise<void>;
}
