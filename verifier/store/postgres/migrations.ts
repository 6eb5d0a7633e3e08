/**
 * Steps from an empty PostgreSQL database to the present one, oldest first. A step that has been released is never
 * edited. Same tables and columns as in SQLite. Texts compare by their bytes (collation "C"), so that lists come in
 * the same order on every database. Keys of what an institution owns start with `service_id`, apart from those of the log
 * (`audit_id`) and of API keys (`key_id`).
 */
export const migrations: readonly string[] = [
  `
CREATE TABLE key_checks (
  key_id text COLLATE "C" NOT NULL PRIMARY KEY,
  check_text text NOT NULL
);

CREATE TABLE institutions (
  service_id text COLLATE "C" NOT NULL PRIMARY KEY,
  document text NOT NULL,
  applied_at_ms bigint NOT NULL
);

CREATE TABLE api_keys (
  key_id text COLLATE "C" NOT NULL PRIMARY KEY,
  service_id text COLLATE "C" NOT NULL REFERENCES institutions (service_id),
  secret_hash bytea NOT NULL,
  scopes text NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint,
  revoked_at_ms bigint
);

CREATE TABLE contracts (
  service_id text COLLATE "C" NOT NULL REFERENCES institutions (service_id),
  contract_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  otp_starts_on text,
  PRIMARY KEY (service_id, contract_id)
);

-- Pages keep room, so that a moved counter stays on its page and touches no index.
CREATE TABLE tokens (
  service_id text COLLATE "C" NOT NULL REFERENCES institutions (service_id),
  token_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  serial text COLLATE "C",
  status text NOT NULL,
  algorithm text NOT NULL,
  digits integer NOT NULL,
  period_seconds integer NOT NULL,
  sealed_seed bytea NOT NULL,
  seed_version integer NOT NULL,
  last_step bigint NOT NULL DEFAULT -1,
  drift_steps integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  failures_since_accepted integer NOT NULL DEFAULT 0,
  audit_number bigint NOT NULL DEFAULT 0,
  expires_at_ms bigint,
  contract_id text COLLATE "C",
  status_detail text,
  PRIMARY KEY (service_id, token_id)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX tokens_by_serial ON tokens (service_id, serial) WHERE serial IS NOT NULL;
CREATE INDEX tokens_by_contract ON tokens (service_id, contract_id) WHERE contract_id IS NOT NULL;

CREATE TABLE users (
  service_id text COLLATE "C" NOT NULL,
  login_id text COLLATE "C" NOT NULL,
  contract_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  email text,
  confirmation_hash text,
  confirmation_failures integer NOT NULL DEFAULT 0,
  assignment_id text COLLATE "C",
  tried_token_id text COLLATE "C",
  removed_at_ms bigint,
  PRIMARY KEY (service_id, login_id),
  FOREIGN KEY (service_id, contract_id) REFERENCES contracts (service_id, contract_id)
);
CREATE INDEX users_by_contract ON users (service_id, contract_id, login_id);
CREATE INDEX users_by_tried_token ON users (service_id, tried_token_id) WHERE tried_token_id IS NOT NULL;

CREATE TABLE assignments (
  service_id text COLLATE "C" NOT NULL,
  assignment_id text COLLATE "C" NOT NULL,
  login_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  token_id text COLLATE "C",
  status text NOT NULL,
  prior_status text NOT NULL,
  previous_assignment_id text COLLATE "C",
  user_id text COLLATE "C",
  request_id text COLLATE "C",
  fee_kind text,
  fee_yen bigint,
  activation_mac bytea,
  password_failures integer NOT NULL DEFAULT 0,
  thumbprint text,
  issued_at_ms bigint NOT NULL,
  lapses_at_ms bigint,
  provisioned_at_ms bigint,
  activated_at_ms bigint,
  ended_at_ms bigint,
  end_cause text,
  PRIMARY KEY (service_id, assignment_id),
  FOREIGN KEY (service_id, login_id) REFERENCES users (service_id, login_id),
  FOREIGN KEY (service_id, token_id) REFERENCES tokens (service_id, token_id)
);
CREATE UNIQUE INDEX assignments_by_user_id ON assignments (service_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX assignments_one_at_a_time ON assignments (service_id, login_id)
  WHERE status IN ('requested', 'issued', 'provisioned', 'active');
CREATE INDEX assignments_by_token ON assignments (service_id, token_id);
CREATE INDEX assignments_by_user ON assignments (service_id, login_id, activated_at_ms);
CREATE UNIQUE INDEX assignments_by_request ON assignments (service_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX assignments_requested ON assignments (service_id, issued_at_ms, request_id) WHERE status = 'requested';

-- Numbers are taken one at a time (CACHE 1): a session that held some back would write below rows already sealed.
CREATE SEQUENCE audit_ids AS bigint CACHE 1;
CREATE TABLE audit (
  audit_id bigint NOT NULL PRIMARY KEY DEFAULT nextval('audit_ids'),
  service_id text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  actor text,
  login_id text COLLATE "C",
  token_id text COLLATE "C",
  token_number bigint,
  operation text NOT NULL,
  purpose text,
  outcome text NOT NULL,
  reason text,
  reference text,
  acting_login_id text,
  operator text,
  document text,
  note text
);
ALTER SEQUENCE audit_ids OWNED BY audit.audit_id;
CREATE INDEX audit_by_institution ON audit (service_id, audit_id);
CREATE INDEX audit_by_user ON audit (service_id, login_id, audit_id);
CREATE INDEX audit_by_time ON audit (at_ms);
CREATE UNIQUE INDEX audit_by_token ON audit (service_id, token_id, token_number) WHERE token_id IS NOT NULL;

CREATE TABLE audit_segments (
  segment_id bigint NOT NULL PRIMARY KEY,
  form integer NOT NULL,
  first_audit_id bigint NOT NULL,
  last_audit_id bigint NOT NULL,
  row_count integer NOT NULL,
  row_digests bytea NOT NULL,
  rows_hash bytea NOT NULL,
  previous_head bytea NOT NULL,
  sealed_at_ms bigint NOT NULL,
  head bytea NOT NULL,
  key_id text NOT NULL,
  signature bytea NOT NULL
);
ALTER TABLE audit_segments ALTER COLUMN row_digests SET STORAGE EXTERNAL;

CREATE TABLE leases (
  name text COLLATE "C" NOT NULL PRIMARY KEY,
  owner text NOT NULL,
  expires_at_ms bigint NOT NULL
);

CREATE TABLE kept_answers (
  service_id text COLLATE "C" NOT NULL,
  key_mac bytea NOT NULL,
  body_mac bytea NOT NULL,
  status integer NOT NULL,
  sealed_answer bytea NOT NULL,
  expires_at_ms bigint NOT NULL,
  PRIMARY KEY (service_id, key_mac)
);
CREATE INDEX kept_answers_by_end ON kept_answers (expires_at_ms);
`,
  // What was sent to whom, why and for how much; the stock as lists show it. Each list has an index of its own kind of
  // row, on columns that no code in use moves.
  `
CREATE TABLE shipments (
  service_id text COLLATE "C" NOT NULL,
  token_id text COLLATE "C" NOT NULL,
  contract_id text COLLATE "C" NOT NULL,
  cause text NOT NULL,
  fee_kind text NOT NULL,
  fee_yen integer NOT NULL,
  request_id text COLLATE "C",
  replaces_token_id text COLLATE "C",
  shipped_at_ms bigint NOT NULL,
  PRIMARY KEY (service_id, token_id),
  FOREIGN KEY (service_id, token_id) REFERENCES tokens (service_id, token_id),
  FOREIGN KEY (service_id, contract_id) REFERENCES contracts (service_id, contract_id),
  FOREIGN KEY (service_id, replaces_token_id) REFERENCES tokens (service_id, token_id)
);
CREATE INDEX shipments_by_replaced ON shipments (service_id, replaces_token_id) WHERE replaces_token_id IS NOT NULL;

CREATE INDEX tokens_by_expiry ON tokens (service_id, expires_at_ms, serial)
  WHERE kind = 'hardware' AND expires_at_ms IS NOT NULL;
CREATE INDEX tokens_waiting ON tokens (service_id, serial) WHERE kind = 'hardware' AND status = 'stock';
CREATE INDEX tokens_stopped ON tokens (service_id, status, status_detail, serial)
  WHERE kind = 'hardware' AND status IN ('locked', 'disabled', 'void');
`,
  // What was pruned of the log: one signed statement for all, and where each token's numbers go on. Pages keep room:
  // each pruning moves many of these numbers.
  `
CREATE TABLE audit_pruning (
  pruning_id integer NOT NULL PRIMARY KEY CHECK (pruning_id = 1),
  segment_id bigint NOT NULL,
  last_audit_id bigint NOT NULL,
  segment_head bytea NOT NULL,
  row_count bigint NOT NULL,
  before_ms bigint NOT NULL,
  pruned_at_ms bigint NOT NULL,
  actor text NOT NULL,
  key_id text NOT NULL,
  signature bytea NOT NULL
);

CREATE TABLE audit_floors (
  service_id text COLLATE "C" NOT NULL,
  token_id text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  mac bytea NOT NULL,
  PRIMARY KEY (service_id, token_id)
) WITH (fillfactor = 70);
`,
  // Issues that were not activated, by the end of their time: what was made for them is wiped then.
  `
CREATE INDEX assignments_lapsing ON assignments (lapses_at_ms) WHERE activation_mac IS NOT NULL;
`,
];
