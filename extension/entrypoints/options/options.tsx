import { useLayoutEffect, useState } from 'hono/jsx/dom';
import { Mark } from '../../ui/mark.tsx';
import type { PageProps } from '../../ui/page.tsx';
import { focusSoon } from '../../ui/parts.tsx';
import { About } from './about.tsx';
import { OpenInTab } from './open.tsx';
import { Reset } from './reset.tsx';
import { SetUp } from './set-up.tsx';
import { SettingsView } from './settings.tsx';
import { useText } from './text.ts';
import { Welcome } from './welcome.tsx';

const parts = ['welcome', 'set-up', 'settings', 'about', 'reset', 'open'] as const;
type Part = (typeof parts)[number];

function partOf(hash: string, empty: boolean): Part {
  const named = parts.find((part) => hash === `#${part}`);
  if (named !== undefined) return named;
  return empty ? 'welcome' : 'settings';
}

/** The page in a tab: set-up at `#set-up`, settings at `#settings` and so on; without any what is needed first. */
export function Options(props: PageProps) {
  const text = useText();
  const empty = props.state.vault === 'empty';
  const [part, setPart] = useState<Part>(partOf(location.hash, empty));
  // Tokens of before the set-up decide its name; those added meanwhile do not change it.
  const [first, setFirst] = useState(empty);
  const [run, setRun] = useState(0);

  useLayoutEffect(() => {
    const onHash = () => {
      setPart(partOf(location.hash, empty));
      setRun((before) => before + 1);
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);
  useLayoutEffect(() => {
    // What led here went with its view, or stays behind above it.
    if (run > 0) focusSoon(() => document.querySelector('h1'));
  }, [run]);
  const addAnother = () => {
    setFirst(false);
    setRun(run + 1);
  };

  const setUpTitle = first ? text.setUp.title : text.setUp.addTitle;
  const titles = {
    'set-up': setUpTitle,
    settings: text.settings.title,
    welcome: text.welcome.title,
    about: text.about.title,
    reset: text.reset.title,
    open: text.passkey.openTitle,
  } satisfies Record<Part, string>;
  const title = titles[part];
  useLayoutEffect(() => {
    document.title = `${title} – ${text.product}`;
  }, [title]);

  return (
    <>
      <header class="bar">
        <span class="brand">
          <Mark />
          {text.product}
        </span>
        <nav>
          <a href="#set-up" aria-current={part === 'set-up' ? 'page' : undefined}>
            {setUpTitle}
          </a>
          <a href="#settings" aria-current={part === 'settings' ? 'page' : undefined}>
            {text.settings.title}
          </a>
          <a href="#about" aria-current={part === 'about' ? 'page' : undefined}>
            {text.about.title}
          </a>
        </nav>
      </header>
      <main>
        {part === 'set-up' ? (
          <SetUp key={`set-up-${run}`} title={setUpTitle} onAnother={addAnother} {...props} />
        ) : part === 'welcome' ? (
          <Welcome key="welcome" />
        ) : part === 'about' ? (
          <About key="about" />
        ) : part === 'reset' ? (
          <Reset key="reset" {...props} />
        ) : part === 'open' ? (
          <OpenInTab key="open" {...props} />
        ) : (
          <SettingsView key="settings" {...props} />
        )}
      </main>
    </>
  );
}
