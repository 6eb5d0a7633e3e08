import { createHash, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Profile } from './profiles.ts';

export interface Customer {
  readonly loginId: string;
  readonly name: { readonly ja: string; readonly en: string };
  readonly role: 'master' | 'general';
  readonly passwordSalt: string;
  readonly passwordHash: string;
}

/** What the issue screen learned, shown again on the activation screen. */
export interface OpenIssue {
  readonly serviceId: string;
  readonly userId: string;
  readonly activationUrl: string;
  readonly expiresAt: string;
  readonly email: string;
  readonly mail: 'sent' | 'failed';
}

export interface Transfer {
  readonly id: string;
  readonly loginId: string;
  readonly payee: string;
  readonly amountYen: number;
  readonly orderedAtMs: number;
  /** Null until it was carried out. */
  readonly doneAtMs: number | null;
}

export interface Session {
  readonly loginId: string;
  /** Stands in every form, so that no other site can send one in the user's name. */
  readonly formToken: string;
  readonly endsAtMs: number;
}

interface State {
  readonly version: 1;
  balanceYen: number;
  lastTransferNumber: number;
  readonly customers: Record<string, Customer>;
  readonly issues: Record<string, OpenIssue>;
  readonly transfers: Record<string, Transfer>;
  readonly sessions: Record<string, Session>;
}

const sessionMs = 30 * 60_000;

function hashPassword(password: string, salt: string): string {
  return scryptSync(password.normalize('NFKC'), salt, 32).toString('hex');
}

function sessionKey(cookie: string): string {
  return createHash('sha256').update(cookie).digest('hex');
}

function firstState(logins: Profile['logins']): State {
  const customers: Record<string, Customer> = {};
  for (const { loginId, password, role, name } of logins) {
    const passwordSalt = randomBytes(16).toString('hex');
    customers[loginId] = { loginId, name, role, passwordSalt, passwordHash: hashPassword(password, passwordSalt) };
  }
  return {
    version: 1,
    balanceYen: 12_345_678,
    lastTransferNumber: 0,
    customers,
    issues: {},
    transfers: {},
    sessions: {},
  };
}

export type Store = ReturnType<typeof openStore>;

/**
 * The sample bank's books: one JSON file, written anew and synced before a change counts. A real bank has a core
 * banking system here.
 */
export function openStore(file: string, logins: Profile['logins']) {
  mkdirSync(dirname(file), { recursive: true });
  let state: State;
  try {
    state = JSON.parse(readFileSync(file, 'utf8')) as State;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    state = firstState(logins);
  }

  function save(): void {
    const descriptor = openSync(`${file}.new`, 'w', 0o600);
    writeSync(descriptor, JSON.stringify(state, null, 1));
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(`${file}.new`, file);
  }
  save();

  return {
    customers: (): readonly Customer[] => Object.values(state.customers),
    balanceYen: () => state.balanceYen,

    /** The customer whose password this is, or null. */
    customerBy(loginId: string, password: string): Customer | null {
      const customer = Object.hasOwn(state.customers, loginId) ? state.customers[loginId] : undefined;
      // An unknown login ID takes as long as a known one.
      const hash = Buffer.from(hashPassword(password, customer?.passwordSalt ?? 'nobody'));
      const wanted = Buffer.from(customer?.passwordHash ?? '0'.repeat(64));
      return timingSafeEqual(hash, wanted) && customer !== undefined ? customer : null;
    },

    startSession(loginId: string, nowMs: number): string {
      const cookie = randomBytes(32).toString('base64url');
      for (const [key, { endsAtMs }] of Object.entries(state.sessions)) {
        if (endsAtMs <= nowMs) delete state.sessions[key];
      }
      state.sessions[sessionKey(cookie)] = {
        loginId,
        formToken: randomBytes(16).toString('base64url'),
        endsAtMs: nowMs + sessionMs,
      };
      save();
      return cookie;
    },

    sessionOf(cookie: string, nowMs: number): { readonly session: Session; readonly customer: Customer } | null {
      const session = state.sessions[sessionKey(cookie)];
      const customer = session === undefined ? undefined : state.customers[session.loginId];
      return session !== undefined && customer !== undefined && session.endsAtMs > nowMs ? { session, customer } : null;
    },

    endSession(cookie: string): void {
      delete state.sessions[sessionKey(cookie)];
      save();
    },

    issueOf: (loginId: string): OpenIssue | null => state.issues[loginId] ?? null,

    keepIssue(loginId: string, issue: OpenIssue | null): void {
      if (issue === null) delete state.issues[loginId];
      else state.issues[loginId] = issue;
      save();
    },

    orderTransfer(loginId: string, payee: string, amountYen: number, nowMs: number): Transfer {
      state.lastTransferNumber += 1;
      const day = new Date(nowMs).toLocaleDateString('sv-SE', { timeZone: 'Asia/Tokyo' }).replaceAll('-', '');
      const id = `T-${day}-${String(state.lastTransferNumber).padStart(4, '0')}`;
      const transfer: Transfer = { id, loginId, payee, amountYen, orderedAtMs: nowMs, doneAtMs: null };
      state.transfers[id] = transfer;
      save();
      return transfer;
    },

    transfer(id: string, loginId: string): Transfer | null {
      const transfer = Object.hasOwn(state.transfers, id) ? state.transfers[id] : undefined;
      return transfer?.loginId === loginId ? transfer : null;
    },

    transfersOf: (loginId: string): readonly Transfer[] =>
      Object.values(state.transfers)
        .filter((transfer) => transfer.loginId === loginId)
        .reverse(),

    /** Moves the money, the first time it is called for a transfer; later calls change nothing. */
    carryOut(id: string, nowMs: number): Transfer {
      const transfer = state.transfers[id];
      if (transfer === undefined) throw new Error(`no transfer ${id}`);
      if (transfer.doneAtMs !== null) return transfer;
      const done = { ...transfer, doneAtMs: nowMs };
      state.transfers[id] = done;
      state.balanceYen -= transfer.amountYen;
      save();
      return done;
    },
  };
}
