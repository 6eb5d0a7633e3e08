import type { Settings } from './messages.ts';
import { createQueue } from './serially.ts';

/** What stays on disk unencrypted: `storage.local`. */
export interface LocalArea {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
}

const key = 'settings';
const defaults: Settings = {
  closeAfterMinutes: 5,
  closeOnSystemLock: true,
  askEachUse: false,
  eraseAfterTries: false,
  checkClock: false,
  clearClipboard: true,
  language: 'auto',
};

/** The settings, with the default for each value that is missing or out of range. */
export async function readSettings(local: LocalArea): Promise<Settings> {
  const stored = ((await local.get(key))[key] ?? {}) as Partial<Record<keyof Settings, unknown>>;
  const minutes = stored.closeAfterMinutes;
  const inRange = typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 1 && minutes <= 60;
  const language = stored.language;
  const isOn = (
    name: 'closeOnSystemLock' | 'askEachUse' | 'eraseAfterTries' | 'checkClock' | 'clearClipboard',
  ): boolean => {
    const value = stored[name];
    return typeof value === 'boolean' ? value : defaults[name];
  };
  return {
    closeAfterMinutes: inRange || minutes === null ? minutes : defaults.closeAfterMinutes,
    closeOnSystemLock: isOn('closeOnSystemLock'),
    askEachUse: isOn('askEachUse'),
    eraseAfterTries: isOn('eraseAfterTries'),
    checkClock: isOn('checkClock'),
    language: language === 'ja' || language === 'en' ? language : defaults.language,
    clearClipboard: isOn('clearClipboard'),
  };
}

const serially = createQueue();

/** Changes the given ones and returns all. Changes at once come one after another, so that each keeps what the others changed. */
export function writeSettings(local: LocalArea, change: Partial<Settings>): Promise<Settings> {
  return serially(async () => {
    await local.set({ [key]: { ...(await readSettings(local)), ...change } });
    return readSettings(local);
  });
}
