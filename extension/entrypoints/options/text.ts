import { useLanguage } from '../../ui/context.ts';
import type { Language } from '../../ui/format.ts';
import { texts as shared } from '../../ui/text.ts';
import * as about from './text/about.ts';
import * as appLock from './text/app-lock.ts';
import * as setUp from './text/set-up.ts';
import * as settings from './text/settings.ts';

/** What this page says beside what every page says; the popup, which has to be quick, does without. */
const ja = {
  ...shared.ja,
  back: '戻る',
  appLock: { ...shared.ja.appLock, ...appLock.ja.appLock },
  passkey: { ...shared.ja.passkey, ...appLock.ja.passkey },
  reset: { ...shared.ja.reset, ...appLock.ja.reset },
  clock: { ...shared.ja.clock, ...appLock.ja.clock },
  setUp: setUp.ja,
  settings: settings.ja,
  ...about.ja,
};

export type Text = typeof ja;

const en: Text = {
  ...shared.en,
  back: 'Back',
  appLock: { ...shared.en.appLock, ...appLock.en.appLock },
  passkey: { ...shared.en.passkey, ...appLock.en.passkey },
  reset: { ...shared.en.reset, ...appLock.en.reset },
  clock: { ...shared.en.clock, ...appLock.en.clock },
  setUp: setUp.en,
  settings: settings.en,
  ...about.en,
};

/** All texts of the extension's pages, by language. */
export const texts: Readonly<Record<Language, Text>> = { ja, en };

export function useText(): Text {
  return texts[useLanguage()];
}
