import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, isPortFree } from './processes.ts';
import { verifierCalls } from './verifier-calls.ts';

const script = fileURLToPath(new URL('./start.ts', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves with the exit status. */
  readonly ended: Promise<number | null>;
}

describe('npm start without a browser', () => {
  let dataDir: string;
  let ports: { readonly bank: number; readonly verifier: number; readonly hardwareBank: number };
  let started: Started[];

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'shirushi-start-'));
    ports = { bank: await freePort(), verifier: await freePort(), hardwareBank: await freePort() };
    started = [];
  });
  afterEach(async () => {
    for (const { child, ended } of started) {
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });

  function start(command: readonly string[] = [process.execPath, script]): Started {
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      env: {
        ...process.env,
        npm_lifecycle_event: 'start',
        BANK_PORT: String(ports.bank),
        PORT: String(ports.verifier),
        HARDWARE_BANK_PORT: String(ports.hardwareBank),
        DATA_DIR: dataDir,
        BROWSER: 'none',
        // As a developer's shell may have it, for other programs.
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const all = { child, ended, output: () => output };
    started.push(all);
    return all;
  }

  async function ready(run: Started): Promise<void> {
    const over = run.ended.then(() => true);
    while (!run.output().includes('Ctrl-C')) {
      const tick = new Promise<false>((resolve) => setTimeout(() => resolve(false), 50));
      if (await Promise.race([over, tick])) throw new Error(run.output());
    }
  }

  function verifier(bank = 'bank') {
    const { key } = JSON.parse(readFileSync(join(dataDir, bank, 'api-key.json'), 'utf8')) as { key: string };
    return verifierCalls({ baseUrl: `http://127.0.0.1:${ports.verifier}`, apiKey: key });
  }

  it('says where everything is in a screenful, and ends all of it on Ctrl-C', async () => {
    const run = start();
    await ready(run);
    for (const part of [`http://localhost:${ports.bank}`, 'mihon-hanako', 'mihon-taro', 'chrome-mv3', 'outbox']) {
      expect(run.output()).toContain(part);
    }
    expect(run.output().split('\n').length).toBeLessThan(30);
    expect((await fetch(`http://localhost:${ports.bank}/login`)).status).toBe(200);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(await isPortFree(ports.bank)).toBe(true);
    expect(await isPortFree(ports.verifier)).toBe(true);
    expect(await isPortFree(ports.hardwareBank)).toBe(true);
  });

  it('ends too when only the shell that npm started is ended', async () => {
    // The shell waits for it instead of becoming it, as npm's does on some systems.
    const run = start(['sh', '-c', `"${process.execPath}" "${script}"; exit 0`]);
    await ready(run);
    run.child.kill('SIGTERM');
    await run.ended;
    const endMs = Date.now() + 10_000;
    while (!((await isPortFree(ports.bank)) && (await isPortFree(ports.verifier)))) {
      if (Date.now() > endMs) throw new Error('it goes on');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });

  it('finds key, users and an open issue again at the second start', async () => {
    const first = start();
    await ready(first);
    const keyFile = join(dataDir, 'bank', 'api-key.json');
    const key = readFileSync(keyFile, 'utf8');
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const order = { email: 'taro@mihon.example', activationPassword: '583920' };
    expect((await verifier().issueSoftwareToken('taro', order, 'first')).outcome).toBe('issued');
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(first.output()).toContain('taro@mihon.example');

    const second = start();
    await ready(second);
    expect(readFileSync(keyFile, 'utf8')).toBe(key);
    expect((await verifier().getUser('taro')).otp.status).toBe('issued');
    expect((await verifier().getUser('hanako')).otp.status).toBe('unregistered');
  });

  it('finds the box of key fobs again at the second start, sent once', async () => {
    const serials = async () => {
      const answer = await fetch(`http://localhost:${ports.hardwareBank}/fob/displays`);
      return ((await answer.json()) as { readonly serial: string }[]).map(({ serial }) => serial);
    };
    const first = start();
    await ready(first);
    const before = await serials();
    expect(before).toHaveLength(3);
    first.child.kill('SIGTERM');
    await first.ended;
    await ready(start());
    expect(await serials()).toEqual(before);
    const stock = await verifier('bank-hardware').listHardwareTokens();
    expect(stock.map(({ serial, status, contractId }) => [serial, status, contractId])).toEqual(
      before.map((serial) => [serial, 'shipped', 'C-9101']),
    );
  });

  it('says which port is in use and how to choose another', async () => {
    const other: Server = createServer();
    await new Promise<void>((resolve) => other.listen(ports.verifier, '127.0.0.1', resolve));
    const run = start();
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(`Port ${ports.verifier} is in use`);
    expect(run.output()).toContain('PORT=');
    other.close();
  });

  it('says where the data cannot be written', async () => {
    rmSync(dataDir, { recursive: true });
    writeFileSync(dataDir, '');
    const run = start();
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('of DATA_DIR cannot be written (EEXIST)');
    expect(run.output()).not.toMatch(/\n\s+at /);
  });

  it('says which port is none', async () => {
    ports = { ...ports, hardwareBank: 70_000 };
    const run = start();
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(/HARDWARE_BANK_PORT expects a port number from 1 to 65535/);
    expect(run.output()).not.toMatch(/\n\s+at /);
  });
});
