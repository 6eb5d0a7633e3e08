import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  choice,
  materialOf,
  none,
  numberWithin,
  one,
  onlyOptions,
  parseArguments,
  parseBefore,
  parseExpiry,
  parseInstant,
  parseScopes,
  secretFob,
  trialParameters,
  UsageProblem,
} from './commands/arguments.ts';
import { verifyAudit } from './commands/audit.ts';
import { pruneAudit } from './commands/audit-prune.ts';
import { showFob } from './commands/fob.ts';
import { importHardware } from './commands/hardware-import.ts';
import { makeHardware } from './commands/hardware-make.ts';
import { applyInstitution } from './commands/institution.ts';
import { createKey, listKeys, revokeKey } from './commands/key.ts';
import { type ExitStatus, refuse, styled, type Terminal } from './commands/terminal.ts';
import { KeyringUnusable, loadKeyring } from './keyring-file.ts';
import { headsFile } from './sealing/heads-file.ts';
import { sealNow } from './sealing/sealer.ts';
import { readSettings, type Settings } from './settings.ts';
import { openKeyring, openStore, StartProblem } from './start-problem.ts';
import { type Store, StoreUnavailable } from './store/store.ts';

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

function settingsOrThrow(): Settings {
  const read = readSettings(process.env);
  if ('settings' in read) return read.settings;
  throw new StartProblem(
    read.problems.map(({ name, en }) => `Setting ${name} is wrong: it expects ${en}.`).join(' '),
    read.problems.map(({ name, ja }) => `設定 ${name} が正しくありません。${ja}。`).join(' '),
  );
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
  const { values: options, positionals } = parseArguments(args);
  const [group, action, ...rest] = positionals;
  if (options.help || group === 'help') {
    terminal.out(usage);
    return 0;
  }
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
      if (options.format !== undefined && options.format !== 'pskc') throw choice('format', 'pskc');
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
      throw command === ''
        ? new UsageProblem('expects a command', 'コマンドを指定してください。')
        : new UsageProblem(`there is no command "${command}"`, `「${command}」というコマンドはありません。`);
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
      if (terminal.json) terminal.out(JSON.stringify({ outcome: 'usage', reason: error.message }));
      terminal.err(`${error.ja}\n${error.message}\n\n${usage}`);
      return 2;
    }
    if (error instanceof StartProblem) {
      return refuse(terminal, error.en, error.ja);
    }
    if (error instanceof StoreUnavailable) {
      return refuse(
        terminal,
        'The database does not answer. Try again later.',
        'データベースが応答しません。しばらくしてからもう一度お試しください。',
      );
    }
    throw error;
  }
}

// Whoever closed the pipe, as `head` does, has read enough. What finds no room is missed, such as an API key.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  process.stderr.write(
    `標準出力に書き込めませんでした(${code})。実行した処理は取り消されません。\nstdout could not be written (${code}). What was done stays done.\n`,
  );
  process.exitCode = 1;
});
process.stderr.on('error', () => {});

const status = await main(process.argv.slice(2));
process.exitCode ??= status;
