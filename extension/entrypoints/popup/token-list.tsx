import type { TokenSummary } from '../../messages.ts';
import { Digits, useCode } from '../../ui/code.tsx';
import { useLanguage, useText } from '../../ui/context.ts';
import { remainingText } from '../../ui/format.ts';
import { Heading } from '../../ui/parts.tsx';
import type { MeantPage } from './popup.tsx';

interface TokenListProps {
  readonly tokens: readonly TokenSummary[];
  readonly page: MeantPage;
  readonly onChoose: (tokenId: string) => void;
  readonly onClosed: () => void;
}

/** トークン選択 (M4): one line per token, those of the page in front first. */
export function TokenList({ tokens, page, onChoose, onClosed }: TokenListProps) {
  const text = useText();
  const here = (token: TokenSummary) => page.tokenIds.includes(token.id);
  const sorted = [...tokens.filter(here), ...tokens.filter((token) => !here(token))];
  return (
    <div class="stack appear">
      <Heading level={1} focus>
        {text.popup.listTitle}
      </Heading>
      <ul class="rows">
        {sorted.map((token) => (
          <li key={token.id}>
            <TokenRow token={token} here={here(token)} onChoose={onChoose} onClosed={onClosed} />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface TokenRowProps {
  readonly token: TokenSummary;
  readonly here: boolean;
  readonly onChoose: (tokenId: string) => void;
  readonly onClosed: () => void;
}

function TokenRow({ token, here, onChoose, onClosed }: TokenRowProps) {
  const text = useText();
  const language = useLanguage();
  const shown = useCode(token, onClosed);
  return (
    <button type="button" class="tokenRow" data-token-id={token.id} onClick={() => onChoose(token.id)}>
      <span class="tokenName">
        {here ? <span class="tag">{text.popup.thisPage}</span> : null}
        {token.name[language]}
      </span>
      <span class="rowCode">{shown === null ? null : <Digits code={shown.code} />}</span>
      <span class={`time ${shown?.last ? 'last' : ''}`}>
        <span class="remaining">{shown === null ? '' : remainingText(shown.remainingSeconds)}</span>
      </span>
    </button>
  );
}
