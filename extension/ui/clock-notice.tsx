import { useState } from 'hono/jsx/dom';
import { maximumCorrectionMs, toleranceMs } from '../clock-limits.ts';
import type { TokenSummary } from '../messages.ts';
import { useText } from './context.ts';
import { Button, Notice } from './parts.tsx';
import { send } from './send.ts';

interface ClockNoticeProps {
  readonly token: TokenSummary;
  readonly onChanged: () => void;
}

/** Says that the clock is off, or that codes are corrected for it; nothing where all is well. */
export function ClockNotice({ token, onChanged }: ClockNoticeProps) {
  const text = useText();
  const [failed, setFailed] = useState(false);
  const { clock } = token;
  if (clock === null) return null;
  const correct = async (correctionMs: number) => {
    const answer = await send('correctClock', { tokenId: token.id, correctionMs }).catch(() => null);
    setFailed(answer === null || answer.outcome === 'refused');
    if (answer !== null) onChanged();
  };
  const restMs = clock.differenceMs - clock.correctionMs;
  const isOff = Math.abs(restMs) > toleranceMs;
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
  // Within the step's own length the verifier takes the code as it is.
  const isOverWindow = Math.abs(clock.differenceMs) > token.periodSeconds * 1000;
  const isTooFar = Math.abs(clock.differenceMs) > maximumCorrectionMs;
  return (
    <Notice id="clockOff" kind="warning" title={text.clock.offTitle(clock.differenceMs)}>
      <p class="small">{text.clock.offText}</p>
      {isTooFar ? <p class="small">{text.clock.tooFar}</p> : null}
      {isOverWindow && !isTooFar ? (
        <div class="stack tight">
          <p class="small">{text.clock.correctText(clock.host)}</p>
          {said}
          <div class="row">
            <Button id="correctClock" onPress={() => void correct(clock.differenceMs)}>
              {text.clock.correct(clock.differenceMs)}
            </Button>
          </div>
        </div>
      ) : null}
    </Notice>
  );
}
