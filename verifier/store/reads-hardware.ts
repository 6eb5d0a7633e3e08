import { type Kysely, sql } from 'kysely';
import type { EndCause, EndedUse, HardwareUse, Holder, TokenDetail } from '../rules/state.ts';
import { toToken } from './rows.ts';
import type { Reader } from './store.ts';
import type { Tables } from './tables.ts';

async function holdersOf(db: Kysely<Tables>, serviceId: string, tokenId: string): Promise<readonly Holder[]> {
  const columns = ['users.login_id', 'users.contract_id', 'users.role'] as const;
  const using = await db
    .selectFrom('assignments')
    .innerJoin('users', (join) =>
      join
        .onRef('users.service_id', '=', 'assignments.service_id')
        .onRef('users.login_id', '=', 'assignments.login_id'),
    )
    .select(columns)
    .where('assignments.service_id', '=', serviceId)
    .where('assignments.token_id', '=', tokenId)
    .where('assignments.status', 'in', ['issued', 'provisioned', 'active'])
    .where('users.removed_at_ms', 'is', null)
    .orderBy('users.login_id')
    .execute();
  const trying = await db
    .selectFrom('users')
    .select(columns)
    .where('service_id', '=', serviceId)
    .where('tried_token_id', '=', tokenId)
    .where('removed_at_ms', 'is', null)
    .orderBy('login_id')
    .execute();
  const holder = (inUse: boolean) => (row: (typeof using)[number]) => ({
    loginId: row.login_id,
    contractId: row.contract_id,
    role: row.role,
    inUse,
  });
  return [...using.map(holder(true)), ...trying.map(holder(false))];
}

function endedUse(loginId: string, status: EndedUse['status'], cause: string | null): EndedUse {
  return { loginId, status, cause: cause as EndCause | null };
}

type HardwareReader = Pick<
  Reader,
  | 'token'
  | 'lastToken'
  | 'holders'
  | 'hardware'
  | 'serialsInStock'
  | 'contractHardware'
  | 'replacementSent'
  | 'hardwareRequests'
>;

