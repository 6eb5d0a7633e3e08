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

/** One item in a statement of its own: what undid it concerns nobody else. Always settles. */
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
      // Whoever asks has waited long enough; nothing was done.
      if (stateOf(error) === lockNotAvailable) throw new StoreUnavailable('others hold the token', { cause: error });
      return translateError(error);
    }
  }).catch((error: unknown) => ({ error }));
}

export interface Together<Item, Value> {
  /** One statement, all of it or nothing. It waits for tokens that others hold only as long as everybody may wait. */
  run(items: readonly Item[]): Promise<readonly Value[]>;
  /** The same for one item, which may wait longer. */
  runAlone(item: Item): Promise<Value>;
  /** Tells of each whether others hold its token now. */
  held(items: readonly Item[]): Promise<readonly boolean[]>;
  /** Removes what is kept under the item's idempotency key where it is over. */
  forget(item: Item): Promise<void>;
}

/**
 * Carries items out in one statement. Where others hold the token of one, the rest goes on without it. Where the server
 * undoes the statement for another reason, which may be one item's fault, each gets its own. Where the connection breaks
 * nobody knows whether it was carried out, and it is not tried again.
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
    // Not the tokens are held but all of their table, as by a migration.
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
