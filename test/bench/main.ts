import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { assertWritable, isCount } from './arguments.ts';
import { benchFolder } from './folder.ts';
import { partNames, parts } from './parts.ts';
import { plot } from './plot.ts';
import { type Measured, type Report, ratiosOf, reportOf, table } from './report.ts';
import { mostUsers } from './seed.ts';
import type { Running, Target } from './target.ts';

const usage = `npm run bench -- [options]

  --only PARTS          some of: ${partNames.join(', ')} (default: all but growth)
  --growth              adds growth: ten million tokens beside ten thousand (minutes of seeding, 10 GB of disk)
  --growth-tokens N     instead of ten million, at most ${mostUsers}
  --connections LIST    default 1,16,64,256
  --seconds N           length of one round, default 4
  --rounds N            rounds of each row, default 5; the rows take turns, and the median counts
  --json FILE           writes figures and ratios
  --svg FILE            writes a plot
  TMPDIR names the disk.`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    growth: { type: 'boolean', default: false },
    'growth-tokens': { type: 'string', default: '10000000' },
    connections: { type: 'string', default: '1,16,64,256' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    svg: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const named = values.only?.split(',') ?? partNames.filter((name) => name !== 'growth');
const chosen = [...new Set([...named, ...(values.growth ? ['growth'] : [])])];
const connections = values.connections.split(',').map(Number);
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const growthTokens = Number(values['growth-tokens']);
const sound = [...connections, rounds, growthTokens].every(isCount) && growthTokens <= mostUsers && seconds > 0;
if (values.help || !sound || chosen.some((name) => !partNames.includes(name))) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}
assertWritable(values.json, values.svg);

const say = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);
const folder = benchFolder();
const targets: Target[] = chosen.flatMap((name) => parts[name]?.({ connections, folder, growthTokens }) ?? []);
const running: { readonly target: Target; readonly now: Running }[] = [];
const measured: Measured[] = [];
try {
  for (const target of targets) {
    say(`${target.name}: starting`);
    running.push({ target, now: await target.start() });
  }
  // Compiled by the engine and in the caches before anything counts.
  for (const { target, now } of running) {
    say(`${target.name}: warming up`);
    for (let round = 0; round < 2; round++) await now.round(Math.max(...target.connections), seconds / 2);
  }
  const numbers = [...new Set(running.flatMap(({ target }) => target.connections))].sort((a, b) => a - b);
  for (const count of numbers) {
    for (let round = 1; round <= rounds; round++) {
      for (const { target, now } of running.filter(({ target }) => target.connections.includes(count))) {
        say(`${target.name}, ${count} connections, round ${round} of ${rounds}`);
        measured.push({ name: target.name, connections: count, figures: await now.round(count, seconds) });
      }
    }
  }
} finally {
  for (const { now } of running) await now.end();
  say('');
}

const [cpu] = cpus();
const report: Report = {
  machine: `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  facts: running.flatMap(({ target, now }) => now.facts.map((fact) => `${target.name}: ${fact}`)),
  rows: reportOf(measured),
  ratios: ratiosOf(measured),
};
console.log(table(report));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
if (values.svg !== undefined) writeFileSync(values.svg, plot(report));
process.exit(0);
