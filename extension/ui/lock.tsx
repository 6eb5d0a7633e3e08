import type { LockState } from '../messages.ts';
import { openOptions } from './browser-access.ts';
import { useText } from './context.ts';
import { KeyForm } from './key-form.tsx';
import { Button } from './parts.tsx';
import { send } from './send.ts';

interface OpenVaultProps {
  /** What `getState` says, so that a wait lasts when the page is opened anew. */
  readonly waitMs: number;
  readonly lock: LockState;
  /** In the popup: one column, and what needs room opens in a tab. */
  readonly full?: boolean;
  /** The person has already asked for the passkey, elsewhere. */
  readonly startsPasskey?: boolean;
  readonly onOpened: () => void;
}

/** The lock code and its button, a passkey where there is one, and the way out where the code is forgotten. */
export function OpenVault({ waitMs, lock, full, startsPasskey, onOpened }: OpenVaultProps) {
  const text = useText();
  const inPopup = full ?? false;
  return (
    <div class="stack tight">
      <KeyForm
        waitMs={waitMs}
        lock={lock}
        passkeys={lock.passkeys}
        passkeyInTab={inPopup}
        startsPasskey={startsPasskey ?? false}
        full={inPopup}
        label={text.lock.code}
        button={text.lock.open}
        passkeyButton={text.passkey.open}
        onKey={(key) => send('openVault', key)}
        onRight={onOpened}
      />
      <details>
        <summary>{text.lock.forgotten}</summary>
        <div class="stack tight">
          <p class="small quiet">{text.lock.forgottenText}</p>
          <Button id="toReset" full={inPopup} onPress={() => void openOptions('reset')}>
            {text.reset.link}
          </Button>
        </div>
      </details>
    </div>
  );
}

interface AskAgainProps {
  readonly tokenId: string;
  readonly waitMs: number;
  readonly lock: LockState;
  readonly full?: boolean;
  readonly onAllowed: () => void;
}

/** Where the person wants to be asked for each use: the lock code again, for this token's code. */
export function AskAgain({ tokenId, waitMs, lock, full, onAllowed }: AskAgainProps) {
  const text = useText();
  return (
    <section class="stack tight" aria-labelledby="askAgain">
      <h2 id="askAgain">{text.appLock.askTitle}</h2>
      <p class="small quiet">{text.appLock.askText}</p>
      <KeyForm
        name="ask"
        waitMs={waitMs}
        lock={lock}
        // The popup closes under the browser's dialog, and a tab could not show the code where it is needed.
        passkeys={full ? [] : lock.passkeys}
        full={full ?? false}
        label={text.lock.code}
        button={text.appLock.show}
        passkeyButton={text.passkey.use}
        onKey={(key) => send('allowUse', { tokenId, key })}
        onRight={onAllowed}
      />
    </section>
  );
}
