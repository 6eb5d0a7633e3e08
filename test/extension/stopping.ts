import type { VaultDatabase } from '../../extension/vault-database.ts';
import type { SessionArea } from '../../extension/vault-lock.ts';

type Storage = { readonly database: VaultDatabase; readonly session: SessionArea; readonly local: SessionArea };

/** Storage of a background that the browser stops before one of its reads or writes. */
export interface Stopping extends Storage {
  /** Settles when that moment has come; the background's own promises then never do. */
  readonly stopped: Promise<void>;
}

/**
 * Lets `steps` reads and writes through, and none after them. What an open transaction has written by then is rolled
 * back, as a browser does it.
 */
export function stopAfter(steps: number, storage: Storage): Stopping {
  let left = steps;
  let stop: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const never = new Promise<never>(() => {});

  /** Runs the step, or ends everything. */
  function step<Value>(run: () => Value, end: () => void = () => {}): Value {
    if (left-- > 0) return run();
    end();
    stop();
    return never as Value;
  }

  /** The methods named count as steps; what they are called on stays the real thing. */
  function counted<Target extends object>(target: Target, names: readonly string[], end?: () => void): Target {
    return new Proxy(target, {
      get(from, name) {
        const value = Reflect.get(from, name, from);
        if (typeof value !== 'function') return value;
        if (!names.includes(String(name))) return value.bind(from);
        return (...given: unknown[]) =>
          step(() => {
            const result = value.apply(from, given);
            // What is rolled back later is nobody's error.
            if (result instanceof Promise) result.catch(() => {});
            return result;
          }, end);
      },
    });
  }

  const requests = ['get', 'getAll', 'put', 'delete', 'clear', 'count'];
  const database = new Proxy(counted(storage.database, requests), {
    get(from, name) {
      if (name !== 'transaction') return Reflect.get(from, name);
      return (...given: Parameters<VaultDatabase['transaction']>) => {
        const transaction = storage.database.transaction(...given);
        transaction.done.catch(() => {});
        const abort = () => transaction.abort();
        return new Proxy(transaction, {
          get(real, part) {
            if (part === 'done') return step(() => real.done, abort);
            if (part === 'store') return counted(real.store ?? real, requests, abort);
            if (part === 'objectStore') {
              return (store: 'slots') => counted(real.objectStore(store as never) as object, requests, abort);
            }
            const value = Reflect.get(real, part, real);
            return typeof value === 'function' ? value.bind(real) : value;
          },
        });
      };
    },
  });
  const areas = ['get', 'set', 'remove'];
  return {
    database,
    session: counted(storage.session, areas),
    local: counted(storage.local, areas),
    stopped,
  };
}

/**
 * Runs `flow` again and again, stopped one step later each time, until it comes through; after each stop `look` sees
 * what a new background finds. @returns how many steps the flow has
 */
export async function stopAnywhere(
  begin: () => Promise<Storage>,
  flow: (storage: Storage) => Promise<unknown>,
  look: (step: number) => Promise<void>,
): Promise<number> {
  for (let steps = 0; steps < 200; steps++) {
    const stopping = stopAfter(steps, await begin());
    const through = await Promise.race([flow(stopping).then(() => true), stopping.stopped.then(() => false)]);
    await look(steps);
    if (through) return steps;
  }
  throw new Error('the flow has no end');
}
