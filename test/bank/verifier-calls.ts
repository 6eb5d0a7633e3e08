import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Everything that a bank's server asks of the verifier: one file over `fetch`, without other parts of this repository.
 * Copy it, or generate the like from the verifier's `/openapi.json`.
 */

export type OtpStatus = 'unregistered' | 'issued' | 'active' | 'locked' | 'expired' | 'revoked' | 'deactivated';

export interface User {
  readonly loginId: string;
  readonly name: string;
  readonly otp: {
    readonly status: OtpStatus;
    readonly expiresAt: string | null;
    readonly reissuableAt: string | null;
    readonly remainingAttempts: number | null;
  };
}

export interface Requirement {
  readonly otp: 'required' | 'notRequired' | 'blocked';
  readonly reason: string | null;
  /** The screen that helps the user on. */
  readonly next: 'issue' | 'activation' | 'none';
  /** When a gate opens later. */
  readonly from: string | null;
}

export interface Refused {
  readonly outcome: 'refused';
  readonly reason: string;
}

export type IssueAnswer =
  | {
      readonly outcome: 'issued';
      readonly serviceId: string;
      readonly userId: string;
      readonly activationUrl: string;
      readonly expiresAt: string;
      readonly mail: 'sent' | 'failed';
    }
  | Refused;

export type ActivationAnswer =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'rejected'; readonly reason: 'wrong' | 'replayed'; readonly remainingAttempts: number }
  | Refused;

export interface ValidationAnswer {
  readonly outcome: 'accepted' | 'rejected' | 'blocked';
  readonly reason: string | null;
  readonly remainingAttempts: number | null;
}

/** No usable answer: nobody knows whether the call took effect. The same call with the same attempt may be made again. */
export class VerifierUnavailable extends Error {}

/** The verifier understood that we made a mistake. `code` is stable, `fields` are the paths of wrong values. */
export class VerifierProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly string[];
  constructor(status: number, code: string, fields: readonly string[]) {
    super(`the verifier answered ${status} ${code} ${fields.join(' ')}`.trim());
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

export interface VerifierOptions {
  /** Such as `https://otp.example`, without a slash at the end. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** For each try. Default 5,000. */
  readonly timeoutMs?: number;
}

export type VerifierCalls = ReturnType<typeof verifierCalls>;

export function verifierCalls({ baseUrl, apiKey, timeoutMs = 5_000 }: VerifierOptions) {
  async function once(method: string, path: string, body: unknown, attempt: string | null): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${baseUrl}/v1${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${apiKey}`,
          ...(body === null ? {} : { 'Content-Type': 'application/json' }),
          ...(attempt === null ? {} : { 'Idempotency-Key': attempt }),
        },
        body: body === null ? null : JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await response.text();
    } catch (cause) {
      throw new VerifierUnavailable('no answer from the verifier', { cause });
    }
    if (response.status === 429 || response.status >= 500) {
      throw new VerifierUnavailable(`the verifier answered ${response.status}`);
    }
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch (cause) {
      throw new VerifierUnavailable(`the verifier answered ${response.status} without JSON`, { cause });
    }
    if (response.ok) return answer;
    const { code = 'unknown', fields = [] } = answer as { code?: string; fields?: { path: string }[] };
    throw new VerifierProblem(
      response.status,
      code,
      fields.map(({ path }) => path),
    );
  }

  /**
   * One more try where no answer came. That is safe for all of these: a GET and a PUT may be repeated, and a POST
   * carries the user's attempt, for which the verifier gives its first answer again instead of acting twice.
   */
  async function call(method: string, path: string, body: unknown = null, attempt: string | null = null) {
    try {
      return await once(method, path, body, attempt);
    } catch (error) {
      if (!(error instanceof VerifierUnavailable)) throw error;
      await sleep(200);
      return once(method, path, body, attempt);
    }
  }

  const user = (loginId: string) => `/users/${encodeURIComponent(loginId)}`;

  return {
    putContract: (contractId: string, contract: { readonly kind: 'business' | 'individual'; readonly name: string }) =>
      call('PUT', `/contracts/${encodeURIComponent(contractId)}`, contract),

    putUser: (
      loginId: string,
      about: {
        readonly contractId: string;
        readonly name: string;
        readonly role: 'master' | 'administrator' | 'general';
      },
    ) => call('PUT', user(loginId), about),

    getUser: (loginId: string) => call('GET', user(loginId)) as Promise<User>,

    /** What stands between this user and the operation; asked before a page is shown. */
    requirement: (loginId: string, operation: 'login' | 'transfer') =>
      call('GET', `${user(loginId)}/requirement?operation=${operation}`) as Promise<Requirement>,

    /** ワンタイムパスワードトークン発行 */
    issueSoftwareToken: (
      loginId: string,
      order: { readonly email: string; readonly activationPassword: string },
      attempt: string,
    ) => call('POST', `${user(loginId)}/software-token`, order, attempt) as Promise<IssueAnswer>,

    /** 認証確認 */
    activate: (loginId: string, otp: string, attempt: string) =>
      call('POST', `${user(loginId)}/activation`, { otp }, attempt) as Promise<ActivationAnswer>,

    /**
     * Checks a code for a transaction. Only `accepted` allows it, once.
     * @param reference our own number of the transaction, kept in the verifier's audit log
     */
    validate: (loginId: string, operation: 'transfer', otp: string, reference: string, attempt: string) =>
      call('POST', '/validations', { loginId, operation, otp, reference }, attempt) as Promise<ValidationAnswer>,
  };
}
