import { defineConfig } from 'vitest/config';

/** What a store promises, and what the rules make of it. */
const onBothDatabases = [
  ...[
    'validate',
    'conditions',
    'last-step',
    'faults',
    'misuse',
    'idempotency',
    'secrets',
    'keyring',
    'clock',
    'directory',
    'requirement',
    'other-institutions',
  ],
  ...['issue-software', 'provision', 'activate', 'activate-hardware', 'request-hardware', 'resynchronise'],
  ...[
    'unlock',
    'revoke',
    'deactivate',
    'branch',
    'institution-apply',
    'list-audit',
    'sealer',
    'audit-verify',
    'audit-prune',
  ],
  ...['audit.slow', 'audit-prune.slow', 'exactly-once.slow', 'hardware/import-route', 'single-use.slow', 'stock'],
  ...['model/found', 'model/sequences.slow'],
];

/** What a page or a process comes to by itself; a second, the default, is too short on a machine with other work. */
const expectation = { poll: { timeout: 20_000 } };

/** `fast` is what `npm run check` runs; `slow` holds what starts processes, browsers or waits for the next time step. */
export default defineConfig({
  test: {
    // On two cores too: much of the time goes into waiting for browsers, disks and the next time step.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'fast',
          expect: expectation,
          include: ['test/**/*.test.ts'],
          // For a machine that has other work too: none of them waits for more than a second or two.
          testTimeout: 30_000,
          exclude: ['test/**/*.slow.test.ts', 'test/**/*.e2e.test.ts', 'test/postgres/**'],
        },
      },
      {
        test: {
          name: 'slow',
          expect: expectation,
          include: ['test/**/*.slow.test.ts'],
          exclude: ['test/postgres/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // The store's tests once more, on a PostgreSQL server of their own. One file at a time: a transaction that is
        // open anywhere on a server holds up what is sealed there.
        test: {
          name: 'postgres',
          expect: expectation,
          fileParallelism: false,
          include: [...onBothDatabases.map((name) => `test/verifier/${name}.test.ts`), 'test/postgres/*.test.ts'],
          globalSetup: 'test/postgres/setup.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          expect: expectation,
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
