import type { MiddlewareHandler } from 'hono';
import { isUsable, parseApiKey } from './api-keys.ts';
import { tooMany } from './at-work.ts';
import type { AppEnv, Asked, Caller, Context, RequestContext } from './context.ts';
import { Problem } from './problem.ts';
import type { Scope } from './store/store.ts';

const clockSaying = 'The clock of the verifier was set back; it answers again when the clock is right.';

/** Headers of every answer; a page sets its own policy over the strictest one. */
function headersOf(context: Pick<Context, 'publicUrl'>): Readonly<Record<string, string>> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    ...(context.publicUrl.startsWith('https://') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}

/** Lets a page of any origin read an answer and its `Retry-After`. */
const readableAnywhere = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Retry-After' };

/** The answer to a request beyond the limit, ready to be sent. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Refuses requests beyond the limit as cheaply as possible, with one log line a second for all of them: they are most
 * frequent when there is least time.
 */
export function refusing(context: Pick<Context, 'log' | 'publicUrl' | 'random'>): (nowMs: number) => Refusal {
  // Extensions ask across origins and must be able to read this answer too; it gives nothing away.
  const headers = { ...headersOf(context), ...readableAnywhere };
  const nextId = requestIds(context);
  const problem = tooMany();
  const body = JSON.stringify(problem.body());
  const type = 'application/problem+json';
  let refused = 0;
  let saidMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    refused++;
    if (nowMs >= saidMs + 1_000) {
      context.log.error({ refused }, 'too many requests at once');
      refused = 0;
      saidMs = nowMs;
    }
    return {
      status: problem.status,
      headers: { ...headers, ...problem.headers, 'content-type': type, 'x-request-id': nextId() },
      body,
    };
  };
}

/** Random once, counted afterwards: an ID tells requests apart and is no secret. */
function requestIds(context: Pick<Context, 'random'>): () => string {
  const prefix = Buffer.from(context.random(4)).toString('hex');
  let count = 0;
  return () => `${prefix}${(count++).toString(16).padStart(8, '0')}`;
}

const ownHeaders = ['cache-control', 'content-security-policy'];

/** What surrounds every request, whether Hono or the layer in front answers it. */
export interface Frames {
  /** Of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The next request's ID. */
  nextId(): string;
  /** One line: what was asked, by which key, how it ended. Never a body, a query, an ID or a header. */
  log(request: {
    readonly requestId: string;
    readonly method: string;
    /** The route's pattern. */
    readonly route: string | null;
    readonly status: number;
    readonly startedMs: number;
    readonly caller: Caller | null;
  }): void;
}

export function framesOf(context: Pick<Context, 'clock' | 'log' | 'publicUrl' | 'random'>): Frames {
  return {
    headers: headersOf(context),
    nextId: requestIds(context),
    log({ requestId, method, route, status, startedMs, caller }) {
      const ms = Math.round((context.clock.monotonicMs() - startedMs) * 10) / 10;
      const level = status >= 500 ? 'error' : 'info';
      context.log[level]({ requestId, method, route, status, ms, keyId: caller?.keyId ?? null }, 'request');
    },
  };
}

/**
 * Around every request of Hono's: an ID, the headers of every answer, and a line in the log.
 * @param problemFrom turns what was thrown into an answer; Hono would leave what is no Error to the adapter
 */
export function framed(context: Context, problemFrom: (thrown: unknown) => Response): MiddlewareHandler<AppEnv> {
  const { headers, nextId, log } = framesOf(context);
  const { atWork } = context;
  const refuse = refusing(context);
  return async (c, next) => {
    const startedMs = context.clock.monotonicMs();
    // Not /healthz and the like: those are asked just when the process is busy.
    const counted = c.req.path.startsWith('/v1/');
    if (counted && !atWork.begin()) {
      const { body, ...head } = refuse(startedMs);
      return new Response(body, head);
    }
    const requestId = nextId();
    c.set('requestId', requestId);
    c.set('headers', headers);
    try {
      await next();
    } catch (thrown) {
      c.res = problemFrom(thrown);
    } finally {
      if (counted) atWork.end();
    }
    if (c.get('headers') !== undefined) {
      for (const [name, value] of Object.entries(headers)) {
        if (!ownHeaders.includes(name) || !c.res.headers.has(name)) c.res.headers.set(name, value);
      }
      c.res.headers.set('x-request-id', requestId);
    }
    const caller = c.get('caller') ?? null;
    log({ requestId, method: c.req.method, route: c.get('route') ?? null, status: c.res.status, startedMs, caller });
  };
}

