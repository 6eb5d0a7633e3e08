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
  | 'validate';

/**
 * One row of the log, written in the transaction of the change that it tells of. It never holds a code, a password or
 * a seed. `reason` is finer than what the outside is told.
 */
export interface AuditEntry {
  readonly serviceId: string;
  /** Unix milliseconds, by the verifier's clock. */
  readonly atMs: number;
  /** ID of the API key; `cli` for the command line; null for a set-up, which has no key. */
  readonly actor: string | null;
  readonly loginId: string | null;
  readonly tokenId: string | null;
  readonly operation: AuditOperation;
  /** What the bank's user was doing, such as `transfer`; null where nothing was named. */
  readonly purpose: string | null;
  readonly outcome: string;
  readonly reason: string | null;
  /** The bank's own number for the transaction. */
  readonly reference: string | null;
}

/** Fills what an entry leaves out with null. */
export function auditEntry(
  entry: Pick<AuditEntry, 'serviceId' | 'atMs' | 'operation' | 'outcome'> & Partial<AuditEntry>,
): AuditEntry {
  return { actor: null, loginId: null, tokenId: null, purpose: null, reason: null, reference: null, ...entry };
}
