/** Users with a token in use, and its row. */
const holding = `
SELECT users.service_id, users.login_id, users.contract_id, tokens.token_row
FROM users
JOIN assignments ON assignments.service_id = users.service_id AND assignments.assignment_id = users.assignment_id
  AND assignments.login_id = users.login_id
JOIN tokens ON tokens.service_id = assignments.service_id AND tokens.token_id = assignments.token_id
WHERE assignments.status = 'active' AND users.removed_at_ms IS NULL`;

/** In a trigger: has `holders` say of the row's user what the other tables say. */
const holderAgain = (row: 'NEW' | 'OLD') => `
  DELETE FROM holders WHERE service_id = ${row}.service_id AND login_id = ${row}.login_id;
  INSERT INTO holders (service_id, login_id, contract_id, token_row) ${holding}
    AND users.service_id = ${row}.service_id AND users.login_id = ${row}.login_id;`;

/** Steps from an empty database to the present one, oldest first. A step that has been released is never edited. */
export const migrations: readonly string[] = [
  `
CREATE TABLE key_checks (
  key_id TEXT NOT NULL PRIMARY KEY,
  check_text TEXT NOT NULL
) STRICT;

CREATE TABLE institutions (
  service_id TEXT NOT NULL PRIMARY KEY,
  document TEXT NOT NULL,
  applied_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
  key_id TEXT NOT NULL PRIMARY KEY,
  service_id TEXT NOT NULL REFERENCES institutions (service_id),
  secret_hash BLOB NOT NULL,
  scopes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  revoked_at_ms INTEGER
) STRICT;

CREATE TABLE contracts (
  service_id TEXT NOT NULL REFERENCES institutions (service_id),
  contract_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  otp_starts_on TEXT,
  PRIMARY KEY (service_id, contract_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  service_id TEXT NOT NULL REFERENCES institutions (service_id),
  token_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  serial TEXT,
  status TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  digits INTEGER NOT NULL,
  period_seconds INTEGER NOT NULL,
  sealed_seed BLOB NOT NULL,
  seed_version INTEGER NOT NULL,
  last_step INTEGER NOT NULL DEFAULT -1,
  drift_steps INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  failures_since_accepted INTEGER NOT NULL DEFAULT 0,
  audit_number INTEGER NOT NULL DEFAULT 0,
  expires_at_ms INTEGER,
  PRIMARY KEY (service_id, token_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tokens_by_serial ON tokens (service_id, serial) WHERE serial IS NOT NULL;

CREATE TABLE users (
  service_id TEXT NOT NULL,
  login_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  email TEXT,
  confirmation_hash TEXT,
  confirmation_failures INTEGER NOT NULL DEFAULT 0,
  assignment_id TEXT,
  removed_at_ms INTEGER,
  PRIMARY KEY (service_id, login_id),
  FOREIGN KEY (service_id, contract_id) REFERENCES contracts (service_id, contract_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX users_by_contract ON users (service_id, contract_id, login_id);

CREATE TABLE assignments (
  service_id TEXT NOT NULL,
  assignment_id TEXT NOT NULL,
  login_id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  status TEXT NOT NULL,
  prior_status TEXT NOT NULL,
  previous_assignment_id TEXT,
  user_id TEXT,
  activation_mac BLOB,
  password_failures INTEGER NOT NULL DEFAULT 0,
  thumbprint TEXT,
  issued_at_ms INTEGER NOT NULL,
  lapses_at_ms INTEGER,
  provisioned_at_ms INTEGER,
  activated_at_ms INTEGER,
  ended_at_ms INTEGER,
  PRIMARY KEY (service_id, assignment_id),
  FOREIGN KEY (service_id, login_id) REFERENCES users (service_id, login_id),
  FOREIGN KEY (service_id, token_id) REFERENCES tokens (service_id, token_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX assignments_by_user_id ON assignments (service_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX assignments_one_at_a_time ON assignments (service_id, login_id)
  WHERE status IN ('requested', 'issued', 'provisioned', 'active');
CREATE INDEX assignments_by_token ON assignments (service_id, token_id);

CREATE TABLE audit (
  audit_id INTEGER PRIMARY KEY AUTOINCREMENT,
  service_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  actor TEXT,
  login_id TEXT,
  token_id TEXT,
  token_number INTEGER,
  operation TEXT NOT NULL,
  purpose TEXT,
  outcome TEXT NOT NULL,
  reason TEXT,
  reference TEXT
) STRICT;
CREATE INDEX audit_by_user ON audit (service_id, login_id, audit_id);
CREATE INDEX audit_by_time ON audit (at_ms);
CREATE UNIQUE INDEX audit_by_token ON audit (service_id, token_id, token_number) WHERE token_id IS NOT NULL;

CREATE TABLE kept_answers (
  service_id TEXT NOT NULL,
  key_mac BLOB NOT NULL,
  body_mac BLOB NOT NULL,
  status INTEGER NOT NULL,
  sealed_answer BLOB NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (service_id, key_mac)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_answers_by_end ON kept_answers (expires_at_ms);
`,
  // Hardware: a token belongs to a contract once it is shipped; a request has no token yet.
  `
ALTER TABLE tokens ADD COLUMN contract_id TEXT;
ALTER TABLE tokens ADD COLUMN status_detail TEXT;
CREATE INDEX tokens_by_contract ON tokens (service_id, contract_id) WHERE contract_id IS NOT NULL;

ALTER TABLE users ADD COLUMN tried_token_id TEXT;
CREATE INDEX users_by_tried_token ON users (service_id, tried_token_id) WHERE tried_token_id IS NOT NULL;

ALTER TABLE audit ADD COLUMN acting_login_id TEXT;
ALTER TABLE audit ADD COLUMN operator TEXT;
ALTER TABLE audit ADD COLUMN document TEXT;
ALTER TABLE audit ADD COLUMN note TEXT;

CREATE TABLE new_assignments (
  service_id TEXT NOT NULL,
  assignment_id TEXT NOT NULL,
  login_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  token_id TEXT,
  status TEXT NOT NULL,
  prior_status TEXT NOT NULL,
  previous_assignment_id TEXT,
  user_id TEXT,
  request_id TEXT,
  fee_kind TEXT,
  fee_yen INTEGER,
  activation_mac BLOB,
  password_failures INTEGER NOT NULL DEFAULT 0,
  thumbprint TEXT,
  issued_at_ms INTEGER NOT NULL,
  lapses_at_ms INTEGER,
  provisioned_at_ms INTEGER,
  activated_at_ms INTEGER,
  ended_at_ms INTEGER,
  end_cause TEXT,
  PRIMARY KEY (service_id, assignment_id),
  FOREIGN KEY (service_id, login_id) REFERENCES users (service_id, login_id),
  FOREIGN KEY (service_id, token_id) REFERENCES tokens (service_id, token_id)
) STRICT, WITHOUT ROWID;
INSERT INTO new_assignments (
  service_id, assignment_id, login_id, kind, token_id, status, prior_status, previous_assignment_id, user_id,
  activation_mac, password_failures, thumbprint, issued_at_ms, lapses_at_ms, provisioned_at_ms, activated_at_ms,
  ended_at_ms
)
SELECT
  service_id, assignment_id, login_id, 'software', token_id, status, prior_status, previous_assignment_id, user_id,
  activation_mac, password_failures, thumbprint, issued_at_ms, lapses_at_ms, provisioned_at_ms, activated_at_ms,
  ended_at_ms
FROM assignments;
DROP TABLE assignments;
ALTER TABLE new_assignments RENAME TO assignments;
CREATE UNIQUE INDEX assignments_by_user_id ON assignments (service_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX assignments_one_at_a_time ON assignments (service_id, login_id)
  WHERE status IN ('requested', 'issued', 'provisioned', 'active');
CREATE INDEX assignments_by_token ON assignments (service_id, token_id);
CREATE INDEX assignments_by_user ON assignments (service_id, login_id, activated_at_ms);
CREATE UNIQUE INDEX assignments_by_request ON assignments (service_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX assignments_requested ON assignments (service_id, issued_at_ms, request_id) WHERE status = 'requested';
`,
  // The log: sealed in segments, by one process at a time; listed by institution.
  `
CREATE INDEX audit_by_institution ON audit (service_id, audit_id);

CREATE TABLE audit_segments (
  segment_id INTEGER PRIMARY KEY,
  form INTEGER NOT NULL,
  first_audit_id INTEGER NOT NULL,
  last_audit_id INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  row_digests BLOB NOT NULL,
  rows_hash BLOB NOT NULL,
  previous_head BLOB NOT NULL,
  sealed_at_ms INTEGER NOT NULL,
  head BLOB NOT NULL,
  key_id TEXT NOT NULL,
  signature BLOB NOT NULL
) STRICT;

CREATE TABLE leases (
  name TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
  // Without figures SQLite takes the primary key of a table without row IDs for anything that names the institution, and
  // reads all of it. These say what to expect of each index; they are no measurement and need no refreshing.
  `
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('users', 'users', '1000000 250000 1'),
  ('users', 'users_by_contract', '1000000 250000 4 1'),
  ('users', 'users_by_tried_token', '1000 250 1 1'),
  ('tokens', 'tokens', '1000000 250000 1'),
  ('tokens', 'tokens_by_serial', '1000000 250000 1 1'),
  ('tokens', 'tokens_by_contract', '1000000 250000 4 1'),
  ('assignments', 'assignments', '1000000 250000 1'),
  ('assignments', 'assignments_by_user_id', '1000000 250000 1 1'),
  ('assignments', 'assignments_by_token', '1000000 250000 2 1'),
  ('assignments', 'assignments_by_user', '1000000 250000 2 1 1'),
  ('assignments', 'assignments_by_request', '1000 250 1 1'),
  ('assignments', 'assignments_one_at_a_time', '1000000 250000 1 1');
ANALYZE sqlite_schema;
`,
  // What was sent to whom, why and for how much; the stock as lists show it. Each list has an index of its own kind of
  // row, on columns that no code in use moves.
  `
CREATE TABLE shipments (
  service_id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  cause TEXT NOT NULL,
  fee_kind TEXT NOT NULL,
  fee_yen INTEGER NOT NULL,
  request_id TEXT,
  replaces_token_id TEXT,
  shipped_at_ms INTEGER NOT NULL,
  PRIMARY KEY (service_id, token_id),
  FOREIGN KEY (service_id, token_id) REFERENCES tokens (service_id, token_id),
  FOREIGN KEY (service_id, contract_id) REFERENCES contracts (service_id, contract_id),
  FOREIGN KEY (service_id, replaces_token_id) REFERENCES tokens (service_id, token_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shipments_by_replaced ON shipments (service_id, replaces_token_id) WHERE replaces_token_id IS NOT NULL;

CREATE INDEX tokens_by_expiry ON tokens (service_id, expires_at_ms, serial)
  WHERE kind = 'hardware' AND expires_at_ms IS NOT NULL;
CREATE INDEX tokens_waiting ON tokens (service_id, serial) WHERE kind = 'hardware' AND status = 'stock';
CREATE INDEX tokens_stopped ON tokens (service_id, status, status_detail, serial)
  WHERE kind = 'hardware' AND status IN ('locked', 'disabled', 'void');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('shipments', 'shipments', '100000 25000 1'),
  ('shipments', 'shipments_by_replaced', '10000 2500 1'),
  ('tokens', 'tokens_by_expiry', '100000 25000 100 1'),
  ('tokens', 'tokens_waiting', '10000 2500 1'),
  ('tokens', 'tokens_stopped', '1000 250 100 50 1');
ANALYZE sqlite_schema;
`,
  // What was pruned of the log: one signed statement for all, and where each token's numbers go on.
  `
CREATE TABLE audit_pruning (
  pruning_id INTEGER PRIMARY KEY CHECK (pruning_id = 1),
  segment_id INTEGER NOT NULL,
  last_audit_id INTEGER NOT NULL,
  segment_head BLOB NOT NULL,
  row_count INTEGER NOT NULL,
  before_ms INTEGER NOT NULL,
  pruned_at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  key_id TEXT NOT NULL,
  signature BLOB NOT NULL
) STRICT;

CREATE TABLE audit_floors (
  service_id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  mac BLOB NOT NULL,
  PRIMARY KEY (service_id, token_id)
) STRICT, WITHOUT ROWID;
`,
  // Issues that were not activated, by the end of their time: what was made for them is wiped then.
  `
CREATE INDEX assignments_lapsing ON assignments (lapses_at_ms) WHERE activation_mac IS NOT NULL;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('assignments', 'assignments_lapsing', '1000 1');
ANALYZE sqlite_schema;
`,
  // Every code that was checked changed a page of this index, which only the check of the log needs, and which that makes
  // for itself now.
  `
DROP INDEX audit_by_token;
`,
  // Contracts whose OTP start later are few; the others need not be looked at for every code.
  `
CREATE INDEX contracts_starting ON contracts (service_id, contract_id, otp_starts_on) WHERE otp_starts_on IS NOT NULL;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('contracts', 'contracts', '1000000 250000 1'),
  ('contracts', 'contracts_starting', '1000 250 1 1');
ANALYZE sqlite_schema;
`,
  // Who holds which token in use: said by users and assignments already, but scattered, so that a code among millions cost
  // the reading of seven pages. Here it costs two, one of this table and one of the tokens, which have row numbers for that.
  `
CREATE TABLE new_tokens (
  token_row INTEGER PRIMARY KEY,
  service_id TEXT NOT NULL REFERENCES institutions (service_id),
  token_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  serial TEXT,
  status TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  digits INTEGER NOT NULL,
  period_seconds INTEGER NOT NULL,
  sealed_seed BLOB NOT NULL,
  seed_version INTEGER NOT NULL,
  last_step INTEGER NOT NULL DEFAULT -1,
  drift_steps INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  failures_since_accepted INTEGER NOT NULL DEFAULT 0,
  audit_number INTEGER NOT NULL DEFAULT 0,
  expires_at_ms INTEGER,
  contract_id TEXT,
  status_detail TEXT
) STRICT;
INSERT INTO new_tokens (
  service_id, token_id, kind, serial, status, algorithm, digits, period_seconds, sealed_seed, seed_version,
  last_step, drift_steps, failures, failures_since_accepted, audit_number, expires_at_ms, contract_id, status_detail
)
SELECT
  service_id, token_id, kind, serial, status, algorithm, digits, period_seconds, sealed_seed, seed_version,
  last_step, drift_steps, failures, failures_since_accepted, audit_number, expires_at_ms, contract_id, status_detail
FROM tokens ORDER BY service_id, token_id;
DROP TABLE tokens;
ALTER TABLE new_tokens RENAME TO tokens;
CREATE UNIQUE INDEX tokens_by_id ON tokens (service_id, token_id);
CREATE UNIQUE INDEX tokens_by_serial ON tokens (service_id, serial) WHERE serial IS NOT NULL;
CREATE INDEX tokens_by_contract ON tokens (service_id, contract_id) WHERE contract_id IS NOT NULL;
CREATE INDEX tokens_by_expiry ON tokens (service_id, expires_at_ms, serial)
  WHERE kind = 'hardware' AND expires_at_ms IS NOT NULL;
CREATE INDEX tokens_waiting ON tokens (service_id, serial) WHERE kind = 'hardware' AND status = 'stock';
CREATE INDEX tokens_stopped ON tokens (service_id, status, status_detail, serial)
  WHERE kind = 'hardware' AND status IN ('locked', 'disabled', 'void');

CREATE TABLE holders (
  service_id TEXT NOT NULL,
  login_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  token_row INTEGER NOT NULL,
  PRIMARY KEY (service_id, login_id)
) STRICT, WITHOUT ROWID;
INSERT INTO holders (service_id, login_id, contract_id, token_row) ${holding};
CREATE TRIGGER holders_of_users AFTER UPDATE OF contract_id, assignment_id, removed_at_ms ON users
WHEN NEW.contract_id IS NOT OLD.contract_id OR NEW.assignment_id IS NOT OLD.assignment_id
  OR NEW.removed_at_ms IS NOT OLD.removed_at_ms
BEGIN ${holderAgain('NEW')} END;
CREATE TRIGGER holders_of_new_users AFTER INSERT ON users WHEN NEW.assignment_id IS NOT NULL
BEGIN ${holderAgain('NEW')} END;
CREATE TRIGGER holders_of_deleted_users AFTER DELETE ON users
BEGIN ${holderAgain('OLD')} END;
CREATE TRIGGER holders_of_assignments AFTER UPDATE OF login_id, token_id, status ON assignments
WHEN NEW.status IS NOT OLD.status OR NEW.token_id IS NOT OLD.token_id OR NEW.login_id IS NOT OLD.login_id
BEGIN ${holderAgain('OLD')} ${holderAgain('NEW')} END;
CREATE TRIGGER holders_of_new_assignments AFTER INSERT ON assignments WHEN NEW.status = 'active'
BEGIN ${holderAgain('NEW')} END;
CREATE TRIGGER holders_of_deleted_assignments AFTER DELETE ON assignments
BEGIN ${holderAgain('OLD')} END;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('holders', 'holders', '1000000 250000 1'),
  ('tokens', 'tokens_by_id', '1000000 250000 1'),
  ('tokens', 'tokens_by_serial', '1000000 250000 1'),
  ('tokens', 'tokens_by_contract', '1000000 250000 4'),
  ('tokens', 'tokens_by_expiry', '100000 25000 100 1'),
  ('tokens', 'tokens_waiting', '10000 2500 1'),
  ('tokens', 'tokens_stopped', '1000 250 100 50 1');
ANALYZE sqlite_schema;
`,
  // Every accepted code changed a page of the log's index by user. Now its row names the token's accepted one before it, and
  // the token the last: from there a user's rows are followed back, from every 64th number of a token on. The index keeps
  // all other rows.
  `
ALTER TABLE tokens ADD COLUMN last_accepted_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN previous_accepted_id INTEGER;
DROP INDEX audit_by_user;
CREATE INDEX audit_by_user ON audit (service_id, login_id, audit_id) WHERE previous_accepted_id IS NULL;
CREATE INDEX audit_marks ON audit (service_id, token_id, audit_id)
  WHERE previous_accepted_id IS NOT NULL AND token_number % 64 = 0;
`,
  // Of the two pages that a code among millions cost, one is enough for a software token that names who holds it and lies
  // where their login ID leads. Tokens of before stay where they are, and are found as before.
  `
ALTER TABLE tokens ADD COLUMN holder_login_id TEXT;
ALTER TABLE tokens ADD COLUMN holder_contract_id TEXT;
CREATE TRIGGER token_held AFTER INSERT ON holders BEGIN
  UPDATE tokens SET holder_login_id = NEW.login_id, holder_contract_id = NEW.contract_id
  WHERE token_row = NEW.token_row AND kind = 'software';
END;
CREATE TRIGGER token_free AFTER DELETE ON holders BEGIN
  UPDATE tokens SET holder_login_id = NULL, holder_contract_id = NULL
  WHERE token_row = OLD.token_row AND kind = 'software';
END;
`,
];
