import { useLayoutEffect, useState } from 'hono/jsx/dom';
import { lockCodePattern, normaliseDigits } from '../../shared/digits.ts';
import { useText } from './context.ts';
import { secondsUntil } from './format.ts';
import { Button, Field, focusSoon, textOf } from './parts.tsx';
import { send } from './send.ts';

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

interface OpenVaultProps {
  /** What `getState` says, so that a wait lasts when the page is opened anew. */
  readonly waitMs: number;
  readonly full?: boolean;
  readonly onOpened: () => void;
}

/** The lock code and its button. A wrong code says so and the wait counts down. */
export function OpenVault({ waitMs, full, onOpened }: OpenVaultProps) {
  const text = useText();
  const [error, setError] = useState<string | null>(waitMs > 0 ? text.lock.waitFirst : null);
  const [busy, setBusy] = useState(false);
  const [untilMs, setUntilMs] = useState(Date.now() + waitMs);
  const waitSeconds = useCountdown(untilMs);

  useLayoutEffect(() => focusSoon('lockCode'), []);

  const open = async () => {
    if (busy || waitSeconds > 0) return;
    const lockCode = normaliseDigits(textOf('lockCode'));
    if (lockCode === '') {
      setError(text.lock.missing);
      return focusSoon('lockCode');
    }
    if (!lockCodePattern.test(lockCode)) {
      setError(text.lock.notDigits);
      return focusSoon('lockCode');
    }
    setBusy(true);
    setError(null);
    try {
      const response = await send('openVault', { lockCode });
      if (response.outcome === 'opened') return onOpened();
      setUntilMs(Date.now() + response.waitMs);
      const seconds = Math.ceil(response.waitMs / 1000);
      setError(
        response.outcome === 'wait'
          ? text.lock.waitFirst
          : seconds > 0
            ? text.lock.wrongWait(response.failures, seconds)
            : text.lock.wrong(response.failures),
      );
      const field = document.getElementById('lockCode');
      if (field instanceof HTMLInputElement) field.select();
      focusSoon('lockCode');
    } catch {
      setError(text.noAnswer.next);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      class="stack"
      novalidate
      onSubmit={(event: Event) => {
        event.preventDefault();
        void open();
      }}
    >
      <Field id="lockCode" label={text.lock.code} type="password" digits maxLength={64} error={error} errorId="error" />
      <p id="wait" class="quiet" role="timer" hidden={waitSeconds === 0}>
        {waitSeconds > 0 ? text.lock.wait(waitSeconds) : ''}
      </p>
      <div class="row end">
        <Button id="open" kind="main" submit full={full ?? false} busy={busy || waitSeconds > 0}>
          {busy ? text.lock.opening : text.lock.open}
        </Button>
      </div>
      <details>
        <summary>{text.lock.forgotten}</summary>
        <p class="small quiet">{text.lock.forgottenText}</p>
      </details>
    </form>
  );
}
