import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { RequestError } from '@hono/node-server';
import type { Context } from './context.ts';
import { framesOf } from './middleware.ts';
import { Problem } from './problem.ts';

/** Answers by the code of Node's error; any other error gets `noHttp`. */
const byErrorCode = new Map([
  ['HPE_HEADER_OVERFLOW', new Problem('tooLarge', 'Send at most 16 KiB of address and headers.', { status: 431 })],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', new Problem('tooLarge', 'Leave the extensions of chunks out.')],
  ['ERR_HTTP_REQUEST_TIMEOUT', new Problem('malformed', 'Send the whole request without a pause.', { status: 408 })],
]);
const noHttp = new Problem('malformed', 'Send a request of HTTP/1.1 with a method that is served; see /docs.');
const noHost = new Problem('malformed', 'Send an address and one Host header that are well-formed.');
const noExpectation = new Problem('malformed', 'Leave Expect out, or send 100-continue.', { status: 417 });

/** Answers to what never reaches the service, to which Node or the adapter would answer with an empty body. */
export interface Unserved {
  /** For a request without the Host that HTTP/1.1 requires (RFC 9112 section 3.2). */
  withoutHost(outgoing: ServerResponse): void;
  /** For a request with an invalid Host or address, and for any other error that the adapter catches. */
  unreadable(error: unknown): Response;
  /** Answers what Node's server refuses while it parses. */
  listenTo(server: Server): void;
}

/**
 * Every answer closes its connection, since nobody knows where the next request would begin, and repeats nothing of what
 * was sent.
 * @param failed answers errors that are not the request's fault
 */
export function createUnserved(
  context: Pick<Context, 'clock' | 'log' | 'publicUrl' | 'random'>,
  failed: (thrown: unknown) => Response,
): Unserved {
  const frames = framesOf(context);
  const headersOf = (problem: Problem) => ({
    ...frames.headers,
    ...Object.fromEntries(problem.toResponse().headers),
    connection: 'close',
    'x-request-id': frames.nextId(),
  });

  function send(outgoing: ServerResponse, problem: Problem): void {
    const body = JSON.stringify(problem.body());
    outgoing.writeHead(problem.status, { ...headersOf(problem), 'content-length': Buffer.byteLength(body) }).end(body);
  }

  /** An answer as bytes for the socket, where Node has made no `ServerResponse`. */
  function bytesOf(problem: Problem): string {
    const body = JSON.stringify(problem.body());
    const headers = { ...headersOf(problem), 'content-length': Buffer.byteLength(body) };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`, ...lines, '', body].join('\r\n');
  }

  function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    // Node's own field for the answer that this connection waits for.
    const { _httpMessage: waiting } = socket as { _httpMessage?: ServerResponse | null };
    // A request that has arrived completely may take effect: its sender must not take this refusal for its answer.
    const free = waiting == null || !(waiting.headersSent || waiting.req.complete);
    if (socket.writable && free) socket.write(bytesOf(byErrorCode.get(error.code ?? '') ?? noHttp));
    socket.destroy();
  }

  return {
    withoutHost: (outgoing) => send(outgoing, noHost),
    unreadable(error) {
      if (!(error instanceof RequestError)) return failed(error);
      return new Response(JSON.stringify(noHost.body()), { status: noHost.status, headers: headersOf(noHost) });
    },
    listenTo(server) {
      server.on('clientError', refuse);
      server.on('checkExpectation', (_incoming, outgoing: ServerResponse) => send(outgoing, noExpectation));
    },
  };
}
