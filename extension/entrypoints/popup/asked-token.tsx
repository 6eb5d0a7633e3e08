import { useState } from 'hono/jsx/dom';
import type { LockState, MeantPage, TokenSummary } from '../../messages.ts';
import { useLanguage, useText } from '../../ui/context.ts';
import { AskAgain } from '../../ui/lock.tsx';
import { Button, Heading } from '../../ui/parts.tsx';
import type { Opened } from './opening.ts';
import { TokenView } from './token-view.tsx';

interface AskedTokenProps extends Pick<Opened, 'takeCode'> {
  readonly token: TokenSummary;
  readonly page: MeantPage;
  readonly lock: LockState;
  readonly waitMs: number;
  readonly onBack: (() => void) | null;
  readonly onDone: () => void;
  readonly onClosed: () => void;
}

/** One token's code, behind the lock code again where the person wants to be asked for each use. */
export function AskedToken({ token, page, takeCode, lock, waitMs, onBack, onDone, onClosed }: AskedTokenProps) {
  const text = useText();
  const language = useLanguage();
  const [asks, setAsks] = useState(false);
  if (!asks) {
    const shown = { token, page, takeCode, onBack, onDone, onClosed };
    return <TokenView {...shown} onAsked={() => setAsks(true)} />;
  }
  return (
    <div class="stack appear">
      <div>
        {onBack === null ? null : (
          <Button id="list" kind="plain" onPress={onBack}>
            ‹ {text.popup.list}
          </Button>
        )}
        <Heading level={1}>{token.name[language]}</Heading>
        <p class="small quiet">{text.code.ids(token.serviceId, token.userId)}</p>
      </div>
      <AskAgain tokenId={token.id} waitMs={waitMs} lock={lock} full onAllowed={() => setAsks(false)} />
    </div>
  );
}
