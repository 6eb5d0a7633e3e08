import { useLayoutEffect, useRef, useState } from 'hono/jsx/dom';
import type { FillOutcome, Response } from '../messages.ts';
import { useText } from './context.ts';
import { send } from './send.ts';

export type Said = { readonly kind: 'done' | 'error' | 'quiet'; readonly text: string };

interface Fill {
  readonly busy: boolean;
  readonly said: Said | null;
  readonly say: (said: Said) => void;
  /** False where nothing came of it for now: the lock code is wanted first, or the view was left. */
  readonly fill: () => Promise<boolean>;
}

interface Hindrances {
  /** The vault was closed meanwhile. */
  readonly onClosed: () => void;
  /** The lock code is wanted first. */
  readonly onAsked: () => void;
}

/**
 * Fills the tab from a token, and says how it went. Where the code is about to change, the next one is waited for: said
 * once, since the ring counts the seconds. Who leaves the view meanwhile wants nothing filled any more.
 */
export function useFill(tokenId: string, tabId: number | null, { onClosed, onAsked }: Hindrances): Fill {
  const text = useText();
  const [said, say] = useState<Said | null>(null);
  const [busy, setBusy] = useState(false);
  const left = useRef(false);
  useLayoutEffect(
    () => () => {
      left.current = true;
    },
    [],
  );

  const fill = async (): Promise<boolean> => {
    if (tabId === null) return false;
    setBusy(true);
    say({ kind: 'quiet', text: text.code.filling });
    let response = await fillPage(tokenId, tabId);
    while (response.outcome === 'wait') {
      say({ kind: 'quiet', text: text.code.waiting });
      const { waitMs } = response;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (left.current) return false;
      response = await fillPage(tokenId, tabId);
    }
    const { outcome } = response;
    const isDone = outcome !== 'vaultClosed' && outcome !== 'askAgain';
    if (left.current) return isDone;
    setBusy(false);
    say({ kind: outcome === 'filled' ? 'done' : 'error', text: text.code.fillOutcome[outcome] });
    if (outcome === 'vaultClosed') onClosed();
    if (outcome === 'askAgain') onAsked();
    return isDone;
  };
  return { busy, said, say, fill };
}

/** A background that the browser stopped under the question has given no code yet: it is asked again, once. */
async function fillPage(tokenId: string, tabId: number): Promise<Response<'fillPage'>> {
  const ask = () => send('fillPage', { tokenId, tabId });
  return ask()
    .catch(ask)
    .catch(() => ({ outcome: 'failed' as FillOutcome }));
}
