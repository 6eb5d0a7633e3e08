import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import type { Logger } from 'pino';
import type { Institution } from '../shared/institution.ts';
import type { AtWork } from './at-work.ts';
import type { Clock } from './clock.ts';
import type { ClockGuard } from './clock-guard.ts';
import type { ConfirmationCost } from './confirmation.ts';
import type { Directory } from './directory.ts';
import type { Keyring, Random } from './keyring.ts';
import type { Mailer } from './mail/mailer.ts';
import type { Scope, Store } from './store/store.ts';

/** Requests per window from one client address. */
export interface Limit {
  readonly requests: number;
  readonly perSeconds: number;
}

export interface Limits {
  /** Set-ups, which need no API key. */
  readonly provisioning: Limit;
  /** Requests at work at once; further ones are refused, so that these end in time. */
  readonly inFlight: number;
  /** Mails waiting for the mail server at once; while there are so many, nothing more is issued. */
  readonly mails: number;
  /** Bytes of a request's body. */
  readonly bodyBytes: number;
  /** Bytes of the body that brings a seed file. */
  readonly importBodyBytes: number;
}

/** All that routes work with. */
export interface Context {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly mail: Mailer;
  readonly clock: Clock;
  readonly clockGuard: ClockGuard;
  readonly directory: Directory;
  readonly random: Random;
  readonly log: Logger;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  readonly limits: Limits;
  readonly atWork: AtWork;
  /** How many mails wait for the mail server. */
  readonly mails: { waiting: number };
  /** Of newly registered confirmation passwords. */
  readonly confirmationCost: ConfirmationCost;
  readonly trustedProxies: number;
  /** Whether the store refused a change and has not taken one since. */
  readonly changes: { refused: boolean };
}

/** Who calls: an API key and the institution that it belongs to. */
export interface Caller {
  readonly keyId: string;
  readonly scopes: readonly Scope[];
  readonly institution: Institution;
}

export interface AppEnv {
  Variables: {
    requestId: string;
    /** The route's pattern, for the log: it holds no IDs. */
    route: string | undefined;
    caller: Caller | undefined;
    /** Headers to add to the answer; undefined once it has them. */
    headers: Readonly<Record<string, string>> | undefined;
  };
}

export type App = OpenAPIHono<AppEnv>;
export type RequestContext = HonoContext<AppEnv>;

/** A request, as far as an operation reads it by itself. Hono's own requests are such. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** @param name in small letters */
  header(name: string): string | undefined;
  /** The body; may be asked for more than once. */
  text(): Promise<string>;
}
