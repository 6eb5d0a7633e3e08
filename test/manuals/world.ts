import { readFileSync } from 'node:fs';
import PostalMime, { type Email } from 'postal-mime';
import { type Answer, browser } from '../verifier/fixture.ts';
import { type Fob, fob, type Manual, type Office, office, type Role, written } from '../verifier/office.ts';
import { independentCode, independentSeed, wrongCode } from '../verifier/totp.ts';

/** The institution file as it ships. */
export function shippedFile(name: Manual): { serviceId: string; [name: string]: unknown } {
  return JSON.parse(readFileSync(new URL(`../../verifier/institutions/${name}.json`, import.meta.url), 'utf8'));
}

/** Whatever shows codes: a fob, or an app that was set up. */
export interface Generator {
  code(stepsAway?: number): string;
  wrong(): string;
}

/** A token in somebody's app. */
export interface App extends Generator {
  /** What the verifier sent, opened. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
  readonly envelope: any;
}

/** A time of day in Japan, as the verifier writes times. */
export function japan(local: string): string {
  return new Date(`${local}+09:00`).toISOString();
}

/** What the list shows of a user who has no token. */
export const nothingHeld = {
  reason: null,
  kind: null,
  serial: null,
  expiresAt: null,
  reissuableAt: null,
  remainingAttempts: null,
};
/** What the list shows of a user whose token works, with the institution's five attempts. */
export const working = { status: 'active', reason: null, reissuableAt: null, remainingAttempts: 5 };

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
type Body = any;

/**
 * One institution with its internet bank and its branch, at 9 o'clock on a Saturday in Japan. Everybody whom `user`
 * adds has a confirmation password, which the calls send by themselves.
 */
export interface World {
  readonly at: Office;
  /** Moves the clock to a local time in Japan. */
  goTo(local: string): void;
  /** Lets time pass; a minute brings the next code. */
  minutes(count: number): void;
  contract(contractId: string, more?: object): Promise<void>;
  user(loginId: string, role?: Role, more?: { contractId?: string; name?: string }): Promise<void>;
  /** The user's row in the list of their contract. */
  listed(loginId: string): Promise<Body>;
  /** The OTP columns of that row. */
  shown(loginId: string): Promise<Body>;
  /** Whether the operation needs an OTP now. */
  wants(loginId: string, operation: string): Promise<Body>;
  /** Carries the operation out with an OTP. */
  does(loginId: string, operation: string, otp: string): Promise<Body>;
  /** As many wrong OTPs as lock a token. */
  mistypes(loginId: string, operation: string, by: Generator): Promise<Body[]>;
  issue(loginId: string, more?: object): Promise<Body>;
  /** 初期設定 in the app. */
  provision(userId: string, activationPassword?: string): Promise<App | null>;
  mails(): Promise<Email[]>;
  fob(serial: string, more?: { contractId?: string; expiresAt?: string; requestId?: string }): Promise<Fob>;
  /** 認証確認 or 利用開始 with an OTP, and with a serial for hardware. */
  activate(loginId: string, otp: string, serial?: string): Promise<Body>;
  /** A user with a fob in use, one minute later. */
  holds(loginId: string, token: Fob): Promise<void>;
  /** A user with an app in use, one minute later. */
  holdsApp(loginId: string): Promise<App>;
  unlock(actor: string, loginIds: string[], more?: object): Promise<Body>;
  revoke(actor: string, loginIds: string[], more?: object): Promise<Body>;
  branchUnlock(loginIds: string[], more?: object): Promise<Answer>;
  branchRevoke(loginIds: string[], more?: object): Promise<Answer>;
  report(loginId: string, more?: object): Promise<Answer>;
  /** A call as the user's bank that has to be understood. */
  post(path: string, body: object): Promise<Body>;
  /** The confirmation password of a user. */
  password(loginId: string): { confirmationPassword: string };
}

export const activationPassword = '583920';

export async function world(name: Manual, change: object = {}): Promise<World> {
  const at = await office({ ...shippedFile(name), ...change });
  const contractOf = new Map<string, string>();
  const understood = (answer: Answer): Body => {
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return answer.body;
  };
  const self: World = {
    at,
    goTo(local) {
      const ms = Date.parse(japan(local));
      if (ms < at.clock.nowMs()) throw new Error(`${local} is over`);
      at.clock.advance(ms - at.clock.nowMs());
    },
    minutes: (count) => at.clock.advance(count * 60_000),
    async contract(contractId, more = {}) {
      understood(await at.bank('PUT', `/v1/contracts/${contractId}`, { kind: 'business', name: '山田商店', ...more }));
    },
    async user(loginId, role = 'general', { contractId = 'C-1', name = loginId } = {}) {
      const known = await at.store.contract(at.institution.serviceId, contractId);
      if (known === null) await self.contract(contractId);
      contractOf.set(loginId, contractId);
      const body = { contractId, name, role, ...self.password(loginId) };
      understood(await at.bank('PUT', `/v1/users/${loginId}`, body));
    },
    async listed(loginId) {
      const contractId = contractOf.get(loginId) ?? '';
      const { items, nextCursor } = understood(await at.bank('GET', `/v1/users?contractId=${contractId}`));
      const row = items.find((item: { loginId: string }) => item.loginId === loginId);
      if (row === undefined || nextCursor !== null) throw new Error(`${loginId} is not on the one page of the list`);
      return row;
    },
    shown: async (loginId) => (await self.listed(loginId)).otp,
    wants: async (loginId, operation) =>
      understood(await at.bank('GET', `/v1/users/${loginId}/requirement?operation=${operation}`)),
    does: (loginId, operation, otp) => self.post('/v1/validations', { loginId, operation, otp }),
    async mistypes(loginId, operation, by) {
      const answers: Body[] = [];
      for (let i = 0; i < at.institution.lockout.afterFailures; i++) {
        answers.push(await self.does(loginId, operation, by.wrong()));
      }
      return answers;
    },
    issue: (loginId, more = {}) =>
      self.post(`/v1/users/${loginId}/software-token`, {
        email: `${loginId}@example.jp`,
        activationPassword,
        ...self.password(loginId),
        ...more,
      }),
    async provision(userId, password = activationPassword) {
      const by = await browser();
      const { serviceId, otp } = at.institution;
      const answer = understood(
        await at.anyone('POST', '/v1/provisioning', {
          serviceId,
          userId,
          activationPassword: password,
          publicKey: by.publicKey,
        }),
      );
      if (answer.outcome !== 'provisioned') return null;
      const envelope = await by.open(answer.token);
      const seed = independentSeed(envelope.secret, by.thumbprint);
      const code = (stepsAway = 0) => independentCode(seed, otp, at.clock.nowMs(), stepsAway);
      return { envelope, code, wrong: () => wrongCode(...[-2, -1, 0, 1, 2].map(code)) };
    },
    mails: () => Promise.all(at.mails().map((mail) => PostalMime.parse(mail))),
    fob: (serial, { contractId = 'C-1', expiresAt, requestId } = {}) =>
      fob(at, serial, contractId, {
        ...(expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) }),
        ...(requestId === undefined ? {} : { requestId }),
      }),
    activate: (loginId, otp, serial) =>
      self.post(`/v1/users/${loginId}/activation`, serial === undefined ? { otp } : { otp, serial }),
    async holds(loginId, token) {
      const answer = await self.activate(loginId, token.code(), token.serial);
      if (answer.outcome !== 'accepted') throw new Error(JSON.stringify(answer));
      self.minutes(1);
    },
    async holdsApp(loginId) {
      const app = await self.provision((await self.issue(loginId)).userId);
      if (app === null) throw new Error('the set-up was refused');
      const answer = await self.activate(loginId, app.code());
      if (answer.outcome !== 'accepted') throw new Error(JSON.stringify(answer));
      self.minutes(1);
      return app;
    },
    unlock: (actor, loginIds, more = {}) =>
      self.post('/v1/unlocks', { actor, loginIds, ...self.password(actor), ...more }),
    revoke: (actor, loginIds, more = {}) =>
      self.post('/v1/revocations', { actor, loginIds, cause: 'other', ...self.password(actor), ...more }),
    branchUnlock: (loginIds, more = {}) => at.branch('POST', '/v1/branch/unlocks', { ...written, loginIds, ...more }),
    branchRevoke: (loginIds, more = {}) =>
      at.branch('POST', '/v1/branch/revocations', { ...written, loginIds, ...more }),
    report: (loginId, more = {}) =>
      at.branch('POST', '/v1/branch/compromise-reports', { ...written, loginId, description: '届出', ...more }),
    post: async (path, body) => understood(await at.bank('POST', path, body)),
    password: (loginId) => ({ confirmationPassword: `確認用 ${loginId}` }),
  };
  return self;
}
