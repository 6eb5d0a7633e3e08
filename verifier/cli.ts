import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type OtpParameters, otpAlgorithms } from '../shared/otp.ts';
import { verifyAudit } from './commands/audit.ts';
import { pruneAudit } from './commands/audit-prune.ts';
import { showFob } from './commands/fob.ts';
import { importHardware, readSecretFile } from './commands/hardware-import.ts';
import { makeHardware } from './commands/hardware-make.ts';
import { applyInstitution } from './commands/institution.ts';
import { createKey, listKeys, revokeKey } from './commands/key.ts';
import { type ExitStatus, styled, type Terminal } from './commands/terminal.ts';
import { seedBytes } from './hardware/encoded.ts';
import type { Fob } from './hardware/fob.ts';
import { type Allowance, allowances, type KeyMaterial, parseMaterial } from './hardware/material.ts';
import { KeyringUnusable, loadKeyring } from './keyring-file.ts';
import { headsFile } from './sealing/heads-file.ts';
import { sealNow } from './sealing/sealer.ts';
import { leastRetentionDays, readSettings, type Settings } from './settings.ts';
import { openKeyring, openStore, StartProblem } from './start-problem.ts';
import { type Scope, type Store, StoreUnavailable, scopes } from './store/store.ts';

const usage = `${styled('bold', 'Shirushi verifier')}  npm run verifier -- <command>

  serve                                     answers banks and browsers until it is stopped
  institution apply FILE [--dry-run]        checks an institution file and applies it
  key create --scope bank,branch,audit      makes an API key and shows it once
      [--institution ID] [--expires TIME]   TIME such as 2027-03-31T00:00:00+09:00
  key list                                  shows all API keys without their secrets
  key revoke ID                             ends an API key
  audit verify                              checks the log: nothing edited, deleted, added or cut off
  audit prune --before DATE [--dry-run]     removes rows sealed before DATE, 30 days ago or earlier; their seals stay
      [--export FILE]                       writes the rows as JSON lines into a new file first
  hardware import FILE [--dry-run]          brings a vendor's PSKC or CSV file into stock: all of it or nothing
      [--key HEX | --key-file FILE | --password P | --private-key PEMFILE] [--institution ID] [--partial]
      [--allow rsa15,tripledes,camellia,unauthenticated]
  hardware make --count N --format pskc     writes an encrypted file of trial tokens and shows its key once
      [--output FILE] [--key-output FILE] [--digits 6] [--period 60] [--algorithm SHA1]
  fob SERIAL [--file FILE]                  for trials: a key fob on the terminal, from the seed file it was made with
      [--key HEX | --key-file FILE | --password P | --private-key PEMFILE] [--allow …] [--once] [--at TIME]
      without --file: hardware-tokens.pskc.xml; without a key: the file beside it that ends in .key instead of .xml
  fob --secret HEX|BASE32                   the same from a seed
      [--digits 6] [--period 60] [--algorithm SHA1] [--once] [--at TIME]

  --json    one JSON document on stdout       --help    this text
  Exit status: 0 done, 1 refused, 2 called in a wrong way. Settings: see verifier/README.md`;

/** The call does not fit the usage: exit status 2. */
class UsageProblem extends Error {
  override readonly name = 'UsageProblem';
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        'dry-run': { type: 'boolean' },
        institution: { type: 'string' },
        scope: { type: 'string' },
        expires: { type: 'string' },
        key: { type: 'string' },
        'key-file': { type: 'string' },
        password: { type: 'string' },
        'private-key': { type: 'string' },
        allow: { type: 'string' },
        partial: { type: 'boolean' },
        count: { type: 'string' },
        format: { type: 'string' },
        output: { type: 'string' },
        'key-output': { type: 'string' },
        digits: { type: 'string' },
        period: { type: 'string' },
        algorithm: { type: 'string' },
        before: { type: 'string' },
        export: { type: 'string' },
        file: { type: 'string' },
        secret: { type: 'string' },
        once: { type: 'boolean' },
        at: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageProblem((error as Error).message);
  }
}

