import { expect, test } from 'vitest';
import { readsTogether } from '../../extension/reads-together.ts';
import { createQueue } from '../../extension/serially.ts';
import { MemoryArea } from './support.ts';

function start() {
  const memory = new MemoryArea();
  const questions: string[][] = [];
  const area = readsTogether({
    get: async (keys) => {
      questions.push(keys);
      return Object.assign({}, ...(await Promise.all(keys.map((key) => memory.get(key)))));
    },
    set: (items) => memory.set(items),
    remove: (key) => memory.remove(key),
  });
  return { questions, area };
}

test('asks once for what is read side by side, each reader gets its own', async () => {
  const { questions, area } = start();
  await area.set({ vault: 1, setUps: 2, other: 3 });
  const serially = createQueue();
  const reads = ['vault', 'setUps', 'vault', 'none'].map((key) => area.get(key));
  const queued = serially(() => area.get('other'));
  expect(await Promise.all([...reads, queued])).toStrictEqual([
    { vault: 1 },
    { setUps: 2 },
    { vault: 1 },
    {},
    { other: 3 },
  ]);
  expect(questions).toEqual([['vault', 'setUps', 'none', 'other']]);
});

test('reads anew after a write', async () => {
  const { questions, area } = start();
  expect(await area.get('vault')).toEqual({});
  await area.set({ vault: 1 });
  expect(await area.get('vault')).toEqual({ vault: 1 });
  await area.remove('vault');
  expect(await area.get('vault')).toEqual({});
  expect(questions).toHaveLength(3);
});

test('reads what was written while an answer is on its way', async () => {
  const memory = new MemoryArea();
  const answered = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const area = readsTogether({
    get: async ([key = '']) => {
      const items = await memory.get(key);
      asked.resolve();
      await answered.promise;
      return items;
    },
    set: (items) => memory.set(items),
    remove: (key) => memory.remove(key),
  });
  const before = area.get('vault');
  await asked.promise;
  await area.set({ vault: 1 });
  const after = area.get('vault');
  answered.resolve();
  expect(await Promise.all([before, after])).toEqual([{}, { vault: 1 }]);
});

test('tells every reader of a failure, and asks again the next time', async () => {
  let fails = true;
  const area = readsTogether({
    get: async () => {
      if (fails) throw new Error('out of order');
      return { vault: 1 };
    },
    set: async () => {},
    remove: async () => {},
  });
  const readers = await Promise.allSettled([area.get('vault'), area.get('vault')]);
  expect(readers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await area.get('vault')).toEqual({ vault: 1 });
});
