import type { Child } from 'hono/jsx';
import { useLayoutEffect, useState } from 'hono/jsx/dom';
import { lockCodePattern, normaliseDigits } from '../../shared/digits.ts';
import type { KeyGiven, KeyRefused, LockState, PasskeySummary } from '../messages.ts';
import { openOptions } from './browser-access.ts';
import { useText } from './context.ts';
import { secondsUntil } from './format.ts';
import { Button, Field, focusSoon, Notice, textOf } from './parts.tsx';
import { offersPasskeys, usePasskey } from './passkeys.ts';

/** Seconds until `untilMs`, counted down each second; 0 where it has passed. */
export function useCountdown(untilMs: number): number {
  const [seconds, setSeconds] = useState(secondsUntil(untilMs, Date.now()));
  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tick = () => {
      const now = Date.now();
      setSeconds(secondsUntil(untilMs, now));
      if (untilMs > now) timer = setTimeout(tick, ((untilMs - now) % 1000) + 5);
    };
    tick();
    return () => clearTimeout(timer);
  }, [untilMs]);
  return seconds;
}

/** Wrong lock codes at which everything is erased, where the person chose that. */
const triesUntilErased = 10;

/** Says how many wrong lock codes are left until everything is erased, from half of them on. */
export function EraseSoon({ erasesAfterTries, failures }: Pick<LockState, 'erasesAfterTries' | 'failures'>) {
  const text = useText();
  if (!erasesAfterTries || failures < triesUntilErased / 2) return null;
  return (
    <Notice kind="wrong">
      <p id="eraseSoon" role="alert">
        {text.appLock.eraseSoon(Math.max(1, triesUntilErased - failures))}
      </p>
    </Notice>
  );
}

type KeyAnswer = { readonly outcome: 'opened' } | { readonly outcome: 'done' | 'refused' } | KeyRefused;

interface KeyFormProps {
  /** Names the form's parts, as `turnOffCode` and `turnOffNow`; without it they are `lockCode` and `open`. */
  readonly name?: string;
  /** What `getState` says, so that a wait lasts when the page is opened anew. */
  readonly waitMs: number;
  readonly lock: Pick<LockState, 'erasesAfterTries' | 'failures'>;
  /** Empty: the lock code alone. */
  readonly passkeys: readonly PasskeySummary[];
  /** Where the page would close under the browser's dialog: the passkey opens from a tab, and cannot do more there. */
  readonly passkeyInTab?: boolean;
  /** Asks for the passkey as soon as the form is there. */
  readonly startsPasskey?: boolean;
  readonly full?: boolean;
  readonly kind?: 'main' | 'danger';
  readonly label: string;
  readonly button: string;
  readonly passkeyButton: string;
  /** What else the form asks for is in order; else it has said so. */
  readonly isReady?: () => boolean;
  readonly onKey: (key: KeyGiven) => Promise<KeyAnswer>;
  readonly onRight: () => void;
  readonly onCancel?: () => void;
  readonly children?: Child;
}

type Said = { readonly text: string; readonly atField: boolean };

