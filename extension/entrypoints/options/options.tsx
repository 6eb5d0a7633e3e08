import { useLayoutEffect, useState } from 'hono/jsx/dom';
import { useText } from '../../ui/context.ts';
import { Mark } from '../../ui/mark.tsx';
import type { PageProps } from '../../ui/page.tsx';
import { SetUp } from './set-up.tsx';
import { SettingsView } from './settings.tsx';

type Part = 'set-up' | 'settings';

function partOf(hash: string, empty: boolean): Part {
  if (hash === '#set-up') return 'set-up';
  if (hash === '#settings') return 'settings';
  return empty ? 'set-up' : 'settings';
}

/** The page in a tab: set-up at `#set-up`, settings at `#settings`; without either what is needed first. */
export function Options(props: PageProps) {
  const text = useText();
  const empty = props.state.vault === 'empty';
  const [part, setPart] = useState<Part>(partOf(location.hash, empty));
  // Tokens of before the set-up decide its name; those added meanwhile do not change it.
  const [first] = useState(empty);
  const [run, setRun] = useState(0);

  useLayoutEffect(() => {
    const onHash = () => {
      setPart(partOf(location.hash, empty));
      setRun((before) => before + 1);
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);

  const setUpTitle = first ? text.setUp.title : text.setUp.addTitle;
  const title = part === 'set-up' ? setUpTitle : text.settings.title;
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
        </nav>
      </header>
      <main>
        {part === 'set-up' ? (
          <SetUp key={`set-up-${run}`} title={setUpTitle} {...props} />
        ) : (
          <SettingsView key="settings" {...props} />
        )}
      </main>
    </>
  );
}
