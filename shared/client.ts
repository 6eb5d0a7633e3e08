import type * as z from 'zod';
import { type Call, verifierCalls } from './client-calls.ts';
import { idempotencyKeySchema, type ProblemCode, problemSchema } from './wire.ts';

export { verifierCalls };

/**
 * A client of the verifier for a bank's server, typed by the schemas that the verifier itself parses with.
 *
 *     const verifier = createVerifierClient({ baseUrl: 'https://otp.example', apiKey });
 *     const answer = await verifier.validate(
 *       { loginId: 'hanako', operation: 'transfer', otp: '71959276', reference: 'T-20261121-0001' },
 *       { idempotencyKey: attemptId },
 *     );
 *     if (answer.outcome === 'accepted') …
 */
export interface VerifierClientOptions {
  /** Address of the verifier without `/v1`, such as `https://otp.example`. */
  readonly baseUrl: string;
  /** `shk_…`, with the scopes of the calls that are made. */
  readonly apiKey: string;
  /** Default: the global `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * For a whole call. Default 5,000. Give `issueSoftwareToken`, which waits for the mail server, and
   * `importHardwareTokens` a client of their own with more, such as 30,000.
   */
  readonly timeoutMs?: number;
}

export interface CallOptions {
  /**
   * POST and PATCH only. One key per attempt of the user, 1 to 255 visible ASCII characters: the same call under the same key
   * gets the first answer again instead of acting twice, so that it may be repeated after `VerifierUnreachable`.
   */
  readonly idempotencyKey?: string;
  /** Ends the call early, as `VerifierUnreachable`. */
  readonly signal?: AbortSignal;
}

/** The verifier answered that the call was wrong, or that it cannot answer it now. RFC 9457. */
export class VerifierProblem extends Error {
  override readonly name = 'VerifierProblem';
  /** HTTP status. */
  readonly status: number;
  /** Stable, for programs. 429 is `tooManyRequests`, 503 `unavailable`. */
  readonly code: ProblemCode;
  /** What to do, in English, for people. */
  readonly detail: string | null;
  /** Each wrong field by its path and what it expects. */
  readonly fields: readonly { readonly path: string; readonly expected: string }[];
  /** How long to wait before another try; null where the verifier does not say. */
  readonly retryAfterSeconds: number | null;

