/** What happened, in the words of the interface. */
export type AuditOperation =
  | 'institutionApply'
  | 'keyCreate'
  | 'keyRevoke'
  | 'putContract'
  | 'putUser'
  | 'deleteUser'
  | 'issueSoftware'
  | 'cancelIssue'
  | 'provision'
  | 'activate'
  | 'requestHardware'
  | 'validate'
  | 'resynchronise'
  | 'deactivate'
  | 'unlock'
  | 'revoke'
  | 'reportCompromise'
  | 'importHardware'
  | 'shipHardware'
  | 'updateHardware'
  | 'pruneAudit';

/**
 * One row of the log, written in the transaction of the change that it tells of. It never holds a code, a password or
 * a seed. `reason` is finer than what the outside is told.
 */
export interface AuditEntry {
  readonly serviceId: string;
  /** Unix milliseconds, by the verifier's clock. */
  readonly atMs: number;
  /** ID of the API key; `cli` for the command line; `retention` for the setting; null for a set-up, which has no key. */
  readonly actor: string | null;
  readonly loginId: string | null;
  readonly tokenId: string | null;
  readonly operation: AuditOperation;
  /**
   * What the bank's user was doing, such as `transfer`; of a revocation or an unlock at the branch its cause; `actorOtp` for an actor's own code
   * in an administrative call. Null where nothing was named.
   */
  readonly purpose: string | null;
  readonly outcome: string;
  readonly reason: string | null;
  /** The bank's own number for the transaction. */
  readonly reference: string | null;
  /** The user who acted on another one's token; null where none did. */
  readonly actingLoginId: string | null;
  /** Staff ID at the branch. */
  readonly operator: string | null;
  /** Number of the written application. */
  readonly document: string | null;
  /** What the branch wrote down about a case. */
  readonly note: string | null;
}

const nothing = {
  actor: null,
  loginId: null,
  tokenId: null,
  purpose: null,
  reason: null,
  reference: null,
  actingLoginId: null,
  operator: null,
  document: null,
  note: null,
} as const;

/** Fills what an entry leaves out with null. */
export function auditEntry(
  entry: Pick<AuditEntry, 'serviceId' | 'atMs' | 'operation' | 'outcome'> & Partial<AuditEntry>,
): AuditEntry {
  return { ...nothing, ...entry };
}
