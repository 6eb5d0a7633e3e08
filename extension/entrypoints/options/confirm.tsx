import { useState } from 'hono/jsx/dom';
import type { TokenSummary } from '../../messages.ts';
import { CodeSheet, copyCode, useCode } from '../../ui/code.tsx';
import { useLanguage, useText } from '../../ui/context.ts';
import { Mark } from '../../ui/mark.tsx';
import { Button, Heading } from '../../ui/parts.tsx';

/** Step 4, 認証確認: the set-up is not the end. One code typed at the bank is. */
export function Confirm({ token }: { readonly token: TokenSummary }) {
  const text = useText();
  const language = useLanguage();
  const [closed, setClosed] = useState(false);
  const [copied, setCopied] = useState<boolean | null>(null);
  const shown = useCode(token, () => setClosed(true));
  const copy = async () => {
    if (shown !== null) setCopied(await copyCode(shown.code));
  };
  return (
    <section id="done" class="sheet appear">
      <Heading level={2} focus>
        {text.setUp.doneTitle}
      </Heading>
      <p>{text.setUp.doneText}</p>
      {closed ? null : (
        <div class="stack tight">
          <p class="label">{token.name[language]}</p>
          <CodeSheet shown={shown} />
          <div class="row">
            <Button id="copy" onPress={() => void copy()}>
              {text.code.copy}
            </Button>
            <p role="status" class={copied ? 'done' : 'error'}>
              {copied === null ? '' : copied ? text.code.copied : text.code.copyFailed}
            </p>
          </div>
        </div>
      )}
      <div class="stack tight">
        <p class="row">
          <Mark />
          <span class="besideMark">{text.setUp.doneLater}</span>
        </p>
        <p class="small quiet">{text.setUp.donePin}</p>
      </div>
      <div class="row end">
        <a class="button" href="#settings">
          {text.setUp.toSettings}
        </a>
      </div>
    </section>
  );
}
