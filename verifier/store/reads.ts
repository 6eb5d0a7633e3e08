import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { AssignmentState, TokenState, UserState } from '../rules/state.ts';
import { placeOf } from './places.ts';
import { hardwareReaderOver } from './reads-hardware.ts';
import { stockReaderOver } from './reads-stock.ts';
import {
  assignmentFrom,
  type ForTheStore,
  toApiKey,
  toAssignment,
  toContract,
  toEnded,
  toInstitution,
  tokenFrom,
  toToken,
} from './rows.ts';
import type { Reader, ReadUser } from './store.ts';
import type { Row, Tables } from './tables.ts';

const tokenColumns = [
  'tokens.token_id',
  'tokens.kind as token_kind',
  'tokens.serial',
  'tokens.status as token_status',
  'tokens.algorithm',
  'tokens.digits',
  'tokens.period_seconds',
  'tokens.sealed_seed',
  'tokens.seed_version',
  'tokens.last_step',
  'tokens.drift_steps',
  'tokens.failures',
  'tokens.failures_since_accepted',
  'tokens.expires_at_ms',
  'tokens.contract_id as token_contract_id',
  'tokens.status_detail',
] as const;

/** Users with all that is known of them. */
export function usersWithAll(db: Kysely<Tables>) {
  return db
    .selectFrom('users')
    .leftJoin('assignments', (join) =>
      join
        .onRef('assignments.service_id', '=', 'users.service_id')
        .onRef('assignments.assignment_id', '=', 'users.assignment_id'),
    )
    .leftJoin('tokens', (join) =>
      join
        .onRef('tokens.service_id', '=', 'assignments.service_id')
        .onRef('tokens.token_id', '=', 'assignments.token_id'),
    )
    .leftJoin('assignments as previous', (join) =>
      join
        .onRef('previous.service_id', '=', 'assignments.service_id')
        .onRef('previous.assignment_id', '=', 'assignments.previous_assignment_id'),
    )
    .innerJoin('contracts', (join) =>
      join
        .onRef('contracts.service_id', '=', 'users.service_id')
        .onRef('contracts.contract_id', '=', 'users.contract_id'),
    )
    .where('users.removed_at_ms', 'is', null)
    .select([
      'users.login_id',
      'users.tried_token_id',
      'users.contract_id',
      'users.name',
      'users.role',
      'users.email',
      'users.confirmation_hash',
      'users.confirmation_failures',
      'contracts.kind as contract_kind',
      'contracts.name as contract_name',
      'contracts.otp_starts_on',
      'assignments.assignment_id',
      'assignments.status as assignment_status',
      'assignments.kind as assignment_kind',
      'assignments.prior_status',
      'assignments.previous_assignment_id',
      'assignments.issued_at_ms',
      'assignments.lapses_at_ms',
      'assignments.thumbprint',
      'assignments.request_id',
      'assignments.ended_at_ms',
      'assignments.end_cause',
      ...tokenColumns,
      'previous.status as previous_status',
      'previous.kind as previous_kind',
      'previous.ended_at_ms as previous_ended_at_ms',
      'previous.end_cause as previous_end_cause',
    ]);
}

/**
 * SQLite's own: a software token in use where its holder's login ID leads, and what decides on their codes; of the
 * contract only where OTP start later, which few rows have to be looked at for.
 */
export function tokensInPlace(db: Kysely<Tables>, serviceId: string, loginId: string) {
  const [first, last] = placeOf(serviceId, loginId);
  return db
    .selectFrom('tokens')
    .leftJoin('contracts as starting', (join) =>
      join
        .onRef('starting.service_id', '=', 'tokens.service_id')
        .onRef('starting.contract_id', '=', 'tokens.holder_contract_id')
        .on('starting.otp_starts_on', 'is not', null),
    )
    .select([
      ...tokenColumns,
      'tokens.holder_login_id as login_id',
      'tokens.token_row',
      'tokens.audit_number',
      'tokens.last_accepted_id',
      'starting.otp_starts_on',
    ])
    .where('tokens.token_row', '>=', first)
    .where('tokens.token_row', '<=', last)
    .where('tokens.service_id', '=', serviceId)
    .where('tokens.holder_login_id', '=', loginId)
    .$narrowType<{ login_id: string }>();
}

/** SQLite's own: any token in use, by who holds it, as `tokensInPlace`. */
export function holdersWithTokens(db: Kysely<Tables>, serviceId: string, loginId: string) {
  return db
    .selectFrom('holders')
    .innerJoin('tokens', (join) => join.on(sql<boolean>`tokens.token_row = holders.token_row`))
    .leftJoin('contracts as starting', (join) =>
      join
        .onRef('starting.service_id', '=', 'holders.service_id')
        .onRef('starting.contract_id', '=', 'holders.contract_id')
        .on('starting.otp_starts_on', 'is not', null),
    )
    .select([
      ...tokenColumns,
      'holders.login_id',
      'holders.token_row',
      'tokens.audit_number',
      'tokens.last_accepted_id',
      'starting.otp_starts_on',
    ])
    .where('holders.service_id', '=', serviceId)
    .where('holders.login_id', '=', loginId);
}

export type Joined =
  ReturnType<typeof usersWithAll> extends SelectQueryBuilder<infer _DB, infer _TB, infer O> ? O : never;
export type JoinedHolder =
  ReturnType<typeof holdersWithTokens> extends SelectQueryBuilder<infer _DB, infer _TB, infer O> ? O : never;

