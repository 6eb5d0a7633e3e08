import { useState } from 'hono/jsx/dom';
import type { KeyGiven } from '../../messages.ts';
import { KeyForm } from '../../ui/key-form.tsx';
import type { PageProps } from '../../ui/page.tsx';
import { Button, focusSoon, Heading } from '../../ui/parts.tsx';
import { createPasskey, offersPasskeys, type PasskeyFailure } from '../../ui/passkeys.ts';
import { send } from '../../ui/send.ts';
import { useText } from './text.ts';

interface PasskeySettingsProps extends Pick<PageProps, 'state' | 'reload'> {
  readonly onSaid: (said: 'passkeyAdded' | 'passkeyRemoved' | null) => void;
}

/** The passkeys that open the vault beside the lock code. Nothing where the browser offers none to extensions. */
export function PasskeySettings({ state, reload, onSaid }: PasskeySettingsProps) {
  const text = useText();
  const { lock } = state;
  const [adding, setAdding] = useState(false);
  const [failure, setFailure] = useState<PasskeyFailure | null>(null);
  if (!offersPasskeys()) return null;

  const add = async (key: KeyGiven) => {
    setFailure(null);
    // Before the browser makes a passkey that would then open nothing.
    const proof = await send('proveKey', { key });
    if (proof.outcome !== 'done') return proof;
    const passkey = await createPasskey(lock.passkeys);
    if (typeof passkey === 'string') {
      setFailure(passkey);
      return { outcome: 'done' } as const;
    }
    const answer = await send('addPasskey', { key, passkey });
    if (answer.outcome === 'done') onSaid('passkeyAdded');
    return answer;
  };
  const finishAdding = async () => {
    setAdding(false);
    await reload();
    focusSoon('addPasskey');
  };
  const remove = async (id: string) => {
    onSaid(null);
    const answer = await send('removePasskey', { id }).catch(() => null);
    if (answer?.outcome === 'removed') onSaid('passkeyRemoved');
    await reload();
    focusSoon('appLock');
  };
  return (
    <section class="stack tight" aria-labelledby="passkeys">
      <Heading level={3} id="passkeys">
        {text.passkey.title}
      </Heading>
      <p class="small quiet">{text.passkey.text}</p>
      {lock.passkeys.length === 0 ? (
        <p>{text.passkey.none}</p>
      ) : (
        <ul class="stack tight">
          {lock.passkeys.map(({ id, addedAtMs }) => (
            <li key={id} class="row apart" data-passkey-id={id}>
              <span>{text.passkey.name(addedAtMs)}</span>
              <Button kind="danger" label={text.passkey.removeLabel(addedAtMs)} onPress={() => void remove(id)}>
                {text.passkey.remove}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <p id="passkeyFailure" class="error" role="alert" hidden={failure === null}>
        {failure === null ? '' : text.passkey.failure[failure]}
      </p>
      {adding ? (
        <div class="stack tight appear">
          <p>{text.passkey.addText}</p>
          <KeyForm
            name="passkeyKey"
            waitMs={state.waitMs}
            lock={lock}
            passkeys={[]}
            label={text.appLock.current}
            button={text.passkey.add}
            passkeyButton={text.passkey.use}
            onKey={add}
            onRight={() => void finishAdding()}
            onCancel={() => {
              setAdding(false);
              focusSoon('addPasskey');
            }}
          />
        </div>
      ) : (
        <div class="row">
          <Button
            id="addPasskey"
            onPress={() => {
              onSaid(null);
              setFailure(null);
              setAdding(true);
            }}
          >
            {text.passkey.add}
          </Button>
        </div>
      )}
    </section>
  );
}
