import { useState } from 'hono/jsx/dom';
import type { TokenSummary } from '../../messages.ts';
import { Access } from '../../ui/access.tsx';
import { useLanguage } from '../../ui/context.ts';
import { momentText } from '../../ui/format.ts';
import { Button, Check, Field, FieldError, focusSoon, Notice, textOf } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';
import { overOf } from '../../ui/tokens.ts';
import { useText } from './text.ts';

interface TokenCardProps {
  readonly token: TokenSummary;
  /** In the list, from 0. */
  readonly place: number;
  readonly count: number;
  readonly onMove: (place: number) => void;
  readonly reload: () => Promise<void>;
  readonly onRemoved: (name: string) => void;
}

/** One token in the settings: place in the list, name, removal, mark, autofill, sites. */
export function TokenCard({ token, place, count, onMove, reload, onRemoved }: TokenCardProps) {
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

  const markRevoked = async () => {
    setError(null);
    const answer = await send('markRevoked', { tokenId: token.id, revoked: !token.revoked }).catch(() => null);
    if (answer === null) return setError(text.setUp.unexpected);
    await reload();
  };

  const over = overOf(token, Date.now());
  return (
    <article class="sheet" data-token-id={token.id} aria-labelledby={id('name')}>
      <div class="row apart">
        <h3 id={id('name')}>
          {name}
          {over === null ? null : <span class="overTag">{text.popup[over]}</span>}
        </h3>
        {count > 1 ? (
          <div class="row">
            <Move
              id={id('up')}
              label={text.settings.up(name)}
              sign="↑"
              end={place === 0}
              onPress={() => onMove(place - 1)}
            />
            <Move
              id={id('down')}
              label={text.settings.down(name)}
              sign="↓"
              end={place === count - 1}
              onPress={() => onMove(place + 1)}
            />
          </div>
        ) : null}
      </div>
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
      <details open={count <= 2}>
        <summary>{text.settings.more}</summary>
        <div class="stack">
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
          <div class="stack tight">
            <div class="row">
              {' '}
              <Button id={id('revoked')} describedBy={id('revoked-hint')} onPress={() => void markRevoked()}>
                {token.revoked ? text.settings.unmarkRevoked : text.settings.markRevoked}
              </Button>
            </div>{' '}
            <p id={id('revoked-hint')} class="small quiet">
              {text.settings.revokedHint}
            </p>
          </div>{' '}
        </div>
      </details>
    </article>
  );
}

interface MoveProps {
  readonly id: string;
  readonly label: string;
  readonly sign: string;
  /** There is nowhere further to go. */
  readonly end: boolean;
  readonly onPress: () => void;
}

function Move({ id, label, sign, end, onPress }: MoveProps) {
  return (
    <Button id={id} label={label} kind="plain" busy={end} onPress={onPress}>
      <span aria-hidden="true">{sign}</span>
    </Button>
  );
}
