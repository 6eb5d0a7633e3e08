import { useState } from 'hono/jsx/dom';
import { activationPasswordPattern, lockCodePattern, normaliseDigits } from '../../../shared/digits.ts';
import { toleranceMs } from '../../clock-limits.ts';
import type { Request, TokenSummary } from '../../messages.ts';
import { useLanguage } from '../../ui/context.ts';
import { EraseSoon, useCountdown } from '../../ui/key-form.tsx';
import type { PageProps } from '../../ui/page.tsx';
import { Button, Field, FieldError, focusSoon, Heading, Notice, textOf } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';
import { NewLockCode, readNewLockCode, type WrongLockCode } from './new-lock-code.tsx';
import type { Details } from './set-up.tsx';
import { useText } from './text.ts';

interface SendStepProps extends Pick<PageProps, 'state' | 'reload'> {
  readonly details: Details;
  readonly onBack: () => void;
  readonly onAdded: (token: TokenSummary) => void;
}

/** Step 2: where the data goes, the clock, the activation password and the lock code; then it is sent. */
export function SendStep({ details, state, reload, onBack, onAdded }: SendStepProps) {
  const text = useText();
  const [wrong, setWrong] = useState<WrongLockCode | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [attempt] = useState(crypto.randomUUID());
  const [busy, setBusy] = useState(false);
  const [asks, setAsks] = useState(false);
  const [untilMs, setUntilMs] = useState(Date.now() + state.waitMs);
  const waitSeconds = useCountdown(untilMs);

  const lockOf = (): Request<'setUp'>['lock'] | WrongLockCode => {
    if (state.vault === 'open') return null;
    if (state.vault === 'empty') {
      const lockCode = readNewLockCode(text, 'lockCode');
      return typeof lockCode === 'string' ? { create: lockCode } : lockCode;
    }
    const lockCode = normaliseDigits(textOf('lockCode'));
    if (lockCode === '') return { field: 'lockCode', text: text.lock.missing };
    if (!lockCodePattern.test(lockCode)) return { field: 'lockCode', text: text.lock.notDigits };
    return { open: lockCode };
  };

  const submit = async (sameUser: Request<'setUp'>['sameUser'] = undefined) => {
    if (busy || waitSeconds > 0) return;
    setError(null);
    setAsks(false);
    const activationPassword = normaliseDigits(textOf('activationPassword'));
    const lock = lockOf();
    const found: WrongLockCode | null = !activationPasswordPattern.test(activationPassword)
      ? { field: 'activationPassword', text: text.setUp.activationPasswordWrong }
      : lock !== null && 'field' in lock
        ? lock
        : null;
    setWrong(found);
    if (found !== null) return focusSoon(found.field);
    if (lock !== null && 'field' in lock) return;
    setBusy(true);
    const { address, serviceId, userId } = details;
    const what = { attempt, ...(sameUser === undefined ? {} : { sameUser }) };
    const answer = await send('setUp', { address, serviceId, userId, activationPassword, lock, ...what }).catch(
      () => null,
    );
    setBusy(false);
    if (answer?.outcome === 'added') {
      void reload();
      return onAdded(answer.token);
    }
    if (answer === null) return setError(text.setUp.unexpected);
    if (answer.waitMs > 0) setUntilMs(Date.now() + answer.waitMs);
    const reason = answer.reason;
    if (reason === 'lockCodeWrong' && state.vault === 'empty') {
      // Another page has made the lock meanwhile: no new code can be chosen here.
      void reload();
      return setError(text.setUp.unexpected);
    }
    if (reason !== 'sameUser')
      setError(reason === 'unreachable' && !navigator.onLine ? text.setUp.offline : text.setUp.failure[reason]);
    if (reason === 'provisioningRefused') focusSoon('activationPassword');
    if (reason === 'lockCodeWrong') focusSoon('lockCode');
    // How many wrong ones there are by now.
    if (reason === 'lockCodeWrong' || reason === 'lockCodeWait') void reload();
    if (reason === 'sameUser') {
      setAsks(true);
      focusSoon('replace');
      // The lock code has opened the vault, and need not be typed again.
      if (state.vault === 'closed') void reload();
    }
    if (reason === 'vaultClosed' || reason === 'vaultErased') void reload();
  };

  const wrongText = (field: string) => (wrong?.field === field ? wrong.text : null);
  return (
    <form
      class="sheet appear"
      novalidate
      onSubmit={(event: Event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Heading level={2} focus>
        {text.setUp.sendTitle}
      </Heading>
      <Host details={details} />
      <Clock details={details} />
      <Field
        id="activationPassword"
        label={text.setUp.activationPassword}
        hint={text.setUp.activationPasswordHint}
        type="password"
        digits
        maxLength={64}
        error={wrongText('activationPassword')}
      />
      {state.vault === 'closed' ? (
        <div class="stack">
          <EraseSoon {...state.lock} />
          <Field
            id="lockCode"
            label={text.lock.code}
            hint={text.setUp.lockCodeOpen}
            type="password"
            digits
            maxLength={64}
            error={wrongText('lockCode')}
          />
        </div>
      ) : state.vault === 'empty' ? (
        <NewLock wrong={wrong} />
      ) : null}
      <FieldError id="error" text={error} />
      {asks ? <SameUser details={details} state={state} onChoose={(sameUser) => void submit(sameUser)} /> : null}
      <p id="wait" class="quiet" role="timer" hidden={waitSeconds === 0}>
        {waitSeconds > 0 ? text.setUp.waitMore(waitSeconds) : ''}
      </p>
      <div class="row apart">
        <Button kind="plain" onPress={onBack}>
          {text.back}
        </Button>
        <Button id="send" {...(asks ? {} : { kind: 'main' })} submit busy={busy || waitSeconds > 0}>
          {busy ? text.setUp.sending : text.setUp.send}
        </Button>
      </div>
    </form>
  );
}

interface SameUserProps extends Pick<SendStepProps, 'details' | 'state'> {
  readonly onChoose: (sameUser: 'keepBoth' | 'replace') => void;
}

/** A token of the same IDs is here: it goes only if the person says so, and only once the new one has come. */
function SameUser({ details, state, onChoose }: SameUserProps) {
  const text = useText();
  const language = useLanguage();
  const idsOf = (what: { serviceId: string; userId: string }) =>
    `${normaliseDigits(what.serviceId)} ${normaliseDigits(what.userId).toUpperCase()}`;
  const same = state.tokens.findLast((token) => idsOf(token) === idsOf(details));
  return (
    <Notice id="sameUser" kind="warning" title={text.setUp.sameUserTitle(same?.name[language] ?? details.userId)}>
      <p id="sameUserText">{text.setUp.sameUserText}</p>
      <div class="row end">
        <Button id="keepBoth" onPress={() => onChoose('keepBoth')}>
          {text.setUp.sameUserBoth}
        </Button>
        <Button id="replace" kind="main" describedBy="sameUserText" onPress={() => onChoose('replace')}>
          {text.setUp.sameUserReplace}
        </Button>
      </div>
    </Notice>
  );
}

/** Big, and before anything is sent. */
function Host({ details }: { readonly details: Details }) {
  const text = useText();
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(details.address).hostname);
  return (
    <div class="stack tight">
      <div class="host">
        <p class="small quiet">{text.setUp.hostLabel}</p>
        <p id="host">{details.host}</p>
      </div>
      <p>{text.setUp.hostText}</p>
      {details.host.includes('xn--') ? (
        <Notice kind="warning">
          <p>{text.setUp.hostForeign}</p>
        </Notice>
      ) : null}
      {local ? <p class="small quiet">{text.setUp.hostLocal}</p> : null}
    </div>
  );
}

/** Warns of a clock that is off, by how much, and how to set it right. The person may go on. */
function Clock({ details }: { readonly details: Details }) {
  const text = useText();
  const [differenceMs, setDifferenceMs] = useState(details.clockDifferenceMs);
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    const answer = await send('checkVerifier', { address: details.address }).catch(() => null);
    setBusy(false);
    setFailed(answer?.outcome !== 'reached');
    if (answer?.outcome !== 'reached') return;
    setDifferenceMs(answer.clockDifferenceMs);
    // The button goes with the warning, where the clock is right now.
    focusSoon('clockRight');
  };
  if (Math.abs(details.clockDifferenceMs) <= toleranceMs) return null;
  const isRight = Math.abs(differenceMs) <= toleranceMs;
  return (
    <div class="stack tight">
      <p id="clockRight" role="status" class="done" tabindex={isRight ? -1 : undefined}>
        {isRight ? text.setUp.clockRight : ''}
      </p>
      {isRight ? null : (
        <Notice id="clockWarning" kind="warning" title={text.setUp.clockTitle(differenceMs)}>
          <p>{text.setUp.clockText}</p>
          <p>{text.setUp.clockGoOn}</p>
          <FieldError id="clockError" text={failed ? text.clock.unreached(details.host) : null} />
          <div class="row">
            <Button id="recheckClock" busy={busy} onPress={() => void check()}>
              {busy ? text.appLock.checking : text.clock.recheck}
            </Button>
          </div>
        </Notice>
      )}
    </div>
  );
}

/** The first token also brings the lock: what it does, and the code twice. */
function NewLock({ wrong }: { readonly wrong: WrongLockCode | null }) {
  const text = useText();
  return (
    <fieldset class="stack">
      <legend class="label">{text.setUp.lockTitle}</legend>
      <p>{text.setUp.lockText}</p>
      <p>{text.setUp.lockForget}</p>
      <NewLockCode name="lockCode" label={text.setUp.lockCodeNew} labelAgain={text.setUp.lockCodeAgain} wrong={wrong} />
    </fieldset>
  );
}
