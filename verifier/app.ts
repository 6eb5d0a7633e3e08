import type { RequestListener } from 'node:http';
import { OpenAPIHono } from '@hono/zod-openapi';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import type { Logger } from 'pino';
import { AtWork } from './at-work.ts';
import type { Clock } from './clock.ts';
import { createClockGuard } from './clock-guard.ts';
import { type ConfirmationCost, defaultConfirmationCost } from './confirmation.ts';
import type { App, AppEnv, Context, Limits } from './context.ts';
import { createDirectory } from './directory.ts';
import { inFront } from './front.ts';
import { KeptProblem } from './idempotency.ts';
import type { Keyring, Random } from './keyring.ts';
import type { Mailer } from './mail/mailer.ts';
import { framed } from './middleware.ts';
import { malformed, Problem } from './problem.ts';
import { activate } from './routes/activate.ts';
import { branchRevoke } from './routes/branch-revoke.ts';
import { branchUnlock } from './routes/branch-unlock.ts';
import { cancelIssue } from './routes/cancel-issue.ts';
import { deactivate } from './routes/deactivate.ts';
import { deleteUser } from './routes/delete-user.ts';
import { documentation } from './routes/documentation.ts';
import { getUser } from './routes/get-user.ts';
import { health } from './routes/health.ts';
import { importHardware } from './routes/import-hardware.ts';
import { issueSoftware } from './routes/issue-software.ts';
import { listAudit } from './routes/list-audit.ts';
import { listRequests } from './routes/list-requests.ts';
import { listStock } from './routes/list-stock.ts';
import { listUsers } from './routes/list-users.ts';
import { pages } from './routes/pages.ts';
import { provision } from './routes/provision.ts';
import { putContract } from './routes/put-contract.ts';
import { putUser } from './routes/put-user.ts';
import { reportCompromise } from './routes/report-compromise.ts';
import { requestHardware } from './routes/request-hardware.ts';
import { requirement } from './routes/requirement.ts';
import { resynchronise } from './routes/resynchronise.ts';
import { revoke } from './routes/revoke.ts';
import { shipHardware } from './routes/ship-hardware.ts';
import { time } from './routes/time.ts';
import { unlock } from './routes/unlock.ts';
import { unlockHardware } from './routes/unlock-hardware.ts';
import { updateHardware } from './routes/update-hardware.ts';
import { validate } from './routes/validate.ts';
import { type Store, StoreUnavailable } from './store/store.ts';
import { createUnserved, type Unserved } from './unserved.ts';

/** What a verifier is made of. */
export interface VerifierOptions {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly mail: Mailer;
  readonly clock: Clock;
  /** Cryptographic random bytes. */
  readonly random: Random;
  readonly log: Logger;
  /** Address under which browsers reach the verifier, without a slash at the end. */
  readonly publicUrl: string;
  /** Default: 60 set-ups per minute and client address, 1,000 requests at work at once, bodies of 64 KiB, and of 9 MiB with a seed file. */
  readonly limits?: Partial<Limits>;
  /** Number of proxies in front whose X-Forwarded-For is trusted. Default 0. */
  readonly trustedProxies?: number;
  /** Of newly registered confirmation passwords. Default Argon2id with 19 MiB and 2 passes; lower is for tests. */
  readonly confirmationCost?: ConfirmationCost;
}

const defaultLimits: Limits = {
  provisioning: { requests: 60, perSeconds: 60 },
  inFlight: 1_000,
  mails: 100,
  bodyBytes: 65_536,
  importBodyBytes: 9 * 1024 * 1024,
};

/** Methods under which a path is served. */
function methodsAt(app: App, path: string): readonly string[] {
  const methods = app.routes
    .filter((route) => route.method !== 'ALL')
    .filter((route) => new RegExp(`^${route.path.replace(/:[^/]+/g, '[^/]+').replaceAll('.', '\\.')}$`).test(path))
    .map((route) => route.method);
  return [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)];
}

