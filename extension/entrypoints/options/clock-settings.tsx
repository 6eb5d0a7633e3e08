import { useState } from 'hono/jsx/dom';
import { toleranceMs } from '../../clock-limits.ts';
import type { Settings, TokenSummary } from '../../messages.ts';
import { ClockNotice } from '../../ui/clock-notice.tsx';
import { useLanguage } from '../../ui/context.ts';
import { momentText } from '../../ui/format.ts';
import type { PageProps } from '../../ui/page.tsx';
import { Button, Check } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';
import { type Saved, SavedNote } from './saved-note.tsx';
import { useText } from './text.ts';

interface ClockSettingsProps extends PageProps {
  readonly put: (change: Partial<Settings>) => Promise<void>;
  readonly saved: Saved;
}

/** This computer's clock beside each verifier's: whether it may be asked, what it said, corrections. For an open vault. */
export function ClockSettings({ state, settings, reload, put, saved }: ClockSettingsProps) {
  const text = useText();
  const [said, setSaid] = useState<{ readonly text: string; readonly good: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  /** One token of each verifier stands for all of them. */
  const asked = new Map<string, TokenSummary>();
  for (const token of state.tokens) if (token.clock !== null) asked.set(token.clock.host, token);

  const check = async () => {
    if (busy) return;
    setBusy(true);
    setSaid(null);
    const answer = await send('checkClocks', {}).catch(() => null);
    setBusy(false);
    if (answer === null) setSaid({ text: text.setUp.unexpected, good: false });
    else if (answer.outcome === 'checked' && answer.unreached.length > 0) {
      setSaid({ text: text.clock.unreached(answer.unreached.join(', ')), good: false });
    } else setSaid({ text: text.clock.checked, good: true });
    await reload();
  };
  return (
    <section class="sheet" aria-labelledby="clock">
      <h2 id="clock">{text.clock.title}</h2>
      <Check
        id="checkClock"
        asSwitch
        label={text.clock.allow}
        hint={text.clock.allowHint}
        on={settings.checkClock}
        onChange={(on) => void put({ checkClock: on })}
      />
      <SavedNote id="clockSaved" saved={saved} />
      {asked.size === 0 ? <p class="quiet">{text.clock.never}</p> : null}
      {[...asked.values()].map((token) => (
        <ClockOf key={token.clock?.host} token={token} reload={reload} />
      ))}
      <p id="clockSaid" role="status" class={`small ${said?.good ? 'done' : 'error'}`}>
        {said?.text ?? ''}
      </p>
      <div class="row">
        <Button id="checkClockNow" busy={busy} onPress={() => void check()}>
          {busy ? text.appLock.checking : text.clock.checkNow}
        </Button>
      </div>
    </section>
  );
}

function ClockOf({ token, reload }: { readonly token: TokenSummary; readonly reload: () => Promise<void> }) {
  const text = useText();
  const language = useLanguage();
  if (token.clock === null) return null;
  const { host, differenceMs, checkedAtMs } = token.clock;
  const isRight = Math.abs(differenceMs) <= toleranceMs;
  return (
    <div class="stack tight" data-clock={host}>
      <p>{isRight ? text.clock.right(host) : text.clock.state(host, differenceMs)}</p>
      <p class="small quiet">{text.clock.atText(momentText(checkedAtMs, language))}</p>
      <ClockNotice token={token} onChanged={() => void reload()} />
    </div>
  );
}
