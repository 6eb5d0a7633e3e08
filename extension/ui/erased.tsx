import type { Response } from '../messages.ts';
import { openOptions } from './browser-access.ts';
import { useText } from './context.ts';
import { Mark } from './mark.tsx';
import { Button, Heading, Notice } from './parts.tsx';
import { send } from './send.ts';

interface ErasedProps {
  readonly reason: NonNullable<Response<'getState'>['erased']>;
  readonly reload: () => Promise<void>;
}

/** Everything is gone: why, and what to do at each institution. It stays until the person has seen it. */
export function Erased({ reason, reload }: ErasedProps) {
  const text = useText();
  const inPopup = location.pathname.endsWith('/popup.html');
  const goOn = async () => {
    await send('acknowledgeErasure', {}).catch(() => null);
    if (inPopup) await openOptions('set-up').then(() => window.close());
    else location.hash = '#set-up';
    await reload();
  };
  const [title, what] =
    reason === 'tries'
      ? [text.erased.triesTitle, text.erased.triesText]
      : [text.erased.resetTitle, text.erased.resetText];
  return (
    <>
      <header class="bar">
        <span class="brand">
          <Mark />
          {text.product}
        </span>
      </header>
      <main id="erased" class="stack appear">
        <Heading level={1} focus>
          {title}
        </Heading>
        {reason === 'tries' ? (
          <Notice kind="wrong">
            <p>{what}</p>
          </Notice>
        ) : (
          <p>{what}</p>
        )}
        <AskEachInstitution />
        <div class="row end">
          <Button id="startAgain" kind="main" full={inPopup} onPress={() => void goOn()}>
            {text.erased.next}
          </Button>
        </div>
      </main>
    </>
  );
}

/** What every institution has to be asked for, once its token is gone. */
export function AskEachInstitution() {
  const text = useText();
  return (
    <section class="stack tight" aria-labelledby="askEach">
      <h2 id="askEach">{text.reset.askTitle}</h2>
      <ol class="numbered">
        {text.reset.ask.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ol>
    </section>
  );
}
