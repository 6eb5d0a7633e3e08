import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { createVerifier } from '../../verifier/app.ts';
import { auditEntry } from '../../verifier/audit.ts';
import { retentionEndMs } from '../../verifier/housekeeping.ts';
import { outboxMailer } from '../../verifier/mail/mailer.ts';
import { headsFile } from '../../verifier/sealing/heads-file.ts';
import { pruneStep } from '../../verifier/sealing/prune.ts';
import { sealingTurn } from '../../verifier/sealing/sealer.ts';
import { readSettings } from '../../verifier/settings.ts';
import { openKeyring, openStore } from '../../verifier/start-problem.ts';
import { ask } from '../postgres/ask.ts';
import { makeServer } from '../postgres/server.ts';
import { isCount } from './arguments.ts';
import { benchFolder } from './folder.ts';
import { mostUsers, seed } from './seed.ts';
import { seedPostgres } from './seed-postgres.ts';
import { codeOf } from './trial.ts';
import { strideOver, validationBody, validationPath } from './validations.ts';

/**
 * `node test/bench/bytes.ts [--postgres] [--tokens N] [--validations N]`: what tokens, validations, kept answers and
 * segments take on the disk, table by table, by `dbstat` or `pg_relation_size`; what is written meanwhile; what pruning
 * costs and gives back. The verifier runs in this process, without HTTP: sizes are measured here, not its speed.
 */
const { values } = parseArgs({
  options: { postgres: { type: 'boolean' }, tokens: { type: 'string' }, validations: { type: 'string' } },
});
const tokens = Number(values.tokens ?? 20_000);
const validations = Number(values.validations ?? 100_000);
if (![tokens, validations].every(isCount) || tokens > mostUsers) {
  console.error(`node test/bench/bytes.ts [--postgres] [--tokens N] [--validations N]   at most ${mostUsers} tokens`);
  process.exit(2);
}
const [kept, segments, connections, dayMs] = [20_000, 500, 64, 86_400_000];

/** Bytes of each table and index. */
type Sizes = ReadonlyMap<string, number>;
interface Measured {
  sizes(): Promise<Sizes>;
  /** Bytes written since the machine or server began, as far as the database can tell. */
  written(): Promise<number>;
}

const folder = benchFolder();
const server = values.postgres ? await makeServer(['-c', 'synchronous_commit=on', '-c', 'autovacuum=off']) : null;
await server?.start();
const url = server?.url() ?? null;

const path = join(folder, 'verifier.sqlite');
const sqlite: Measured = {
  async sizes() {
    const database = new DatabaseSync(path);
    try {
      const rows = database.prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name').all();
      return new Map(rows.map(({ name, bytes }) => [String(name), Number(bytes)]));
    } finally {
      database.close();
    }
  },
  written: async () => Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]),
};
const postgres = (at: string): Measured => ({
  async sizes() {
    const rows = await ask(
      at,
      `SELECT relname AS name, pg_relation_size(oid) AS bytes FROM pg_class
       WHERE relkind IN ('r', 'i', 't') AND (relnamespace = 'public'::regnamespace OR relname LIKE 'pg_toast_%')`,
    );
    return new Map(rows.map(({ name, bytes }) => [String(name), Number(bytes)]));
  },
  async written() {
    const [row] = await ask(at, `SELECT pg_current_wal_lsn() - '0/0' AS bytes`);
    return Number(row?.bytes);
  },
});
const database = url === null ? sqlite : postgres(url);

function tell(title: string, before: Sizes, after: Sizes, count: number): void {
  console.log(`\n${title} (bytes each, ${count})`);
  let all = 0;
  for (const [name, bytes] of after) {
    const each = (bytes - (before.get(name) ?? 0)) / count;
    all += each;
    if (Math.abs(each) >= 0.5) console.log(`  ${name.padEnd(34)} ${each.toFixed(1).padStart(8)}`);
  }
  console.log(`  ${'together'.padEnd(34)} ${all.toFixed(1).padStart(8)}`);
}

const seeded =
  url === null ? await seed({ dataDir: folder, tokens, nowMs: Date.now() }) : await seedPostgres(url, folder, tokens);
const { institution, apiKey } = seeded;
const read = readSettings({ DATA_DIR: folder, ...(url === null ? {} : { DATABASE_URL: url }) });
if ('problems' in read) throw new Error(JSON.stringify(read.problems));
const { settings } = read;
let nowMs = Date.now();
const clock = { nowMs: () => nowMs, monotonicMs: () => performance.now() };
const store = await openStore(settings, nowMs);
const keyring = await openKeyring(settings, store, randomBytes);
const mail = outboxMailer(settings.outboxDir);
const log = pino({ level: 'silent' });
const publicUrl = 'https://otp.example';
const app = createVerifier({ store, keyring, mail, clock, random: randomBytes, log, publicUrl });
const heads = headsFile(settings.auditHeadsPath);
const turn = sealingTurn({ auditLog: store.auditLog, heads, keyring, clock, random: randomBytes });
const sealAll = async () => {
  while ((await turn.step()) === 'more');
};
const { serviceId, otp } = institution;
const headBytes = () => statSync(settings.auditHeadsPath, { throwIfNoEntry: false })?.size ?? 0;

