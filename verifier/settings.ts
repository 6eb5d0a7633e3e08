import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** What the environment decides, read once at the start. */
export interface Settings {
  /** 0 to 65535; 0 lets the system choose. Default 4001. */
  readonly port: number;
  /** Default 127.0.0.1: nobody else reaches it before somebody decides so. */
  readonly host: string;
  /** Folder of database, key file, heads of the log and outbox. Default ./data. */
  readonly dataDir: string;
  /** The SQLite file; not used where `postgresUrl` is given. */
  readonly databasePath: string;
  /** The PostgreSQL database, with its password; null: SQLite. */
  readonly postgresUrl: string | null;
  /** Address under which browsers reach the verifier, without a slash at the end; null: where it listens. */
  readonly publicUrl: string | null;
  /** The key file. Default keyring.json in `dataDir`. */
  readonly keyringPath: string;
  /** Heads of the sealed log, outside the database. */
  readonly auditHeadsPath: string;
  /** null: mails become files in `outboxDir`. */
  readonly smtpUrl: string | null;
  readonly outboxDir: string;
  /** Proxies in front whose X-Forwarded-For counts, 0 to 10. Default 0: the header is ignored. */
  readonly trustedProxies: number;
  /** Days for which rows of the audit log stay at least, 30 to 36,500. Default null: for good. */
  readonly auditRetentionDays: number | null;
  readonly logLevel: LogLevel;
}

/** Fewer days would leave nobody the time to look into a case. */
export const leastRetentionDays = 30;
const mostRetentionDays = 36_500;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One setting that is wrong and what it expects. Its value is not repeated: it may hold a password. */
export interface SettingProblem {
  readonly name: string;
  readonly en: string;
  readonly ja: string;
}

const sayings: Readonly<Record<string, { readonly en: string; readonly ja: string }>> = {
  PORT: { en: 'a port number from 0 to 65535', ja: '0〜65535 のポート番号を指定してください' },
  HOST: { en: 'a host name or an address to listen on', ja: '待ち受けるホスト名またはアドレスを指定してください' },
  DATABASE_URL: {
    en: 'nothing (SQLite in DATA_DIR), a file: address or postgres://user:password@host:5432/database',
    ja: '空(DATA_DIR の SQLite)、file:、または postgres://user:password@host:5432/database の形で指定してください',
  },
  PUBLIC_URL: {
    en: 'an http or https address without user, query or fragment, such as https://otp.example',
    ja: 'https://otp.example のような http または https のアドレスを指定してください',
  },
  SMTP_URL: {
    en: 'an address such as smtp://user:password@host:587',
    ja: 'smtp://user:password@host:587 のような形で指定してください',
  },
  TRUST_PROXY: {
    en: 'true, false or the number of proxies in front (0 to 10)',
    ja: 'true、false、または手前のプロキシの数(0〜10)を指定してください',
  },
  AUDIT_RETENTION_DAYS: {
    en: `a number of days from ${leastRetentionDays} to ${mostRetentionDays}, or nothing to keep the audit log for good`,
    ja: `監査ログを保存する日数(${leastRetentionDays}〜${mostRetentionDays})を指定してください。無期限に保存する場合は空にしてください`,
  },
  LOG_LEVEL: { en: logLevels.join(', '), ja: `${logLevels.join('、')} のいずれかを指定してください` },
};

/** It stands in mails, so it holds no password. */
function isPublicUrl(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '' && !/[?#]/.test(value);
}

/** Without a host the mailer would turn to this machine. */
function isSmtpUrl(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== '';
}

function isPostgresUrl(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1 && url.hash === '';
}

function isFileUrl(value: string): boolean {
  // Of a remote host no file can be opened: file://host/x is refused, file:///x and file:x are taken. SQLite's own
  // options behind a ? are not read here, and no other file is to be opened for them.
  return /^file:(\/\/\/|(?!\/\/))[^?#]+$/.test(value);
}

const text = z.string().trim().min(1);
const schema = z.object({
  PORT: z
    .string()
    .regex(/^[0-9]{1,5}$/)
    .transform(Number)
    .pipe(z.int().max(65_535))
    .default(4001),
  HOST: text.max(255).default('127.0.0.1'),
  DATABASE_URL: text.refine((value) => isFileUrl(value) || isPostgresUrl(value)).optional(),
  DATA_DIR: text.default('./data'),
  PUBLIC_URL: text
    .refine(isPublicUrl)
    .transform((value) => new URL(value).href.replace(/\/+$/, ''))
    .optional(),
  KEYRING: text.optional(),
  SMTP_URL: text.refine(isSmtpUrl).optional(),
  TRUST_PROXY: z
    .string()
    .regex(/^(true|false|[0-9]|10)$/)
    .transform((value) => (value === 'true' ? 1 : value === 'false' ? 0 : Number(value)))
    .default(0),
  AUDIT_RETENTION_DAYS: z
    .string()
    .regex(/^[0-9]{1,5}$/)
    .transform(Number)
    .pipe(z.int().min(leastRetentionDays).max(mostRetentionDays))
    .optional(),
  LOG_LEVEL: z.enum(logLevels).default('info'),
});

/**
 * Reads the settings from an environment; an empty variable counts as left out.
 * Returns them, or every setting that is wrong.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly settings: Settings } | { readonly problems: readonly SettingProblem[] } {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const names = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
    const other = { en: 'a text', ja: '文字列を指定してください' };
    return { problems: [...names].map((name) => ({ name, ...(sayings[name] ?? other) })) };
  }
  const value = parsed.data;
  const database = value.DATABASE_URL;
  const postgresUrl = database !== undefined && isPostgresUrl(database) ? database : null;
  const dataDir = resolve(value.DATA_DIR);
  return {
    settings: {
      port: value.PORT,
      host: value.HOST,
      dataDir,
      databasePath:
        database === undefined || postgresUrl !== null ? join(dataDir, 'verifier.sqlite') : filePath(database),
      postgresUrl,
      publicUrl: value.PUBLIC_URL ?? null,
      keyringPath: value.KEYRING === undefined ? join(dataDir, 'keyring.json') : resolve(value.KEYRING),
      auditHeadsPath: join(dataDir, 'audit-heads.jsonl'),
      smtpUrl: value.SMTP_URL ?? null,
      outboxDir: join(dataDir, 'outbox'),
      trustedProxies: value.TRUST_PROXY,
      auditRetentionDays: value.AUDIT_RETENTION_DAYS ?? null,
      logLevel: value.LOG_LEVEL,
    },
  };
}

function filePath(url: string): string {
  return url.startsWith('file://') ? fileURLToPath(url) : resolve(url.slice('file:'.length));
}
