import { useState } from 'hono/jsx/dom';
import type { TokenSummary } from '../../messages.ts';
import { Access } from '../../ui/access.tsx';
import { useLanguage } from '../../ui/context.ts';
import { Button, Field, FieldError, Heading, textOf } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';
import { useText } from './text.ts';

interface RegisterProps {
  /** 初期設定, or トークン追加 where there were tokens before (M4). */
  readonly title: string;
  readonly token: TokenSummary;
  readonly onRegistered: (token: TokenSummary) => void;
}

/** Step 3, 初期設定完了 or トークン追加完了: the sites, if the person wants to, and the token's name. */
export function Register({ title, token, onRegistered }: RegisterProps) {
  const text = useText();
  const language = useLanguage();
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const register = async () => {
    if (busy) return;
    setError(null);
    const suffix = textOf('tokenName').trim();
    if (suffix === '') return onRegistered(token);
    setBusy(true);
    const answer = await send('renameToken', { tokenId: token.id, suffix }).catch(() => null);
    const state = await send('getState', {}).catch(() => null);
    setBusy(false);
    if (answer === null) return setError(text.setUp.unexpected);
    // A lock that closed meanwhile keeps the token as it is; its name can be changed in the settings.
    onRegistered(state?.tokens.find((each) => each.id === token.id) ?? token);
  };

  return (
    <form
      class="sheet appear"
      novalidate
      onSubmit={(event: Event) => {
        event.preventDefault();
        void register();
      }}
    >
      <div>
        <Heading level={2} focus>
          {text.setUp.addedTitle(title)}
        </Heading>
        <p class="quiet">{text.setUp.addedText(token.institution[language])}</p>
      </div>
      <section class="stack tight">
        <h3>{text.setUp.siteTitle}</h3>
        <Access token={token} />
      </section>
      <section class="stack tight">
        <h3>{text.setUp.nameTitle}</h3>
        <Field
          id="tokenName"
          label={text.setUp.suffix}
          hint={text.setUp.suffixHint(token.name[language])}
          maxLength={50}
        />
      </section>
      <FieldError id="error" text={error} />
      <div class="row end">
        <Button id="register" kind="main" submit busy={busy}>
          {text.setUp.register}
        </Button>
      </div>
    </form>
  );
}
