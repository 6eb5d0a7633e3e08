import { expect, test } from 'vitest';
import { batching, type SettledOrLater } from '../../verifier/store/postgres/batches.ts';

/** Items are texts; the key is the first letter, and `-` is of none. A batch ends when it is told to. */
function watched({ atOnce = 1, maxItems = 10, maxWaiting = 10 }) {
  const batches: {
    readonly items: readonly string[];
    readonly end: (settled: readonly SettledOrLater<string>[]) => void;
  }[] = [];
  const ask = batching<string, string>({
    run: (items) => new Promise((end) => batches.push({ items, end })),
    keyOf: (item) => (item.startsWith('-') ? null : (item[0] ?? null)),
    ...{ atOnce, maxItems, maxWaiting },
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const begun = async () => {
    await turn();
    return batches.map(({ items }) => items.join(' '));
  };
  const end = async (at: number, settled?: readonly SettledOrLater<string>[]) => {
    batches[at]?.end(settled ?? batches[at].items.map((item) => ({ value: item.toUpperCase() })));
    await turn();
  };
  return { ask, begun, end };
}

test('what arrives together shares a batch, up to the most; what arrives meanwhile the next one', async () => {
  const { ask, begun, end } = watched({ maxItems: 3 });
  const answers = ['a1', 'b1', 'c1', 'd1'].map(ask);
  expect(await begun()).toEqual(['a1 b1 c1']);
  const late = ask('e1');
  expect(await begun()).toEqual(['a1 b1 c1']);
  await end(0);
  expect(await begun()).toEqual(['a1 b1 c1', 'd1 e1']);
  await end(1);
  expect(await Promise.all([...answers, late])).toEqual(['A1', 'B1', 'C1', 'D1', 'E1']);
});

test('two of one key are never at work at the same time, in one batch or in two, until the first is settled', async () => {
  const { ask, begun, end } = watched({ atOnce: 2 });
  const answers = ['a1', 'a2', 'b1', '-1', '-2'].map(ask);
  expect(await begun()).toEqual(['a1 b1 -1 -2']);
  const { promise: later, resolve } = Promise.withResolvers<{ value: string }>();
  const another = ask('b2');
  expect(await begun()).toEqual(['a1 b1 -1 -2']);
  await end(0, [later, { value: 'B1' }, { value: '-1' }, { value: '-2' }]);
  expect(await begun()).toEqual(['a1 b1 -1 -2', 'b2']);
  resolve({ value: 'A1' });
  await later;
  expect(await begun()).toEqual(['a1 b1 -1 -2', 'b2', 'a2']);
  await end(1);
  await end(2);
  expect(await Promise.all([...answers, another])).toEqual(['A1', 'A2', 'B1', '-1', '-2', 'B2']);
});

test('one that finds too many waiting is refused at once, and the others are answered', async () => {
  const { ask, begun, end } = watched({ maxWaiting: 2 });
  const first = ask('a1');
  await begun();
  const waiting = ['b1', 'c1'].map(ask);
  await expect(ask('d1')).rejects.toThrow('too many requests are waiting');
  await end(0);
  await begun();
  await end(1);
  expect(await Promise.all([first, ...waiting])).toEqual(['A1', 'B1', 'C1']);
});

test('a batch that fails, or leaves one out, fails those alone', async () => {
  const failing = batching<string, string>({
    run: async (items) => {
      if (items.includes('a1')) throw new Error('the statement failed');
      return items.slice(1).map((item) => ({ value: item.toUpperCase() }));
    },
    keyOf: (item) => item[0] ?? null,
    ...{ atOnce: 1, maxItems: 2, maxWaiting: 10 },
  });
  const outcomes = await Promise.allSettled(['a1', 'b1', 'c1', 'd1'].map(failing));
  expect(outcomes).toMatchObject([
    { reason: { message: 'the statement failed' } },
    { reason: { message: 'the statement failed' } },
    { value: 'D1' },
    { reason: { message: 'a batch left an item unsettled' } },
  ]);
  expect(await failing('-').catch(String)).toContain('unsettled');
});
