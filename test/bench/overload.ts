import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { assertWritable, isCount } from './arguments.ts';
import { benchFolder } from './folder.ts';
import type { PacedFigures, PacedJob, PacedMessage } from './paced.ts';
import { memoryOf } from './processes.ts';
import { validationRounds } from './validations.ts';
import { startSeeded } from './verifier.ts';

const usage = `npm run overload -- [options]
  Validations at a multiple of what one verifier on SQLite can do, sent when they are due, answered or not.

  --seconds N       of overload, default 300
  --times N         of the capacity that is measured first, default 2
  --connections N   default 64
  --around N        seconds of normal load that are measured before and after it, default 8
  --json FILE       writes the figures
  TMPDIR names the disk.`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    times: { type: 'string', default: '2' },
    connections: { type: 'string', default: '64' },
    around: { type: 'string', default: '8' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const seconds = Number(values.seconds);
const times = Number(values.times);
const connections = Number(values.connections);
const around = Number(values.around);
if (values.help || ![seconds, times, around].every((number) => number > 0) || !isCount(connections)) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}
assertWritable(values.json);

const folder = benchFolder();
const at = await startSeeded(folder, 50_000);
const { server, institution, apiKey, tokens } = at;
const periodMs = institution.otp.periodSeconds * 1000;
/** Further ahead than what came before can have used up. */
const aheadSteps = 100_000;
const firstStep = Math.floor(Date.now() / periodMs) + aheadSteps;
const rounds = (from?: number) => validationRounds(at, join(folder, 'bodies'), 1, from);

const residentMb = async () => Math.round((await memoryOf(server)).rss / 1e6);

/** @param each called every second */
async function overloaded(perSecond: number, each: () => Promise<void>): Promise<PacedFigures> {
  const child = fork(new URL('paced.ts', import.meta.url).pathname);
  const looking = setInterval(() => each().catch(() => {}), 1_000);
  try {
    return await new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error('the load ended early')));
      server.child.once('exit', (code) => reject(new Error(`the verifier ended with ${code}`)));
      child.on('message', (message: PacedMessage) => {
        if (message.kind === 'pass')
          server.child.send({ aheadMs: (firstStep + message.pass + 0.5) * periodMs - Date.now() });
        else if (message.kind === 'failed') reject(new Error(message.why));
        else resolve(message.figures);
      });
      const job: PacedJob = {
        url: server.url,
        apiKey,
        otp: institution.otp,
        connections,
        perSecond,
        seconds,
        tokens,
        firstStep,
      };
      server.child.send({ aheadMs: (firstStep + 0.5) * periodMs - Date.now() });
      child.send(job);
    });
  } finally {
    clearInterval(looking);
    child.kill();
  }
}

/** By their times: what the load before left under way may be accepted after its connections were closed. */
const acceptedRows = () => {
  const database = new DatabaseSync(at.database, { readOnly: true });
  try {
    const sql = `SELECT count(*) AS n FROM audit WHERE outcome = 'accepted' AND at_ms >= ?`;
    return Number(database.prepare(sql).get(firstStep * periodMs)?.n);
  } finally {
    database.close();
  }
};

await rounds()(connections, around / 2);
const before = await rounds(firstStep - aheadSteps / 2)(connections, around);
const beforeMb = await residentMb();
const residentsMb: number[] = [];
const during = await overloaded(before.perSecond * times, async () => {
  residentsMb.push(await residentMb());
});
const rows = acceptedRows();
const after = await rounds(firstStep + aheadSteps)(connections, around);
const afterMb = await residentMb();
await server.end();

const acceptedPerSecond = Math.round(during.accepted.count / seconds);
/** By Little's law. Holds on a slow machine as on a fast one, which the milliseconds do not. */
const atWork = Math.round((acceptedPerSecond * during.accepted.p50Ms) / 1000);
const half = Math.floor(residentsMb.length / 2);
const highestMb = Math.max(beforeMb, ...residentsMb);
const judged = {
  'no crash, no request without an answer': during.unanswered === 0,
  'every answer is an acceptance or 503 with Retry-After': Object.keys(during.others).length === 0,
  'every acknowledged acceptance is in the log, and none is there twice': rows === during.accepted.count,
  'no queue stands: at most 520 at work, twice what is never refused': atWork <= 520,
  '99 % of the refusals within 100 ms': during.refused.p99Ms <= 100,
  'latency is normal again afterwards': after.p50Ms <= before.p50Ms * 1.5 && after.p99Ms <= before.p99Ms * 2,
  'memory grows no further in the second half':
    Math.max(...residentsMb.slice(half)) <= 1.1 * Math.max(beforeMb, ...residentsMb.slice(0, half)),
};
const report = {
  connections,
  seconds,
  askedPerSecond: Math.round(before.perSecond * times),
  acceptedPerSecond,
  atWork,
  before,
  during,
  rows,
  after,
  memoryMb: { before: beforeMb, highest: highestMb, after: afterMb },
  judged,
};
console.log(JSON.stringify(report, null, 2));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
process.exit(Object.values(judged).every(Boolean) ? 0 : 1);