let done = 0;
// From all over the tables: in their order most tokens would find the page of the one before written already.
const stride = strideOver(tokens);
async function validate(count: number, headersOf: () => Record<string, string>): Promise<void> {
  const end = done + count;
  while (done < end) {
    // One pass over all tokens at most in one time step, sealed behind each thousand.
    const pass = Math.min(end, done + 1_000, (Math.floor(done / tokens) + 1) * tokens);
    const step = Math.floor(nowMs / 1_000 / otp.periodSeconds);
    const one = async () => {
      for (;;) {
        const user = ((done % tokens) * stride) % tokens;
        if (done >= pass) return;
        done++;
        const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headersOf() };
        const body = validationBody(user, codeOf(user, otp, step));
        const answer = await (await app.request(validationPath, { method: 'POST', headers, body })).text();
        if (!answer.includes('"accepted"')) throw new Error(answer);
      }
    };
    await Promise.all(Array.from({ length: connections }, one));
    await sealAll();
    if (done % tokens === 0) nowMs += otp.periodSeconds * 1_000;
  }
}

console.log(`${url === null ? 'SQLite' : 'PostgreSQL'}, ${tokens} tokens`);
const empty = await database.sizes();
tell('per token, freshly filled', new Map(), empty, tokens);

await validate(tokens, () => ({}));
let [before, written] = [await database.sizes(), await database.written()];
const headsBefore = headBytes();
await validate(validations, () => ({}));
console.log(`\nwritten per validation: ${Math.round(((await database.written()) - written) / validations)} bytes`);
tell('per validation, sealed by thousands', before, await database.sizes(), validations);
console.log(
  `  ${'audit-heads.jsonl'.padEnd(34)} ${((headBytes() - headsBefore) / validations).toFixed(1).padStart(8)}`,
);

[before, written] = [await database.sizes(), await database.written()];
await validate(kept, () => ({ 'idempotency-key': randomBytes(16).toString('hex') }));
const after = await database.sizes();
const answers = new Map([...after].filter(([name]) => name.startsWith('kept_answers')));
tell('per kept answer', before, answers, kept);
console.log(`  written per validation with one: ${Math.round(((await database.written()) - written) / kept)} bytes`);

[before, written] = [await database.sizes(), headBytes()];
for (let i = 0; i < segments; i++) {
  const audit = auditEntry({ serviceId, atMs: nowMs, operation: 'validate', outcome: 'rejected' });
  await store.record({ audit, kept: null });
  await sealAll();
}
const seals = new Map([...(await database.sizes())].filter(([name]) => name.startsWith('audit_segments')));
tell('per segment of one row', before, seals, segments);
console.log(`  ${'audit-heads.jsonl'.padEnd(34)} ${((headBytes() - written) / segments).toFixed(1).padStart(8)}`);

nowMs += 40 * dayMs;
[before, written] = [await database.sizes(), await database.written()];
const beforeMs = retentionEndMs(nowMs, 30);
const tookMs: number[] = [];
let rows = 0;
for (;;) {
  const fromMs = performance.now();
  const order = { beforeMs, nowMs, actor: 'retention', serviceIds: [serviceId] } as const;
  const step = await pruneStep({ auditLog: store.auditLog, keyring }, order);
  if (typeof step === 'string') break;
  tookMs.push(performance.now() - fromMs);
  rows += step.rows;
}
tookMs.sort((one, other) => one - other);
const sumMs = tookMs.reduce((sum, ms) => sum + ms, 0);
const quantile = (share: number) => (tookMs[Math.floor((tookMs.length - 1) * share)] ?? 0).toFixed(1);
console.log(
  `\npruned ${rows} rows in ${tookMs.length} steps: p50 ${quantile(0.5)} ms, p95 ${quantile(0.95)} ms a step, ` +
    `${Math.round((rows * 1_000) / sumMs)} rows/s without rests, ` +
    `${Math.round(((await database.written()) - written) / rows)} bytes written per row`,
);
if (url !== null) await ask(url, 'VACUUM audit, audit_segments, audit_floors');
tell(
  'given back (-) or taken by pruning and, on PostgreSQL, VACUUM, per pruned row',
  before,
  await database.sizes(),
  rows,
);
// What dead versions of rows take depends on how often the server vacuums; this is what the rows themselves take.
if (url !== null) await ask(url, 'VACUUM FULL audit_floors');
const floors = [...(await database.sizes())].filter(([name]) => name.startsWith('audit_floors'));
console.log(
  `  per token that was pruned: ${Math.round(floors.reduce((sum, [, bytes]) => sum + bytes, 0) / tokens)} bytes`,
);

await store.close();
await server?.remove();
process.exit(0);
