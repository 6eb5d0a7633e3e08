import { useState } from 'hono/jsx/dom';
import type { Settings, TokenSummary } from '../../messages.ts';
import { useLanguage } from '../../ui/context.ts';
import { OpenVault } from '../../ui/lock.tsx';
import type { PageProps } from '../../ui/page.tsx';
import { Button, Check, focusSoon, Heading } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';
import { ClockSettings } from './clock-settings.tsx';
import { Damaged } from './damaged.tsx';
import { LockSettings } from './lock-settings.tsx';
import { type Saved, SavedNote } from './saved-note.tsx';
import { useText } from './text.ts';
import { TokenCard } from './token-card.tsx';

/** Where a setting was changed, and whether it was kept. */
interface Change {
  readonly section: 'lock' | 'clock' | 'general';
  readonly saved: Saved;
}

/** Tokens, app lock, clock, general. What is changed here takes effect at once. */
export function SettingsView(props: PageProps) {
  const { state, settings, reload, onSettings } = props;
  const text = useText();
  const language = useLanguage();
  const [changed, setChanged] = useState<Change | null>(null);
  const [done, setDone] = useState('');

  const putIn = (section: Change['section']) => async (change: Partial<Settings>) => {
    const answer = await send('putSettings', change).catch(() => null);
    if (answer !== null) onSettings(answer);
    setChanged({ section, saved: answer === null ? 'saveFailed' : 'saved' });
  };
  const put = putIn('general');
  const savedIn = (section: Change['section']): Saved => (changed?.section === section ? changed.saved : null);

  const move = async (token: TokenSummary, place: number) => {
    const from = state.tokens.indexOf(token);
    const answer = await send('moveToken', { tokenId: token.id, place }).catch(() => null);
    await reload();
    if (answer?.outcome !== 'moved') return;
    setDone(text.settings.moved(token.name[language], place + 1, state.tokens.length));
    // The card went elsewhere on the page, and the button goes with it: pressing again moves it on.
    focusSoon(`${place < from ? 'up' : 'down'}-${token.id}`);
  };

  const onRemoved = (said: string) => {
    setDone(said);
    document.getElementById('tokens')?.focus();
    void reload();
  };

  return (
    <div class="stack wide">
      <Heading level={1}>{text.settings.title}</Heading>

      <section class="stack" aria-labelledby="tokens">
        <div class="row apart">
          <h2 id="tokens" tabindex={-1}>
            {text.settings.tokens}
          </h2>
          {state.vault === 'open' && state.lock.on ? (
            <Button
              id="closeVault"
              onPress={() =>
                void send('closeVault', {})
                  .catch(() => null)
                  .then(reload)
              }
            >
              {text.lock.close}
            </Button>
          ) : null}
        </div>
        <p role="status" class="done">
          {done}
        </p>
        {state.vault === 'closed' ? (
          <div class="sheet">
            <p>{text.settings.closedText}</p>
            <OpenVault
              waitMs={state.waitMs}
              lock={state.lock}
              onOpened={() => void reload().then(() => focusSoon('tokens'))}
            />
          </div>
        ) : state.tokens.length === 0 && state.damaged.length === 0 ? (
          <div class="sheet">
            <p class="quiet">{text.settings.noTokens}</p>
            <div class="row end">
              <a class="button main" href="#set-up">
                {text.popup.start}
              </a>
            </div>
          </div>
        ) : (
          state.tokens.map((token, place) => (
            <TokenCard
              key={token.id}
              token={token}
              place={place}
              count={state.tokens.length}
              reload={reload}
              onMove={(to) => void move(token, to)}
              onRemoved={(name) => onRemoved(text.settings.removed(name))}
            />
          ))
        )}
        {state.damaged.length > 0 ? (
          <Damaged ids={state.damaged} reload={reload} onRemoved={() => onRemoved(text.settings.damagedRemoved)} />
        ) : null}
      </section>

      {state.vault === 'open' ? <LockSettings {...props} put={putIn('lock')} saved={savedIn('lock')} /> : null}

      {state.vault === 'open' && state.tokens.length > 0 ? (
        <ClockSettings {...props} put={putIn('clock')} saved={savedIn('clock')} />
      ) : null}

      <section class="sheet" aria-labelledby="general">
        <h2 id="general">{text.settings.general}</h2>
        <div class="settingRow">
          <label class="label" for="language">
            {text.settings.language}
          </label>
          <select
            id="language"
            class="input"
            value={settings.language}
            onChange={(event: Event) =>
              void put({ language: (event.currentTarget as HTMLSelectElement).value as Settings['language'] })
            }
          >
            <option value="auto">{text.settings.languageAuto}</option>
            <option value="ja" lang="ja">
              日本語
            </option>
            <option value="en" lang="en">
              English
            </option>
          </select>
        </div>
        <Check
          id="clearClipboard"
          asSwitch
          label={text.settings.clearClipboard}
          hint={text.settings.clearClipboardHint}
          on={settings.clearClipboard}
          onChange={(clearClipboard) => void put({ clearClipboard })}
        />
        <SavedNote id="generalSaved" saved={savedIn('general')} />
      </section>
    </div>
  );
}
