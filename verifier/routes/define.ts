import type { MiddlewareHandler } from 'hono';
import * as z from 'zod';
import { idempotencyKeySchema, loginIdSchema, problemSchema, type RefusalReason } from '../../shared/wire.ts';
import type { AppEnv, Context } from '../context.ts';
import { authenticated, bodyLimited, clockTrusted, jsonOnly, named, wellEncoded } from '../middleware.ts';
import type { Scope } from '../store/store.ts';

const problemContent = { 'application/problem+json': { schema: problemSchema } };

const waitHeaders = {
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 } },
} as const;

const problems = {
  400: { description: 'Malformed; `fields` names what is wrong.', content: problemContent },
  401: { description: 'No API key, or an invalid one.', content: problemContent },
  403: { description: 'The API key lacks the scope.', content: problemContent },
  404: {
    description: 'The key’s institution has no such user or, where the path has a serial, no such hardware token.',
    content: problemContent,
  },
  409: {
    description:
      'In conflict with the present state; or, with `Retry-After`: the first request with this key is still at work.',
    headers: waitHeaders,
    content: problemContent,
  },
  413: { description: 'The body is larger than 64 KiB, or than 9 MiB with a seed file.', content: problemContent },
  415: { description: 'The body is not application/json in UTF-8, or is compressed.', content: problemContent },
  422: {
    description: 'Understood but impossible, such as an Idempotency-Key used before with another body.',
    content: problemContent,
  },
  429: { description: 'Too many requests.', headers: waitHeaders, content: problemContent },
  503: {
    description: 'Too many requests at once, or the store or the clock is unavailable.',
    headers: waitHeaders,
    content: problemContent,
  },
} as const;

type ProblemStatus = keyof typeof problems;

/** What any POST about a user may end in. */
export const postProblems = [400, 401, 403, 404, 409, 413, 415, 422, 503] as const;

/** The 200 of an operation with an example, and the problems that it may end in. */
export function answers<Schema extends z.ZodType, const Status extends ProblemStatus = never>(
  description: string,
  schema: Schema,
  example: object,
  ...statuses: readonly Status[]
) {
  const wrong = Object.fromEntries(statuses.map((status) => [status, problems[status]])) as Pick<
    typeof problems,
    Status
  >;
  return { 200: { description, content: { 'application/json': { schema, example } } }, ...wrong } as const;
}

/** A JSON body that must be there. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema, example: object) {
  return { required: true, content: { 'application/json': { schema, example } } } as const;
}

/** What stands before every operation of a bank: route name, API key with scope, a clock that can be relied on, an address in UTF-8. */
export function forBank(
  context: Context,
  route: string,
  scope: Scope,
  body: 'json' | 'none',
  maxBytes = context.limits.bodyBytes,
): MiddlewareHandler<AppEnv>[] {
  const steps = [named(route), authenticated(context, scope), clockTrusted(context), wellEncoded(route)];
  return body === 'json' ? [...steps, bodyLimited(context, maxBytes), jsonOnly] : steps;
}

/** The security requirement that the OpenAPI document names. */
export const apiKeySecurity = [{ apiKey: [] as string[] }];

export const loginIdParams = z.object({
  loginId: loginIdSchema.meta({
    param: { name: 'loginId', in: 'path' },
    description: 'Login ID at the bank: NFC, case-sensitive, 1 to 64 characters; not `.` or `..`.',
    example: 'hanako',
  }),
});

export const idempotencyHeaders = z.object({ 'idempotency-key': idempotencyKeySchema.optional() });

/** RFC 3339 text of Unix milliseconds. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

export function timeTextOrNull(ms: number | null): string | null {
  return ms === null ? null : timeText(ms);
}

/** A refusal, with the time at which a gate opens where one stands. */
export function refused(reason: RefusalReason, opensAtMs: number | null = null) {
  const reissuableAt = opensAtMs === null ? {} : { reissuableAt: timeText(opensAtMs) };
  return { outcome: 'refused' as const, reason, ...reissuableAt };
}
