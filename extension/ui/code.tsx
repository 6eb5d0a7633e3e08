import { useLayoutEffect, useState } from 'hono/jsx/dom';
import type { ShownCode, TokenSummary } from '../messages.ts';
import { useText } from './context.ts';
import { groupsOf, remainingText, secondsUntil } from './format.ts';
import { send } from './send.ts';

/** From this many remaining seconds on, the next code shows and the ring turns vermilion. */
const lastSeconds = 8;

/** What a view shows of a token now. Null until the first code has come. */
export interface CountedCode extends Omit<ShownCode, 'changesAtMs'> {
  readonly remainingSeconds: number;
  readonly periodSeconds: number;
  readonly last: boolean;
}

/**
 * The token's code, counted down here: the background is asked once per step, when the code changes.
 * @param onClosed the vault was closed meanwhile
 * @param onAsked the person wants to be asked for the lock code before this code is shown
 * @param takeFirst the code to begin with, where one is here already
 */
export function useCode(
  token: TokenSummary,
  onClosed: () => void,
  onAsked: () => void,
  takeFirst: (tokenId: string) => ShownCode | null = () => null,
): CountedCode | null {
  const [answer, setAnswer] = useState<ShownCode | null>(() => takeFirst(token.id));
  const [nowMs, setNowMs] = useState(Date.now());

  useLayoutEffect(() => {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = answer;

    const ask = async () => {
      clearTimeout(timer);
      const response = await send('getCode', { tokenId: token.id }).catch(() => null);
      if (stopped) return;
      if (response?.outcome === 'vaultClosed') {
        // It goes on asking: the vault may be open again before this view is gone.
        current = null;
        setAnswer(null);
        onClosed();
      }
      if (response?.outcome === 'askAgain') {
        setAnswer(null);
        return onAsked();
      }
      if (response?.outcome === 'code') {
        current = response;
        setAnswer(response);
      }
      tick();
    };
    const tick = () => {
      if (stopped) return;
      clearTimeout(timer);
      const now = Date.now();
      setNowMs(now);
      const restMs = current === null ? 0 : current.changesAtMs - now;
      // More than a whole step is left where the clock was set back meanwhile: the code is of another time.
      const isSetBack = restMs > token.periodSeconds * 1000;
      if (restMs > 0 && !isSetBack) {
        // Wakes on the boundary of each remaining second, so that the countdown never skips or repeats one.
        timer = setTimeout(tick, (restMs % 1000) + 5);
      } else {
        timer = setTimeout(ask, current === null || isSetBack || restMs < -1000 ? 1000 : 0);
      }
    };
    // A tab in the background sleeps: ask anew when it is looked at again.
    const onVisible = () => {
      if (document.visibilityState === 'visible') void ask();
    };
    document.addEventListener('visibilitychange', onVisible);
    if (current === null) void ask();
    else tick();
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [token.id]);

  if (answer === null) return null;
  const periodMs = token.periodSeconds * 1000;
  // The step has just changed and the answer is on its way: the next code is the code.
  const turned = nowMs >= answer.changesAtMs;
  if (nowMs >= answer.changesAtMs + periodMs) return null;
  const remainingSeconds = secondsUntil(answer.changesAtMs + (turned ? periodMs : 0), nowMs);
  return {
    code: turned ? answer.next : answer.code,
    next: turned ? '' : answer.next,
    remainingSeconds,
    periodSeconds: token.periodSeconds,
    last: remainingSeconds < lastSeconds,
  };
}

/** Digits in groups. The text content is the digits alone; the gap between the groups is drawn. */
export function Digits({ code }: { readonly code: string }) {
  const [first, second] = groupsOf(code);
  return (
    <>
      <span class="group">{first}</span>
      <span class="group">{second}</span>
    </>
  );
}

/** The remaining time as a ring that empties. */
export function Ring({ shown }: { readonly shown: CountedCode }) {
  const gone = 100 - (100 * shown.remainingSeconds) / shown.periodSeconds;
  return (
    <svg class="ring" viewBox="0 0 64 64" aria-hidden="true">
      <circle class="track" cx="32" cy="32" r="29" />
      <circle
        key={shown.code}
        class="rest"
        cx="32"
        cy="32"
        r="29"
        pathLength="100"
        stroke-dasharray="100"
        stroke-dashoffset={gone}
      />
    </svg>
  );
}

/** The code in full: digits, ring with `[0:58]`, and in the last seconds the next code. */
export function CodeSheet({ shown }: { readonly shown: CountedCode | null }) {
  const text = useText();
  if (shown === null) {
    return (
      <div class="codeSheet">
        <p class="code quiet">{text.loading}</p>
      </div>
    );
  }
  return (
    <div class="codeSheet">
      <p class="unseen">{text.code.label}</p>
      <div>
        <p id="code" class="code">
          <Digits code={shown.code} />
        </p>
        <p class="nextCode">
          {shown.last && shown.next ? (
            <span class="appear">
              {text.code.next} <Digits code={shown.next} />
            </span>
          ) : null}
        </p>
      </div>
      <div class={`time ${shown.last ? 'last' : ''}`}>
        <Ring shown={shown} />
        <span
          id="remaining"
          class="remaining"
          role="timer"
          aria-label={text.code.remainingLabel(shown.remainingSeconds)}
        >
          {remainingText(shown.remainingSeconds)}
        </span>
      </div>
    </div>
  );
}

export type Copied = 'copied' | 'copiedClears' | 'copyFailed';

/** Puts the plain digits on the clipboard, and has it emptied later unless the person switched that off. */
export async function copyCode(code: string): Promise<Copied> {
  try {
    await navigator.clipboard.writeText(code);
  } catch {
    return 'copyFailed';
  }
  const answer = await send('codeCopied', {}).catch(() => null);
  return answer === null || answer.clearsAtMs === null ? 'copied' : 'copiedClears';
}
