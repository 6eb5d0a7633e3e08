import type { DatabaseSync } from 'node:sqlite';
import { type Kysely, sql } from 'kysely';
import type { AuditLog, RowsWithoutToken, SkippedAcceptance, TokenNumbers, UnlistedAcceptances } from './audit-log.ts';
import { translateError } from './sqlite-errors.ts';
import type { Tables } from './tables.ts';

type Numbers = Pick<AuditLog, 'tokenNumbers' | 'rowsWithoutToken' | 'numbersOf' | 'skipped' | 'unlisted'>;

/**
 * What the check of the log looks at, as it stands at one moment: the running numbers of all rows, sorted by token, and
 * where each token stands. Nothing else needs the rows in this order, and an index of them would change a page of its
 * own with every code that is checked. In SQLite's temporary file, until the next check or the end of the connection.
 * The rows of accepted validations come with what they name, in the order in which each should name the one before it.
 */
const copySql = `
BEGIN;
DROP TABLE IF EXISTS temp.numbered;
DROP TABLE IF EXISTS temp.standing;
DROP TABLE IF EXISTS temp.floored;
DROP TABLE IF EXISTS temp.skipped;
CREATE TEMP TABLE numbered (
  service_id TEXT, token_id TEXT, token_number INTEGER, accepted_id INTEGER, named_id INTEGER
);
INSERT INTO temp.numbered
  SELECT service_id, token_id, token_number, iif(previous_accepted_id IS NULL, NULL, audit_id), previous_accepted_id
  FROM main.audit WHERE token_id IS NOT NULL ORDER BY 1, 2, 3;
CREATE INDEX temp.numbered_by_token ON numbered (service_id, token_id, token_number);
CREATE TEMP TABLE standing (
  service_id TEXT, token_id TEXT, audit_number INTEGER, last_accepted_id INTEGER, PRIMARY KEY (service_id, token_id)
) WITHOUT ROWID;
INSERT INTO temp.standing SELECT service_id, token_id, audit_number, last_accepted_id FROM main.tokens ORDER BY 1, 2;
CREATE TEMP TABLE floored (
  service_id TEXT, token_id TEXT, number INTEGER, mac BLOB, PRIMARY KEY (service_id, token_id)
) WITHOUT ROWID;
INSERT INTO temp.floored SELECT service_id, token_id, number, mac FROM main.audit_floors ORDER BY 1, 2;
COMMIT;
CREATE TEMP TABLE skipped (service_id TEXT, token_id TEXT, audit_id INTEGER, named_id INTEGER);
INSERT INTO temp.skipped
  SELECT service_id, token_id, before_id, named_id FROM (
    SELECT service_id, token_id, named_id,
      lag(accepted_id) OVER (PARTITION BY service_id, token_id ORDER BY token_number) AS before_id
    FROM temp.numbered WHERE accepted_id IS NOT NULL
  ) WHERE named_id IS NOT coalesce(before_id, 0);
INSERT INTO temp.skipped
  SELECT service_id, token_id, newest_id, last_accepted_id FROM (
    SELECT t.service_id, t.token_id, t.last_accepted_id, (
      SELECT max(a.accepted_id) FROM temp.numbered AS a WHERE a.service_id = t.service_id AND a.token_id = t.token_id
    ) AS newest_id
    FROM temp.standing AS t
  ) WHERE last_accepted_id IS NOT coalesce(newest_id, 0)`;

function copy(database: DatabaseSync): void {
  try {
    database.exec(copySql);
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    translateError(error);
  }
}

