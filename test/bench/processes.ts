import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { nodeOptions } from '../node-options.ts';
import type { LoadJob, LoadMessage } from './load.ts';
import type { Figures } from './target.ts';

const here = (name: string) => new URL(name, import.meta.url).pathname;

/** A server in a process of its own. */
export interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  /** From the start of the process until it listened. */
  readonly startMs: number;
  end(): Promise<void>;
}

function ender(child: ChildProcess): () => Promise<void> {
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
}

/** Starts `file`, which says its address by a message `{url}` or by the verifier's log line. */
export async function serverOf(file: string, environment: NodeJS.ProcessEnv = {}): Promise<Server> {
  const startedMs = performance.now();
  const child = fork(here(file), {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv:
      process.env.BENCH_PROFILE === undefined
        ? nodeOptions
        : [...nodeOptions, '--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`],
  });
  // Before the bench removes the folders in which it writes.
  const kill = () => child.kill('SIGKILL');
  process.prependListener('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  let out = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${out}`)));
    child.once('message', (message) => resolve((message as { url: string }).url));
    const read = (data: Buffer) => {
      out += data;
      const line = out.split('\n').find((text) => text.includes('"msg":"listening"'));
      if (line === undefined) return;
      child.stdout?.off('data', read);
      // Log lines are read and dropped: somebody always reads them.
      child.stdout?.resume();
      resolve(JSON.parse(line).url);
    };
    child.stdout?.on('data', read);
  });
  return { child, url, startMs: performance.now() - startedMs, end: ender(child) };
}

/** Memory of a verifier that `verifier-server.ts` runs, by its own account. */
export function memoryOf({ child }: Server): Promise<NodeJS.MemoryUsage> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(message as NodeJS.MemoryUsage));
    child.send({ memory: true });
  });
}

/** Runs one round from a process of its own. */
export async function loaded(job: LoadJob, onPass: (pass: number) => void = () => {}): Promise<Figures> {
  const child = fork(here('load.ts'));
  try {
    return await new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error('the load ended early')));
      child.on('message', (message: LoadMessage) => {
        if (message.kind === 'pass') onPass(message.pass);
        else if (message.kind === 'failed') reject(new Error(message.why));
        else resolve(message.figures);
      });
      child.send(job);
    });
  } finally {
    child.kill();
  }
}