type Options = ReturnType<typeof parse>['values'];

function onlyOptions(options: Options, ...allowed: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (name !== 'json' && name !== 'help' && !allowed.includes(name))
      throw new UsageProblem(`--${name} does not belong here`);
  }
}

function one(positionals: readonly string[], what: string): string {
  const [value, ...more] = positionals;
  if (value === undefined || more.length > 0) throw new UsageProblem(`expects one ${what}`);
  return value;
}

function none(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageProblem(`does not expect "${positionals.join(' ')}"`);
}

function parseScopes(text: string | undefined): readonly Scope[] {
  const wanted = [...new Set((text ?? '').split(',').map((scope) => scope.trim()))];
  if (wanted.length === 0 || !wanted.every((scope): scope is Scope => scopes.some((known) => known === scope))) {
    throw new UsageProblem(`--scope expects one or more of ${scopes.join(', ')}`);
  }
  return wanted;
}

/** An instant as people write it; NaN where it is none. */
function instantMs(text: string): number {
  return /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
}

function parseExpiry(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  const ms = instantMs(text);
  if (!(ms > nowMs)) throw new UsageProblem('--expires expects a time to come, such as 2027-03-31T00:00:00+09:00');
  return ms;
}

function materialOf(options: Options): KeyMaterial {
  const given = [options.key, options['key-file'], options.password].filter((value) => value !== undefined);
  if (given.length > 1) throw new UsageProblem('expects one of --key, --key-file and --password');
  const allow = (options.allow ?? '').split(',').filter((word) => word !== '');
  if (!allow.every((word): word is Allowance => allowances.some((known) => known === word))) {
    throw new UsageProblem(`--allow expects one or more of ${allowances.join(', ')}`);
  }
  const fromFile = (name: 'key-file' | 'private-key') => {
    const path = options[name];
    const text = path === undefined ? undefined : readSecretFile(path);
    if (text === null) throw new UsageProblem(`--${name} expects a file that can be read`);
    return text;
  };
  const parsed = parseMaterial({
    key: options.key ?? fromFile('key-file'),
    password: options.password,
    privateKey: fromFile('private-key'),
    allow,
  });
  if (parsed.ok) return parsed.value;
  throw new UsageProblem(
    parsed.reason === 'key'
      ? 'the key expects 16 or more bytes as hex digits, or 16, 24 or 32 in base64'
      : '--private-key expects an RSA key in PEM',
  );
}

function numberWithin(text: string | undefined, name: string, most: number): number {
  const number = /^[0-9]{1,9}$/.test(text ?? '') ? Number(text) : 0;
  if (number < 1 || number > most) throw new UsageProblem(`--${name} expects a number from 1 to ${most}`);
  return number;
}

function trialParameters(options: Options): OtpParameters {
  const { digits = '6', period = '60', algorithm: wanted = 'SHA1' } = options;
  const algorithm = otpAlgorithms.find((known) => known === wanted.toUpperCase());
  if (!/^[6-8]$/.test(digits)) throw new UsageProblem('--digits expects 6, 7 or 8');
  if (period !== '30' && period !== '60') throw new UsageProblem('--period expects 30 or 60');
  if (algorithm === undefined) throw new UsageProblem(`--algorithm expects one of ${otpAlgorithms.join(', ')}`);
  return { algorithm, digits: Number(digits), periodSeconds: Number(period) };
}

function settingsOrThrow(): Settings {
  const read = readSettings(process.env);
  if ('settings' in read) return read.settings;
  throw new StartProblem(
    read.problems.map(({ name, en }) => `Setting ${name} is wrong: it expects ${en}.`).join(' '),
    read.problems.map(({ name, ja }) => `設定 ${name} が正しくありません。${ja}。`).join(' '),
  );
}

