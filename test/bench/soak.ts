import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isCount } from './arguments.ts';
import { benchFolder } from './folder.ts';
import { memoryOf } from './processes.ts';
import { slopeOf } from './slope.ts';
import { validationRounds } from './validations.ts';
import { startSeeded } from './verifier.ts';

/** What a round left behind. */
interface Look {
  readonly validations: number;
  readonly residentMb: number;
  /** Of the thread that answers. */
  readonly heapMb: number;
  readonly handles: number;
  readonly perSecond: number;
  readonly p99Ms: number;
}

/**
 * Rise in MB over a million validations from which on it is a leak: 10 bytes a validation. Less is not told apart from
 * what the engine keeps for the next moment, and would take 10 million validations to matter.
 */
const leakMbPerMillion = 10;

const { values } = parseArgs({
  options: {
    validations: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '10' },
  },
});
const wanted = Number(values.validations);
const connections = Number(values.connections);
const seconds = Number(values.seconds);
if (![wanted, connections, seconds].every(isCount)) {
  console.error('npm run soak -- [--validations N] [--connections N] [--seconds N]   seconds: of each round');
  process.exit(2);
}

const folder = benchFolder();
const at = await startSeeded(folder, 50_000);
const { server } = at;
const round = validationRounds(at, join(folder, 'bodies'));

const looks: Look[] = [];
let validations = 0;
try {
  while (validations < wanted) {
    const { perSecond, p99Ms } = await round(connections, seconds);
    validations += Math.round(perSecond * seconds);
    const { rss, heapUsed } = await memoryOf(server);
    const look: Look = {
      validations,
      residentMb: Math.round(rss / 1e6),
      heapMb: Math.round(heapUsed / 1e6),
      handles: readdirSync(`/proc/${server.child.pid}/fd`).length,
      perSecond: Math.round(perSecond),
      p99Ms: Math.round(p99Ms * 10) / 10,
    };
    looks.push(look);
    console.log(JSON.stringify(look));
  }
} finally {
  await server.end();
}

// The first tenth fills caches and compiles.
const settled = looks.slice(Math.ceil(looks.length / 10));
const memory = slopeOf(settled.map((look) => ({ x: look.validations / 1e6, y: look.residentMb })));
const heap = slopeOf(settled.map((look) => ({ x: look.validations / 1e6, y: look.heapMb })));
const handles = settled.map((look) => look.handles);
const third = Math.max(1, Math.floor(settled.length / 3));
// Connections of a round that are still being closed are no leak; what never goes away is.
const leaks = Math.min(...handles.slice(-third)) > Math.max(...handles.slice(0, third));
const flat = memory.low <= leakMbPerMillion;
if (Number.isNaN(memory.low)) {
  console.log('too few rounds to judge: more validations, or fewer seconds a round');
  process.exit(1);
}
console.log(
  JSON.stringify({ validations, residentMbPerMillion: memory, heapMbPerMillion: heap, flat, handlesLeak: leaks }),
);
process.exit(flat && !leaks ? 0 : 1);
