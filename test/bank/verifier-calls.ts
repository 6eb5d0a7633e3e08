import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createVerifierClient,
  type VerifierClient,
  type VerifierClientOptions,
  VerifierProblem,
  VerifierUnreachable,
} from '../../shared/client.ts';

export { VerifierProblem };

/**
 * Everything that the sample bank asks of the verifier: the client of `shared/client.ts`, with one more try where no
 * answer came and with the bank's own words for what it sends.
 */

type Answer<Name extends keyof VerifierClient> = Awaited<ReturnType<VerifierClient[Name]>>;
export type User = Answer<'getUser'>;
export type OtpStatus = User['otp']['status'];
/** What a page tells of a requirement; a blocked validation has reasons of its own. */
export type Requirement = Omit<Answer<'getRequirement'>, 'reason'> & { readonly reason: string | null };

/** No usable answer: nobody knows whether the call took effect. The same call with the same attempt may be made again. */
export class VerifierUnavailable extends Error {}

export type VerifierCalls = ReturnType<typeof verifierCalls>;

/** Too busy, away, or (409 with `Retry-After`) with the first try of the same attempt still at work. */
function unavailable(error: unknown): boolean {
  if (error instanceof VerifierProblem) return error.retryAfterSeconds !== null || error.status >= 500;
  return error instanceof VerifierUnreachable;
}

/**
 * One more try where no answer came. That is safe for all of these: a GET and a PUT may be repeated, and a POST
 * carries the user's attempt, for which the verifier gives its first answer again instead of acting twice.
 */
async function twice<Value>(call: () => Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    if (!unavailable(error)) throw error;
  }
  await sleep(200);
  try {
    return await call();
  } catch (cause) {
    if (!unavailable(cause)) throw cause;
    throw new VerifierUnavailable('no answer from the verifier', { cause });
  }
}

/** Who acts for the branch in the demo. */
const branch = { operator: 'trial', document: 'trial' } as const;

export function verifierCalls(options: VerifierClientOptions) {
  const client = createVerifierClient(options);
  return {
    putContract: (contractId: string, contract: { readonly kind: 'business' | 'individual'; readonly name: string }) =>
      twice(() => client.putContract({ contractId, ...contract })),

    putUser: (
      loginId: string,
      about: { readonly contractId: string; readonly name: string; readonly role: User['role'] },
    ) => twice(() => client.putUser({ loginId, ...about })),

    getUser: (loginId: string) => twice(() => client.getUser({ loginId })),

    /** What stands between this user and the operation; asked before a page is shown. */
    requirement: (loginId: string, operation: 'login' | 'transfer'): Promise<Requirement> =>
      twice(() => client.getRequirement({ loginId, operation })),

    /** ワンタイムパスワードトークン発行 */
    issueSoftwareToken: (
      loginId: string,
      order: { readonly email: string; readonly activationPassword: string },
      attempt: string,
    ) => twice(() => client.issueSoftwareToken({ loginId, ...order }, { idempotencyKey: attempt })),

    /** 認証確認 */
    activate: (loginId: string, otp: string, attempt: string, serial?: string) =>
      twice(() =>
        client.activate({ loginId, otp, ...(serial === undefined ? {} : { serial }) }, { idempotencyKey: attempt }),
      ),

    /**
     * Checks a code for a transaction. Only `accepted` allows it, once.
     * @param reference our own number of the transaction, kept in the verifier's audit log
     */
    validate: (loginId: string, operation: 'transfer', otp: string, reference: string, attempt: string) =>
      twice(() => client.validate({ loginId, operation, otp, reference }, { idempotencyKey: attempt })),

    /** The hardware tokens of the demo: few enough for one page. */
    listHardwareTokens: async () => (await twice(() => client.listHardwareTokens({ limit: 500 }))).items,

    /** A vendor's seed file comes into stock. @param file in base64 @param key in hex */
    importHardwareTokens: (file: string, key: string) =>
      client.importHardwareTokens({ ...branch, file, key }, { idempotencyKey: randomUUID() }),

    shipHardwareToken: (serial: string, contractId: string) =>
      client.shipHardwareToken({ ...branch, serial, contractId, cause: 'first' }, { idempotencyKey: randomUUID() }),

    /** The branch lifts a lockout; here the customer plays the branch, for trials. */
    unlockByBranch: (loginId: string, attempt: string) =>
      twice(() => client.branchUnlock({ ...branch, loginIds: [loginId] }, { idempotencyKey: attempt })),
  };
}