/** Up to when the log is pruned: never into its last days, whatever was mistyped. */
function parseBefore(text: string | undefined, nowMs: number): number {
  const ms = instantMs(text ?? '');
  if (!(ms <= nowMs - leastRetentionDays * 86_400_000)) {
    throw new UsageProblem(
      `--before expects a day or time ${leastRetentionDays} days ago or earlier, such as 2025-04-01 or 2025-04-01T00:00:00+09:00`,
    );
  }
  return ms;
}

/** The fob of `--secret`; null where it is to come from a file. The seed is in no message. */
function secretFob(options: Options): Fob | null {
  if (options.secret === undefined) return null;
  const seed = seedBytes(options.secret);
  if (seed === null || seed.byteLength < 16) throw new UsageProblem('--secret expects 16 or more bytes, hex or base32');
  return { serial: null, seed, parameters: trialParameters(options) };
}

function parseInstant(text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = instantMs(text);
  if (!(ms >= 0)) throw new UsageProblem('--at expects a time such as 2026-11-21T09:00:00+09:00');
  return ms;
}

const systemClock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** Seals what a command wrote where the key file is at hand; otherwise the next verifier that runs does. */
async function sealAfterwards(store: Store, settings: Settings): Promise<void> {
  if ((await store.keyChecks()).size === 0) return;
  try {
    const keyring = await loadKeyring(settings.keyringPath, store, randomBytes);
    const heads = headsFile(settings.auditHeadsPath);
    await sealNow({ auditLog: store.auditLog, heads, keyring, clock: systemClock, random: randomBytes });
  } catch (error) {
    const unwritable = typeof (error as NodeJS.ErrnoException).code === 'string';
    if (!(error instanceof KeyringUnusable || error instanceof StoreUnavailable || unwritable)) throw error;
  }
}

async function withStore(
  work: (store: Store, nowMs: number, settings: Settings) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const nowMs = Date.now();
  const settings = settingsOrThrow();
  const store = await openStore(settings, nowMs);
  try {
    return await work(store, nowMs, settings);
  } finally {
    await store.close();
  }
}

/** The same for a command that writes to the log. */
function changing(work: (store: Store, nowMs: number, settings: Settings) => Promise<ExitStatus>): Promise<ExitStatus> {
  return withStore(async (store, nowMs, settings) => {
    const status = await work(store, nowMs, settings);
    await sealAfterwards(store, settings);
    return status;
  });
}

