import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import autocannon, { type Client } from 'autocannon';
import { type Figures, quantile } from './target.ts';

/** Requests of one round. Sent one after the other, over all connections; the process ends when they are used up. */
export interface LoadJob {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** Each connection takes one after the other. */
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  /** One body a line. Null: requests without a body. */
  readonly bodiesPath: string | null;
  /** Index of the body that is sent first. Default 0. */
  readonly from?: number;
  /** Start over behind the last body; otherwise each is sent once, and too few of them are an error. */
  readonly again: boolean;
  /** After each of so many bodies the parent is told, which may move the clock of what is measured. 0: never. */
  readonly pass: number;
  /** Every request comes from an address of its own, as a proxy in front tells it. */
  readonly addresses: boolean;
  /** Text that every answer must hold. */
  readonly expected: string;
}

export type LoadMessage =
  | { readonly kind: 'pass'; readonly pass: number }
  | { readonly kind: 'done'; readonly figures: Figures }
  | { readonly kind: 'failed'; readonly why: string };

const addressOf = (n: number) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
const say = (message: LoadMessage) => process.send?.(message, () => {});

async function load(job: LoadJob): Promise<void> {
  const bodies = job.bodiesPath === null ? null : readFileSync(job.bodiesPath, 'utf8').trimEnd().split('\n');
  let sent = 0;
  let exhausted = false;
  const wrong: string[] = [];
  const durations: number[] = [];
  const next = (client: Client) => {
    if (bodies === null) return;
    if (sent === bodies.length && !job.again) exhausted = true;
    if (job.pass > 0 && sent % job.pass === 0) say({ kind: 'pass', pass: sent / job.pass });
    const body = bodies[((job.from ?? 0) + sent++) % bodies.length] ?? '';
    if (job.addresses) client.setHeadersAndBody({ ...job.headers, 'x-forwarded-for': addressOf(sent) }, body);
    else client.setBody(body);
  };
  // A warm-up is the parent's: rounds of the same process follow each other.
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  const running = autocannon({
    url: job.url,
    connections: job.connections,
    duration: job.seconds,
    requests: job.paths.map((path) => ({ method: job.method, path, headers: { ...job.headers } })),
    verifyBody: (body) => {
      const right = String(body).includes(job.expected);
      if (!right && wrong.length < 3) wrong.push(String(body).slice(0, 200));
      return right;
    },
    setupClient(client) {
      client.on('response', (_status, _bytes, ms) => {
        durations.push(ms);
        next(client);
      });
      next(client);
    },
  });
  const result = await running;
  const seconds = (performance.now() - startedMs) / 1000;
  const used = process.cpuUsage(cpu);
  if (exhausted) throw new Error('the bodies were used up before the time was over');
  const failed = result.non2xx + result.errors + result.timeouts + result.mismatches;
  if (failed > 0) throw new Error(`${failed} of ${result.requests.sent} requests failed, such as ${wrong.join(' ')}`);
  const sorted = Float64Array.from(durations).sort();
  const figures = {
    perSecond: durations.length / seconds,
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
    busy: (used.user + used.system) / 1e6 / seconds,
  };
  say({ kind: 'done', figures });
}

process.on('message', (job: LoadJob) => {
  load(job).catch((error: Error) => say({ kind: 'failed', why: error.message }));
});
// The parent gone, nobody waits for the figures any more.
process.once('disconnect', () => process.exit(0));
