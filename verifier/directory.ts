import type { Institution } from '../shared/institution.ts';
import type { Clock } from './clock.ts';
import { type ApiKey, InstitutionUnfit, type Store } from './store/store.ts';

/** API keys and institutions, read at most every few seconds. */
export interface Directory {
  institution(serviceId: string): Promise<Institution | null>;
  apiKey(keyId: string): Promise<ApiKey | null>;
  /** The shortest period among the institutions, 30 for one that cannot be read; 60 where there is none. Seconds. */
  shortestPeriodSeconds(): Promise<number>;
}

/** Below the 5 s in which a change of keys and institutions reaches every process. */
const lifetimeMs = 3_000;
const maxEntries = 1_000;

/** Keeps answers, "there is none" too, so that a known and an unknown name cost the same; failures are not kept. */
function cached<Value>(clock: Clock, load: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const entries = new Map<string, { readonly untilMs: number; readonly value: Promise<Value> }>();
  return (key) => {
    const nowMs = clock.monotonicMs();
    const found = entries.get(key);
    if (found !== undefined && nowMs < found.untilMs) return found.value;
    entries.delete(key);
    const oldest = entries.keys().next();
    if (entries.size >= maxEntries && !oldest.done) entries.delete(oldest.value);
    const value = load(key);
    const entry = { untilMs: nowMs + lifetimeMs, value };
    entries.set(key, entry);
    value.catch(() => {
      if (entries.get(key) === entry) entries.delete(key);
    });
    return value;
  };
}

export function createDirectory(store: Store, clock: Clock): Directory {
  const institution = cached(clock, (serviceId) => store.institution(serviceId));
  const apiKey = cached(clock, (keyId) => store.apiKey(keyId));
  const shortest = cached(clock, async () => {
    const periods = (await store.serviceIds()).map(async (serviceId) => {
      try {
        return (await store.institution(serviceId))?.otp.periodSeconds ?? 60;
      } catch (error) {
        // What one institution's file lacks is not the others' to bear.
        if (error instanceof InstitutionUnfit) return 30;
        throw error;
      }
    });
    return Math.min(60, ...(await Promise.all(periods)));
  });
  return { institution, apiKey, shortestPeriodSeconds: () => shortest('') };
}
