import type { ZodError } from 'zod';
import { expectedOf } from '../shared/expected.ts';
import type { Problem as ProblemBody, ProblemCode } from '../shared/wire.ts';

type FieldProblem = NonNullable<ProblemBody['fields']>[number];

const statuses: Readonly<Record<ProblemCode, number>> = {
  malformed: 400,
  unauthorised: 401,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  conflict: 409,
  tooLarge: 413,
  unsupportedMediaType: 415,
  unprocessable: 422,
  tooManyRequests: 429,
  internal: 500,
  unavailable: 503,
};

const titles: Readonly<Record<ProblemCode, string>> = {
  malformed: 'The request is malformed',
  unauthorised: 'An API key is needed',
  forbidden: 'The API key lacks the scope',
  notFound: 'Not found',
  methodNotAllowed: 'Method not allowed',
  conflict: 'In conflict with the present state',
  tooLarge: 'The request is too large',
  unsupportedMediaType: 'The body is not application/json',
  unprocessable: 'The request cannot be processed',
  tooManyRequests: 'Too many requests',
  internal: 'The verifier failed',
  unavailable: 'The verifier cannot answer now',
};

/** Misuse or outage, thrown anywhere and answered as problem details of RFC 9457. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly fields: readonly FieldProblem[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param detail what to do, for people; holds nothing that a caller sent
   * @param more `status` where HTTP has one that says more than the code's own
   */
  constructor(
    code: ProblemCode,
    detail?: string,
    more: {
      readonly status?: number;
      readonly fields?: readonly FieldProblem[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail ?? titles[code]);
    this.code = code;
    this.status = more.status ?? statuses[code];
    this.detail = detail;
    this.fields = more.fields;
    this.headers = more.headers ?? {};
  }

  body(): ProblemBody {
    return {
      type: 'about:blank',
      title: titles[this.code],
      status: this.status,
      code: this.code,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...(this.fields === undefined ? {} : { fields: [...this.fields] }),
    };
  }

  toResponse(): Response {
    return new Response(JSON.stringify(this.body()), {
      status: this.status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...this.headers },
    });
  }
}

/** Each wrong field by its path and what it expects; never a value. */
export function malformed(error: ZodError, where = ''): Problem {
  const fields = error.issues.flatMap((issue): FieldProblem[] => {
    const path = [where, ...issue.path.map(String)].filter((part) => part !== '').join('.');
    if (issue.code !== 'unrecognized_keys') return [{ path, expected: expectedOf(issue) }];
    return issue.keys.map((key) => ({
      path: [path, key.slice(0, 64)].filter((part) => part !== '').join('.'),
      expected: 'no field of this name',
    }));
  });
  const named = fields.slice(0, 50);
  // Of a list in place of a text, that it is empty says nothing more.
  const first = named.filter(({ path }, place) => named.findIndex((other) => other.path === path) === place);
  return new Problem('malformed', 'Correct the fields that are named.', { fields: first });
}
