import { useState } from 'hono/jsx/dom';
import { openOptions } from '../../ui/browser-access.ts';
import { useText } from '../../ui/context.ts';
import { OpenVault } from '../../ui/lock.tsx';
import { Mark } from '../../ui/mark.tsx';
import type { PageProps } from '../../ui/page.tsx';
import { Button, Heading, Notice } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';
import { AskedToken } from './asked-token.tsx';
import type { Opened } from './opening.ts';
import { TokenList } from './token-list.tsx';

export function Popup({ state, page, takeCode, reload }: Opened & PageProps) {
  const text = useText();
  const [chosenId, setChosenId] = useState<string | null>(null);

  const leaveFor = (part: 'set-up' | 'settings') => {
    void openOptions(part).then(() => window.close());
  };
  const close = async () => {
    await send('closeVault', {}).catch(() => null);
    await reload();
  };

  const open = state.vault === 'open';
  const damaged = state.damaged.length;
  const any = state.tokens.length + damaged > 0;
  return (
    <>
      <header class="bar">
        <span class="brand">
          <Mark />
          {text.product}
        </span>
        {open && state.lock.on && any ? (
          <Button id="closeVault" kind="plain" onPress={() => void close()}>
            {text.lock.close}
          </Button>
        ) : null}
      </header>
      <main>
        {state.vault === 'closed' ? (
          <div class="stack appear">
            <Heading level={1}>{text.lock.closedTitle}</Heading>
            <OpenVault waitMs={state.waitMs} lock={state.lock} full onOpened={() => void reload()} />
          </div>
        ) : state.tokens.length === 0 ? (
          <div class="stack appear">
            <Heading level={1}>{damaged > 0 ? text.popup.damagedTitle(damaged) : text.popup.emptyTitle}</Heading>
            <p class="quiet">{damaged > 0 ? text.popup.damagedSee : text.popup.emptyText}</p>
            {damaged > 0 ? null : (
              <Button id="addToken" kind="main" full onPress={() => leaveFor('set-up')}>
                {text.popup.start}
              </Button>
            )}
          </div>
        ) : (
          <div class="stack wide">
            <Tokens
              state={state}
              page={page}
              takeCode={takeCode}
              chosenId={chosenId}
              onChoose={setChosenId}
              onClosed={() => void reload()}
            />
            {damaged > 0 ? (
              <Notice kind="warning" title={text.popup.damagedTitle(damaged)}>
                <p class="small">{text.popup.damagedSee}</p>
              </Notice>
            ) : null}
          </div>
        )}
      </main>
      <footer class="foot">
        {any ? (
          <Button id="addToken" kind="plain" onPress={() => leaveFor('set-up')}>
            {text.popup.addToken}
          </Button>
        ) : (
          <span />
        )}
        <Button id="settings" kind="plain" onPress={() => leaveFor('settings')}>
          {text.popup.settings}
        </Button>
      </footer>
    </>
  );
}

interface TokensProps extends Pick<Opened, 'state' | 'page' | 'takeCode'> {
  readonly chosenId: string | null;
  readonly onChoose: (tokenId: string) => void;
  readonly onClosed: () => void;
}

/** One token opens on its code, several on the list (M4). */
function Tokens({ state, page, takeCode, chosenId, onChoose, onClosed }: TokensProps) {
  const { tokens, lock, waitMs } = state;
  /** Goes on once: not for another token that the person looks at later. */
  const [asked, setAsked] = useState(page.asked);
  const leaveFor = (tokenId: string) => {
    setAsked(false);
    onChoose(tokenId);
  };
  const meant = { ...page, asked };
  const shownId = chosenId ?? (page.asked ? page.defaultTokenId : null);
  const chosen = tokens.length === 1 ? tokens[0] : tokens.find((token) => token.id === shownId);
  if (chosen === undefined) {
    return <TokenList tokens={tokens} page={meant} takeCode={takeCode} onChoose={onChoose} onClosed={onClosed} />;
  }
  return (
    <AskedToken
      key={chosen.id}
      token={chosen}
      page={meant}
      takeCode={takeCode}
      lock={lock}
      waitMs={waitMs}
      onBack={tokens.length > 1 ? () => leaveFor('') : null}
      onDone={() => leaveFor(chosen.id)}
      onClosed={onClosed}
    />
  );
}
