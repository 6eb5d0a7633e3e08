import type { Child } from 'hono/jsx';
import { render, useLayoutEffect, useState } from 'hono/jsx/dom';
import { browser } from 'wxt/browser';
import type { Response, Settings } from '../messages.ts';
import { watchAccess } from './browser-access.ts';
import { LanguageContext } from './context.ts';
import { Erased } from './erased.tsx';
import type { Language } from './format.ts';
import { Notice } from './parts.tsx';
import { send } from './send.ts';
import { languageOf, texts } from './text.ts';

export type State = Response<'getState'>;

/** What every page of the extension works with. */
export interface PageProps {
  readonly state: State;
  readonly settings: Settings;
  /** Asks the background anew, after anything that may have changed the tokens, the lock or the access. */
  readonly reload: () => Promise<void>;
  readonly onSettings: (settings: Settings) => void;
}

interface RootProps {
  readonly page: (props: PageProps) => Child;
}

type Loaded = { readonly state: State; readonly settings: Settings };

function Root({ page: Page }: RootProps) {
  const [loaded, setLoaded] = useState<Loaded | 'loading' | 'noAnswer'>('loading');

  const load = async () => {
    try {
      const [state, settings] = await Promise.all([send('getState', {}), send('getSettings', {})]);
      setLoaded({ state, settings });
    } catch {
      setLoaded('noAnswer');
    }
  };
  // Layout effects, here and elsewhere: plain ones wait for a frame, and a tab that is not in front draws none.
  useLayoutEffect(() => {
    void load();
    return watchAccess(() => void load());
  }, []);

  const language: Language = languageOf(
    typeof loaded === 'string' ? 'auto' : loaded.settings.language,
    browser.i18n.getUILanguage(),
  );
  useLayoutEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  if (loaded === 'loading') return null;
  const text = texts[language];
  return (
    <LanguageContext.Provider value={language}>
      {loaded === 'noAnswer' ? (
        <main class="alone">
          <h1 class="unseen">{text.product}</h1>
          <Notice kind="wrong" title={text.noAnswer.title}>
            <p>{text.noAnswer.next}</p>
          </Notice>
        </main>
      ) : loaded.state.erased !== null ? (
        <Erased reason={loaded.state.erased} reload={load} />
      ) : (
        <Page
          state={loaded.state}
          settings={loaded.settings}
          reload={load}
          onSettings={(settings) => setLoaded({ state: loaded.state, settings })}
        />
      )}
    </LanguageContext.Provider>
  );
}

/** Renders a page of the extension into `#root`. */
export function start(page: (props: PageProps) => Child): void {
  const root = document.getElementById('root');
  if (root === null) throw new Error('the page has no #root');
  render(<Root page={page} />, root);
}
