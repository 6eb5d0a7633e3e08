import { type Institution, parseInstitution } from '../../shared/institution.ts';
import type {
  AssignmentState,
  ContractState,
  EndCause,
  EndedAssignment,
  TokenDetail,
  TokenState,
} from '../rules/state.ts';
import { type ApiKey, InstitutionUnfit, type Scope } from './store.ts';
import type { Row } from './tables.ts';

/** @throws InstitutionUnfit where the stored document is not an institution any more */
export function toInstitution(row: Row<'institutions'>): Institution {
  const document = JSON.parse(row.document);
  const parsed = parseInstitution(document);
  if ('institution' in parsed) return parsed.institution;
  const paths = parsed.problems.map((problem) => problem.path).join(', ');
  const message = `institution ${row.service_id} in the database does not fit this version: ${paths}`;
  throw new InstitutionUnfit(message, document);
}

export function toApiKey(row: Row<'api_keys'>): ApiKey {
  return {
    keyId: row.key_id,
    serviceId: row.service_id,
    secretHash: row.secret_hash,
    scopes: row.scopes.split(',') as Scope[],
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
  };
}

export function toContract(row: Row<'contracts'>): ContractState {
  return { contractId: row.contract_id, kind: row.kind, name: row.name, otpStartsOn: row.otp_starts_on };
}

/** Columns that a joined row has under other names, since two of its tables have them. */
type Shared = 'kind' | 'status' | 'contract_id';

export function toToken(row: Row<'tokens'>): TokenState {
  return tokenFrom(row, row.kind, row.status, row.contract_id);
}

/** What only the store itself needs of a token. */
export type ForTheStore =
  | 'service_id'
  | 'audit_number'
  | 'token_row'
  | 'last_accepted_id'
  | 'holder_login_id'
  | 'holder_contract_id';

/** Made field by field: on the way of every validation, where copies of whole rows would cost as much as the query. */
export function tokenFrom(
  row: Omit<Row<'tokens'>, Shared | ForTheStore>,
  kind: TokenState['kind'],
  status: TokenState['status'],
  contractId: string | null,
): TokenState {
  return {
    tokenId: row.token_id,
    kind,
    serial: row.serial,
    status,
    parameters: { algorithm: row.algorithm, digits: row.digits, periodSeconds: row.period_seconds },
    sealedSeed: row.sealed_seed,
    seedVersion: row.seed_version,
    lastStep: row.last_step,
    driftSteps: row.drift_steps,
    failures: row.failures,
    failuresSinceAccepted: row.failures_since_accepted,
    expiresAtMs: row.expires_at_ms,
    contractId,
    statusDetail: row.status_detail as TokenDetail | null,
  };
}

export function toAssignment(row: Row<'assignments'>): AssignmentState {
  return assignmentFrom(row, row.kind, row.status);
}

/** As `tokenFrom`. */
export function assignmentFrom(
  row: Omit<Row<'assignments'>, Shared>,
  kind: AssignmentState['kind'],
  status: AssignmentState['status'],
): AssignmentState {
  return {
    assignmentId: row.assignment_id,
    kind,
    status,
    priorStatus: row.prior_status,
    previousAssignmentId: row.previous_assignment_id,
    issuedAtMs: row.issued_at_ms,
    lapsesAtMs: row.lapses_at_ms,
    thumbprint: row.thumbprint,
    requestId: row.request_id,
    endedAtMs: row.ended_at_ms,
    endCause: row.end_cause as EndCause | null,
  };
}

/** Null where the assignment is not one that was in use and ended. */
export function toEnded(row: {
  readonly status: Row<'assignments'>['status'] | null;
  readonly kind: Row<'assignments'>['kind'] | null;
  readonly ended_at_ms: number | null;
  readonly end_cause: string | null;
}): EndedAssignment | null {
  const { status, kind, ended_at_ms: endedAtMs } = row;
  if ((status !== 'revoked' && status !== 'deactivated') || kind === null || endedAtMs === null) return null;
  return { status, kind, endedAtMs, cause: row.end_cause as EndCause | null };
}
