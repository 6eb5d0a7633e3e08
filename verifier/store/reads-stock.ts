import { type Kysely, sql } from 'kysely';
import type { StockEntry, TokenDetail } from '../rules/state.ts';
import type { ListStock, Reader } from './store.ts';
import type { Tables } from './tables.ts';

/** Tokens of a page with their shipment, and the one that was sent in their place unless that is out of use itself. */
function tokensWithShipment(db: Kysely<Tables>) {
  return db
    .selectFrom('tokens')
    .leftJoin('shipments', (join) =>
      join.onRef('shipments.service_id', '=', 'tokens.service_id').onRef('shipments.token_id', '=', 'tokens.token_id'),
    )
    .leftJoin('tokens as replaced', (join) =>
      join
        .onRef('replaced.service_id', '=', 'shipments.service_id')
        .onRef('replaced.token_id', '=', 'shipments.replaces_token_id'),
    )
    .select([
      'tokens.token_id',
      'tokens.serial',
      'tokens.status',
      'tokens.status_detail',
      'tokens.contract_id',
      'tokens.expires_at_ms',
      'shipments.shipped_at_ms',
      'replaced.serial as replaces',
    ])
    .select((eb) =>
      eb
        .selectFrom('shipments as later')
        .innerJoin('tokens as fresh', (join) =>
          join.onRef('fresh.service_id', '=', 'later.service_id').onRef('fresh.token_id', '=', 'later.token_id'),
        )
        .select('fresh.serial')
        .whereRef('later.service_id', '=', 'tokens.service_id')
        .whereRef('later.replaces_token_id', '=', 'tokens.token_id')
        .where('fresh.status_detail', 'is', null)
        .orderBy('later.shipped_at_ms', 'desc')
        .orderBy('fresh.serial')
        .limit(1)
        .as('replaced_by'),
    );
}

/** Conditions of a status, spelt as the indexes spell theirs. `stockStatusOf` says the same of one token. */
function statusCondition({ status, nowMs }: ListStock) {
  const alive = sql`(tokens.expires_at_ms IS NULL OR tokens.expires_at_ms > ${nowMs})`;
  const stopped = sql`tokens.status IN ('locked', 'disabled', 'void')`;
  switch (status) {
    case null:
      return sql<boolean>`TRUE`;
    case 'inStock':
      return sql<boolean>`tokens.status = 'stock' AND tokens.contract_id IS NULL AND ${alive}`;
    case 'shipped':
      return sql<boolean>`tokens.status = 'stock' AND tokens.contract_id IS NOT NULL AND ${alive}`;
    case 'active':
      return sql<boolean>`tokens.status = 'active' AND ${alive}`;
    case 'locked':
      return sql<boolean>`${stopped} AND tokens.status = 'locked' AND ${alive}`;
    case 'disabled':
      return sql<boolean>`${stopped} AND tokens.status = 'disabled' AND (tokens.status_detail IN ('compromised', 'suspected') OR (tokens.status_detail IS NULL AND ${alive}))`;
    case 'expired':
      return sql<boolean>`tokens.expires_at_ms <= ${nowMs} AND tokens.status_detail IS NULL AND tokens.status <> 'void'`;
    case 'lost':
    case 'stolen':
    case 'broken':
    case 'retired':
      return sql<boolean>`${stopped} AND tokens.status = 'disabled' AND tokens.status_detail = ${status}`;
    case 'void':
      return sql<boolean>`${stopped} AND tokens.status = 'void'`;
  }
}

const used = sql<boolean>`EXISTS (SELECT 1 FROM assignments WHERE assignments.service_id = tokens.service_id
  AND assignments.token_id = tokens.token_id AND assignments.status = 'active')`;
const replaced = sql<boolean>`EXISTS (SELECT 1 FROM shipments AS sent JOIN tokens AS fresh
  ON fresh.service_id = sent.service_id AND fresh.token_id = sent.token_id
  WHERE sent.service_id = tokens.service_id AND sent.replaces_token_id = tokens.token_id AND fresh.status_detail IS NULL)`;

type Holders = StockEntry['holders'];

/** Who uses the tokens, by token. */
async function holdersByToken(
  db: Kysely<Tables>,
  serviceId: string,
  tokenIds: readonly string[],
): Promise<ReadonlyMap<string, Holders>> {
  const found = new Map<string, Holders>();
  if (tokenIds.length === 0) return found;
  const rows = await db
    .selectFrom('assignments')
    .innerJoin('users', (join) =>
      join
        .onRef('users.service_id', '=', 'assignments.service_id')
        .onRef('users.login_id', '=', 'assignments.login_id'),
    )
    .select(['assignments.token_id', 'users.login_id', 'users.name', 'users.role'])
    .where('assignments.service_id', '=', serviceId)
    .where('assignments.token_id', 'in', tokenIds)
    .where('assignments.status', '=', 'active')
    .where('users.removed_at_ms', 'is', null)
    .orderBy('users.login_id')
    .execute();
  for (const { token_id: tokenId, login_id: loginId, name, role } of rows) {
    const key = tokenId ?? '';
    found.set(key, [...(found.get(key) ?? []), { loginId, name, role }]);
  }
  return found;
}

/** The stock as lists show it. */
export function stockReaderOver(db: Kysely<Tables>): Pick<Reader, 'stock'> {
  return {
    async stock(list) {
      const { serviceId, status, contractId, expiringBeforeMs, inUse, after, limit } = list;
      let query = tokensWithShipment(db)
        .where('tokens.service_id', '=', serviceId)
        .where(sql<boolean>`tokens.kind = 'hardware'`)
        .where(statusCondition(list));
      if (contractId !== null) query = query.where('tokens.contract_id', '=', contractId);
      if (inUse !== null) query = query.where(inUse ? used : sql<boolean>`NOT ${used}`);
      if (list.replaced !== null) query = query.where(list.replaced ? replaced : sql<boolean>`NOT ${replaced}`);
      if (expiringBeforeMs !== null || status === 'expired') {
        query = query.where('tokens.expires_at_ms', 'is not', null);
        if (expiringBeforeMs !== null) query = query.where('tokens.expires_at_ms', '<', expiringBeforeMs);
        if (after !== null) {
          query = query.where(
            sql<boolean>`(tokens.expires_at_ms, tokens.serial) > (${after.expiresAtMs}, ${after.serial})`,
          );
        }
        query = query.orderBy('tokens.expires_at_ms').orderBy('tokens.serial');
      } else {
        query = query.where('tokens.serial', '>', after?.serial ?? '').orderBy('tokens.serial');
      }
      const rows = await query.limit(limit).execute();
      const holders = await holdersByToken(
        db,
        serviceId,
        rows.map((row) => row.token_id),
      );
      return rows.map((row) => ({
        token: {
          tokenId: row.token_id,
          serial: row.serial ?? '',
          status: row.status,
          statusDetail: row.status_detail as TokenDetail | null,
          contractId: row.contract_id,
          expiresAtMs: row.expires_at_ms,
        },
        shippedAtMs: row.shipped_at_ms,
        holders: holders.get(row.token_id) ?? [],
        replaces: row.replaces,
        replacedBy: row.replaced_by,
      }));
    },
  };
}
