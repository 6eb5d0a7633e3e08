import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { AuditOperation } from '../audit.ts';
import type { StoredRow } from '../sealing/segment.ts';
import type { AuditLog, AuditRow } from './audit-log.ts';
import { numbersOver } from './audit-numbers-sql.ts';
import { pruningOver } from './audit-pruning-sql.ts';
import { sealsOver } from './audit-seals-sql.ts';
import type { Row, Tables } from './tables.ts';

/** A row may carry a time before that of rows with a smaller ID, but by no more: transactions wait, clocks are put right. */
const disorderMs = 120_000;

/** A page of one user's rows, and the query for it where an index has all of them. */
export interface PageOfUser {
  readonly serviceId: string;
  readonly loginId: string;
  /** The rows have IDs above it. */
  readonly startId: number;
  /** Unix milliseconds; null: from the beginning. */
  readonly sinceMs: number | null;
  readonly limit: number;
  readonly query: SelectQueryBuilder<Tables, 'audit', Row<'audit'>>;
}
type ReadPage = (db: Kysely<Tables>, page: PageOfUser) => Promise<readonly Row<'audit'>[]>;

function toAuditRow(row: Row<'audit'>): AuditRow {
  return {
    auditId: row.audit_id,
    serviceId: row.service_id,
    atMs: row.at_ms,
    actor: row.actor,
    loginId: row.login_id,
    tokenId: row.token_id,
    tokenNumber: row.token_number,
    operation: row.operation as AuditOperation,
    purpose: row.purpose,
    outcome: row.outcome,
    reason: row.reason,
    reference: row.reference,
    actingLoginId: row.acting_login_id,
    operator: row.operator,
    document: row.document,
    note: row.note,
  };
}

/** A number that we never wrote, since it is larger than any that JavaScript holds. */
function isOutOfRange(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_OUT_OF_RANGE';
}

/** A row, or where a number in it cannot be read a mark in its place that fits no canonical form. */
async function rowOrMark(db: Kysely<Tables>, auditId: number): Promise<StoredRow> {
  try {
    const row = await db.selectFrom('audit').selectAll().where('audit_id', '=', auditId).executeTakeFirstOrThrow();
    return row as unknown as StoredRow;
  } catch (error) {
    if (!isOutOfRange(error)) throw error;
    return { audit_id: auditId, unreadable: true };
  }
}

/**
 * @param alone runs work in a transaction that is alone among writers, or at least among those of the same rows
 * @param horizon the ID up to which the log is complete; left out where rows are committed in the order of their IDs
 * @param ofUser reads a page of one user's rows. Default: by an index that has all of them
 */
export function auditLogOver(
  reader: Kysely<Tables>,
  alone: <Value>(work: (db: Kysely<Tables>) => Promise<Value>) => Promise<Value>,
  {
    horizon,
    ofUser = (_, { query }) => query.execute(),
  }: { readonly horizon?: () => Promise<number>; readonly ofUser?: ReadPage } = {},
): AuditLog {
  return {
    ofManyNodes: false,
    ...numbersOver(reader),
    ...sealsOver(reader, alone),
    ...pruningOver(reader, alone),

    async list({ serviceId, sinceMs, loginId, afterId, limit }) {
      const throughId = await horizon?.();
      let startId = afterId;
      if (sinceMs !== null) {
        const before = await reader
          .selectFrom('audit')
          .select('audit_id')
          .where('at_ms', '<', sinceMs - disorderMs)
          .orderBy('at_ms', 'desc')
          .limit(1)
          .executeTakeFirst();
        startId = Math.max(startId, before?.audit_id ?? 0);
      }
      let query = reader
        .selectFrom('audit')
        .selectAll()
        .where('service_id', '=', serviceId)
        .where('audit_id', '>', startId);
      if (throughId !== undefined) query = query.where('audit_id', '<=', throughId);
      // The sign keeps the index by time out of the plan: it would sort all that came since.
      if (sinceMs !== null) query = query.where(sql<boolean>`+at_ms >= ${sinceMs}`);
      query = query.orderBy('audit_id').limit(limit);
      if (loginId === null) return (await query.execute()).map(toAuditRow);
      const page = { serviceId, loginId, startId, sinceMs, limit, query: query.where('login_id', '=', loginId) };
      return (await ofUser(reader, page)).map(toAuditRow);
    },

    async rows(afterId, limit, until) {
      const throughId = until ?? (await horizon?.());
      const page = () => {
        let query = reader.selectFrom('audit').orderBy('audit_id').limit(limit);
        if (afterId !== null) query = query.where('audit_id', '>', afterId);
        if (throughId !== undefined) query = query.where('audit_id', '<=', throughId);
        return query;
      };
      try {
        return (await page().selectAll().execute()) as unknown as readonly StoredRow[];
      } catch (error) {
        if (!isOutOfRange(error)) throw error;
        const ids = await page().select('audit_id').execute();
        return Promise.all(ids.map(({ audit_id: id }) => rowOrMark(reader, id)));
      }
    },

    async rest(afterId) {
      const row = await reader
        .selectFrom('audit')
        .select(({ fn }) => [
          fn.countAll<number>().as('rows'),
          fn.min('at_ms').as('oldest'),
          fn.max('audit_id').as('last'),
        ])
        .where('audit_id', '>', afterId)
        .executeTakeFirstOrThrow();
      return { rows: row.rows, oldestAtMs: row.oldest ?? null, lastId: row.last ?? afterId };
    },
  };
}
