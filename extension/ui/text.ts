import type { Language } from './format.ts';
import * as appLock from './text/app-lock.ts';
import * as code from './text/code.ts';
import * as lock from './text/lock.ts';
import * as popup from './text/popup.ts';
import * as site from './text/site.ts';

/**
 * What the popup says, and with it every page; what only the options page says is its own. A file for each view.
 * Japanese is the source; English says the same in plain words.
 */
const ja = {
  product: 'Shirushi',
  loading: '読み込んでいます…',
  noAnswer: {
    title: '拡張機能から応答がありません',
    next: 'この画面を閉じて、もう一度開いてください。続くときは、ブラウザを再起動してください。',
  },
  cancel: 'やめる',

  code: code.ja,
  ...site.ja,
  ...appLock.ja,
  lock: lock.ja,
  popup: popup.ja,
};

export type Text = typeof ja;

const en: Text = {
  product: 'Shirushi',
  loading: 'Loading…',
  noAnswer: {
    title: 'The extension does not answer',
    next: 'Close this page and open it again. If that does not help, restart the browser.',
  },
  cancel: 'Cancel',

  code: code.en,
  ...site.en,
  ...appLock.en,
  lock: lock.en,
  popup: popup.en,
};

/** The texts of every page, by language. */
export const texts: Readonly<Record<Language, Text>> = { ja, en };

/** The language to show: the person's choice, or Japanese where the browser's own language is Japanese. */
export function languageOf(setting: 'auto' | Language, browserLanguage: string): Language {
  if (setting !== 'auto') return setting;
  return browserLanguage.toLowerCase().startsWith('ja') ? 'ja' : 'en';
}
