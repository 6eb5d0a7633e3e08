import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { drawsAnew } from '../../property.ts';
import { databaseOf, postgresUrl } from '../database.ts';
import { temporaryFolder } from '../fixture.ts';
import type { Shard } from './shard.ts';

/** `npm run test:long` has the time for many; a round trip for each statement makes PostgreSQL's the slower ones. */
const counts = postgresUrl === null ? { usual: 10_000, long: 100_000 } : { usual: 500, long: 10_000 };
const sequences = drawsAnew ? counts.long : counts.usual;
/** Where `npm test` begins; `npm run test:long` begins anywhere. */
const usualSeed = 951_624_575;

/** Says what one worker found: null where all of its sequences held. */
async function run(shard: Omit<Shard, 'databaseUrl'>): Promise<string | null> {
  const { DATABASE_URL: databaseUrl = null } = await databaseOf(temporaryFolder()).environment();
  const workerData: Shard = { ...shard, databaseUrl };
  const worker = new Worker(new URL('./shard.ts', import.meta.url), { workerData, execArgv: [] });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a worker ended with ${code} before its sequences did`)));
  });
}

/**
 * A failure names its seed and path. `SEED=… npx vitest run --project slow <this file>`, or `--project postgres`, goes
 * through the same sequences again, with `CASE=…`, the first number of the path, through that one and its shrinking
 * alone.
 */
function shards(): Omit<Shard, 'databaseUrl'>[] {
  const { SEED, CASE } = process.env;
  if (SEED !== undefined && CASE !== undefined)
    return [{ seed: Number(SEED), sequences: 1, path: String(Number.parseInt(CASE, 10)) }];
  const first = SEED !== undefined ? Number(SEED) : drawsAnew ? randomInt(2 ** 30) : usualSeed;
  const workers = Math.min(4, availableParallelism());
  return Array.from({ length: workers }, (_, i) => ({
    seed: first + i,
    sequences: Math.ceil(sequences / workers),
  }));
}

test('random sequences of calls: the verifier answers and keeps what a simple model does', {
  timeout: drawsAnew ? 4 * 3_600_000 : 1_200_000,
}, async () => {
  const all = shards();
  console.log(`${sequences} sequences, seeds ${all.map(({ seed }) => seed).join(', ')}`);
  const failures = (await Promise.all(all.map(run))).filter((failure) => failure !== null);
  expect(failures.join('\n\n')).toBe('');
});
