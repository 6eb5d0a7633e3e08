import { expect, test } from 'vitest';
import { readSettings, writeSettings } from '../../extension/settings.ts';
import { MemoryArea } from './support.ts';

test('settings start with five minutes and the browser’s language', async () => {
  expect(await readSettings(new MemoryArea())).toEqual({ closeAfterMinutes: 5, language: 'auto' });
});

test('a change leaves the others as they are', async () => {
  const local = new MemoryArea();
  await writeSettings(local, { language: 'en' });
  expect(await writeSettings(local, { closeAfterMinutes: 60 })).toEqual({ closeAfterMinutes: 60, language: 'en' });
});

test.each([0, -1, 61, 1.5, Number.POSITIVE_INFINITY, '5', null])(
  '%j minutes on disk count as five',
  async (minutes) => {
    const local = new MemoryArea();
    local.items.settings = { closeAfterMinutes: minutes };
    expect((await readSettings(local)).closeAfterMinutes).toBe(5);
  },
);
