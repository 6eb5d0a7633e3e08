import { useState } from 'hono/jsx/dom';
import type { PageProps } from '../../ui/page.tsx';
import { Button, FieldError, focusSoon, Notice } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';
import { useText } from './text.ts';

interface DamagedProps extends Pick<PageProps, 'reload'> {
  readonly ids: readonly string[];
  readonly onRemoved: () => void;
}

/** Tokens that cannot be read: what to do, and their removal. Nothing tells them apart, so they go together. */
export function Damaged({ ids, reload, onRemoved }: DamagedProps) {
  const text = useText();
  const [asks, setAsks] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const ask = (asked: boolean) => {
    setAsks(asked);
    focusSoon(asked ? 'keepDamaged' : 'removeDamaged');
  };
  const remove = async () => {
    setError(null);
    try {
      for (const tokenId of ids) {
        if ((await send('removeToken', { tokenId })).outcome === 'vaultClosed') return await reload();
      }
      onRemoved();
    } catch {
      setError(text.setUp.unexpected);
    }
  };
  return (
    <Notice id="damaged" kind="warning" title={text.popup.damagedTitle(ids.length)}>
      <p>{text.settings.damagedText}</p>
      <p>{text.settings.damagedNext}</p>
      {asks ? <p>{text.settings.removeGone}</p> : null}
      <FieldError id="damagedError" text={error} />
      <div class="row end">
        {asks ? (
          <Button id="keepDamaged" onPress={() => ask(false)}>
            {text.cancel}
          </Button>
        ) : null}
        {asks ? (
          <Button id="removeDamagedNow" kind="danger" onPress={() => void remove()}>
            {text.settings.removeNow}
          </Button>
        ) : (
          <Button id="removeDamaged" kind="danger" onPress={() => ask(true)}>
            {text.settings.remove}
          </Button>
        )}
      </div>
    </Notice>
  );
}