/** As `numbersOver`, over copies that are made when the first tokens are asked for. */
export function numbersOfCopies(db: Kysely<Tables>, database: DatabaseSync): Numbers {
  const numbers = numbersOver(db, { audit: 'numbered', tokens: 'standing', floors: 'floored' });
  return {
    ...numbers,
    async tokenNumbers(after, limit) {
      if (after === null) copy(database);
      return numbers.tokenNumbers(after, limit);
    },

    async skipped(after, prunedId, limit) {
      const { rows } = await sql<SkippedAcceptance>`
        SELECT rowid AS place, service_id AS "serviceId", token_id AS "tokenId", audit_id AS "auditId",
          named_id AS "namedId"
        FROM temp.skipped
        WHERE rowid > ${after} AND (audit_id IS NOT NULL OR named_id > ${prunedId})
        ORDER BY rowid LIMIT ${limit}`.execute(db);
      return rows;
    },

    // Of the tables themselves: nobody but a tamperer takes an assignment away.
    async unlisted(limit) {
      const { rows } = await sql<UnlistedAcceptances>`
        SELECT service_id AS "serviceId", token_id AS "tokenId", min(audit_id) AS "auditId", count(*) AS rows
        FROM main.audit AS a NOT INDEXED
        WHERE previous_accepted_id IS NOT NULL AND token_id IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM main.assignments AS s
          WHERE s.service_id = a.service_id AND s.token_id = a.token_id AND s.login_id = a.login_id
        )
        GROUP BY service_id, token_id, login_id
        ORDER BY service_id, token_id, login_id LIMIT ${limit}`.execute(db);
      return rows;
    },
  };
}

/**
 * Running numbers of tokens beside those of their rows.
 * @param tables under which names they lie
 */
export function numbersOver(
  db: Kysely<Tables>,
  tables = { audit: 'audit', tokens: 'tokens', floors: 'audit_floors' },
): Numbers {
  const [audit, tokens, floors] = [sql.table(tables.audit), sql.table(tables.tokens), sql.table(tables.floors)];
  return {
    async tokenNumbers(after, limit) {
      const { rows } = await sql<TokenNumbers>`
        SELECT t.service_id AS "serviceId", t.token_id AS "tokenId", t.audit_number AS current,
          count(a.token_id) AS rows, count(DISTINCT a.token_number) AS numbers,
          min(a.token_number) AS lowest, max(a.token_number) AS highest, f.number AS floor, f.mac AS "floorMac"
        FROM (
          SELECT service_id, token_id, audit_number FROM ${tokens}
          WHERE (service_id, token_id) > (${after?.serviceId ?? ''}, ${after?.tokenId ?? ''})
          ORDER BY service_id, token_id LIMIT ${limit}
        ) AS t
        LEFT JOIN ${audit} AS a ON a.service_id = t.service_id AND a.token_id = t.token_id
        LEFT JOIN ${floors} AS f ON f.service_id = t.service_id AND f.token_id = t.token_id
        GROUP BY t.service_id, t.token_id, t.audit_number, f.number, f.mac
        ORDER BY t.service_id, t.token_id`.execute(db);
      return rows;
    },

    async rowsWithoutToken(afterId, limit) {
      const after = afterId ?? Number.MIN_SAFE_INTEGER;
      const { rows } = await sql<{ readonly lastId: number | null }>`
        SELECT max(audit_id) AS "lastId" FROM (
          SELECT audit_id FROM audit WHERE audit_id > ${after} ORDER BY audit_id LIMIT ${limit}
        ) AS page`.execute(db);
      const lastId = rows[0]?.lastId ?? null;
      if (lastId === null) return { lastId, tokens: [] };
      const found = await sql<RowsWithoutToken>`
        SELECT service_id AS "serviceId", token_id AS "tokenId", count(*) AS rows
        FROM audit AS a
        WHERE audit_id > ${after} AND audit_id <= ${lastId} AND token_id IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM tokens AS t WHERE t.service_id = a.service_id AND t.token_id = a.token_id
        )
        GROUP BY service_id, token_id`.execute(db);
      return { lastId, tokens: found.rows };
    },

    async numbersOf({ serviceId, tokenId }, after, limit) {
      const { rows } = await sql<{ readonly number: number; readonly rows: number }>`
        SELECT token_number AS number, count(*) AS rows FROM ${audit}
        WHERE service_id = ${serviceId} AND token_id = ${tokenId} AND token_number > ${after}
        GROUP BY token_number ORDER BY token_number LIMIT ${limit}`.execute(db);
      return rows;
    },

    // PostgreSQL finds all rows of a user by an index.
    async skipped() {
      return [];
    },
    async unlisted() {
      return [];
    },
  };
}