/** A user who has an assignment, and one whose assignment has a token: none of these columns is null where the row was joined. */
type Joint<Name extends 'assignments' | 'tokens', Prefix extends string> = {
  readonly [Column in keyof Row<Name> as Column extends 'status' | 'kind'
    ? `${Prefix}_${Column}`
    : Column]: Row<Name>[Column];
};
type JoinedAssignment = Joint<'assignments', 'assignment'>;
type JoinedToken = Omit<Joint<'tokens', 'token'>, ForTheStore | 'contract_id'> & {
  readonly token_contract_id: string | null;
};

function assignmentOf(row: JoinedAssignment): AssignmentState {
  return assignmentFrom(row, row.assignment_kind, row.assignment_status);
}

function tokenOf(row: JoinedToken): TokenState {
  return tokenFrom(row, row.token_kind, row.token_status, row.token_contract_id);
}

/** A user who holds a token in use. */
export function fromHolder(row: JoinedHolder): ReadUser {
  return {
    loginId: row.login_id,
    contract: { otpStartsOn: row.otp_starts_on },
    assignment: { status: 'active' },
    token: tokenOf(row),
    previous: null,
    seen: { tokenRow: row.token_row, auditNumber: row.audit_number, lastAcceptedId: row.last_accepted_id },
  };
}

/** All of a user, field by field as the rest. */
export function fromJoined(row: Joined): UserState {
  return {
    loginId: row.login_id,
    name: row.name,
    role: row.role,
    email: row.email,
    contract: {
      contractId: row.contract_id,
      kind: row.contract_kind,
      name: row.contract_name,
      otpStartsOn: row.otp_starts_on,
    },
    assignment: row.assignment_id === null ? null : assignmentOf(row as unknown as JoinedAssignment),
    token: row.token_id === null ? null : tokenOf(row as unknown as JoinedToken),
    previous: toEnded({
      status: row.previous_status,
      kind: row.previous_kind,
      ended_at_ms: row.previous_ended_at_ms,
      end_cause: row.previous_end_cause,
    }),
    confirmationHash: row.confirmation_hash,
    confirmationFailures: row.confirmation_failures,
    triedTokenId: row.tried_token_id,
  };
}

/** What may be read through one connection. */
export function readerOver(db: Kysely<Tables>): Reader {
  return {
    ...hardwareReaderOver(db),
    ...stockReaderOver(db),

    async serviceIds() {
      const rows = await db.selectFrom('institutions').select('service_id').orderBy('service_id').execute();
      return rows.map((row) => row.service_id);
    },

    async institution(serviceId) {
      const row = await db
        .selectFrom('institutions')
        .selectAll()
        .where('service_id', '=', serviceId)
        .executeTakeFirst();
      return row === undefined ? null : toInstitution(row);
    },

    async apiKey(keyId) {
      const row = await db.selectFrom('api_keys').selectAll().where('key_id', '=', keyId).executeTakeFirst();
      return row === undefined ? null : toApiKey(row);
    },

    async apiKeys() {
      const rows = await db.selectFrom('api_keys').selectAll().orderBy('created_at_ms').execute();
      return rows.map(toApiKey);
    },

    async contract(serviceId, contractId) {
      const row = await db
        .selectFrom('contracts')
        .selectAll()
        .where('service_id', '=', serviceId)
        .where('contract_id', '=', contractId)
        .executeTakeFirst();
      return row === undefined ? null : toContract(row);
    },

    async user(serviceId, loginId) {
      const row = await usersWithAll(db)
        .where('users.service_id', '=', serviceId)
        .where('users.login_id', '=', loginId)
        .executeTakeFirst();
      return row === undefined ? null : fromJoined(row);
    },

    async users({ serviceId, contractId, after, limit }) {
      let query = usersWithAll(db).where('users.service_id', '=', serviceId);
      if (contractId !== null) query = query.where('users.contract_id', '=', contractId);
      if (after !== null) query = query.where('users.login_id', '>', after);
      const rows = await query.orderBy('users.login_id').limit(limit).execute();
      return rows.map(fromJoined);
    },

    async issueByUserId(serviceId, userId) {
      const assignment = await db
        .selectFrom('assignments')
        .selectAll()
        .where('service_id', '=', serviceId)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      // The token is asked for even where there is no assignment: a stranger's question costs the same.
      const token = await db
        .selectFrom('tokens')
        .selectAll()
        .where('service_id', '=', serviceId)
        .where('token_id', '=', assignment?.token_id ?? '')
        .executeTakeFirst();
      if (assignment === undefined || token === undefined) return null;
      return {
        loginId: assignment.login_id,
        assignment: toAssignment(assignment),
        token: toToken(token),
        activationMac: assignment.activation_mac,
        passwordFailures: assignment.password_failures,
      };
    },

    async keptAnswer(serviceId, keyMac, nowMs) {
      const row = await db
        .selectFrom('kept_answers')
        .selectAll()
        .where('service_id', '=', serviceId)
        .where('key_mac', '=', keyMac)
        .where('expires_at_ms', '>', nowMs)
        .executeTakeFirst();
      if (row === undefined) return null;
      return {
        keyMac: row.key_mac,
        bodyMac: row.body_mac,
        status: row.status,
        sealedAnswer: row.sealed_answer,
        expiresAtMs: row.expires_at_ms,
      };
    },
  };
}
