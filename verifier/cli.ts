import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { verifyAudit } from './commands/audit.ts';
import { applyInstitution } from './commands/institution.ts';
import { createKey, listKeys, revokeKey } from './commands/key.ts';
import { type ExitStatus, styled, type Terminal } from './commands/terminal.ts';
import { KeyringUnusable, loadKeyring } from './keyring-file.ts';
import { headsFile } from './sealing/heads-file.ts';
import { sealNow } from './sealing/sealer.ts';
import { readSettings, type Settings } from './settings.ts';
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

function parseExpiry(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  const ms = /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!(ms > nowMs)) throw new UsageProblem('--expires expects a time to come, such as 2027-03-31T00:00:00+09:00');
  return ms;
}

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
  const store = openStore(settings, nowMs);
  try {
    return await work(store, nowMs, settings);
  } finally {
    await store.close();
  }
}

/** The same for a command that writes to the log. */
function changing(work: (store: Store, nowMs: number) => Promise<ExitStatus>): Promise<ExitStatus> {
  return withStore(async (store, nowMs, settings) => {
    const status = await work(store, nowMs);
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
  const command = group === 'serve' ? group : `${group ?? ''} ${action ?? ''}`.trim();
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
