import { useState } from 'hono/jsx/dom';
import type { MeantPage, TokenSummary } from '../../messages.ts';
import { Digits, useCode } from '../../ui/code.tsx';
import { useLanguage, useText } from '../../ui/context.ts';
import { remainingText } from '../../ui/format.ts';
import { focusSoon, Heading } from '../../ui/parts.tsx';
import { matches, overOf } from '../../ui/tokens.ts';
import type { Opened } from './opening.ts';

/** From this many tokens on a search saves time. */
const searchFrom = 5;

interface TokenListProps extends Pick<Opened, 'takeCode'> {
  readonly tokens: readonly TokenSummary[];
  readonly page: MeantPage;
  readonly onChoose: (tokenId: string) => void;
  readonly onClosed: () => void;
}

/** トークン選択 (M4): one line per token, those of the page in front first, then in the person's order. */
export function TokenList({ tokens, page, takeCode, onChoose, onClosed }: TokenListProps) {
  const text = useText();
  const [wanted, setWanted] = useState('');
  const here = (token: TokenSummary) => page.tokenIds.includes(token.id);
  const found = tokens.filter((token) => matches(token, wanted));
  const sorted = [...found.filter(here), ...found.filter((token) => !here(token))];
  const searchable = tokens.length >= searchFrom;
  const first = sorted[0];
  return (
    <div class="stack appear">
      <Heading level={1} focus={!searchable}>
        {text.popup.listTitle}
      </Heading>
      {!page.asked ? null : page.tokenIds.length > 0 ? (
        <p class="quiet">{text.popup.askedFor}</p>
      ) : (
        <p class="error" role="alert">
          {text.popup.askedElsewhere}
        </p>
      )}
      {searchable ? (
        <search class="stack tight">
          <input
            id="search"
            type="search"
            class="input"
            autocomplete="off"
            spellcheck={false}
            aria-label={text.popup.search}
            placeholder={text.popup.search}
            ref={(element: HTMLElement | null) => element !== null && focusSoon('search')}
            onInput={(event: Event) => setWanted((event.currentTarget as HTMLInputElement).value)}
            onKeyDown={(event: KeyboardEvent) => {
              // The Enter that ends a Japanese conversion chooses nothing.
              if (event.key === 'Enter' && !event.isComposing && first !== undefined) onChoose(first.id);
            }}
          />
          <p role="status" class={sorted.length === 0 ? 'small quiet' : 'unseen'}>
            {wanted === '' ? '' : sorted.length === 0 ? text.popup.notFound : text.popup.found(sorted.length)}
          </p>
        </search>
      ) : null}
      <ul class="rows">
        {sorted.map((token) => (
          <li key={token.id}>
            <TokenRow token={token} here={here(token)} takeCode={takeCode} onChoose={onChoose} onClosed={onClosed} />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface TokenRowProps extends Pick<Opened, 'takeCode'> {
  readonly token: TokenSummary;
  readonly here: boolean;
  readonly onChoose: (tokenId: string) => void;
  readonly onClosed: () => void;
}

function TokenRow({ token, here, takeCode, onChoose, onClosed }: TokenRowProps) {
  const text = useText();
  const language = useLanguage();
  const over = overOf(token, Date.now());
  return (
    <button type="button" class="tokenRow" data-token-id={token.id} onClick={() => onChoose(token.id)}>
      <span class="tokenName">
        {here ? <span class="tag">{text.popup.thisPage}</span> : null}
        {token.name[language]}
      </span>
      {over === null ? (
        <RowCode token={token} takeCode={takeCode} onClosed={onClosed} />
      ) : (
        <span class="overTag">{text.popup[over]}</span>
      )}
    </button>
  );
}

/** The code in one line; in the last seconds the next one stands below it. */
function RowCode({ token, takeCode, onClosed }: Pick<TokenRowProps, 'token' | 'takeCode' | 'onClosed'>) {
  const text = useText();
  const [asks, setAsks] = useState(false);
  const shown = useCode(token, onClosed, () => setAsks(true), takeCode);
  if (asks) return <span class="small quiet">{text.popup.asksFirst}</span>;
  return (
    <>
      <span class="rowCode">
        {shown === null ? null : <Digits code={shown.code} />}
        {shown?.last && shown.next ? (
          <span class="rowNext">
            {text.code.next} <Digits code={shown.next} />
          </span>
        ) : null}
      </span>
      <span class={`time ${shown?.last ? 'last' : ''}`}>
        <span class="remaining">{shown === null ? '' : remainingText(shown.remainingSeconds)}</span>
      </span>
    </>
  );
}
