import { setTimeout } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Transaction } from '../store.ts';
import type { Tables } from '../tables.ts';
import { transactionOver } from '../writes.ts';
import { Undone } from './faults.ts';

const tries = 6;

/** Does the work again where it was undone; by then nothing of the earlier try is left. */
export async function again<Value>(work: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Undone) || attempt === tries) throw error;
      await setTimeout(attempt * 5);
    }
  }
}

/** Every method once more through `again`: for questions, which change nothing. */
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
export function inTransaction<Value>(db: Kysely<Tables>, work: (db: Kysely<Tables>) => Promise<Value>): Promise<Value> {
  return again(() =>
    db.transaction().execute(async (inside) => {
      await begin(inside);
      return work(inside);
    }),
  );
}

/** Waits for the token and holds it until the transaction ends: its state, counters and assignments stand still. */
export async function lockToken(db: Kysely<Tables>, serviceId: string, tokenId: string): Promise<void> {
  await sql`SELECT 1 FROM tokens WHERE service_id = ${serviceId} AND token_id = ${tokenId}
    FOR NO KEY UPDATE`.execute(db);
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

/** Asked and changed by the ID of an API key alone, which no transaction of an institution decides on. */
const ofNoInstitution: ReadonlySet<string> = new Set(['institutions', 'apiKey', 'apiKeys', 'revokeApiKey']);

function institutionOf(name: string, args: readonly unknown[]): string | null {
  if (ofNoInstitution.has(name)) return null;
  for (const arg of args) {
    if (typeof arg === 'string') return arg;
    const serviceId = (arg as { serviceId?: unknown } | null)?.serviceId;
    if (typeof serviceId === 'string') return serviceId;
  }
  return null;
}

/**
 * What may be changed through one connection that is inside a transaction. The first call that names an institution
 * waits until no other transaction works on that institution (an advisory lock that ends with the transaction); each
 * question about tokens holds them, so that validations of these tokens wait and all others go on.
 */
export function lockingTransactionOver(db: Kysely<Tables>): Transaction {
  const transaction = transactionOver(db);
  const locks = locksOver(db) as Partial<Record<string, (...args: unknown[]) => Promise<unknown>>>;
  const held = new Set<string>();
  const alone = async (serviceId: string) => {
    if (held.has(serviceId)) return;
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`shirushi institution ${serviceId}`}, 0))`.execute(db);
    held.add(serviceId);
  };
  return new Proxy(transaction, {
    get(target, name: string) {
      const method = target[name as keyof Transaction] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        const serviceId = institutionOf(name, args);
        if (serviceId !== null) await alone(serviceId);
        await locks[name]?.(...args);
        return method(...args);
      };
    },
  });
}