/** Asks for the lock code, or for a passkey in its place. A wrong one says so, and the wait counts down. */
export function KeyForm(props: KeyFormProps) {
  const { name, waitMs, lock, passkeys, full, onKey, onRight, onCancel } = props;
  const text = useText();
  const [said, setSaid] = useState<Said | null>(waitMs > 0 ? { text: text.lock.waitFirst, atField: true } : null);
  const [busy, setBusy] = useState<'code' | 'passkey' | null>(null);
  const [failures, setFailures] = useState(lock.failures);
  const [untilMs, setUntilMs] = useState(Date.now() + waitMs);
  const waitSeconds = useCountdown(untilMs);
  const field = name === undefined ? 'lockCode' : `${name}Code`;
  const part = (of: string) => (name === undefined ? of : `${name}${of[0]?.toUpperCase()}${of.slice(1)}`);

  const wrongCode = (sentence: string) => {
    setSaid({ text: sentence, atField: true });
    const input = document.getElementById(field);
    if (input instanceof HTMLInputElement) input.select();
    focusSoon(field);
  };

  const give = async (key: KeyGiven): Promise<void> => {
    const answer = await onKey(key);
    // Nothing that this page shows is there any more.
    if (answer.outcome === 'erased') return location.reload();
    if (answer.outcome === 'refused') return setSaid({ text: text.appLock.refused, atField: false });
    if (answer.outcome !== 'wrong' && answer.outcome !== 'wait') return onRight();
    if ('passkey' in key) return setSaid({ text: text.passkey.failure.unknown, atField: false });
    setUntilMs(Date.now() + answer.waitMs);
    setFailures(answer.failures);
    const waitSeconds = Math.ceil(answer.waitMs / 1000);
    wrongCode(answer.outcome === 'wait' ? text.lock.waitFirst : text.lock.wrong(answer.failures, waitSeconds));
  };

  const submit = async () => {
    if (busy !== null || waitSeconds > 0) return;
    const lockCode = normaliseDigits(textOf(field));
    if (lockCode === '') return wrongCode(text.lock.missing);
    if (!lockCodePattern.test(lockCode)) return wrongCode(text.lock.notDigits);
    setSaid(null);
    if (props.isReady?.() === false) return;
    setBusy('code');
    await give({ lockCode }).catch(() => setSaid({ text: text.noAnswer.next, atField: false }));
    setBusy(null);
  };

  const byPasskey = async () => {
    if (busy !== null) return;
    if (props.passkeyInTab === true) {
      await openOptions('open');
      return window.close();
    }
    setSaid(null);
    if (props.isReady?.() === false) return;
    setBusy('passkey');
    const passkey = await usePasskey(passkeys);
    if (typeof passkey === 'string') setSaid({ text: text.passkey.failure[passkey], atField: false });
    else await give({ passkey }).catch(() => setSaid({ text: text.noAnswer.next, atField: false }));
    setBusy(null);
  };

  const hasPasskey = passkeys.length > 0 && offersPasskeys();
  useLayoutEffect(() => {
    focusSoon(field);
    if (hasPasskey && props.startsPasskey === true) void byPasskey();
  }, []);

  const isOver = waitSeconds === 0 && said?.text === text.lock.waitFirst;
  const atField = isOver ? text.lock.waitOver : said?.atField === true ? said.text : null;
  return (
    <form
      class="stack"
      novalidate
      onSubmit={(event: Event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <EraseSoon {...lock} failures={failures} />
      <Field
        id={field}
        label={props.label}
        type="password"
        digits
        maxLength={64}
        error={atField}
        errorId={part('error')}
      />
      {props.children}
      <p id={part('wait')} class="quiet" role="timer" hidden={waitSeconds === 0}>
        {waitSeconds > 0 ? text.lock.wait(waitSeconds) : ''}
      </p>
      <p id={part('said')} class={busy === 'passkey' ? 'quiet' : 'error'} role="status">
        {busy === 'passkey' ? text.passkey.waiting : said !== null && !said.atField ? said.text : ''}
      </p>
      <div class="row end">
        {onCancel === undefined ? null : (
          <Button kind="plain" onPress={onCancel}>
            {text.cancel}
          </Button>
        )}
        {hasPasskey ? (
          <Button id={part('passkey')} full={full ?? false} busy={busy !== null} onPress={() => void byPasskey()}>
            {props.passkeyButton}
          </Button>
        ) : null}
        <Button
          id={name === undefined ? 'open' : `${name}Now`}
          kind={props.kind ?? 'main'}
          submit
          full={full ?? false}
          busy={busy !== null || waitSeconds > 0}
        >
          {busy === 'code' ? text.appLock.checking : props.button}
        </Button>
      </div>
    </form>
  );
}
