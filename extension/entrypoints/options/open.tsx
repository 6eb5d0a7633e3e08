import { useState } from 'hono/jsx/dom';
import { closeOwnTab } from '../../ui/browser-access.ts';
import { OpenVault } from '../../ui/lock.tsx';
import type { PageProps } from '../../ui/page.tsx';
import { Heading } from '../../ui/parts.tsx';
import { useText } from './text.ts';

/** The popup closes when the browser's own dialog comes to the front, so a passkey opens the vault from this tab. */
export function OpenInTab({ state, reload }: Pick<PageProps, 'state' | 'reload'>) {
  const text = useText();
  const [opened, setOpened] = useState(false);
  const finish = async () => {
    setOpened(true);
    await reload();
    await closeOwnTab();
  };
  return (
    <div class="stack wide">
      <Heading level={1} focus={opened}>
        {text.passkey.openTitle}
      </Heading>
      <section class="sheet">
        {opened || state.vault !== 'closed' ? (
          <p id="opened" role="status">
            {text.passkey.opened}
          </p>
        ) : (
          <OpenVault waitMs={state.waitMs} lock={state.lock} startsPasskey onOpened={() => void finish()} />
        )}
      </section>
    </div>
  );
}