/** Tokens with their users, and what the stock knows. */
export function hardwareReaderOver(db: Kysely<Tables>): HardwareReader {
  return {
    holders: (serviceId, tokenId) => holdersOf(db, serviceId, tokenId),

    async token(serviceId, tokenId) {
      const row = await db
        .selectFrom('tokens')
        .selectAll()
        .where('service_id', '=', serviceId)
        .where('token_id', '=', tokenId)
        .executeTakeFirst();
      return row === undefined ? null : toToken(row);
    },

    async lastToken(serviceId, loginId) {
      const row = await db
        .selectFrom('assignments')
        .innerJoin('tokens', (join) =>
          join
            .onRef('tokens.service_id', '=', 'assignments.service_id')
            .onRef('tokens.token_id', '=', 'assignments.token_id'),
        )
        .selectAll('tokens')
        .where('assignments.service_id', '=', serviceId)
        .where('assignments.login_id', '=', loginId)
        .where('assignments.status', 'in', ['active', 'revoked', 'deactivated'])
        .orderBy('assignments.activated_at_ms', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? null : toToken(row);
    },

    async hardware(serviceId, serial) {
      const row = await db
        .selectFrom('tokens')
        .selectAll()
        .where('service_id', '=', serviceId)
        .where('serial', '=', serial)
        .executeTakeFirst();
      if (row === undefined) return null;
      const ended = await db
        .selectFrom('assignments')
        .select(['login_id', 'status', 'end_cause'])
        .where('service_id', '=', serviceId)
        .where('token_id', '=', row.token_id)
        .where('status', 'in', ['revoked', 'deactivated'])
        .execute();
      return {
        token: toToken(row),
        holders: await holdersOf(db, serviceId, row.token_id),
        ended: ended.map((row) =>
          endedUse(row.login_id, row.status === 'deactivated' ? row.status : 'revoked', row.end_cause),
        ),
      };
    },

    async serialsInStock(serviceId, serials) {
      if (serials.length === 0) return [];
      const rows = await db
        .selectFrom('tokens')
        .select('serial')
        .where('service_id', '=', serviceId)
        .where('serial', 'in', serials)
        .execute();
      return rows.flatMap(({ serial }) => (serial === null ? [] : [serial]));
    },

    async contractHardware(serviceId, contractId) {
      const rows = await db
        .selectFrom('tokens')
        .leftJoin('assignments', (join) =>
          join
            .onRef('assignments.service_id', '=', 'tokens.service_id')
            .onRef('assignments.token_id', '=', 'tokens.token_id')
            .on('assignments.status', 'in', ['active', 'revoked', 'deactivated']),
        )
        .select([
          'tokens.token_id',
          'tokens.status',
          'tokens.status_detail',
          'tokens.expires_at_ms',
          'assignments.login_id',
          'assignments.status as assignment_status',
          'assignments.end_cause',
        ])
        .where('tokens.service_id', '=', serviceId)
        .where('tokens.contract_id', '=', contractId)
        .execute();
      const uses = new Map<string, HardwareUse>();
      for (const { token_id: tokenId, status, login_id: loginId, assignment_status: assigned, ...row } of rows) {
        const token = { status, statusDetail: row.status_detail as TokenDetail | null, expiresAtMs: row.expires_at_ms };
        const { holders, ended } = uses.get(tokenId) ?? { holders: [], ended: [] };
        uses.set(tokenId, {
          token,
          holders: assigned === 'active' && loginId !== null ? [...holders, { loginId, inUse: true }] : holders,
          ended:
            (assigned === 'revoked' || assigned === 'deactivated') && loginId !== null
              ? [...ended, endedUse(loginId, assigned, row.end_cause)]
              : ended,
        });
      }
      const ordered = await db
        .selectFrom('assignments')
        .innerJoin('users', (join) =>
          join
            .onRef('users.service_id', '=', 'assignments.service_id')
            .onRef('users.login_id', '=', 'assignments.login_id'),
        )
        .select('users.login_id')
        .where('users.service_id', '=', serviceId)
        .where('users.contract_id', '=', contractId)
        .where('assignments.kind', '=', 'hardware')
        .where('assignments.status', 'in', ['requested', 'issued'])
        .execute();
      return {
        tokens: [...uses.values()],
        orderedBy: ordered.map((row) => row.login_id),
      };
    },

    async replacementSent(serviceId, contractId, assignmentId) {
      const row = await db
        .selectFrom('tokens')
        .innerJoin('shipments', (join) =>
          join
            .onRef('shipments.service_id', '=', 'tokens.service_id')
            .onRef('shipments.token_id', '=', 'tokens.token_id'),
        )
        .innerJoin('assignments', (join) =>
          join
            .onRef('assignments.service_id', '=', 'shipments.service_id')
            .onRef('assignments.request_id', '=', 'shipments.request_id'),
        )
        .select('tokens.token_id')
        .where('tokens.service_id', '=', serviceId)
        .where('tokens.contract_id', '=', contractId)
        .where('tokens.status_detail', 'is', null)
        .where('assignments.previous_assignment_id', '=', assignmentId)
        .executeTakeFirst();
      return row !== undefined;
    },

    async hardwareRequests({ serviceId, contractId, after, limit }) {
      let query = db
        .selectFrom('assignments')
        .innerJoin('users', (join) =>
          join
            .onRef('users.service_id', '=', 'assignments.service_id')
            .onRef('users.login_id', '=', 'assignments.login_id'),
        )
        .select([
          'assignments.request_id',
          'assignments.issued_at_ms',
          'assignments.fee_kind',
          'assignments.fee_yen',
          'users.login_id',
          'users.name',
          'users.contract_id',
        ])
        .where('assignments.service_id', '=', serviceId)
        .where('assignments.status', '=', 'requested')
        .where('users.removed_at_ms', 'is', null);
      if (contractId !== null) query = query.where('users.contract_id', '=', contractId);
      if (after !== null) {
        query = query.where(
          sql<boolean>`(assignments.issued_at_ms, assignments.request_id) > (${after.requestedAtMs}, ${after.requestId})`,
        );
      }
      const rows = await query
        .orderBy('assignments.issued_at_ms')
        .orderBy('assignments.request_id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        requestId: row.request_id ?? '',
        loginId: row.login_id,
        userName: row.name,
        contractId: row.contract_id,
        requestedAtMs: row.issued_at_ms,
        fee: { kind: row.fee_kind ?? 'additional', amountYen: row.fee_yen ?? 0 },
      }));
    },
  };
}
