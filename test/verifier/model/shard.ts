import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { openBench } from './bench.ts';
import { commandsArbitrary, having, havingArbitrary } from './commands.ts';
import { assertState, begin, setupArbitrary } from './run.ts';

export interface Shard {
  readonly seed: number;
  readonly sequences: number;
  /** The place of one sequence among those of the seed; left out, all are run. */
  readonly path?: string;
  /** Of an empty PostgreSQL database; null: a SQLite file. */
  readonly databaseUrl: string | null;
}

/** Runs its sequences one after the other. Null where all held, else what fast-check says of the shrunk failure. */
export async function runShard({ seed, sequences, path, databaseUrl }: Shard): Promise<string | null> {
  const bench = await openBench(databaseUrl);
  try {
    const commands = commandsArbitrary(24);
    const property = fc.asyncProperty(setupArbitrary, havingArbitrary, commands, async (setup, first, calls) => {
      const run = await begin(bench, setup);
      for (const call of having(first)) await call.run(run);
      await fc.asyncModelRun(() => ({ model: run, real: run }), calls);
      for (const at of [0, 1] as const) await assertState(run, at, [1, 2]);
    });
    const details = await fc.check(property, { seed, numRuns: sequences, ...(path === undefined ? {} : { path }) });
    if (!details.failed) return null;
    const { errorInstance } = details;
    const cause =
      errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance);
    return `${fc.defaultReportMessage(details) ?? 'failed'}\n${cause}`;
  } finally {
    await bench.close();
  }
}

if (parentPort !== null) parentPort.postMessage(await runShard(workerData as Shard));
