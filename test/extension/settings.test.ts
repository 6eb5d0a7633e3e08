import { expect, test } from 'vitest';
import type { Settings } from '../../extension/messages.ts';
import { readSettings, writeSettings } from '../../extension/settings.ts';
import { MemoryArea } from './support.ts';

const defaults = {
  closeAfterMinutes: 5,
  closeOnSystemLock: true,
  askEachUse: false,
  eraseAfterTries: false,
  checkClock: false,
  clearClipboard: true,
  language: 'auto',
};

test('settings start with five minutes, the system’s lock, nothing erased or asked, and the browser’s language', async () => {
  expect(await readSettings(new MemoryArea())).toEqual(defaults);
});

test('a change leaves the others as they are', async () => {
  const local = new MemoryArea();
  await writeSettings(local, { language: 'en' });
  expect(await writeSettings(local, { closeAfterMinutes: 60 })).toEqual({
    ...defaults,
    closeAfterMinutes: 60,
    language: 'en',
  });
});

test('changes at once are all kept, as where two switches are pressed while the background starts', async () => {
  const local = new MemoryArea();
  await Promise.all([
    writeSettings(local, { checkClock: true }),
    writeSettings(local, { clearClipboard: false }),
    writeSettings(local, { askEachUse: true }),
  ]);
  expect(await readSettings(local)).toEqual({
    ...defaults,
    ...{ checkClock: true, clearClipboard: false, askEachUse: true },
  });
});

test('each of them is kept', async () => {
  const local = new MemoryArea();
  const others: Settings = {
    ...{ closeAfterMinutes: 1, closeOnSystemLock: false, askEachUse: true, eraseAfterTries: true },
    ...{ checkClock: true, clearClipboard: false, language: 'ja' },
  };
  expect(await writeSettings(local, others)).toEqual(others);
  expect(await readSettings(local)).toEqual(others);
});

test.each([0, -1, 61, 1.5, '5', undefined])('%j minutes on disk count as five', async (minutes) => {
  const local = new MemoryArea();
  local.items.settings = { closeAfterMinutes: minutes };
  expect((await readSettings(local)).closeAfterMinutes).toBe(5);
});

test('closing not before the browser ends is a choice, and kept', async () => {
  const local = new MemoryArea();
  expect((await writeSettings(local, { closeAfterMinutes: null })).closeAfterMinutes).toBeNull();
});

test('what is no switch on disk counts as its default', async () => {
  const local = new MemoryArea();
  local.items.settings = { eraseAfterTries: 1, closeOnSystemLock: 'false', askEachUse: null, checkClock: 'true' };
  expect(await readSettings(local)).toEqual(defaults);
});
