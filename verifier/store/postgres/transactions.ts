import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { type Store, StoreUnavailable, type TokenKey, type Transaction } from '../store.ts';
import type { Tables } from '../tables.ts';
import { transactionOver } from '../writes.ts';
import { Undone } from './faults.ts';

const tries = 6;
/** Nothing is retried later than this after the first try, as after a lock time-out. Milliseconds. */
const triesMs = 5_000;

/**
 * Retries work that the database rolled back.
 * @param forMs no retry begins later than this after the first try
 */
export async function again<Value>(work: () => Promise<Value>, forMs = triesMs): Promise<Value> {
  const endMs = performance.now() + forMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Undone) || attempt === tries || performance.now() >= endMs) throw error;
      await sleep(attempt * 5);
    }
  }
}

/** Wraps every method in `again`. For reads, and for changes that are one transaction each. */
export function askingAgain<Methods extends object>(methods: Methods): Methods {
  return new Proxy(methods, {
    get(target, name: string) {
      const method = target[name as keyof Methods] as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => again(() => method(...args));
    },
  });
}

/**
 * Gives the transaction its number. Must be called before anything is written: the horizon relies on every writer having
 * its number before it takes an ID of the log.
 */
async function begin(db: Kysely<Tables>): Promise<void> {
  await sql`SELECT pg_current_xact_id()`.execute(db);
}

/** Runs work in one transaction at READ COMMITTED, where each statement sees what is committed when it begins. */
export function inTransaction<Value>(
  db: Kysely<Tables>,
  work: (db: Kysely<Tables>) => Promise<Value>,
  forMs?: number,
): Promise<Value> {
  const once = () =>
    db.transaction().execute(async (inside) => {
      await begin(inside);
      return work(inside);
    });
  return again(once, forMs);
}

/** Locks the token's row, waiting if need be: its state, counters and assignments cannot change until the transaction ends. */
export async function lockToken(db: Kysely<Tables>, serviceId: string, tokenId: string): Promise<void> {
  await sql`SELECT 1 FROM tokens WHERE service_id = ${serviceId} AND token_id = ${tokenId}
    FOR NO KEY UPDATE`.execute(db);
}

/** The same without waiting; false if another transaction has it locked, or it does not exist. */
async function tookToken(db: Kysely<Tables>, serviceId: string, tokenId: string): Promise<boolean> {
  const { rows } = await sql`SELECT 1 FROM tokens WHERE service_id = ${serviceId} AND token_id = ${tokenId}
    FOR NO KEY UPDATE SKIP LOCKED`.execute(db);
  return rows.length > 0;
}

/** Which tokens each read is about: they are locked before it. */
function locksOver(db: Kysely<Tables>): Partial<Record<keyof Transaction, (...args: never[]) => Promise<unknown>>> {
  const ofUser = (serviceId: string, loginId: string) =>
    sql`SELECT 1 FROM tokens WHERE service_id = ${serviceId} AND token_id IN (
      SELECT token_id FROM assignments WHERE service_id = ${serviceId} AND login_id = ${loginId}
    ) ORDER BY token_id FOR NO KEY UPDATE`.execute(db);
  const one = (serviceId: string, tokenId: string) => lockToken(db, serviceId, tokenId);
  const ofKey = ({ serviceId, tokenId }: { serviceId: string; tokenId: string }) => one(serviceId, tokenId);
  return {
    user: ofUser,
    lastToken: ofUser,
    token: one,
    holders: one,
    hardware: (serviceId: string, serial: string) =>
      sql`SELECT 1 FROM tokens WHERE service_id = ${serviceId} AND serial = ${serial} FOR NO KEY UPDATE`.execute(db),
    issueByUserId: (serviceId: string, userId: string) =>
      sql`SELECT 1 FROM tokens WHERE service_id = ${serviceId} AND token_id IN (
        SELECT token_id FROM assignments WHERE service_id = ${serviceId} AND user_id = ${userId}
      ) FOR NO KEY UPDATE`.execute(db),
    acceptStep: ofKey,
    countFailure: ofKey,
  };
}

/** Reads and changes inside a transaction. A read about tokens locks them, so that validations of these wait. */
function lockingTransactionOver(db: Kysely<Tables>): Transaction {
  const transaction = transactionOver(db);
  const locks = locksOver(db) as Partial<Record<string, (...args: unknown[]) => Promise<unknown>>>;
  return new Proxy(transaction, {
    get(target, name: string) {
      const method = target[name as keyof Transaction] as (...args: unknown[]) => Promise<unknown>;
      const lock = locks[name];
      if (lock === undefined) return method;
      return async (...args: unknown[]) => {
        await lock(...args);
        return method(...args);
      };
    },
  });
}

/** Lets work in this process that would wait for each other in the database take turns instead. */
class Turns {
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #turnMs: number;

  /** @param turnMs how long work waits at most for what came before it */
  constructor(turnMs: number) {
    this.#turnMs = turnMs;
  }

  /**
   * Runs the work once all earlier work under this name is done.
   * @throws StoreUnavailable if that takes too long
   */
  async inTurn<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
    await this.#turn(name);
    try {
      return await work();
    } finally {
      const next = this.#waiting.get(name)?.shift();
      if (next === undefined) this.#waiting.delete(name);
      else next();
    }
  }

  async #turn(name: string): Promise<void> {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) {
      this.#waiting.set(name, []);
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.push(resolve);
    const late = setTimeout(() => {
      waiting.splice(waiting.indexOf(resolve), 1);
      reject(new StoreUnavailable('those before it at this institution or token take too long'));
    }, this.#turnMs);
    await promise.finally(() => clearTimeout(late));
  }
}

/** How long a change waits at most for earlier ones of its institution. Milliseconds. */
const institutionTurnMs = 5_000;

/**
 * Transactions, one at a time for each institution: within this process only one of them takes a connection; across processes
 * an advisory lock, which ends with the transaction, makes them wait.
 */
export function aloneInInstitution(db: Kysely<Tables>): Store['transaction'] {
  const turns = new Turns(institutionTurnMs);
  return (serviceId, work) =>
    turns.inTurn(serviceId, () =>
      inTransaction(db, async (inside) => {
        const name = `shirushi institution ${serviceId}`;
        await sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(inside);
        return work(lockingTransactionOver(inside));
      }),
    );
}

/** How long work waits at most for a token: first for its turn in this process, then for the row's lock. Milliseconds. */
export const tokenWaitMs = 3_000;

/** Runs work in a transaction that has locked the token. */
export type HoldingToken = <Value>(
  key: Pick<TokenKey, 'serviceId' | 'tokenId'>,
  work: (db: Kysely<Tables>) => Promise<Value>,
) => Promise<Value>;

/**
 * Transactions, one at a time for each token: within this process they take turns before they take a connection, and while
 * another process has the token locked they use `patient`, leaving the connections of `db` to those who need not wait.
 * @param patient waits for a lock as long as `tokenWaitMs`
 */
export function holdingToken(db: Kysely<Tables>, patient: Kysely<Tables>): HoldingToken {
  const turns = new Turns(tokenWaitMs);
  return ({ serviceId, tokenId }, work) =>
    turns.inTurn(`${serviceId} ${tokenId}`, async () => {
      const done = await inTransaction(db, async (inside) =>
        (await tookToken(inside, serviceId, tokenId)) ? { value: await work(inside) } : null,
      );
      if (done !== null) return done.value;
      const waiting = async (inside: Kysely<Tables>) => {
        await lockToken(inside, serviceId, tokenId);
        return work(inside);
      };
      return inTransaction(patient, waiting, tokenWaitMs);
    });
}
