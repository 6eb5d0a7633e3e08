import { useState } from 'hono/jsx/dom';
import { isFresh, maximumCorrectionMs, toleranceMs } from '../clock-limits.ts';
import type { TokenSummary } from '../messages.ts';
import { useLanguage, useText } from './context.ts';
import { momentText } from './format.ts';
import { Button, Notice } from './parts.tsx';
import { send } from './send.ts';

interface ClockNoticeProps {
  readonly token: TokenSummary;
  readonly onChanged: () => void;
}

/** Says that the clock is off, or was when it was last checked, or that codes are corrected for it; else nothing. */
export function ClockNotice({ token, onChanged }: ClockNoticeProps) {
  const text = useText();
  const language = useLanguage();
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState(false);
  const { clock } = token;
  if (clock === null) return null;
  const correct = async (correctionMs: number) => {
    const answer = await send('correctClock', { tokenId: token.id, correctionMs }).catch(() => null);
    // What was refused is too old by now, which is shown then.
    setFailed(answer === null);
    if (answer !== null) onChanged();
  };
  const check = async () => {
    setBusy(true);
    const answer = await send('checkClocks', {}).catch(() => null);
    setBusy(false);
    setFailed(answer === null || (answer.outcome === 'checked' && answer.unreached.includes(clock.host)));
    if (answer !== null) onChanged();
  };
  const { differenceMs, checkedAtMs } = clock;
  const isOff = Math.abs(differenceMs - clock.correctionMs) > toleranceMs;
  const said = (
    <p class="error" role="alert" hidden={!failed}>
      {failed ? text.clock.failed : ''}
    </p>
  );
  if (clock.correctionMs !== 0) {
    return (
      <Notice id="clockCorrected" kind="warning">
        <p>{text.clock.corrected(clock.correctionMs)}</p>
        {isOff ? <p class="error">{text.clock.stale}</p> : null}
        {said}
        <div class="row">
          <Button id="stopCorrecting" onPress={() => void correct(0)}>
            {text.clock.stop}
          </Button>
        </div>
      </Notice>
    );
  }
  if (!isOff) return null;
  if (!isFresh(checkedAtMs, Date.now())) {
    const title = text.clock.wasOffTitle(differenceMs, momentText(checkedAtMs, language));
    return (
      <Notice id="clockWasOff" kind="warning" title={title}>
        {said}
        <div class="row">
          <Button id="recheckClock" busy={busy} onPress={() => void check()}>
            {text.clock.recheck}
          </Button>
        </div>
      </Notice>
    );
  }
  // Within the step's own length the verifier takes the code as it is.
  const isOverWindow = Math.abs(differenceMs) > token.periodSeconds * 1000;
  const isTooFar = Math.abs(differenceMs) > maximumCorrectionMs;
  return (
    <Notice id="clockOff" kind="warning" title={text.clock.offTitle(differenceMs)}>
      <p class="small">{text.clock.offText}</p>
      {isTooFar ? <p class="small">{text.clock.tooFar}</p> : null}
      {isOverWindow && !isTooFar ? (
        <div class="stack tight">
          <p class="small">{text.clock.correctText(clock.host)}</p>
          {said}
          <div class="row">
            <Button id="correctClock" onPress={() => void correct(differenceMs)}>
              {text.clock.correct(differenceMs)}
            </Button>
          </div>
        </div>
      ) : null}
    </Notice>
  );
}
