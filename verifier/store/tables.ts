import type { Generated, Selectable } from 'kysely';

/** The tables. Every row that belongs to an institution starts its key with `service_id`. */
export interface Tables {
  schema_versions: { version: number; applied_at_ms: number };
  key_checks: { key_id: string; check_text: string };
  institutions: { service_id: string; document: string; applied_at_ms: number };
  api_keys: {
    key_id: string;
    service_id: string;
    secret_hash: Uint8Array;
    scopes: string;
    created_at_ms: number;
    expires_at_ms: number | null;
    revoked_at_ms: number | null;
  };
  contracts: {
    service_id: string;
    contract_id: string;
    kind: 'business' | 'individual';
    name: string;
    otp_starts_on: string | null;
  };
  users: {
    service_id: string;
    login_id: string;
    contract_id: string;
    name: string;
    role: 'master' | 'administrator' | 'general';
    email: string | null;
    confirmation_hash: string | null;
    confirmation_failures: number;
    assignment_id: string | null;
    tried_token_id: string | null;
    removed_at_ms: number | null;
  };
  tokens: {
    service_id: string;
    token_id: string;
    kind: 'software' | 'hardware';
    serial: string | null;
    status: 'stock' | 'active' | 'locked' | 'disabled' | 'expired' | 'void';
    algorithm: 'SHA1' | 'SHA256' | 'SHA512';
    digits: number;
    period_seconds: number;
    sealed_seed: Uint8Array;
    seed_version: number;
    last_step: number;
    drift_steps: number;
    failures: number;
    failures_since_accepted: number;
    audit_number: number;
    expires_at_ms: number | null;
    contract_id: string | null;
    status_detail: string | null;
    /** SQLite's own, as those below. */
    token_row: Generated<number>;
    /** The row of the last accepted validation; 0 before the first. */
    last_accepted_id: Generated<number>;
    /** Of a software token in use: as `holders` has it. */
    holder_login_id: Generated<string | null>;
    holder_contract_id: Generated<string | null>;
  };
  assignments: {
    service_id: string;
    assignment_id: string;
    login_id: string;
    kind: 'software' | 'hardware';
    token_id: string | null;
    status: 'unregistered' | 'requested' | 'issued' | 'provisioned' | 'active' | 'revoked' | 'deactivated';
    prior_status: 'unregistered' | 'revoked' | 'deactivated';
    previous_assignment_id: string | null;
    user_id: string | null;
    request_id: string | null;
    fee_kind: 'free' | 'additional' | 'reissue' | null;
    fee_yen: number | null;
    activation_mac: Uint8Array | null;
    password_failures: number;
    thumbprint: string | null;
    issued_at_ms: number;
    lapses_at_ms: number | null;
    provisioned_at_ms: number | null;
    activated_at_ms: number | null;
    ended_at_ms: number | null;
    end_cause: string | null;
  };
  /** SQLite's own: who holds which token in use, kept by triggers. */
  holders: { service_id: string; login_id: string; contract_id: string; token_row: number };
  shipments: {
    service_id: string;
    token_id: string;
    contract_id: string;
    cause: 'first' | 'additional' | 'lost' | 'stolen' | 'broken' | 'expiry';
    fee_kind: 'free' | 'additional' | 'reissue';
    fee_yen: number;
    request_id: string | null;
    replaces_token_id: string | null;
    shipped_at_ms: number;
  };
  audit: {
    audit_id: Generated<number>;
    service_id: string;
    at_ms: number;
    actor: string | null;
    login_id: string | null;
    token_id: string | null;
    token_number: number | null;
    operation: string;
    purpose: string | null;
    outcome: string;
    reason: string | null;
    reference: string | null;
    acting_login_id: string | null;
    operator: string | null;
    document: string | null;
    note: string | null;
    /** SQLite's own: of an accepted validation, the row of the token's accepted one before it, or 0; null in all others. */
    previous_accepted_id: Generated<number | null>;
  };
  audit_segments: {
    segment_id: number;
    form: number;
    first_audit_id: number;
    last_audit_id: number;
    row_count: number;
    row_digests: Uint8Array;
    rows_hash: Uint8Array;
    previous_head: Uint8Array;
    sealed_at_ms: number;
    head: Uint8Array;
    key_id: string;
    signature: Uint8Array;
  };
  audit_pruning: {
    pruning_id: number;
    segment_id: number;
    last_audit_id: number;
    segment_head: Uint8Array;
    row_count: number;
    before_ms: number;
    pruned_at_ms: number;
    actor: string;
    key_id: string;
    signature: Uint8Array;
  };
  audit_floors: { service_id: string; token_id: string; number: number; mac: Uint8Array };
  leases: { name: string; owner: string; expires_at_ms: number };
  kept_answers: {
    service_id: string;
    key_mac: Uint8Array;
    body_mac: Uint8Array;
    status: number;
    sealed_answer: Uint8Array;
    expires_at_ms: number;
  };
}

export type Row<Name extends keyof Tables> = Selectable<Tables[Name]>;