async function run(args: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  const { values: options, positionals } = parse(args);
  if (options.help) {
    terminal.out(usage);
    return 0;
  }
  const [group, action, ...rest] = positionals;
  const command = group === 'serve' || group === 'fob' ? group : `${group ?? ''} ${action ?? ''}`.trim();
  switch (command) {
    case 'serve': {
      onlyOptions(options);
      none(positionals.slice(1));
      const settings = settingsOrThrow();
      // Loaded here, so that the short commands do without the service.
      const { serve } = await import('./server.ts');
      return serve(settings);
    }
    case 'institution apply': {
      onlyOptions(options, 'dry-run');
      const file = one(rest, 'FILE');
      const dryRun = options['dry-run'] ?? false;
      return changing((store, nowMs) => applyInstitution(store, terminal, { file, dryRun, nowMs }));
    }
    case 'key create': {
      onlyOptions(options, 'institution', 'scope', 'expires');
      none(rest);
      const wanted = parseScopes(options.scope);
      const expiresAtMs = parseExpiry(options.expires, Date.now());
      const serviceId = options.institution ?? null;
      return changing((store, nowMs) =>
        createKey(store, terminal, { serviceId, scopes: wanted, expiresAtMs, nowMs }, randomBytes),
      );
    }
    case 'key list':
      onlyOptions(options);
      none(rest);
      return withStore((store, nowMs) => listKeys(store, terminal, nowMs));
    case 'key revoke': {
      onlyOptions(options);
      const id = one(rest, 'ID');
      return changing((store, nowMs) => revokeKey(store, terminal, id, nowMs));
    }
    case 'audit verify':
      onlyOptions(options);
      none(rest);
      return withStore(async (store, _nowMs, settings) => {
        const keyring = await openKeyring(settings, store, randomBytes);
        const heads = headsFile(settings.auditHeadsPath);
        return verifyAudit({ auditLog: store.auditLog, heads, keyring }, terminal);
      });
    case 'audit prune': {
      onlyOptions(options, 'before', 'dry-run', 'export');
      none(rest);
      const beforeMs = parseBefore(options.before, Date.now());
      const { 'dry-run': dryRun = false, export: exportPath = null } = options;
      return changing(async (store, nowMs, settings) => {
        const keyring = await openKeyring(settings, store, randomBytes);
        return pruneAudit({ store, keyring }, terminal, { beforeMs, dryRun, exportPath, nowMs });
      });
    }
    case 'hardware import': {
      onlyOptions(
        options,
        ...['key', 'key-file', 'password', 'private-key', 'allow', 'institution', 'dry-run', 'partial'],
      );
      const file = one(rest, 'FILE');
      const material = materialOf(options);
      const draw = process.stderr.isTTY ? (text: string) => void process.stderr.write(text) : null;
      const { 'dry-run': dryRun = false, partial = false, institution: serviceId = null } = options;
      return changing(async (store, nowMs, settings) => {
        const keyring = await openKeyring(settings, store, randomBytes);
        const order = { file, material, serviceId, dryRun, partial, nowMs, draw };
        return importHardware({ store, keyring, random: randomBytes }, terminal, order);
      });
    }
    case 'hardware make': {
      onlyOptions(options, 'count', 'format', 'output', 'key-output', 'digits', 'period', 'algorithm');
      none(rest);
      if (options.format !== undefined && options.format !== 'pskc') throw new UsageProblem('--format expects pskc');
      const count = numberWithin(options.count, 'count', 250_000);
      const { output = 'hardware-tokens.pskc.xml', 'key-output': keyOutput = null } = options;
      const order = { count, output, keyOutput, parameters: trialParameters(options), nowMs: Date.now() };
      return makeHardware(terminal, order, randomBytes);
    }
    case 'fob': {
      const fob = secretFob(options);
      const ways = ['key', 'key-file', 'password', 'private-key'] as const;
      const ofSource = fob === null ? ['file', 'allow', ...ways] : ['secret', 'digits', 'period', 'algorithm'];
      onlyOptions(options, 'once', 'at', ...ofSource);
      const named = positionals.slice(1);
      if (fob !== null) none(named);
      const atMs = parseInstant(options.at);
      const { file = 'hardware-tokens.pskc.xml', once = false } = options;
      const besideFile = file.replace(/\.xml$/, '.key');
      const keyless = fob === null && ways.every((way) => options[way] === undefined) && besideFile !== file;
      const material = materialOf(keyless && existsSync(besideFile) ? { ...options, 'key-file': besideFile } : options);
      const source = fob ?? { serial: one(named, 'SERIAL'), file, material };
      const live = process.stdout.isTTY === true && !once && atMs === null && !terminal.json;
      const draw = live ? (text: string) => void process.stdout.write(text) : null;
      return showFob(terminal, { source, nowMs: () => atMs ?? Date.now(), draw });
    }
    default:
      throw new UsageProblem(command === '' ? 'expects a command' : `there is no command "${command}"`);
  }
}

async function main(args: readonly string[]): Promise<ExitStatus> {
  const terminal: Terminal = {
    json: args.includes('--json'),
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
  };
  try {
    return await run(args, terminal);
  } catch (error) {
    if (error instanceof UsageProblem) {
      terminal.err(`${error.message}\n\n${usage}`);
      return 2;
    }
    if (error instanceof StartProblem) {
      terminal.err(`${error.ja}\n${error.en}`);
      return 1;
    }
    if (error instanceof StoreUnavailable) {
      terminal.err(
        `データベースが応答しません。しばらくしてからもう一度お試しください。\nThe database does not answer. Try again later.`,
      );
      return 1;
    }
    throw error;
  }
}

process.exitCode = await main(process.argv.slice(2));
