import type { Kysely } from 'kysely';
import type { Head, Segment } from '../sealing/segment.ts';
import { type AuditLog, sealLease } from './audit-log.ts';
import type { Row, Tables } from './tables.ts';

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

/**
 * Segments, and the lease of the process that makes them.
 * @param alone runs work in a transaction that is alone among writers
 */
export function sealsOver(
  reader: Kysely<Tables>,
  alone: <Value>(work: (db: Kysely<Tables>) => Promise<Value>) => Promise<Value>,
): Pick<AuditLog, 'lastSegment' | 'segments' | 'headsOf' | 'lease' | 'claim' | 'seal' | 'release'> {
  return {
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
      if (segmentIds.length === 0) return [];
      const rows = await reader
        .selectFrom('audit_segments')
        .select(headColumns)
        .where('segment_id', 'in', segmentIds)
        .execute();
      return rows.map(toHead);
    },

    async lease() {
      const row = await reader.selectFrom('leases').selectAll().where('name', '=', sealLease).executeTakeFirst();
      return row === undefined ? null : { owner: row.owner, expiresAtMs: row.expires_at_ms };
    },

    async claim({ owner, expiresAtMs }, nowMs) {
      const row = await alone((db) =>
        db
          .insertInto('leases')
          .values({ name: sealLease, owner, expires_at_ms: expiresAtMs })
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
          .where('name', '=', sealLease)
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
      await alone((db) => db.deleteFrom('leases').where('name', '=', sealLease).where('owner', '=', owner).execute());
    },
  };
}
