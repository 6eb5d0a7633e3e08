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
    // Most bodies arrive together with the headers and are complete by now.
    if (complete && !destroyed) this.#body ??= Promise.resolve(text.decode(this.#incoming.read() ?? undefined));
    this.#body ??= this.#atWork.apart(() => this.#read(), false);
    return this.#body;
  }

  #read(): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const endedEarly = () => reject(new Problem('malformed', 'The body ended early.'));
      // A client that was already gone causes no more events.
      if (this.#incoming.destroyed) return endedEarly();
      this.#incoming
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => resolve(text.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))))
        .on('error', endedEarly);
    });
  }
}

/**
 * The layer between Node's server and Hono. It refuses requests beyond the limit before Hono sees them, which would double
 * the cost of a refusal, and answers the hot path itself, since making `Request` and `Response` costs more than checking a
 * code. Anything that it does not recognise for certain goes on to Hono, which gives the same answers.
 * @param failed turns what an operation threw into an answer
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
  // As a flat list of names and values, the cheapest form for Node to write.
  const usual = Object.entries({ ...frames.headers, 'content-type': 'application/json' }).flat();
  const byPath = new Map(directs.map((direct) => [direct.path, direct]));

  /** The operation of the hot path; null also where the body's length is not declared or too large. */
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
      atWork.end();
    }
    const length = String(Buffer.byteLength(body));
    outgoing.writeHead(status, [...headers, 'x-request-id', requestId, 'content-length', length]).end(body);
    frames.log({ requestId, method: direct.method, route: direct.path, status, startedMs, caller });
  }

  return (next) => (incoming, outgoing) => {
    // In place of Node's own check.
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
