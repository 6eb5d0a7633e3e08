import type { AuditEntry } from '../audit.ts';
import type { Floor, Pruning } from '../sealing/pruning.ts';
import type { Head, Segment, StoredRow } from '../sealing/segment.ts';

/** A row of the log as it is listed. */
export interface AuditRow extends AuditEntry {
  /** Rises with every row of the database. */
  readonly auditId: number;
  /** The token's own running number, from 1 without gaps; null for a row without a token. */
  readonly tokenNumber: number | null;
}

export interface ListAudit {
  readonly serviceId: string;
  /** Unix milliseconds; rows before it are left out. Null: from the beginning. */
  readonly sinceMs: number | null;
  readonly loginId: string | null;
  /** The row after which the list goes on; 0 starts it. */
  readonly afterId: number;
  readonly limit: number;
}

/** Name of the lease of whoever seals. */
export const sealLease = 'seal';

/** Who seals now. The row exists only while somebody does, or after they were killed. */
export interface Lease {
  readonly owner: string;
  readonly expiresAtMs: number;
}

/** A token's running number, compared with the numbers of its rows. */
export interface TokenNumbers {
  readonly serviceId: string;
  readonly tokenId: string;
  /** The number that the token stands at. */
  readonly current: number;
  readonly rows: number;
  /** Count of distinct numbers among the rows. */
  readonly numbers: number;
  /** Null where there is no row. */
  readonly lowest: number | null;
  readonly highest: number | null;
  /** The number up to which its rows were pruned, and what vouches for it; both null where none was. */
  readonly floor: number | null;
  readonly floorMac: Uint8Array | null;
}

/** How many rows name a token that does not exist. */
export interface RowsWithoutToken {
  readonly serviceId: string;
  readonly tokenId: string;
  readonly rows: number;
}

/** A row of an accepted validation that no other row names, so that no list of its user's rows reaches it. */
export interface SkippedAcceptance {
  /** Rises from one to the next. */
  readonly place: number;
  readonly serviceId: string;
  readonly tokenId: string;
  /** The row that the token's next accepted one, or the token as its last one, should name; null: none. */
  readonly auditId: number | null;
  /** The row that is named in its place; 0: none. */
  readonly namedId: number;
}

/** A user's accepted validations by a token of which they have no assignment, so that no list of their rows reaches them. */
export interface UnlistedAcceptances {
  readonly serviceId: string;
  readonly tokenId: string;
  /** The first of the rows. */
  readonly auditId: number;
  readonly rows: number;
}

/** The oldest segments that still have rows, to be pruned. */
export interface PruneSegments {
  /** The statement that stands; null where nothing was pruned before. */
  readonly before: Pruning | null;
  /** The one that takes its place. */
  readonly after: Pruning;
  /** How many rows lie between the two. */
  readonly rows: number;
  readonly floors: readonly Floor[];
  /** Rows of the log that tell of it; none of them names a token. */
  readonly audits: readonly AuditEntry[];
}

/**
 * The log as a whole, over all institutions, for the sealer and the check. Rows are returned in the order of their IDs, and
 * only once no row with a smaller ID can still be committed, so that what has been read is complete.
 */
export interface AuditLog {
  /** True where processes on several machines may seal, each with a file of heads of its own. */
  readonly ofManyNodes: boolean;

  /** Rows of one institution, in the order in which they were written. */
  list(query: ListAudit): Promise<readonly AuditRow[]>;

  /** Rows with an ID above `afterId`, up to `throughId` where that is given. */
  rows(afterId: number | null, limit: number, throughId?: number): Promise<readonly StoredRow[]>;
  /** How many rows have an ID above `afterId`, and the earliest time among them. */
  rest(
    afterId: number,
  ): Promise<{ readonly rows: number; readonly oldestAtMs: number | null; readonly lastId: number }>;
  lastSegment(): Promise<Head | null>;
  /** In the order of their numbers. */
  segments(afterId: number, limit: number): Promise<readonly Segment[]>;
  /** Those of the given numbers that are there. */
  headsOf(segmentIds: readonly number[]): Promise<readonly Head[]>;
  /** Per token, in the order of institution and token. `after` null starts. */
  tokenNumbers(
    after: Pick<TokenNumbers, 'serviceId' | 'tokenId'> | null,
    limit: number,
  ): Promise<readonly TokenNumbers[]>;
  /** Rows of tokens that do not exist, among the first `limit` rows with an ID above `afterId`; null starts. */
  rowsWithoutToken(
    afterId: number | null,
    limit: number,
  ): Promise<{
    /** Of the last row looked at; null where there was none. */
    readonly lastId: number | null;
    readonly tokens: readonly RowsWithoutToken[];
  }>;
  /** The different running numbers of one token's rows above `after`, rising; each with how many rows have it. */
  numbersOf(
    token: Pick<TokenNumbers, 'serviceId' | 'tokenId'>,
    after: number,
    limit: number,
  ): Promise<readonly { readonly number: number; readonly rows: number }[]>;
  /**
   * As it stood when `tokenNumbers` was started; none where rows do not name one another.
   * @param after the place behind which they lie; 0 starts
   * @param prunedId rows up to it may be named though they are gone
   */
  skipped(after: number, prunedId: number, limit: number): Promise<readonly SkippedAcceptance[]>;
  /** None where a user's rows are found without their assignments. */
  unlisted(limit: number): Promise<readonly UnlistedAcceptances[]>;

  /** What was pruned; null where nothing was. */
  pruning(): Promise<Pruning | null>;
  /** The floors of the tokens that have rows with an ID above `afterId` and up to `throughId`. */
  floorsAmong(afterId: number, throughId: number): Promise<readonly Floor[]>;
  /**
   * Deletes the rows and digests of segments and writes the statement and the floors, all or nothing. False if another
   * process has pruned since `before` was read. Throws if there are not as many rows as stated.
   */
  prune(segments: PruneSegments): Promise<boolean>;

  lease(): Promise<Lease | null>;
  /**
   * Takes the lease unless another owner's is valid at `nowMs`; false then. One that would still run for more than twice
   * the length of `lease` is not valid: a clock that ran ahead wrote it.
   */
  claim(lease: Lease, nowMs: number): Promise<boolean>;
  /** Writes a segment and prolongs the lease, both or neither; false if the lease is another owner's by now. */
  seal(segment: Segment, lease: Lease): Promise<boolean>;
  /** Gives the lease back if it is still this owner's. */
  release(owner: string): Promise<void>;
}