/** Turns anything thrown into problem details. Only unexpected errors are logged, without what the caller sent. */
function problemFrom(error: unknown, context: Context): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreUnavailable) {
    if (error.changesRefused) context.changes.refused = true;
    context.log.error({ reason: error.message }, 'store unavailable');
    return new Problem('unavailable', 'The store does not answer. Try again later.', {
      headers: { 'retry-after': '1' },
    });
  }
  if (error instanceof HTTPException) {
    if (error.status === 415) return new Problem('unsupportedMediaType', 'Send the body as application/json.');
    if (error.status === 413) return new Problem('tooLarge');
    if (error.status < 500) {
      return new Problem('malformed', 'Send a JSON document.', { fields: [{ path: '', expected: 'a JSON document' }] });
    }
  }
  const { name, message, stack } = error instanceof Error ? error : new Error('something that is no error was thrown');
  context.log.error({ error: { name, message, stack } }, 'failed');
  return new Problem('internal', 'The verifier failed; its log tells more.');
}

/** The service, with the parts that make it faster on Node's own server. */
export interface Service {
  readonly app: App;
  /** Puts the hot path in front of the adapter's listener. */
  readonly inFront: (next: RequestListener) => RequestListener;
  /** Answers requests that never reach the app. */
  readonly unserved: Unserved;
}

/** The service as a Hono app: serve it with any adapter, embed it, or ask it in process with `app.request`. */
export function createVerifier(options: VerifierOptions): App {
  return createService(options).app;
}

/** As `createVerifier`, for Node's own server. */
export function createService(options: VerifierOptions): Service {
  const limits = { ...defaultLimits, ...options.limits };
  const context: Context = {
    ...options,
    clockGuard: createClockGuard(options.store, options.clock),
    directory: createDirectory(options.store, options.clock),
    limits,
    atWork: new AtWork(limits.inFlight, options.clock),
    mails: { waiting: 0 },
    trustedProxies: options.trustedProxies ?? 0,
    confirmationCost: options.confirmationCost ?? defaultConfirmationCost,
    changes: { refused: false },
  };
  const app: App = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw malformed(result.error);
    },
  });

  const failed = (thrown: unknown): Response => {
    if (thrown instanceof KeptProblem) {
      const headers = { 'content-type': 'application/problem+json' };
      return new Response(JSON.stringify(thrown.answer), { status: thrown.status, headers });
    }
    return problemFrom(thrown, context).toResponse();
  };
  app.onError(failed);
  app.notFound((c) => {
    const methods = methodsAt(app, c.req.path);
    const problem =
      methods.length === 0
        ? new Problem('notFound', 'Nothing is served under this path; see /docs.')
        : new Problem('methodNotAllowed', `Use ${methods.join(' or ')}.`, { headers: { allow: methods.join(', ') } });
    return problem.toResponse();
  });

  app.use(framed(context, failed));
  const anyOrigin = { origin: '*', allowHeaders: ['content-type'], exposeHeaders: ['Retry-After'], maxAge: 600 };
  app.use('/v1/time', cors({ ...anyOrigin, allowMethods: ['GET'] }));
  app.use('/v1/provisioning', cors({ ...anyOrigin, allowMethods: ['POST'] }));

  for (const route of [putContract, putUser, getUser, listUsers, deleteUser]) route(app, context);
  for (const route of [issueSoftware, requestHardware, cancelIssue, activate]) route(app, context);
  for (const route of [resynchronise, deactivate, requirement]) route(app, context);
  const directs = [validate(app, context)];
  for (const route of [unlock, revoke]) route(app, context);
  for (const route of [branchUnlock, branchRevoke, reportCompromise, listRequests, listAudit]) route(app, context);
  importHardware(app, context);
  for (const route of [listStock, shipHardware, updateHardware, unlockHardware]) route(app, context);
  for (const route of [time, provision, health, pages]) route(app, context);
  documentation(app);
  const unserved = createUnserved(context, failed);
  return { app, inFront: inFront(context, directs, failed, unserved), unserved };
}