  constructor(problem: z.infer<typeof problemSchema>, retryAfterSeconds: number | null) {
    const named = (problem.fields ?? []).map(({ path, expected }) => `${path}: ${expected}`);
    super([`the verifier answered ${problem.status} ${problem.code}`, ...named].join('; '));
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail ?? null;
    this.fields = problem.fields ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No answer, or none that can be understood: nobody knows whether the call took effect. `cause` tells more. */
export class VerifierUnreachable extends Error {
  override readonly name = 'VerifierUnreachable';
}

/** Names of the IDs in a path. */
type PathIds<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | PathIds<Rest> : never;
/** Queries are sent as text: what may be left out is what the schema says, what a value is what it becomes. */
type QueryOf<Schema extends z.ZodType> = {
  [Name in keyof z.input<Schema>]: Name extends keyof z.output<Schema> ? z.output<Schema>[Name] : never;
};
type Part<One extends Call, Name extends 'query' | 'body'> = One extends { readonly [Key in Name]: infer Schema }
  ? Schema extends z.ZodType
    ? Name extends 'query'
      ? QueryOf<Schema>
      : z.input<Schema>
    : unknown
  : unknown;

type Flat<Type> = { [Name in keyof Type]: Type[Name] };

/** What a call takes: the IDs of its path, its query and its body, side by side. */
export type RequestOf<One extends Call> = Flat<
  { readonly [Name in PathIds<One['path']>]: string } & Part<One, 'query'> & Part<One, 'body'>
>;
export type AnswerOf<One extends Call> = z.output<One['answer']>;

type Calls = typeof verifierCalls;
type Options<One extends Call> = One['method'] extends 'POST' | 'PATCH'
  ? CallOptions
  : Omit<CallOptions, 'idempotencyKey'>;

/** One method for each operation. All throw `VerifierProblem` and `VerifierUnreachable`. A refusal is an answer. */
export type VerifierClient = {
  readonly [Name in keyof Calls]: object extends RequestOf<Calls[Name]>
    ? (request?: RequestOf<Calls[Name]>, options?: Options<Calls[Name]>) => Promise<AnswerOf<Calls[Name]>>
    : (request: RequestOf<Calls[Name]>, options?: Options<Calls[Name]>) => Promise<AnswerOf<Calls[Name]>>;
};

/** What the verifier would answer, of a call that cannot be sent. */
function malformed(path: string, expected: string): VerifierProblem {
  const fields = [{ path, expected }];
  const problem = { type: 'about:blank', title: 'Bad Request', status: 400, code: 'malformed', fields } as const;
  return new VerifierProblem(problem, null);
}

/**
 * An ID as a path has it.
 * @throws VerifierProblem 400 where no path can hold it: `fetch` would leave `.` and `..` out and ask for something else, and a
 * missing one would be called `undefined`
 */
function segment(name: string, id: unknown): string {
  const fits = typeof id === 'string' && id !== '' && id !== '.' && id !== '..' && id.isWellFormed();
  if (fits) return encodeURIComponent(id);
  throw malformed(name, 'an ID of Unicode text that is neither empty nor . or ..');
}

/** Path, query and body of a call. */
function addressed(call: Call, request: Readonly<Record<string, unknown>>) {
  const rest = { ...request };
  const path = call.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const id = rest[name];
    delete rest[name];
    return segment(name, id);
  });
  const query = new URLSearchParams();
  for (const name of Object.keys(call.query?.shape ?? {})) {
    if (rest[name] !== undefined) query.set(name, String(rest[name]));
    delete rest[name];
  }
  const asked = query.size === 0 ? path : `${path}?${query}`;
  return { path: asked, body: call.body === undefined ? null : JSON.stringify(rest) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function understand<One extends Call>(call: One, response: Response, text: string): AnswerOf<One> {
  const value = parsed(text);
  if (response.ok) {
    const answer = call.answer.safeParse(value);
    if (answer.success) return answer.data as AnswerOf<One>;
    throw new VerifierUnreachable('the answer is not what this client knows', { cause: answer.error });
  }
  const problem = problemSchema.safeParse(value);
  if (!problem.success) throw new VerifierUnreachable(`something answered ${response.status} without problem details`);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  throw new VerifierProblem(problem.data, Number.isFinite(seconds) ? seconds : null);
}

/**
 * Makes a client. It keeps no state and repeats nothing by itself.
 * @throws TypeError where no call could be sent: an address that `fetch` does not take, a key that no header can hold
 */
export function createVerifierClient(options: VerifierClientOptions): VerifierClient {
  const { apiKey, timeoutMs = 5_000 } = options;
  // Programs without types may leave it unset.
  const baseUrl = String(options.baseUrl).replace(/\/+$/, '');
  const isAddress = /^https?:\/\/[^/@?#]+(\/[^?#]*)?$/i.test(baseUrl) && URL.canParse(`${baseUrl}/`);
  if (options.fetch === undefined && !isAddress) {
    throw new TypeError('baseUrl: expects an address such as https://otp.example');
  }
  if (!/^[\x20-\x7e]*[\t\r\n ]*$/.test(apiKey)) throw new TypeError('apiKey: expects a key such as `key create` shows');
  const send = options.fetch ?? ((url, init) => fetch(url, init));

  async function ask(call: Call, request: object, { idempotencyKey, signal }: CallOptions): Promise<unknown> {
    const { path, body } = addressed(call, request as Record<string, unknown>);
    if (idempotencyKey !== undefined && !idempotencyKeySchema.safeParse(idempotencyKey).success) {
      throw malformed('idempotency-key', 'expects 1 to 255 visible ASCII characters');
    }
    const timeout = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await send(baseUrl + path, {
        method: call.method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          accept: 'application/json',
          ...(body === null ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        body,
        redirect: 'error',
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      });
      text = await response.text();
    } catch (cause) {
      throw new VerifierUnreachable('no answer from the verifier', { cause });
    }
    return understand(call, response, text);
  }

  const methods = Object.entries(verifierCalls).map(([name, call]) => [
    name,
    (request: object = {}, more: CallOptions = {}) => ask(call, request, more),
  ]);
  return Object.fromEntries(methods) as VerifierClient;
}
