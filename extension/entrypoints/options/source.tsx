import { useState } from 'hono/jsx/dom';
import { parseActivationLink, parseVerifierAddress } from '../../activation-link.ts';
import { Button, Field, FieldError, fillIn, focusSoon, Heading, textOf } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';
import type { Details, Typed } from './set-up.tsx';
import { useText } from './text.ts';

interface SourceProps {
  readonly typed: Typed;
  /** Come back to from the step after it. */
  readonly isBack: boolean;
  readonly onReached: (details: Details, typed: Typed) => void;
}

/** What is said of the text that was pasted. */
const reading = { nothing: null, read: 'linkRead', address: 'linkAddress', unread: 'linkUnread' } as const;

/** The verifier of a mail that carries its address alone, while the IDs stand on the institution's screen (M4). */
function addressIn(mail: string): string | null {
  const link = mail.match(/https?:\/\/\S+?(?=\/activate(?![\w-]))/i)?.[0];
  return link === undefined ? null : parseVerifierAddress(link);
}

type Missing = 'verifierAddress' | 'serviceId' | 'userId';

/** Step 1: the mail's link or text, or the three values typed. Asks the verifier for the time, and sends nothing else. */
export function Source({ typed, isBack, onReached }: SourceProps) {
  const text = useText();
  const [read, setRead] = useState<keyof typeof reading>('nothing');
  const [missing, setMissing] = useState<Missing | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const take = (mail: string) => {
    if (mail.trim() === '') return setRead('nothing');
    const found = parseActivationLink(mail);
    const address = found?.address ?? addressIn(mail);
    if (address === null) return setRead('unread');
    fillIn('verifierAddress', address);
    if (found !== null) {
      fillIn('serviceId', found.serviceId);
      fillIn('userId', found.userId);
    }
    setRead(found === null ? 'address' : 'read');
    setMissing(null);
    setError(null);
  };

  const next = async () => {
    if (busy) return;
    setError(null);
    const now: Typed = {
      address: textOf('verifierAddress').trim(),
      serviceId: textOf('serviceId').normalize('NFKC').trim(),
      userId: textOf('userId').normalize('NFKC').trim(),
    };
    const empty: Missing | null =
      now.address === '' ? 'verifierAddress' : now.serviceId === '' ? 'serviceId' : now.userId === '' ? 'userId' : null;
    setMissing(empty);
    if (empty !== null) return focusSoon(empty);
    setBusy(true);
    const answer = await send('checkVerifier', { address: now.address }).catch(() => null);
    setBusy(false);
    if (answer?.outcome === 'reached') {
      const { address, host, clockDifferenceMs } = answer;
      return onReached({ address, host, serviceId: now.serviceId, userId: now.userId, clockDifferenceMs }, now);
    }
    if (answer === null) setError(text.setUp.unexpected);
    else if (answer.outcome === 'unreachable' && !navigator.onLine) setError(text.setUp.offline);
    else if (answer.outcome === 'tooManyTries') setError(text.setUp.tooManyTries(Math.ceil(answer.waitMs / 1000)));
    else setError(text.setUp[answer.outcome]);
  };

  const missingText = (field: Missing) => (missing === field ? text.setUp.missing(text.setUp[field]) : null);
  return (
    <form
      class="sheet appear"
      novalidate
      onSubmit={(event: Event) => {
        event.preventDefault();
        void next();
      }}
    >
      <div>
        <Heading level={2} focus={isBack}>
          {text.setUp.sourceTitle}
        </Heading>
        <p class="quiet">{text.setUp.sourceText}</p>
      </div>
      <Field id="link" label={text.setUp.link} hint={text.setUp.linkHint} rows={3} onInput={take}>
        <p role="status" class={`small ${read === 'read' || read === 'address' ? 'done' : 'quiet'}`}>
          {reading[read] === null ? '' : text.setUp[reading[read]]}
        </p>
      </Field>
      <Field
        id="verifierAddress"
        label={text.setUp.verifierAddress}
        hint={text.setUp.verifierAddressHint}
        value={typed.address}
        error={missingText('verifierAddress')}
      />
      <Field
        id="serviceId"
        label={text.setUp.serviceId}
        hint={text.setUp.serviceIdHint}
        value={typed.serviceId}
        error={missingText('serviceId')}
      />
      <Field
        id="userId"
        label={text.setUp.userId}
        hint={text.setUp.userIdHint}
        value={typed.userId}
        error={missingText('userId')}
      />
      <FieldError id="error" text={error} />
      <div class="row end">
        <Button id="next" kind="main" submit busy={busy}>
          {busy ? text.setUp.checking : text.setUp.next}
        </Button>
      </div>
    </form>
  );
}