/** A JSON answer made with all its headers at once: setting them later would cost as much as everything else. */
export function wholeAnswer(c: RequestContext, body: object): Response {
  const headers = { ...c.get('headers'), 'content-type': 'application/json', 'x-request-id': c.get('requestId') };
  c.set('headers', undefined);
  return new Response(JSON.stringify(body), { status: 200, headers });
}

/** Names the route's pattern for the log. */
export function named(route: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.set('route', route);
    await next();
  };
}

const unauthorised = () =>
  new Problem('unauthorised', 'Send a valid API key: Authorization: Bearer shk_…', {
    headers: { 'www-authenticate': 'Bearer' },
  });

/**
 * Finds out who calls.
 * @param known told who it is before the scope is looked at
 * @throws Problem without a usable API key of the scope (RFC 6750 section 2.1)
 */
export async function authenticate(
  context: Context,
  asked: Asked,
  scope: Scope,
  known: (caller: Caller) => void,
): Promise<Caller> {
  const [, token] = /^Bearer +(\S+)$/i.exec(asked.header('authorization') ?? '') ?? [];
  const parsed = token === undefined ? null : parseApiKey(token);
  if (parsed === null) throw unauthorised();
  const record = await context.directory.apiKey(parsed.keyId);
  if (!isUsable(record, parsed.secretHash, context.clock.nowMs())) throw unauthorised();
  const institution = await context.directory.institution(record.serviceId);
  if (institution === null) throw unauthorised();
  const caller: Caller = { keyId: record.keyId, scopes: record.scopes, institution };
  known(caller);
  if (!record.scopes.includes(scope)) throw new Problem('forbidden', `Use an API key with the scope ${scope}.`);
  return caller;
}

/** Refuses calls without a usable API key of the scope. */
export function authenticated(context: Context, scope: Scope): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await authenticate(context, c.req, scope, (caller) => c.set('caller', caller));
    await next();
  };
}

/** Who calls, behind `authenticated`. */
export function callerOf(c: RequestContext): Caller {
  const caller = c.get('caller');
  if (caller === undefined) throw new Error('the route is not behind authenticated()');
  return caller;
}

/** @throws Problem while the clock is more than one time step behind the newest time known */
export async function assertClock(context: Context, caller: Caller | undefined): Promise<void> {
  const periodSeconds = caller?.institution.otp.periodSeconds ?? (await context.directory.shortestPeriodSeconds());
  if ((await context.clockGuard.behindMs()) > periodSeconds * 1000) {
    throw new Problem('unavailable', clockSaying, { headers: { 'retry-after': '60' } });
  }
}

/** Refuses while the clock cannot be relied on. */
export function clockTrusted(context: Context): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await assertClock(context, c.get('caller'));
    await next();
  };
}

/** JSON, with any parameters except another charset: Shift_JIS would be read as other characters. */
const jsonType = /^application\/json[ \t]*(;(?![ \t]*charset=(?!"?utf-?8"?[ \t]*(;|$)))[^;]*)*$/i;

/** @throws Problem where the body is said to be something else than plain JSON in UTF-8. RFC 8259 section 8.1 */
export function assertJson(asked: Asked): void {
  const coding = asked.header('content-encoding') ?? 'identity';
  if (!jsonType.test(asked.header('content-type') ?? '') || coding.toLowerCase() !== 'identity') {
    throw new Problem('unsupportedMediaType', 'Send the body as application/json, in UTF-8 and not compressed.');
  }
}

/** Takes JSON and nothing else. */
export const jsonOnly: MiddlewareHandler<AppEnv> = async (c, next) => {
  assertJson(c.req);
  // Hono's validator accepts fewer spellings than RFC 9110 section 8.3.1 allows.
  c.req.raw.headers.set('content-type', 'application/json');
  await next();
};

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Refuses percent-encoding that is not of UTF-8. Hono takes it as it stands, so that a login ID sent as Shift_JIS would
 * make a user by the name `%8E%52`.
 * @param route the pattern, for the names of its parts
 */
