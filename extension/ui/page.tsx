import type { Child } from 'hono/jsx';
import { render, useLayoutEffect, useState } from 'hono/jsx/dom';
import type { Response, Settings } from '../messages.ts';
import { browser } from './browser.ts';
import { watchAccess, watchLock } from './browser-access.ts';
import { LanguageContext } from './context.ts';
import { Erased } from './erased.tsx';
import type { Language } from './format.ts';
import { Notice } from './parts.tsx';
import { languageOf, texts } from './text.ts';

export type State = Response<'getState'>;

/** What every page has loaded before it shows anything. */
export interface Loaded {
  readonly state: State;
  readonly settings: Settings;
}

/** What every page of the extension works with. */
export interface PageProps extends Loaded {
  /** Asks the background anew, after anything that may have changed the tokens, the lock or the access. */
  readonly reload: () => Promise<void>;
  readonly onSettings: (settings: Settings) => void;
}

/** A background that runs already answers within this; one that has to start may take longer, and the page says so. */
const patienceMs = 1_000;

interface RootProps<Found extends Loaded> {
  readonly page: (props: Found & PageProps) => Child;
  readonly ask: () => Promise<Found>;
}

function Root<Found extends Loaded>({ page: Page, ask }: RootProps<Found>) {
  const [loaded, setLoaded] = useState<Found | 'loading' | 'stillLoading' | 'noAnswer'>('loading');

  const load = async () => {
    try {
      setLoaded(await ask());
    } catch {
      setLoaded('noAnswer');
    }
  };
  // Layout effects, here and elsewhere: plain ones wait for a frame, and a tab that is not in front draws none.
  useLayoutEffect(() => {
    void load();
    setTimeout(() => setLoaded((now) => (now === 'loading' ? 'stillLoading' : now)), patienceMs);
    return watchAccess(() => void load());
  }, []);
  const open = typeof loaded !== 'string' && loaded.state.vault === 'open';
  // A page that shows it as closed need not ask: asking is answered with the same word again.
  useLayoutEffect(() => (open ? watchLock(() => void load()) : undefined), [open]);

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
      {loaded === 'stillLoading' ? (
        <main class="quiet" aria-live="polite">
          {text.loading}
        </main>
      ) : loaded === 'noAnswer' ? (
        <main>
          <h1 class="unseen">{text.product}</h1>
          <Notice kind="wrong" title={text.noAnswer.title}>
            <p>{text.noAnswer.next}</p>
          </Notice>
        </main>
      ) : loaded.state.erased !== null ? (
        <Erased reason={loaded.state.erased} reload={load} />
      ) : (
        <Page {...loaded} reload={load} onSettings={(settings: Settings) => setLoaded({ ...loaded, settings })} />
      )}
    </LanguageContext.Provider>
  );
}

/** Renders a page of the extension into `#root`, with what `ask` finds, now and after each change. */
export function start<Found extends Loaded>(
  page: (props: Found & PageProps) => Child,
  ask: () => Promise<Found>,
): void {
  const draw = () => {
    const root = document.getElementById('root');
    if (root === null) throw new Error('the page has no #root');
    render(<Root page={page} ask={ask} />, root);
  };
  // The script may be here before the rest of the page.
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', draw);
  else draw();
}
