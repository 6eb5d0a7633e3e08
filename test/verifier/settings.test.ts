import { expect, test } from 'vitest';
import { readSettings } from '../../verifier/settings.ts';

test('without any variable the defaults hold', () => {
  const read = readSettings({});
  expect(read).toEqual({
    settings: {
      port: 4001,
      host: '127.0.0.1',
      dataDir: `${process.cwd()}/data`,
      databasePath: `${process.cwd()}/data/verifier.sqlite`,
      postgresUrl: null,
      publicUrl: null,
      keyringPath: `${process.cwd()}/data/keyring.json`,
      auditHeadsPath: `${process.cwd()}/data/audit-heads.jsonl`,
      smtpUrl: null,
      outboxDir: `${process.cwd()}/data/outbox`,
      trustedProxies: 0,
      auditRetentionDays: null,
      logLevel: 'info',
    },
  });
});

test.each([
  ['PORT', '0', 'port', 0],
  ['PORT', '', 'port', 4001],
  ['PUBLIC_URL', 'https://otp.example/', 'publicUrl', 'https://otp.example'],
  ['PUBLIC_URL', 'https://bank.example/otp/', 'publicUrl', 'https://bank.example/otp'],
  ['PUBLIC_URL', 'HTTPS://信用.example:443/a b//', 'publicUrl', 'https://xn--vuqs22g.example/a%20b'],
  ['DATABASE_URL', 'file:/var/x.sqlite', 'databasePath', '/var/x.sqlite'],
  ['DATABASE_URL', 'file:///var/a%20b.sqlite', 'databasePath', '/var/a b.sqlite'],
  ['DATABASE_URL', 'postgres://u:p@db.example/shirushi', 'postgresUrl', 'postgres://u:p@db.example/shirushi'],
  [
    'DATABASE_URL',
    'postgresql://db.example/shirushi?sslmode=verify-full',
    'postgresUrl',
    'postgresql://db.example/shirushi?sslmode=verify-full',
  ],
  ['KEYRING', '/run/secrets/keyring', 'keyringPath', '/run/secrets/keyring'],
  ['TRUST_PROXY', 'true', 'trustedProxies', 1],
  ['TRUST_PROXY', 'false', 'trustedProxies', 0],
  ['TRUST_PROXY', '2', 'trustedProxies', 2],
  ['AUDIT_RETENTION_DAYS', '30', 'auditRetentionDays', 30],
  ['AUDIT_RETENTION_DAYS', '3650', 'auditRetentionDays', 3650],
  ['LOG_LEVEL', 'debug', 'logLevel', 'debug'],
  ['SMTP_URL', 'smtps://u:p@mail.example:465', 'smtpUrl', 'smtps://u:p@mail.example:465'],
])('%s=%s is taken', (name, value, field, expected) => {
  const read = readSettings({ [name]: value });
  expect('settings' in read ? read.settings : read).toMatchObject({ [field]: expected });
});

test.each([
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '80a'],
  ['PUBLIC_URL', 'otp.example'],
  ['PUBLIC_URL', 'ftp://otp.example'],
  ['PUBLIC_URL', 'https://otp.example/#x'],
  ['PUBLIC_URL', 'https://user:password@otp.example'],
  ['DATABASE_URL', 'postgres://localhost'],
  ['DATABASE_URL', 'mysql://localhost/shirushi'],
  ['DATABASE_URL', 'file://host/x.sqlite'],
  ['DATABASE_URL', 'file:'],
  ['DATABASE_URL', 'file:/var/x.sqlite?mode=ro'],
  ['DATABASE_URL', 'file:///var/x.sqlite?mode=ro'],
  ['SMTP_URL', 'mail.example:25'],
  ['SMTP_URL', 'smtp://'],
  ['SMTP_URL', 'smtp:mail.example'],
  ['AUDIT_RETENTION_DAYS', '29'],
  ['AUDIT_RETENTION_DAYS', '36501'],
  ['AUDIT_RETENTION_DAYS', '1 year'],
  ['AUDIT_RETENTION_DAYS', '-365'],
  ['TRUST_PROXY', 'yes'],
  ['LOG_LEVEL', 'INFO'],
])('%s=%s is refused by name, with what it expects in both languages', (name, value) => {
  const read = readSettings({ [name]: value });
  expect('problems' in read ? read.problems : []).toEqual([
    { name, en: expect.stringMatching(/.{5,}/), ja: expect.stringMatching(/[ぁ-んァ-ン]/) },
  ]);
});

test('all that is wrong is named at once', () => {
  const read = readSettings({ PORT: 'x', LOG_LEVEL: 'x', TRUST_PROXY: 'x' });
  expect('problems' in read ? read.problems.map(({ name }) => name).sort() : []).toEqual([
    'LOG_LEVEL',
    'PORT',
    'TRUST_PROXY',
  ]);
});
