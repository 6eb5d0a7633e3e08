import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';
import type { institutionSchema } from '../../shared/institution.ts';
import { nodeOptions } from '../node-options.ts';
import type { ProfileName } from './profiles.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A process of ours that answers on `url`. */
export interface Service {
  readonly url: string;
  readonly pid: number;
  /** Settles when the process is gone, by itself or by `stop`. */
  readonly ended: Promise<void>;
  /** Asks it to end and waits; after 5 s it is killed. */
  stop(): Promise<void>;
  /** Ends it without asking. */
  kill(): Promise<void>;
}

/** It ended before it listened; the message is what it said last. */
export class ServiceFailed extends Error {}

interface ServiceOptions {
  readonly file: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly watch?: boolean;
  /** Gets each line that it writes. */
  readonly onLine?: (line: string) => void;
}

/** Nothing that we started outlives us, however we end. */
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

function gone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

/** Starts one of our programs and waits for its JSON line `{"msg": "listening", "url": …}`. */
function startService({ file, args = [], env, watch = false, onLine }: ServiceOptions): Promise<Service> {
  const flags = watch ? ['--watch', '--watch-preserve-output'] : [];
  const child = spawn(process.execPath, [...nodeOptions, ...flags, join(root, file), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const ended = gone(child).then(() => {
    children.delete(child);
  });
  const service = (url: string): Service => ({
    url,
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(late);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  });
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    const hear = (line: string) => {
      said.push(line);
      if (said.length > 20) said.shift();
      onLine?.(line);
    };
    createInterface({ input: child.stderr }).on('line', hear);
    createInterface({ input: child.stdout }).on('line', (line) => {
      hear(line);
      try {
        const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
        if (msg === 'listening' && url !== undefined) resolve(service(url));
      } catch {}
    });
    child.once('error', reject);
    void ended.then(() => reject(new ServiceFailed(said.join('\n'))));
  });
}

/** Runs a command of the verifier's command line to its end; its standard output. */
async function runVerifierCommand(dataDir: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [...nodeOptions, join(root, 'verifier/cli.ts'), ...args], {
    cwd: root,
    env: { ...process.env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new ServiceFailed(err.trim() || out.trim());
  return out;
}

export type InstitutionFile = z.input<typeof institutionSchema>;

const institutionFiles: Readonly<Record<ProfileName, string>> = {
  software: './institution.json',
  hardware: './institution-hardware.json',
};

/** A sample bank's institution, on the origin where it runs. */
export function demoInstitution(bankOrigin: string, profile: ProfileName = 'software'): InstitutionFile {
  const file = readFileSync(new URL(institutionFiles[profile], import.meta.url), 'utf8');
  return { ...(JSON.parse(file) as InstitutionFile), origins: [bankOrigin] };
}

/** What the bank asks, and for trials what its branch would. */
const scopes = ['bank', 'branch'];

interface KnownKey {
  readonly id: string;
  readonly scopes: readonly string[];
}

/** Where a sample bank keeps what is its own. */
const bankFolders: Readonly<Record<ProfileName, string>> = { software: 'bank', hardware: 'bank-hardware' };

/** The seed file of the demo's fobs, three of them, made at the first start; its key lies beside it. */
export async function prepareFobs(dataDir: string, periodSeconds: 30 | 60 = 60): Promise<string> {
  const bankDir = join(dataDir, bankFolders.hardware);
  const [file, key] = [join(bankDir, 'fobs.pskc.xml'), join(bankDir, 'fobs.pskc.key')];
  if (existsSync(file) && existsSync(key)) return file;
  // One without the other is of no use: a start was cut off between them.
  mkdirSync(bankDir, { recursive: true });
  for (const left of [file, key]) rmSync(left, { force: true });
  const box = ['--count', '3', '--period', String(periodSeconds), '--output', file, '--key-output', key];
  await runVerifierCommand(dataDir, ['hardware', 'make', ...box]);
  return file;
}

/**
 * Makes the verifier know the institution and gives the bank its API key, kept for the next start.
 * @returns the file with the key
 */
export async function prepareVerifier(
  dataDir: string,
  institution: InstitutionFile,
  profile: ProfileName = 'software',
): Promise<string> {
  const bankDir = join(dataDir, bankFolders[profile]);
  mkdirSync(bankDir, { recursive: true });
  const institutionFile = join(bankDir, 'institution.json');
  writeFileSync(institutionFile, JSON.stringify(institution, null, 2));
  await runVerifierCommand(dataDir, ['institution', 'apply', institutionFile]);
  const keyFile = join(bankDir, 'api-key.json');
  if (existsSync(keyFile)) {
    const { id } = JSON.parse(readFileSync(keyFile, 'utf8')) as { readonly id: string };
    const list = await runVerifierCommand(dataDir, ['key', 'list', '--json']);
    // The database may be a newer one than the key, and the key older than what the bank asks of it.
    const keys = (JSON.parse(list) as { readonly items: readonly KnownKey[] }).items;
    const known = keys.find((key) => key.id === id);
    if (scopes.every((scope) => known?.scopes.includes(scope))) return keyFile;
  }
  const { serviceId } = institution;
  const key = await runVerifierCommand(dataDir, [
    ...['key', 'create', '--institution', serviceId, '--scope', scopes.join(','), '--json'],
  ]);
  writeFileSync(keyFile, key, { mode: 0o600 });
  return keyFile;
}

interface StartOptions {
  readonly port: number;
  readonly dataDir: string;
  readonly watch?: boolean;
  readonly onLine?: (line: string) => void;
}

export function startVerifier({ port, dataDir, ...rest }: StartOptions): Promise<Service> {
  // It is known to listen by a line of its log.
  const env = { PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'info' };
  return startService({ file: 'verifier/cli.ts', args: ['serve'], env, ...rest });
}

export function startBank({
  port,
  dataDir,
  verifierUrl,
  keyFile,
  profile = 'software',
  fobs = '',
  ...rest
}: StartOptions & {
  readonly verifierUrl: string;
  readonly keyFile: string;
  readonly profile?: ProfileName;
  /** The seed file of `prepareFobs`, for the bank of hardware tokens. */
  readonly fobs?: string;
}): Promise<Service> {
  const env = {
    BANK_PORT: String(port),
    BANK_PROFILE: profile,
    BANK_FOBS: fobs,
    DATA_DIR: join(dataDir, bankFolders[profile]),
    VERIFIER_URL: verifierUrl,
    BANK_KEY_FILE: keyFile,
    BANK_OUTBOX: join(dataDir, 'outbox'),
  };
  return startService({ file: 'test/bank/server.ts', env, ...rest });
}

/** Whether nobody listens on this port of this computer. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
