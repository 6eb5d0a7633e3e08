import { useState } from 'hono/jsx/dom';
import type { LockAnswer, Settings } from '../../messages.ts';
import { tellsSystemLock } from '../../ui/browser-access.ts';
import { KeyForm } from '../../ui/key-form.tsx';
import type { PageProps } from '../../ui/page.tsx';
import { Button, Check, focusSoon, Heading, Notice, textOf } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';
import { NewLockCode, readNewLockCode, type WrongLockCode } from './new-lock-code.tsx';
import { PasskeySettings } from './passkey-settings.tsx';
import { type Saved, SavedNote } from './saved-note.tsx';
import { useText } from './text.ts';

const minuteChoices = [1, 3, 5, 10, 15, 30, 60];

interface LockSettingsProps extends PageProps {
  readonly put: (change: Partial<Settings>) => Promise<void>;
  readonly saved: Saved;
}

/** What the section asks for in the place of its switches. */
type Doing = 'nothing' | 'turnOff' | 'turnOn' | 'change' | 'askEachUse' | 'erase';
type Done = keyof ReturnType<typeof useText>['appLock']['done'];

/** アプリロック設定 (M3): on and off, the code, when it closes, and what guards it. For an open vault. */
export function LockSettings({ state, settings, reload, put, saved }: LockSettingsProps) {
  const text = useText();
  const { lock } = state;
  const [doing, setDoing] = useState<Doing>('nothing');
  const [done, setDone] = useState<Done | null>(null);
  const start = (what: Doing) => {
    setDone(null);
    setDoing(what);
  };
  const leave = (back: string) => {
    setDoing('nothing');
    focusSoon(back);
  };
  const finish = (what: Done) => {
    setDone(what);
    setDoing('nothing');
    void reload();
    focusSoon('appLock');
  };
  const keyProps = { waitMs: state.waitMs, lock, passkeys: lock.passkeys };

  return (
    <section class="sheet" aria-labelledby="appLock">
      <h2 id="appLock" tabindex={-1}>
        {text.appLock.title}
      </h2>
      <p id="lockSaid" role="status" class="done">
        {done === null ? '' : text.appLock.done[done]}
      </p>
      <Check
        id="lockOn"
        asSwitch
        label={text.appLock.on}
        hint={text.appLock.onHint}
        on={doing === 'turnOn' || (lock.on && doing !== 'turnOff')}
        onChange={(on) => start(on === lock.on ? 'nothing' : on ? 'turnOn' : 'turnOff')}
      />
      {doing === 'turnOff' ? (
        <Notice kind="warning" title={text.appLock.offTitle}>
          <ul class="bulleted">
            {text.appLock.offWhat.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
          <KeyForm
            {...keyProps}
            name="turnOff"
            kind="danger"
            label={text.appLock.current}
            button={text.appLock.offNow}
            passkeyButton={text.passkey.use}
            onKey={(key) => send('turnLockOff', { key })}
            onRight={() => finish('off')}
            onCancel={() => leave('lockOn')}
          />
        </Notice>
      ) : null}
      {!lock.on && doing !== 'turnOn' ? (
        <Notice id="lockIsOff" kind="warning">
          <p>{text.appLock.offState}</p>
        </Notice>
      ) : null}
      {doing === 'turnOn' && !lock.on ? (
        <TurnOn reload={reload} onDone={() => finish('on')} onCancel={() => leave('lockOn')} />
      ) : null}

      {lock.on ? (
        <div class="stack">
          {doing === 'change' ? (
            <ChangeCode {...keyProps} onDone={() => finish('changed')} onCancel={() => leave('toChange')} />
          ) : (
            <div class="row">
              <Button id="toChange" onPress={() => start('change')}>
                {text.appLock.change}
              </Button>
            </div>
          )}
          <Closing settings={settings} put={put} saved={saved} />
          <Check
            id="askEachUse"
            asSwitch
            label={text.appLock.askEachUse}
            hint={text.appLock.askEachUseHint}
            on={settings.askEachUse !== (doing === 'askEachUse')}
            onChange={(on) => start(on === settings.askEachUse ? 'nothing' : 'askEachUse')}
          />
          {doing === 'askEachUse' ? (
            <KeyForm
              {...keyProps}
              name="askRule"
              label={text.appLock.current}
              button={text.appLock.ruleNow}
              passkeyButton={text.passkey.use}
              onKey={(key) => send('setLockRules', { key, rules: { askEachUse: !settings.askEachUse } })}
              onRight={() => finish('rules')}
              onCancel={() => leave('askEachUse')}
            />
          ) : null}
          <Check
            id="eraseAfterTries"
            asSwitch
            label={text.appLock.erase}
            hint={text.appLock.eraseHint}
            on={settings.eraseAfterTries !== (doing === 'erase')}
            onChange={(on) => start(on === settings.eraseAfterTries ? 'nothing' : 'erase')}
          />
          {doing === 'erase' ? (
            <EraseRule
              {...keyProps}
              on={settings.eraseAfterTries}
              onDone={() => finish('rules')}
              onCancel={() => leave('eraseAfterTries')}
            />
          ) : null}
          <PasskeySettings state={state} reload={reload} onSaid={setDone} />
        </div>
      ) : null}
    </section>
  );
}

/** When the vault closes by itself. */
function Closing({ settings, put, saved }: Pick<LockSettingsProps, 'settings' | 'put' | 'saved'>) {
  const text = useText();
  const minutes = settings.closeAfterMinutes;
  const choices =
    minutes === null || minuteChoices.includes(minutes)
      ? minuteChoices
      : [...minuteChoices, minutes].sort((a, b) => a - b);
  return (
    <div class="stack">
      <div>
        <div class="settingRow">
          <label class="label" for="closeAfterMinutes">
            {text.settings.closeAfter}
          </label>
          <select
            id="closeAfterMinutes"
            class="input"
            value={String(minutes)}
            onChange={(event: Event) => {
              const { value } = event.currentTarget as HTMLSelectElement;
              void put({ closeAfterMinutes: value === 'null' ? null : Number(value) });
            }}
          >
            {choices.map((choice) => (
              <option key={choice} value={String(choice)}>
                {text.settings.minutes(choice)}
              </option>
            ))}
            <option value="null">{text.appLock.never}</option>
          </select>
        </div>
        <p class="small quiet">{text.appLock.browserEnd}</p>
      </div>
      {tellsSystemLock() ? (
        <Check
          id="closeOnSystemLock"
          asSwitch
          label={text.appLock.systemLock}
          hint={text.appLock.systemLockHint}
          on={settings.closeOnSystemLock}
          onChange={(on) => void put({ closeOnSystemLock: on })}
        />
      ) : null}
      <SavedNote id="lockSaved" saved={saved} />
    </div>
  );
}

interface FormProps {
  readonly onDone: () => void;
  readonly onCancel: () => void;
}
type KeyProps = Pick<Parameters<typeof KeyForm>[0], 'waitMs' | 'lock' | 'passkeys'>;

/** On again: a new lock code, and nothing to prove, since nothing was locked. */
function TurnOn({ reload, onDone, onCancel }: FormProps & Pick<PageProps, 'reload'>) {
  const text = useText();
  const [wrong, setWrong] = useState<WrongLockCode | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const turnOn = async () => {
    if (busy) return;
    setError(null);
    const lockCode = readNewLockCode(text, 'newCode');
    setWrong(typeof lockCode === 'string' ? null : lockCode);
    if (typeof lockCode !== 'string') return focusSoon(lockCode.field);
    setBusy(true);
    const answer: LockAnswer | null = await send('turnLockOn', { lockCode }).catch(() => null);
    if (answer?.outcome === 'done') return onDone();
    // Without an answer the lock may be on all the same: then this form goes.
    if (answer === null) await reload();
    setBusy(false);
    setError(answer === null ? text.setUp.unexpected : text.appLock.refused);
  };
  return (
    <form
      class="stack appear"
      novalidate
      onSubmit={(event: Event) => {
        event.preventDefault();
        void turnOn();
      }}
    >
      <h3>{text.appLock.onTitle}</h3>
      <p>{text.setUp.lockForget}</p>
      <NewLockCode name="newCode" label={text.setUp.lockCodeNew} labelAgain={text.setUp.lockCodeAgain} wrong={wrong} />
      <p id="turnOnError" class="error" role="alert" hidden={error === null}>
        {error ?? ''}
      </p>
      <div class="row end">
        <Button kind="plain" onPress={onCancel}>
          {text.cancel}
        </Button>
        <Button id="turnOnNow" kind="main" submit busy={busy}>
          {text.appLock.onNow}
        </Button>
      </div>
    </form>
  );
}

function ChangeCode({ onDone, onCancel, ...keyProps }: FormProps & KeyProps) {
  const text = useText();
  const [wrong, setWrong] = useState<WrongLockCode | null>(null);
  const isReady = () => {
    const lockCode = readNewLockCode(text, 'newCode');
    setWrong(typeof lockCode === 'string' ? null : lockCode);
    if (typeof lockCode !== 'string') focusSoon(lockCode.field);
    return typeof lockCode === 'string';
  };
  return (
    <section class="stack appear">
      <Heading level={3}>{text.appLock.changeTitle}</Heading>
      <p>{text.setUp.lockForget}</p>
      <KeyForm
        {...keyProps}
        name="change"
        label={text.appLock.current}
        button={text.appLock.changeNow}
        passkeyButton={text.passkey.use}
        isReady={isReady}
        onKey={(key) => send('changeLockCode', { key, lockCode: textOf('newCode') })}
        onRight={onDone}
        onCancel={onCancel}
      >
        <NewLockCode name="newCode" label={text.appLock.newCode} labelAgain={text.appLock.newCodeAgain} wrong={wrong} />
      </KeyForm>
    </section>
  );
}

/** Erasing after 10 wrong codes is not switched on without a word of what that means. */
function EraseRule({ on, onDone, onCancel, ...keyProps }: FormProps & KeyProps & { readonly on: boolean }) {
  const text = useText();
  const form = (
    <KeyForm
      {...keyProps}
      name="erase"
      kind={on ? 'main' : 'danger'}
      label={text.appLock.current}
      button={on ? text.appLock.ruleNow : text.appLock.eraseNow}
      passkeyButton={text.passkey.use}
      onKey={(key) => send('setLockRules', { key, rules: { eraseAfterTries: !on } })}
      onRight={onDone}
      onCancel={onCancel}
    />
  );
  if (on) return form;
  return (
    <Notice kind="wrong" title={text.appLock.eraseTitle}>
      <p>{text.appLock.eraseText}</p>
      {form}
    </Notice>
  );
}
