import { useLayoutEffect, useState } from 'hono/jsx/dom';
import type { MeantPage, TokenSummary } from '../../messages.ts';
import { Access } from '../../ui/access.tsx';
import { ClockNotice } from '../../ui/clock-notice.tsx';
import { CodeSheet, copyCode, useCode } from '../../ui/code.tsx';
import { useLanguage, useText } from '../../ui/context.ts';
import { Button, Check, Heading, Notice } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';
import { useFill } from '../../ui/use-fill.ts';
import type { Opened } from './opening.ts';

/** An expiry this near is said. */
const soonMs = 30 * 86_400_000;

interface TokenViewProps extends Pick<Opened, 'takeCode'> {
  readonly token: TokenSummary;
  readonly page: MeantPage;
  readonly onBack: (() => void) | null;
  /** What was asked for outside is done. */
  readonly onDone: () => void;
  readonly onClosed: () => void;
  /** The lock code is wanted before this token's code. */
  readonly onAsked: () => void;
}

/** One token: its code, and what can be done with it on the page in front. */
export function TokenView({ token, page, takeCode, onBack, onDone, onClosed, onAsked }: TokenViewProps) {
  const text = useText();
  const language = useLanguage();
  const shown = useCode(token, onClosed, onAsked, takeCode);
  const { busy, said, say, fill } = useFill(token.id, page.tabId, { onClosed, onAsked });
  const [autofill, setAutofill] = useState(token.autofill);

  const copy = async () => {
    if (shown === null) return;
    const copied = await copyCode(shown.code);
    say({ kind: copied === 'copyFailed' ? 'error' : 'done', text: text.code[copied] });
  };
  const switchAutofill = async (on: boolean) => {
    setAutofill(on);
    const { outcome } = await send('setAutofill', { tokenId: token.id, on }).catch(() => ({ outcome: 'failed' }));
    if (outcome === 'set') return;
    setAutofill(!on);
    if (outcome === 'vaultClosed') onClosed();
  };

  const expiry = token.expiresAtMs;
  const nowMs = Date.now();
  const expired = expiry !== null && expiry <= nowMs ? text.code.expired(expiry) : null;
  const over = token.revoked || expired !== null;
  const fillable = !over && page.tabId !== null && page.tokenIds.includes(token.id);
  useLayoutEffect(() => {
    if (!page.asked || over) return;
    // What was asked for outside goes on here.
    if (fillable) void fill().then((isDone) => isDone && onDone());
    else say({ kind: 'error', text: text.code.fillOutcome.notThisPage });
  }, []);
  // The person's own press fills without it, unless that fails, as where the field is in a frame of another site.
  const isEnough = fillable && !autofill && said?.kind !== 'error';
  const expiresSoon = expiry !== null && expired === null && expiry - nowMs < soonMs ? expiry : null;
  return (
    <div class="stack appear">
      <div>
        {onBack === null ? null : (
          <Button id="list" kind="plain" onPress={onBack}>
            ‹ {text.popup.list}
          </Button>
        )}
        <Heading level={1} focus>
          {token.name[language]}
        </Heading>
        <p class="small quiet">{text.code.ids(token.serviceId, token.userId)}</p>
      </div>
      {expired === null ? null : (
        <Notice kind="warning" title={expired.title}>
          <p class="small">{expired.text}</p>
        </Notice>
      )}
      {token.revoked ? (
        <Notice kind="warning" title={text.code.revokedTitle}>
          <p class="small">{text.code.revokedText}</p>
        </Notice>
      ) : null}
      <CodeSheet shown={shown} />
      <ClockNotice token={token} onChanged={onClosed} />
      {expiresSoon === null ? null : <p class="small quiet">{text.code.expiresSoon(expiresSoon)}</p>}
      <div class="stack tight">
        {fillable ? (
          <Button id="fill" kind="main" full busy={busy} onPress={() => void fill()}>
            {text.code.fill}
          </Button>
        ) : null}
        {fillable ? (
          <Button id="copy" full onPress={() => void copy()}>
            {text.code.copy}
          </Button>
        ) : (
          <Button id="copy" kind="main" full onPress={() => void copy()}>
            {text.code.copy}
          </Button>
        )}
        <p id="fillResult" role="status" class={said?.kind ?? ''}>
          {said?.text ?? ''}
        </p>
      </div>
      {token.granted || over || isEnough ? null : (
        <Notice>
          <Access token={token} />
        </Notice>
      )}
      {over ? null : (
        <Check
          id="autofill"
          asSwitch
          label={text.autofill.label}
          hint={text.autofill.hint}
          on={autofill}
          onChange={(on) => void switchAutofill(on)}
        />
      )}
    </div>
  );
}
