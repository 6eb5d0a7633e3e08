import { type Kysely, sql } from 'kysely';
import type { AuditLog, TokenNumbers } from './audit-log.ts';
import type { Tables } from './tables.ts';

/** Running numbers of tokens beside those of their rows. */
export function numbersOver(db: Kysely<Tables>): Pick<AuditLog, 'tokenNumbers' | 'numbersWithoutToken' | 'numbersOf'> {
  return {
    async tokenNumbers(after, limit) {
      const { rows } = await sql<TokenNumbers>`
        SELECT t.service_id AS "serviceId", t.token_id AS "tokenId", t.audit_number AS current,
          count(a.token_id) AS rows, count(DISTINCT a.token_number) AS numbers,
          min(a.token_number) AS lowest, max(a.token_number) AS highest, f.number AS floor, f.mac AS "floorMac"
        FROM (
          SELECT service_id, token_id, audit_number FROM tokens
          WHERE (service_id, token_id) > (${after?.serviceId ?? ''}, ${after?.tokenId ?? ''})
          ORDER BY service_id, token_id LIMIT ${limit}
        ) AS t
        LEFT JOIN audit AS a ON a.service_id = t.service_id AND a.token_id = t.token_id
        LEFT JOIN audit_floors AS f ON f.service_id = t.service_id AND f.token_id = t.token_id
        GROUP BY t.service_id, t.token_id, t.audit_number, f.number, f.mac
        ORDER BY t.service_id, t.token_id`.execute(db);
      return rows;
    },

    async numbersWithoutToken(limit) {
      const { rows } = await sql<TokenNumbers>`
        SELECT a.service_id AS "serviceId", a.token_id AS "tokenId", NULL AS current,
          count(*) AS rows, count(DISTINCT a.token_number) AS numbers,
          min(a.token_number) AS lowest, max(a.token_number) AS highest, NULL AS floor, NULL AS "floorMac"
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
