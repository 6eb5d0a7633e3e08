import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { nodeOptions } from '../node-options.ts';
import { databaseOf } from './database.ts';
import { type Answer, type Ask, institutionFile, institutionOf } from './fixture.ts';

const cli = new URL('../../verifier/cli.ts', import.meta.url).pathname;

export type Environment = Readonly<Record<string, string>>;

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** The database of the processes of a folder. */
export const databaseAt = (folder: string) => databaseOf(folder, join('data', 'verifier.sqlite'));

async function environmentFor(folder: string, more: Environment): Promise<NodeJS.ProcessEnv> {
  const database = await databaseAt(folder).environment();
  return { ...database, PATH: process.env.PATH, DATA_DIR: join(folder, 'data'), PORT: '0', NO_COLOR: '1', ...more };
}

/** Runs one command to its end. */
export async function run(folder: string, args: readonly string[], more: Environment = {}): Promise<Ended> {
  const env = await environmentFor(folder, more);
  return new Promise((resolve) => {
    const options = { env, cwd: folder, timeout: 60_000 };
    const child = execFile(process.execPath, [...nodeOptions, cli, ...args], options, (_error, out, err) => {
      resolve({ status: child.exitCode, out, err });
    });
  });
}

/** The same with its standard output into a file, or into a pipe that nobody reads. */
export async function runInto(
  out: 'pipe' | number,
  folder: string,
  args: readonly string[],
): Promise<Omit<Ended, 'out'>> {
  const env = await environmentFor(folder, {});
  const child = spawn(process.execPath, [...nodeOptions, cli, ...args], {
    env,
    cwd: folder,
    stdio: ['ignore', out, 'pipe'],
  });
  child.stdout?.destroy();
  let err = '';
  child.stderr?.on('data', (data) => {
    err += data;
  });
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, err })));
}

/** An institution in the database of `folder` and a key for it. */
export async function prepare(folder: string, institution: object = {}, more: Environment = {}): Promise<string> {
  writeFileSync(join(folder, 'institution.json'), JSON.stringify(institutionFile(institution)));
  const applied = await run(folder, ['institution', 'apply', 'institution.json'], more);
  if (applied.status !== 0) throw new Error(applied.err);
  const made = await run(folder, ['key', 'create', '--scope', 'bank', '--json'], more);
  return JSON.parse(made.out).key;
}

export interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly out: () => string;
  /** Ends the process and waits until it is gone. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a verifier and waits until it says where it listens. */
export async function serve(folder: string, more: Environment = {}): Promise<Running> {
  const env = await environmentFor(folder, more);
  const child = spawn(process.execPath, [...nodeOptions, cli, 'serve'], { env, cwd: folder });
  let out = '';
  let err = '';
  child.stderr.on('data', (data) => {
    err += data;
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data) => {
      out += data;
      const line = out.split('\n').find((text) => text.includes('"msg":"listening"'));
      if (line !== undefined) resolve(JSON.parse(line).url);
    });
    exited.then((code) => reject(new Error(`serve ended with ${code}: ${err}`)));
  });
  return {
    child,
    url,
    out: () => out + err,
    end: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Starts a verifier whose lines are put behind what the file at `path` has already, and waits until it answers. */
export async function serveInto(path: string, folder: string): Promise<Omit<Running, 'out'>> {
  const port = await freePort();
  const env = await environmentFor(folder, { PORT: String(port) });
  const lines = openSync(path, 'a');
  const stdio = ['ignore', lines, 'inherit'] as const;
  const child = spawn(process.execPath, [...nodeOptions, cli, 'serve'], { env, cwd: folder, stdio: [...stdio] });
  closeSync(lines);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    );
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}`);
    await sleep(50);
  }
  return {
    child,
    url,
    end: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };
}

export function overHttp(url: () => string, apiKey: string | null): Ask {
  return async (method, path, body, headers = {}): Promise<Answer> => {
    const response = await fetch(url() + path, {
      method,
      headers: {
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? '' : JSON.parse(text), headers: response.headers, text };
  };
}

/** A running verifier as the fixtures of the fast tests see it, on the system's clock. */
export function benchOf(url: () => string, apiKey: string, institution: object = {}) {
  return {
    bank: overHttp(url, apiKey),
    anyone: overHttp(url, null),
    institution: institutionOf(institution),
    clock: { nowMs: () => Date.now() },
  };
}
