import { useState } from 'hono/jsx/dom';
import type { TokenSummary } from '../../messages.ts';
import { Access } from '../../ui/access.tsx';
import { useLanguage, useText } from '../../ui/context.ts';
import { momentText } from '../../ui/format.ts';
import { Button, Check, Field, FieldError, focusSoon, Notice, textOf } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';

interface TokenCardProps {
  readonly token: TokenSummary;
  readonly reload: () => Promise<void>;
  readonly onRemoved: (name: string) => void;
}

/** One token in the settings: name, autofill, sites, removal. */
export function TokenCard({ token, reload, onRemoved }: TokenCardProps) {
  const text = useText();
  const language = useLanguage();
  const name = token.name[language];
  const [doing, setDoing] = useState<'nothing' | 'renaming' | 'removing'>('nothing');
  const [autofill, setAutofill] = useState(token.autofill);
  const [error, setError] = useState<string | null>(null);
  const id = (part: string) => `${part}-${token.id}`;

  const leave = (back: string) => {
    setDoing('nothing');
    focusSoon(id(back));
  };
  const rename = async () => {
    setError(null);
    const suffix = textOf(id('suffix')).trim();
    const answer = await send('renameToken', { tokenId: token.id, suffix }).catch(() => null);
    if (answer === null) return setError(text.setUp.unexpected);
    await reload();
    leave('rename');
  };
  const remove = async () => {
    setError(null);
    const answer = await send('removeToken', { tokenId: token.id }).catch(() => null);
    if (answer === null) return setError(text.setUp.unexpected);
    if (answer.outcome === 'removed') onRemoved(name);
    else await reload();
  };
  const switchAutofill = async (on: boolean) => {
    setAutofill(on);
    const answer = await send('setAutofill', { tokenId: token.id, on }).catch(() => null);
    if (answer?.outcome === 'set') return;
    setAutofill(!on);
    if (answer?.outcome === 'vaultClosed') await reload();
  };

  return (
    <article class="sheet" data-token-id={token.id} aria-labelledby={id('name')}>
      <div class="row apart">
        <h3 id={id('name')}>{name}</h3>
        <div class="row">
          <Button
            id={id('rename')}
            onPress={() => {
              setDoing('renaming');
              focusSoon(id('suffix'));
            }}
          >
            {text.settings.rename}
          </Button>
          <Button
            id={id('remove')}
            kind="danger"
            onPress={() => {
              setDoing('removing');
              focusSoon(id('keep'));
            }}
          >
            {text.settings.remove}
          </Button>
        </div>
      </div>
      <dl class="facts">
        <dt>{text.settings.serviceId}</dt>
        <dd>{token.serviceId}</dd>
        <dt>{text.settings.userId}</dt>
        <dd>{token.userId}</dd>
        <dt>{text.settings.expires}</dt>
        <dd>{token.expiresAtMs === null ? text.settings.noExpiry : momentText(token.expiresAtMs, language)}</dd>
      </dl>
      {doing === 'renaming' ? (
        <form
          class="stack tight appear"
          novalidate
          onSubmit={(event: Event) => {
            event.preventDefault();
            void rename();
          }}
        >
          <Field
            id={id('suffix')}
            label={text.settings.newSuffix}
            hint={text.settings.newSuffixHint(token.institution[language])}
            maxLength={50}
          />
          <div class="row end">
            <Button kind="plain" onPress={() => leave('rename')}>
              {text.cancel}
            </Button>
            <Button kind="main" submit>
              {text.settings.saveName}
            </Button>
          </div>
        </form>
      ) : null}
      {doing === 'removing' ? (
        <div class="appear">
          <Notice kind="wrong" title={text.settings.removeTitle(name)}>
            <p>{text.settings.removeText}</p>
            <p>{text.settings.removeGone}</p>
            <div class="row end">
              <Button id={id('keep')} onPress={() => leave('remove')}>
                {text.cancel}
              </Button>
              <Button id={id('removeNow')} kind="danger" onPress={() => void remove()}>
                {text.settings.removeNow}
              </Button>
            </div>
          </Notice>
        </div>
      ) : null}
      <FieldError id={id('error')} text={error} />
      <Check
        id={id('autofill')}
        asSwitch
        label={text.autofill.label}
        hint={text.autofill.hint}
        on={autofill}
        onChange={(on) => void switchAutofill(on)}
      />
      <div class="stack tight">
        <p class="label">{text.settings.sites}</p>
        <Access token={token} id={id('grant')} withdrawable onAnswered={() => void reload()} />
      </div>
    </article>
  );
}
