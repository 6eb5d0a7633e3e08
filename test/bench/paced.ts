import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Institution } from '../../shared/institution.ts';
import { codeOf } from './trial.ts';
import { validationBody, validationPath } from './validations.ts';

/** Requests that are sent when their time has come, whether the ones before are answered or not. */
export interface PacedJob {
  readonly url: string;
  readonly apiKey: string;
  readonly otp: Institution['otp'];
  readonly connections: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** Each sends its right code of every time step once, in turn. */
  readonly tokens: number;
  readonly firstStep: number;
}

/** Of one kind of answer. Latencies are from the moment at which the request was due. */
export interface Answers {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface PacedFigures {
  readonly sent: number;
  readonly accepted: Answers;
  /** 503 with Retry-After. */
  readonly refused: Answers;
  /** Any other answer, by its status and beginning: there should be none. */
  readonly others: Readonly<Record<string, number>>;
  /** Requests whose connection ended without an answer: there should be none. */
  readonly unanswered: number;
  /** By which the last request was sent later than it was due: the load itself kept up. */
  readonly behindMs: number;
}

export type PacedMessage =
  | { readonly kind: 'pass'; readonly pass: number }
  | { readonly kind: 'done'; readonly figures: PacedFigures }
  | { readonly kind: 'failed'; readonly why: string };

const say = (message: PacedMessage) => process.send?.(message, () => {});

/** Counts by tenths of a millisecond, so that hours of answers take no more memory than seconds. */
class Latencies {
  readonly #counts = new Uint32Array(600_000);
  #count = 0;
  #maxMs = 0;

  add(ms: number): void {
    const tenth = Math.min(this.#counts.length - 1, Math.floor(ms * 10));
    this.#counts[tenth] = (this.#counts[tenth] ?? 0) + 1;
    this.#count++;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  #quantile(share: number): number {
    let left = Math.ceil(this.#count * share);
    for (const [tenth, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return (tenth + 1) / 10;
    }
    return this.#maxMs;
  }

  get answers(): Answers {
    const none = this.#count === 0;
    return {
      count: this.#count,
      p50Ms: none ? 0 : this.#quantile(0.5),
      p99Ms: none ? 0 : this.#quantile(0.99),
      maxMs: this.#maxMs,
    };
  }
}

/** Pause between two looks at what is due. */
const tickMs = 2;
/** For what is still on its way at the end. */
const endMs = 20_000;

async function load(job: PacedJob): Promise<void> {
  const { hostname, port, host } = new URL(job.url);
  const accepted = new Latencies();
  const refused = new Latencies();
  const others: Record<string, number> = {};
  let unanswered = 0;
  let waiting = 0;

  function heard(status: number, head: string, body: string, dueMs: number): void {
    const ms = performance.now() - dueMs;
    waiting--;
    if (status === 200 && body.includes('"accepted"')) accepted.add(ms);
    else if (status === 503 && /\r\nretry-after: \d/i.test(head) && body.includes('"unavailable"')) refused.add(ms);
    else {
      const what = `${status} ${body.slice(0, 80)}`;
      others[what] = (others[what] ?? 0) + 1;
    }
  }

  function opened(): Promise<{ readonly socket: Socket; readonly due: number[] }> {
    const due: number[] = [];
    let text = '';
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text = text === '' ? chunk : text + chunk;
      let at = 0;
      for (;;) {
        const bodyAt = text.indexOf('\r\n\r\n', at) + 4;
        if (bodyAt < 4) break;
        const head = text.slice(at, bodyAt);
        const [, length = '0'] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
        const end = bodyAt + Number(length);
        if (end > text.length) break;
        heard(Number(head.slice(9, 12)), head, text.slice(bodyAt, end), due.shift() ?? 0);
        at = end;
      }
      text = text.slice(at);
    });
    const gone = () => {
      unanswered += due.length;
      waiting -= due.splice(0).length;
    };
    socket.on('error', gone).on('close', gone);
    return new Promise((resolve, reject) => {
      socket.once('error', reject).once('connect', () => resolve({ socket, due }));
    });
  }

  const sockets = await Promise.all(Array.from({ length: job.connections }, opened));
  const sized = Buffer.byteLength(validationBody(0, ''.padEnd(job.otp.digits, '0')));
  const head =
    `POST ${validationPath} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${job.apiKey}\r\n` +
    `content-type: application/json\r\ncontent-length: ${sized}\r\n\r\n`;

  const startMs = performance.now();
  const total = Math.floor(job.perSecond * job.seconds);
  let sent = 0;
  let behindMs = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const nowMs = performance.now();
      const dueNow = Math.min(total, Math.floor(((nowMs - startMs) / 1000) * job.perSecond));
      const texts: string[] = [];
      while (sent < dueNow) {
        if (sent % job.tokens === 0) say({ kind: 'pass', pass: sent / job.tokens });
        const user = sent % job.tokens;
        const step = job.firstStep + Math.floor(sent / job.tokens);
        const to = sent % sockets.length;
        texts[to] = `${texts[to] ?? ''}${head}${validationBody(user, codeOf(user, job.otp, step))}`;
        const dueMs = startMs + (sent / job.perSecond) * 1000;
        behindMs = nowMs - dueMs;
        sockets[to]?.due.push(dueMs);
        waiting++;
        sent++;
      }
      for (const [to, text] of texts.entries()) if (text !== undefined) sockets[to]?.socket.write(text);
      if (sent < total) return;
      clearInterval(timer);
      resolve();
    }, tickMs);
  });
  const untilMs = performance.now() + endMs;
  while (waiting > 0 && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 10));
  unanswered += waiting;
  for (const { socket } of sockets) socket.destroy();
  say({
    kind: 'done',
    figures: { sent, accepted: accepted.answers, refused: refused.answers, others, unanswered, behindMs },
  });
}

process.on('message', (job: PacedJob) => {
  load(job).catch((error: Error) => say({ kind: 'failed', why: error.message }));
});
// The parent gone, nobody waits for the figures any more.
process.once('disconnect', () => process.exit(0));
