import type * as z from 'zod';
import type { PublicKey } from '../shared/envelope.ts';
import { provisionAnswerSchema, timeAnswerSchema } from '../shared/wire-token.ts';

const timeoutMs = 15_000;
const maximumAnswerBytes = 64 * 1024;
const defaultWaitMs = 60_000;

export type CallFailure =
  | { readonly reason: 'unreachable' | 'notAVerifier' | 'malformed' }
  | { readonly reason: 'tooManyTries'; readonly waitMs: number };
type Answer<Value> = { readonly ok: true; readonly value: Value } | ({ readonly ok: false } & CallFailure);

/** What a verifier is asked for by the software token itself. No cookie, referrer or redirect, and no cache. */
export interface VerifierClient {
  /** `GET /v1/time`, in ms since 1970. */
  time(address: string): Promise<Answer<number>>;
  /** `POST /v1/provisioning`: the sealed token, or null where the verifier refuses. */
  provision(address: string, request: ProvisionRequest): Promise<Answer<string | null>>;
}

export interface ProvisionRequest {
  readonly serviceId: string;
  readonly userId: string;
  readonly activationPassword: string;
  readonly publicKey: PublicKey;
}

export function createVerifierClient(fetchFrom: typeof fetch, clock: () => number): VerifierClient {
  async function call<Value>(url: string, init: RequestInit, schema: z.ZodType<Value>): Promise<Answer<Value>> {
    let response: Response;
    let text: string | null;
    try {
      response = await fetchFrom(url, {
        ...init,
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        redirect: 'error',
        cache: 'no-store',
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await readBounded(response);
    } catch {
      return { ok: false, reason: 'unreachable' };
    }
    if (response.status === 429) return { ok: false, reason: 'tooManyTries', waitMs: retryAfterMs(response, clock()) };
    if ([502, 503, 504].includes(response.status)) return { ok: false, reason: 'unreachable' };
    const body = text === null ? null : parseJson(text);
    if (response.status === 400 && isProblem(body)) return { ok: false, reason: 'malformed' };
    const parsed = schema.safeParse(body);
    if (!response.ok || !parsed.success) return { ok: false, reason: 'notAVerifier' };
    return { ok: true, value: parsed.data };
  }

  return {
    async time(address) {
      const answer = await call(`${address}/v1/time`, {}, timeAnswerSchema);
      return answer.ok ? { ok: true, value: Date.parse(answer.value.now) } : answer;
    },
    async provision(address, request) {
      const headers = { 'Content-Type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(request) };
      const answer = await call(`${address}/v1/provisioning`, init, provisionAnswerSchema);
      if (!answer.ok) return answer;
      return { ok: true, value: answer.value.outcome === 'provisioned' ? answer.value.token : null };
    },
  };
}

/** The body as text, or null where it is longer than any answer of a verifier. */
async function readBounded(response: Response): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > maximumAnswerBytes) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isProblem(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'code' in body && body.code === 'malformed';
}

/** Retry-After in either form of RFC 9110 section 10.2.3, at most an hour. */
function retryAfterMs(response: Response, nowMs: number): number {
  const text = response.headers.get('Retry-After') ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? defaultWaitMs : Math.min(Math.max(waitMs, 1000), 3_600_000);
}
