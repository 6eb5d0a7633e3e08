import { expect, test } from 'vitest';
import { createDirectory } from '../../verifier/directory.ts';
import { bench } from './fixture.ts';

/** A directory, and the IDs of the API keys that it asked the store for. */
async function watched() {
  const at = await bench();
  const asked: string[] = [];
  let before: (() => Promise<void>) | null = null;
  const store = {
    ...at.store,
    async apiKey(keyId: string) {
      asked.push(keyId);
      const wait = before;
      before = null;
      await wait?.();
      return at.store.apiKey(keyId);
    },
  };
  const keyId = at.apiKey.split('_')[1] ?? '';
  /** What the store does first at the next question. */
  const next = (wait: () => Promise<void>) => {
    before = wait;
  };
  return { ...createDirectory(store, at.clock), asked, clock: at.clock, keyId, next };
}

test('strangers with ever new keys fill no memory: of a thousand kept answers the one asked for longest ago goes', async () => {
  const { apiKey, asked, clock, keyId } = await watched();
  await apiKey(keyId);
  for (let i = 1; i < 1_000; i++) await apiKey(`key-${i}`);
  clock.advance(3_000);
  // Asked for anew: no longer the oldest.
  await apiKey(keyId);
  await apiKey('key-1000');
  asked.length = 0;
  expect((await apiKey(keyId))?.keyId).toBe(keyId);
  expect(asked).toEqual([]);
  for (let i = 1_001; i < 2_000; i++) await apiKey(`key-${i}`);
  expect(await apiKey('key-1999')).toBeNull();
  expect(asked).toHaveLength(999);
  await apiKey(keyId);
  expect(asked.at(-1)).toBe(keyId);
});

test('a failure is not kept, and one that comes late leaves the answer that came after it', async () => {
  const { apiKey, asked, clock, keyId, next } = await watched();
  next(() => Promise.reject(new Error('the database is away')));
  await expect(apiKey(keyId)).rejects.toThrow('away');
  expect((await apiKey(keyId))?.keyId).toBe(keyId);
  clock.advance(3_000);
  const { promise, reject } = Promise.withResolvers<void>();
  next(() => promise);
  const late = apiKey(keyId);
  clock.advance(3_000);
  expect((await apiKey(keyId))?.keyId).toBe(keyId);
  reject(new Error('the connection was lost'));
  await expect(late).rejects.toThrow('lost');
  await apiKey(keyId);
  expect(asked).toHaveLength(4);
});
