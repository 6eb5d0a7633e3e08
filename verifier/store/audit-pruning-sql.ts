import { type Kysely, sql } from 'kysely';
import type { Floor } from '../sealing/pruning.ts';
import type { AuditLog } from './audit-log.ts';
import { insertAudits } from './journal.ts';
import type { Tables } from './tables.ts';

/** Floors of one statement, so that there are few shapes of it to prepare. */
const floorsAtOnce = [256, 16, 1] as const;

const nothing = new Uint8Array();

async function putFloors(db: Kysely<Tables>, floors: readonly Floor[]): Promise<void> {
  let from = 0;
  for (const size of floorsAtOnce) {
    for (; floors.length - from >= size; from += size) {
      await db
        .insertInto('audit_floors')
        .values(
          floors.slice(from, from + size).map(({ serviceId, tokenId, number, mac }) => ({
            service_id: serviceId,
            token_id: tokenId,
            number,
            mac,
          })),
        )
        .onConflict((conflict) =>
          conflict.columns(['service_id', 'token_id']).doUpdateSet(({ ref }) => ({
            number: ref('excluded.number'),
            mac: ref('excluded.mac'),
          })),
        )
        .execute();
    }
  }
}

/** @param alone as of `auditLogOver` */
export function pruningOver(
  reader: Kysely<Tables>,
  alone: <Value>(work: (db: Kysely<Tables>) => Promise<Value>) => Promise<Value>,
): Pick<AuditLog, 'pruning' | 'floorsAmong' | 'prune'> {
  return {
    async pruning() {
      const row = await reader.selectFrom('audit_pruning').selectAll().executeTakeFirst();
      if (row === undefined) return null;
      return {
        segmentId: row.segment_id,
        lastAuditId: row.last_audit_id,
        segmentHead: row.segment_head,
        rowCount: row.row_count,
        beforeMs: row.before_ms,
        prunedAtMs: row.pruned_at_ms,
        actor: row.actor,
        signature: { keyId: row.key_id, bytes: row.signature },
      };
    },

    async floorsAmong(afterId, throughId) {
      const { rows } = await sql<Floor>`
        SELECT f.service_id AS "serviceId", f.token_id AS "tokenId", f.number, f.mac
        FROM (
          SELECT DISTINCT service_id, token_id FROM audit
          WHERE audit_id > ${afterId} AND audit_id <= ${throughId} AND token_id IS NOT NULL
        ) AS a
        JOIN audit_floors AS f ON f.service_id = a.service_id AND f.token_id = a.token_id`.execute(reader);
      return rows;
    },

    prune: ({ before, after, rows, floors, audits }) =>
      alone(async (db) => {
        const values = {
          segment_id: after.segmentId,
          last_audit_id: after.lastAuditId,
          segment_head: after.segmentHead,
          row_count: after.rowCount,
          before_ms: after.beforeMs,
          pruned_at_ms: after.prunedAtMs,
          actor: after.actor,
          key_id: after.signature.keyId,
          signature: after.signature.bytes,
        };
        const mine =
          before === null
            ? await db
                .insertInto('audit_pruning')
                .values({ pruning_id: 1, ...values })
                .onConflict((conflict) => conflict.doNothing())
                .returning('segment_id')
                .executeTakeFirst()
            : await db
                .updateTable('audit_pruning')
                .set(values)
                .where('segment_id', '=', before.segmentId)
                .returning('segment_id')
                .executeTakeFirst();
        if (mine === undefined) return false;
        const { numDeletedRows } = await db
          .deleteFrom('audit')
          .where('audit_id', '>', before?.lastAuditId ?? Number.MIN_SAFE_INTEGER)
          .where('audit_id', '<=', after.lastAuditId)
          .executeTakeFirstOrThrow();
        if (Number(numDeletedRows) !== rows) throw new Error('rows came into or out of the log while it was pruned');
        await db
          .updateTable('audit_segments')
          .set({ row_digests: nothing })
          .where('segment_id', '>', before?.segmentId ?? 0)
          .where('segment_id', '<=', after.segmentId)
          .execute();
        await putFloors(db, floors);
        if (audits.length > 0)
          await insertAudits(
            db,
            audits.map((entry) => ({ entry, tokenNumber: null })),
          );
        return true;
      }),
  };
}
