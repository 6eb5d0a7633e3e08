import { type Kysely, sql } from 'kysely';
import type { PageOfUser } from './audit-log-sql.ts';
import type { Row, Tables } from './tables.ts';

type AuditRow = Row<'audit'>;

/** The tokens that the user ever had, each with the row of its last accepted validation. */
function tokensOf(db: Kysely<Tables>, { serviceId, loginId }: PageOfUser) {
  return db
    .selectFrom('assignments')
    .innerJoin('tokens', (join) =>
      join
        .onRef('tokens.service_id', '=', 'assignments.service_id')
        .onRef('tokens.token_id', '=', 'assignments.token_id'),
    )
    .where('assignments.service_id', '=', serviceId)
    .where('assignments.login_id', '=', loginId)
    .where('tokens.last_accepted_id', '>', 0)
    .select(['tokens.token_id as tokenId', 'tokens.last_accepted_id as lastId'])
    .distinct();
}

/** The token's first marked row after `afterId`, by the index `audit_marks`. */
export function markBehind(db: Kysely<Tables>, serviceId: string, tokenId: string, afterId: number) {
  return db
    .selectFrom('audit')
    .select('audit_id')
    .where('service_id', '=', serviceId)
    .where('token_id', '=', tokenId)
    .where('audit_id', '>', afterId)
    .where(sql<boolean>`previous_accepted_id IS NOT NULL AND token_number % 64 = 0`)
    .orderBy('audit_id')
    .limit(1);
}

/**
 * The rows of accepted validations, from `fromId` back to `afterId`. Each names the one before it. A row that does not
 * name an older one has been tampered with and ends the list, which could otherwise be endless.
 */
export async function followedBack(db: Kysely<Tables>, fromId: number, afterId: number): Promise<readonly AuditRow[]> {
  const { rows } = await sql<AuditRow>`
    WITH RECURSIVE followed AS (
      SELECT * FROM audit WHERE audit_id = ${fromId} AND audit_id > ${afterId} AND previous_accepted_id IS NOT NULL
      UNION ALL
      SELECT audit.* FROM followed JOIN audit ON audit.audit_id = followed.previous_accepted_id
      WHERE audit.audit_id > ${afterId} AND audit.previous_accepted_id IS NOT NULL
        AND audit.audit_id < followed.audit_id
    )
    SELECT * FROM followed ORDER BY audit_id`.execute(db);
  return rows;
}

/**
 * SQLite only: a page of one user's rows. The index has all of them except accepted validations, each of which names the
 * token's one before it. Those are followed back in stretches: from each marked row after the page's start, and at the end
 * from the token's last one. Pruned rows end the list.
 */
export async function rowsOfUser(db: Kysely<Tables>, page: PageOfUser): Promise<readonly AuditRow[]> {
  const { serviceId, loginId, startId, sinceMs, limit } = page;
  // Rows written during these reads are left to the next page, since only some of them would be seen.
  const newest = await db
    .selectFrom('audit')
    .select(({ fn }) => fn.max('audit_id').as('id'))
    .executeTakeFirst();
  const throughId = newest?.id ?? 0;
  const isOfPage = (row: AuditRow) =>
    row.audit_id <= throughId && row.login_id === loginId && row.at_ms >= (sinceMs ?? row.at_ms);

  const found = [...(await page.query.where('previous_accepted_id', 'is', null).execute())];
  for (const { tokenId, lastId } of await tokensOf(db, page).execute()) {
    let missing = limit;
    for (let afterId = startId; missing > 0 && afterId < throughId; ) {
      const mark = await markBehind(db, serviceId, tokenId, afterId).executeTakeFirst();
      const fromId = mark?.audit_id ?? lastId;
      // A key fob may have been somebody else's before.
      const rows = (await followedBack(db, fromId, afterId)).filter(isOfPage);
      found.push(...rows);
      missing -= rows.length;
      afterId = mark === undefined ? throughId : fromId;
    }
  }
  return found
    .filter(isOfPage)
    .sort((one, other) => one.audit_id - other.audit_id)
    .slice(0, limit);
}
