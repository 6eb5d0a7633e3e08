import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { type Store, StoreUnavailable, type TokenKey, type Transaction } from '../store.ts';
import type { Tables } from '../tables.ts';
import { transactionOver } from '../writes.ts';
import { Undone } from './faults.ts';

const tries = 6;
/** Nothing is begun again later than this: who waited for a lock until its time-out has waited long enough. */
const triesMs = 5_000;

/**
 * Does the work again where it was undone; by then nothing of the earlier try is left.
 * @param forMs so long after the first try nothing is begun again
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

/** Every method once more through `again`: for questions, and for changes that are one transaction each, of which nothing is left where they are undone. */
export function askingAgain<Methods extends object>(methods: Methods): Methods {
  return new Proxy(methods, {
    get(target, name: string) {
      const method = target[name as keyof Methods] as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => again(() => method(...args));
    },
  });
}

/**
 * Inside a transaction, before anything is written: the transaction gets its number. The sealer's horizon counts on
 * every writer having one before it takes an ID of the log.
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

/** Waits for the token and holds it until the transaction ends: its state, counters and assignments stand still. */
export async function lockToken(db: Kysely<Tables>, serviceId: string, tokenId: string): Promise<void> {
  await sql`SELECT 1 FROM tokens WHERE service_id = ${serviceId} AND token_id = ${tokenId}
    FOR NO KEY UPDATE`.execute(db);
}

/** The same without waiting; false where others hold the token, or there is none. */
async function tookToken(db: Kysely<Tables>, serviceId: string, tokenId: string): Promise<boolean> {
  const { rows } = await sql`SELECT 1 FROM tokens WHERE service_id = ${serviceId} AND token_id = ${tokenId}
    FOR NO KEY UPDATE SKIP LOCKED`.execute(db);
  return rows.length > 0;
}

/** Which tokens a question is about: they are held before it is asked. */
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

/** What may be changed inside a transaction; a question about tokens holds them, so that validations of these wait. */
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

/** Whose turn it is in this process, of those who would wait for one another in the database. */
class Turns {
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #turnMs: number;

  /** @param turnMs how long somebody waits at most for those who came before */
  constructor(turnMs: number) {
    this.#turnMs = turnMs;
  }

  /**
   * Does the work when all that came before under this name are done.
   * @throws StoreUnavailable where that takes too long
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

/** How long a change waits at most for those of its institution. */
const institutionTurnMs = 5_000;

/**
 * Transactions of which one of each institution works at a time: here only one of them takes a connection, and over all
 * processes an advisory lock, which ends with the transaction, makes them wait.
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

/** How long whoever needs a token waits at most for those in this process, and then for others who hold it. */
export const tokenWaitMs = 3_000;

/** Runs work in a transaction that holds the token. */
export type HoldingToken = <Value>(
  key: Pick<TokenKey, 'serviceId' | 'tokenId'>,
  work: (db: Kysely<Tables>) => Promise<Value>,
) => Promise<Value>;

/**
 * Transactions of which one of each token works at a time: in this process they take turns before they take a
 * connection, and where others hold the token they leave the connections of `db` to those who need not wait.
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
