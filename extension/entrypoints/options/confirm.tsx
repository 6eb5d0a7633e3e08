import { useState } from 'hono/jsx/dom';
import type { TokenSummary } from '../../messages.ts';
import { ClockNotice } from '../../ui/clock-notice.tsx';
import { CodeSheet, type Copied, copyCode, useCode } from '../../ui/code.tsx';
import { useLanguage } from '../../ui/context.ts';
import { AskAgain, OpenVault } from '../../ui/lock.tsx';
import { Mark } from '../../ui/mark.tsx';
import type { PageProps } from '../../ui/page.tsx';
import { Button, focusSoon, Heading } from '../../ui/parts.tsx';
import { useText } from './text.ts';

interface ConfirmProps extends Pick<PageProps, 'state' | 'reload'> {
  readonly title: string;
  readonly token: TokenSummary;
  readonly onAnother: () => void;
}

/** Step 4, 認証確認: the set-up is not the end. One code typed at the bank is. */
export function Confirm({ title, token, state, reload, onAnother }: ConfirmProps) {
  const text = useText();
  const [asks, setAsks] = useState(false);
  const { vault, lock, waitMs } = state;
  const toHeading = () => focusSoon(() => document.querySelector('#done h2'));
  return (
    <section id="done" class="sheet appear">
      <Heading level={2} focus>
        {text.setUp.doneTitle}
      </Heading>
      <p>{text.setUp.doneText(title)}</p>
      {vault === 'closed' ? (
        <OpenVault waitMs={waitMs} lock={lock} onOpened={() => void reload().then(toHeading)} />
      ) : asks ? (
        <AskAgain
          tokenId={token.id}
          waitMs={waitMs}
          lock={lock}
          onAllowed={() => {
            setAsks(false);
            toHeading();
          }}
        />
      ) : (
        <FirstCode token={token} onClosed={() => void reload()} onAsked={() => setAsks(true)} />
      )}
      <ClockNotice token={token} onChanged={() => void reload()} />
      <div class="stack tight">
        <p class="row">
          <Mark />
          <span class="besideMark">{text.setUp.doneLater}</span>
        </p>
        <p class="small quiet">{text.setUp.donePin}</p>
      </div>
      <div class="row end">
        <Button kind="plain" onPress={onAnother}>
          {text.popup.addToken}
        </Button>
        <a class="button" href="#settings">
          {text.setUp.toSettings}
        </a>
      </div>
    </section>
  );
}

interface FirstCodeProps {
  readonly token: TokenSummary;
  readonly onClosed: () => void;
  readonly onAsked: () => void;
}

function FirstCode({ token, onClosed, onAsked }: FirstCodeProps) {
  const text = useText();
  const language = useLanguage();
  const [copied, setCopied] = useState<Copied | null>(null);
  const shown = useCode(token, onClosed, onAsked);
  const copy = async () => {
    if (shown !== null) setCopied(await copyCode(shown.code));
  };
  return (
    <div class="stack tight">
      <p class="label">{token.name[language]}</p>
      <CodeSheet shown={shown} />
      <div class="row">
        <Button id="copy" onPress={() => void copy()}>
          {text.code.copy}
        </Button>
        <p role="status" class={copied === 'copyFailed' ? 'error' : 'done'}>
          {copied === null ? '' : text.code[copied]}
        </p>
      </div>
    </div>
  );
}
