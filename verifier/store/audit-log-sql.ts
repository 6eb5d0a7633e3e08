import { type Kysely, sql } from 'kysely';
import type { AuditOperation } from '../audit.ts';
import type { Head, Segment, StoredRow } from '../sealing/segment.ts';
import type { AuditLog, AuditRow, TokenNumbers } from './audit-log.ts';
import type { Row, Tables } from './tables.ts';

const leaseName = 'seal';
/** A row may carry a time before that of rows with a smaller ID, but by no more: transactions wait, clocks are put right. */
const disorderMs = 120_000;

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

const headColumns = [
  'segment_id',
  'form',
  'first_audit_id',
  'last_audit_id',
  'row_count',
  'rows_hash',
  'previous_head',
  'sealed_at_ms',
  'head',
  'key_id',
  'signature',
] as const;

function toHead(row: Pick<Row<'audit_segments'>, (typeof headColumns)[number]>): Head {
  return {
    segmentId: row.segment_id,
    form: row.form,
    firstAuditId: row.first_audit_id,
    lastAuditId: row.last_audit_id,
    rowCount: row.row_count,
    rowsHash: row.rows_hash,
    previousHead: row.previous_head,
    sealedAtMs: row.sealed_at_ms,
    head: row.head,
    signature: { keyId: row.key_id, bytes: row.signature },
  };
}

function toSegment(row: Row<'audit_segments'>): Segment {
  return { ...toHead(row), rowDigests: row.row_digests };
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

function numbersOver(db: Kysely<Tables>): Pick<AuditLog, 'tokenNumbers' | 'numbersWithoutToken' | 'numbersOf'> {
  return {
    async tokenNumbers(after, limit) {
      const { rows } = await sql<TokenNumbers>`
        SELECT t.service_id AS "serviceId", t.token_id AS "tokenId", t.audit_number AS current,
          count(a.token_id) AS rows, count(DISTINCT a.token_number) AS numbers,
          min(a.token_number) AS lowest, max(a.token_number) AS highest
        FROM (
          SELECT service_id, token_id, audit_number FROM tokens
          WHERE (service_id, token_id) > (${after?.serviceId ?? ''}, ${after?.tokenId ?? ''})
          ORDER BY service_id, token_id LIMIT ${limit}
        ) AS t
        LEFT JOIN audit AS a ON a.service_id = t.service_id AND a.token_id = t.token_id
        GROUP BY t.service_id, t.token_id, t.audit_number
        ORDER BY t.service_id, t.token_id`.execute(db);
      return rows;
    },

    async numbersWithoutToken(limit) {
      const { rows } = await sql<TokenNumbers>`
        SELECT a.service_id AS "serviceId", a.token_id AS "tokenId", NULL AS current,
          count(*) AS rows, count(DISTINCT a.token_number) AS numbers,
          min(a.token_number) AS lowest, max(a.token_number) AS highest
        FROM audit AS a
        WHERE a.token_id IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM tokens AS t WHERE t.service_id = a.service_id AND t.token_id = a.token_id
        )
        GROUP BY a.service_id, a.token_id
        ORDER BY a.service_id, a.token_id LIMIT ${limit}`.execute(db);
      return rows;
    },

    async numbersOf({ serviceId, tokenId }, after, limit) {
      const rows = await db
        .selectFrom('audit')
        .select(({ fn }) => ['token_number', fn.countAll<number>().as('rows')])
        .where('service_id', '=', serviceId)
        .where('token_id', '=', tokenId)
        .where('token_number', '>', after)
        .groupBy('token_number')
        .orderBy('token_number')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ number: row.token_number ?? 0, rows: row.rows }));
    },
  };
}

/** @param alone runs work in a transaction that is alone among writers */
export function auditLogOver(
  reader: Kysely<Tables>,
  alone: <Value>(work: (db: Kysely<Tables>) => Promise<Value>) => Promise<Value>,
): AuditLog {
  return {
    ...numbersOver(reader),

    async list({ serviceId, sinceMs, loginId, afterId, limit }) {
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
      if (loginId !== null) query = query.where('login_id', '=', loginId);
      // The sign keeps the index by time out of the plan: it would sort all that came since.
      if (sinceMs !== null) query = query.where(sql<boolean>`+at_ms >= ${sinceMs}`);
      const rows = await query.orderBy('audit_id').limit(limit).execute();
      return rows.map(toAuditRow);
    },

    // One process writes to the file at a time, so that rows are committed in the order of their IDs.
    async rows(afterId, limit, throughId) {
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

    async lastSegment() {
      const row = await reader
        .selectFrom('audit_segments')
        .select(headColumns)
        .orderBy('segment_id', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? null : toHead(row);
    },

    async segments(afterId, limit) {
      const rows = await reader
        .selectFrom('audit_segments')
        .selectAll()
        .where('segment_id', '>', afterId)
        .orderBy('segment_id')
        .limit(limit)
        .execute();
      return rows.map(toSegment);
    },

    async headsOf(segmentIds) {
      const rows = await reader
        .selectFrom('audit_segments')
        .select(headColumns)
        .where('segment_id', 'in', segmentIds)
        .execute();
      return rows.map(toHead);
    },

    async lease() {
      const row = await reader.selectFrom('leases').selectAll().where('name', '=', leaseName).executeTakeFirst();
      return row === undefined ? null : { owner: row.owner, expiresAtMs: row.expires_at_ms };
    },

    async claim({ owner, expiresAtMs }, nowMs) {
      const row = await alone((db) =>
        db
          .insertInto('leases')
          .values({ name: leaseName, owner, expires_at_ms: expiresAtMs })
          .onConflict((conflict) =>
            conflict
              .column('name')
              .doUpdateSet({ owner, expires_at_ms: expiresAtMs })
              .where(({ eb, or }) =>
                or([
                  eb('leases.owner', '=', owner),
                  eb('leases.expires_at_ms', '<=', nowMs),
                  // Nobody's lease runs that long: it was written by a clock that was ahead.
                  eb('leases.expires_at_ms', '>', nowMs + 2 * (expiresAtMs - nowMs)),
                ]),
              ),
          )
          .returning('owner')
          .executeTakeFirst(),
      );
      return row !== undefined;
    },

    seal: (segment, { owner, expiresAtMs }) =>
      alone(async (db) => {
        const mine = await db
          .updateTable('leases')
          .set({ expires_at_ms: expiresAtMs })
          .where('name', '=', leaseName)
          .where('owner', '=', owner)
          .returning('owner')
          .executeTakeFirst();
        if (mine === undefined) return false;
        await db
          .insertInto('audit_segments')
          .values({
            segment_id: segment.segmentId,
            form: segment.form,
            first_audit_id: segment.firstAuditId,
            last_audit_id: segment.lastAuditId,
            row_count: segment.rowCount,
            row_digests: segment.rowDigests,
            rows_hash: segment.rowsHash,
            previous_head: segment.previousHead,
            sealed_at_ms: segment.sealedAtMs,
            head: segment.head,
            key_id: segment.signature.keyId,
            signature: segment.signature.bytes,
          })
          .execute();
        return true;
      }),

    async release(owner) {
      await alone((db) => db.deleteFrom('leases').where('name', '=', leaseName).where('owner', '=', owner).execute());
    },
  };
}
