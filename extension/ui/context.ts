import { createContext, useContext } from 'hono/jsx/dom';
import type { Language } from './format.ts';
import { type Text, texts } from './text.ts';

/** The language of everything below a page's root. */
export const LanguageContext = createContext<Language>('ja');

export function useLanguage(): Language {
  return useContext(LanguageContext);
}

export function useText(): Text {
  return texts[useLanguage()];
}
