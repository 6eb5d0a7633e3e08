import type pg from 'pg';
import { AlreadyAnswered } from '../store.ts';
import type { Settled } from './batches.ts';
import { breaksConnection, stateOf, translateError } from './faults.ts';
import { again } from './transactions.ts';

const uniqueViolation = '23505';
const keptAnswers = 'kept_answers_pkey';

function isAnswered(error: unknown): boolean {
  return stateOf(error) === uniqueViolation && (error as pg.DatabaseError).constraint === keptAnswers;
}

/** One item in a statement of its own: what undid it concerns nobody else. */
function alone<Item, Value>(item: Item, { run, forget }: Together<Item, Value>): Promise<Settled<Value>> {
  return again(async () => {
    try {
      const [value] = await run([item]).catch(async (error) => {
        if (!isAnswered(error)) throw error;
        await forget(item);
        return run([item]);
      });
      return { value: value as Value };
    } catch (error) {
      if (isAnswered(error)) throw new AlreadyAnswered('another request under this idempotency key was first');
      return translateError(error);
    }
  }).catch((error: unknown) => ({ error }));
}

export interface Together<Item, Value> {
  /** One statement, all of it or nothing. */
  run(items: readonly Item[]): Promise<readonly Value[]>;
  /** Removes what is kept under the item's idempotency key where it is over. */
  forget(item: Item): Promise<void>;
}

/**
 * Carries items out in one statement. Where the server undoes it, which may be one item's fault, each gets its own.
 * Where the connection breaks nobody knows whether it was carried out, and it is not tried again.
 * @throws StoreUnavailable
 */
export async function together<Item, Value>(
  items: readonly Item[],
  how: Together<Item, Value>,
): Promise<readonly Settled<Value>[]> {
  try {
    return (await how.run(items)).map((value) => ({ value }));
  } catch (error) {
    if (breaksConnection(error)) translateError(error);
    return Promise.all(items.map((item) => alone(item, how)));
  }
}
