import type pg from 'pg';
import { AlreadyAnswered, StoreUnavailable } from '../store.ts';
import type { Settled, SettledOrLater } from './batches.ts';
import { breaksConnection, stateOf, translateError } from './faults.ts';
import { again } from './transactions.ts';

const uniqueViolation = '23505';
const lockNotAvailable = '55P03';
const keptAnswers = 'kept_answers_pkey';

function isAnswered(error: unknown): boolean {
  return stateOf(error) === uniqueViolation && (error as pg.DatabaseError).constraint === keptAnswers;
}

/** Executes one item in a statement of its own, so that its failure concerns no other. Never rejects. */
function alone<Item, Value>(item: Item, { runAlone, forget }: Together<Item, Value>): Promise<Settled<Value>> {
  return again(async () => {
    try {
      const value = await runAlone(item).catch(async (error) => {
        if (!isAnswered(error)) throw error;
        await forget(item);
        return runAlone(item);
      });
      return { value };
    } catch (error) {
      if (isAnswered(error)) throw new AlreadyAnswered('another request under this idempotency key was first');
      // The caller has waited long enough; nothing was changed.
      if (stateOf(error) === lockNotAvailable) throw new StoreUnavailable('others hold the token', { cause: error });
      return translateError(error);
    }
  }).catch((error: unknown) => ({ error }));
}

export interface Together<Item, Value> {
  /** One statement for all items, all or nothing. It waits only briefly for locked tokens, since all items wait with it. */
  run(items: readonly Item[]): Promise<readonly Value[]>;
  /** The same for one item, which may wait longer. */
  runAlone(item: Item): Promise<Value>;
  /** For each item, whether another transaction has its token locked now. */
  held(items: readonly Item[]): Promise<readonly boolean[]>;
  /** Removes an expired answer under the item's idempotency key. */
  forget(item: Item): Promise<void>;
}

/**
 * Executes items in one statement. If another transaction has the token of one locked, the rest go on without it. If the
 * server rolls the statement back for another reason, which may be one item's fault, each item gets its own statement. If
 * the connection breaks, it is unknown whether the statement took effect, and it is not retried.
 * @throws StoreUnavailable
 */
export async function together<Item, Value>(
  items: readonly Item[],
  how: Together<Item, Value>,
): Promise<readonly SettledOrLater<Value>[]> {
  const joint = async (some: readonly Item[]) => (await how.run(some)).map((value) => ({ value }));
  const each = (some: readonly Item[]) => some.map((item) => alone(item, how));
  const throwBroken = (error: unknown) => {
    if (breaksConnection(error)) translateError(error);
  };
  try {
    return await joint(items);
  } catch (error) {
    throwBroken(error);
    if (stateOf(error) !== lockNotAvailable || items.length === 1) return each(items);
  }
  const held = await how.held(items).catch((error) => {
    throwBroken(error);
    // Not single tokens but the whole table is locked, as by a migration.
    return items.map(() => true);
  });
  const free = items.filter((_, i) => held[i] === false);
  const settled: readonly SettledOrLater<Value>[] = await joint(free).catch((error) => {
    throwBroken(error);
    return each(free);
  });
  const ofFree = settled.values();
  return items.map((item, i) => (held[i] === false ? ofFree.next().value : undefined) ?? alone(item, how));
}
