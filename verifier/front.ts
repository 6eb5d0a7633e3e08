import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AtWork } from './at-work.ts';
import type { Asked, Caller, Context } from './context.ts';
import { framesOf, refusing } from './middleware.ts';
import { Problem } from './problem.ts';
import type { Direct } from './routes/direct.ts';
import type { Unserved } from './unserved.ts';

const text = new TextDecoder();

/** A request as Node took it. */
class NodeRequest implements Asked {
  readonly #incoming: IncomingMessage;
  readonly path: string;
  readonly #atWork: AtWork;
  #body: Promise<string> | null = null;

  constructor(incoming: IncomingMessage, path: string, atWork: AtWork) {
    this.#incoming = incoming;
    this.path = path;
    this.#atWork = atWork;
  }

  get method(): string {
    return this.#incoming.method ?? '';
  }

  header(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  }

  text(): Promise<string> {
    const { complete, destroyed } = this.#incoming;
    // Most come in one piece with their head, and are there by now.
    if (complete && !destroyed) this.#body ??= Promise.resolve(text.decode(this.#incoming.read() ?? undefined));
    this.#body ??= this.#atWork.apart(() => this.#read(), false);
    return this.#body;
  }

  #read(): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const endedEarly = () => reject(new Problem('malformed', 'The body ended early.'));
      // Whoever was gone before says nothing any more.
      if (this.#incoming.destroyed) return endedEarly();
      this.#incoming
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => resolve(text.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))))
        .on('error', endedEarly);
    });
  }
}

/**
 * What stands between Node's server and Hono. It refuses what is too much before it becomes a request of Hono's, which
 * would cost as much again, and answers the hot path by itself: the frame around a request and the making of `Request` and
 * `Response` cost more than a check of the code. Whatever it does not know for certain goes on to Hono, which answers the
 * same.
 * @param failed makes an answer of what an operation threw
 */
export function inFront(
  context: Context,
  directs: readonly Direct[],
  failed: (thrown: unknown) => Response,
  unserved: Unserved,
): (next: RequestListener) => RequestListener {
  const { atWork, clock, limits } = context;
  const frames = framesOf(context);
  const refuse = refusing(context);
  // A flat list of names and values is what Node writes with the least work.
  const usual = Object.entries({ ...frames.headers, 'content-type': 'application/json' }).flat();
  const byPath = new Map(directs.map((direct) => [direct.path, direct]));

  /** The operation, where the body has a length that is said and allowed. */
  function directOf({ method, url, headers }: IncomingMessage): Direct | null {
    const direct = byPath.get(url ?? '');
    if (direct === undefined || direct.method !== method || headers['transfer-encoding'] !== undefined) return null;
    return Number(headers['content-length']) <= limits.bodyBytes ? direct : null;
  }

  async function answer(direct: Direct, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const startedMs = clock.monotonicMs();
    const requestId = frames.nextId();
    let caller: Caller | null = null;
    let status = 200;
    let headers: readonly string[] = usual;
    let body: string;
    atWork.begin();
    try {
      body = JSON.stringify(
        await direct.answer(new NodeRequest(incoming, direct.path, atWork), (known) => {
          caller = known;
        }),
      );
    } catch (thrown) {
      const response = failed(thrown);
      ({ status } = response);
      const own = { ...frames.headers, ...Object.fromEntries(response.headers) };
      headers = Object.entries(own).flat();
      body = await response.text();
    } finally {
      const nowMs = clock.monotonicMs();
      atWork.end(nowMs, nowMs - startedMs);
    }
    const length = String(Buffer.byteLength(body));
    outgoing.writeHead(status, [...headers, 'x-request-id', requestId, 'content-length', length]).end(body);
    frames.log({ requestId, method: direct.method, route: direct.path, status, startedMs, caller });
  }

  return (next) => (incoming, outgoing) => {
    // In place of Node's own look at it.
    if (incoming.headers.host === undefined && incoming.httpVersion === '1.1') return unserved.withoutHost(outgoing);
    if (!incoming.url?.startsWith('/v1/')) return next(incoming, outgoing);
    if (atWork.isFull) {
      const { status, headers, body } = refuse(clock.monotonicMs());
      outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
      return;
    }
    const direct = directOf(incoming);
    if (direct === null) return next(incoming, outgoing);
    answer(direct, incoming, outgoing).catch((error: Error) => {
      context.log.error({ error: { name: error.name, message: error.message } }, 'failed');
      outgoing.destroy();
    });
  };
}
