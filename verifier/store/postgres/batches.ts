import { StoreUnavailable } from '../store.ts';

export type Settled<Value> = { readonly value: Value } | { readonly error: unknown };

export type SettledOrLater<Value> = Settled<Value> | Promise<Settled<Value>>;

export interface BatchOptions<Item, Value> {
  /**
   * Executes items together and returns their outcomes in the same order. If it throws, all of them fail with that error.
   * An outcome may be a promise, which must never reject; later batches do not wait for it.
   */
  run(items: readonly Item[]): Promise<readonly SettledOrLater<Value>[]>;
  /** Two items with the same key are never at work at the same time; null: no such limit. */
  keyOf(item: Item): string | null;
  /** Batches at work at the same time, each on a connection of its own. */
  readonly atOnce: number;
  readonly maxItems: number;
  /** Items that may wait; further ones are refused at once. */
  readonly maxWaiting: number;
}

interface Waiting<Item, Value> {
  readonly item: Item;
  readonly key: string | null;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects items while earlier batches are at work: the busier it is, the more items share a round trip. */
export function batching<Item, Value>(options: BatchOptions<Item, Value>): (item: Item) => Promise<Value> {
  const { run, keyOf, atOnce, maxItems, maxWaiting } = options;
  let waiting: Waiting<Item, Value>[] = [];
  const keysAtWork = new Set<string>();
  let atWork = 0;
  let planned = false;

  function take(): Waiting<Item, Value>[] {
    const batch: Waiting<Item, Value>[] = [];
    const left: Waiting<Item, Value>[] = [];
    for (const entry of waiting) {
      const free = entry.key === null || !keysAtWork.has(entry.key);
      if (batch.length === maxItems || !free) left.push(entry);
      else {
        batch.push(entry);
        if (entry.key !== null) keysAtWork.add(entry.key);
      }
    }
    waiting = left;
    return batch;
  }

  function settle({ key, resolve, reject }: Waiting<Item, Value>, result: Settled<Value>): void {
    if (key !== null) keysAtWork.delete(key);
    if ('value' in result) resolve(result.value);
    else reject(result.error);
  }

  async function carryOut(batch: readonly Waiting<Item, Value>[]): Promise<void> {
    let settled: readonly SettledOrLater<Value>[];
    try {
      settled = await run(batch.map(({ item }) => item));
    } catch (error) {
      settled = batch.map(() => ({ error }));
    }
    atWork--;
    for (const [i, entry] of batch.entries()) {
      const result = settled[i] ?? { error: new Error('a batch left an item unsettled') };
      if (result instanceof Promise) {
        void result.then((later) => {
          settle(entry, later);
          plan();
        });
      } else settle(entry, result);
    }
    plan();
  }

  function start(): void {
    planned = false;
    while (atWork < atOnce) {
      const batch = take();
      if (batch.length === 0) return;
      atWork++;
      void carryOut(batch);
    }
  }

  /** Deferred until all that has arrived is read, so that simultaneous requests share a batch. */
  function plan(): void {
    if (planned || atWork >= atOnce || waiting.length === 0) return;
    planned = true;
    setImmediate(start);
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= maxWaiting) {
        reject(new StoreUnavailable('too many requests are waiting for the database'));
        return;
      }
      waiting.push({ item, key: keyOf(item), resolve, reject });
      plan();
    });
}