export function wellEncoded(route: string): MiddlewareHandler<AppEnv> {
  const names = route.split('/').map((part) => part.replace(/[{}]/g, ''));
  return async (c, next) => {
    if (c.req.url.includes('%')) {
      const { pathname, search } = new URL(c.req.url);
      const parts = pathname.split('/').flatMap((part, place) => (isEncoded(part) ? [] : [names[place] ?? '']));
      const queries = search
        .slice(1)
        .split('&')
        .filter((pair) => !isEncoded(pair));
      const wrong = [...parts, ...queries.map((pair) => pair.split('=')[0]?.slice(0, 64) ?? '')];
      if (wrong.length > 0) {
        const fields = wrong.slice(0, 50).map((path) => ({ path, expected: 'percent-encoded UTF-8' }));
        throw new Problem('malformed', 'Correct the fields that are named.', { fields });
      }
    }
    await next();
  };
}

/** A body too large is read and dropped up to this many bytes, so that a simple client gets the answer, not a broken pipe. */
const droppedBytes = 16 * 1024 * 1024;

/** @throws Problem where the body is too large, by its declared length or once it grows past the limit */
async function readBody(c: RequestContext, maxBytes: number): Promise<void> {
  const declared = c.req.header('content-length');
  const trusted = declared !== undefined && !c.req.header('transfer-encoding') && Number(declared) <= maxBytes;
  if (trusted) {
    // Kept by Hono for whoever asks for it later.
    await c.req.text();
    return;
  }
  // Only now: on access, the adapter makes a whole Request of its own.
  const { body } = c.req.raw;
  if (body === null) return;

  // One growing buffer, not a list: a chunk object takes hundreds of bytes and may carry a single one.
  let bytes = Buffer.alloc(0);
  let sizeBytes = 0;
  const wellTooLarge = Number(declared ?? 0) > droppedBytes;
  if (!wellTooLarge) {
    for await (const chunk of body) {
      const beginsAt = sizeBytes;
      sizeBytes += chunk.byteLength;
      if (sizeBytes > droppedBytes) break;
      if (sizeBytes > maxBytes) {
        bytes = Buffer.alloc(0);
        continue;
      }
      if (sizeBytes > bytes.byteLength) bytes = Buffer.concat([bytes], Math.min(maxBytes, 2 * sizeBytes));
      bytes.set(chunk, beginsAt);
    }
  }
  if (wellTooLarge || sizeBytes > maxBytes) {
    throw new Problem('tooLarge', `Send at most ${maxBytes} bytes.`, { headers: { connection: 'close' } });
  }
  c.req.raw = new Request(c.req.raw, { body: bytes.subarray(0, sizeBytes) });
}

/**
 * Reads the body, in little more memory than `maxBytes`. Put it after the checks that refuse strangers (API key, rate
 * limit). A request whose body is still arriving does not count as at work.
 */
export function bodyLimited({ atWork }: Pick<Context, 'atWork'>, maxBytes: number): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    try {
      await atWork.apart(() => readBody(c, maxBytes), false);
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw new Problem('malformed', 'The body ended early.');
    }
    return next();
  };
}

/** The first four groups of an IPv6 address, however it is abbreviated: a client usually has a whole /64. */
function prefixOf(address: string): string {
  const [front = [], back = []] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  const groups = [...front, ...zeros, ...back].slice(0, 4);
  return groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':');
}

/** The client's address: behind trusted proxies what the outermost of them saw, else the socket's. IPv6 by its /64. */
export function clientAddress(c: RequestContext, trustedProxies: number): string {
  const socket = (c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming?.socket;
  let address = socket?.remoteAddress ?? 'unknown';
  if (trustedProxies > 0) {
    const hops = (c.req.header('x-forwarded-for') ?? '')
      .split(',')
      .map((hop) => hop.trim())
      .filter((hop) => hop !== '');
    address = hops.at(-trustedProxies) ?? hops[0] ?? address;
  }
  // Some proxies tell the port too; each connection has another one.
  const bare = address.replace(/^\[(.+)\](:[0-9]+)?$/, '$1').replace(/^([0-9.]+):[0-9]+$/, '$1');
  const plain = bare.replace(/^::ffff:(?=[0-9.]+$)/i, '');
  return plain.includes(':') ? prefixOf(plain) : plain;
}
