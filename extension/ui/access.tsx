import { useRef, useState } from 'hono/jsx/dom';
import type { TokenSummary } from '../messages.ts';
import { requestAccess, withdrawAccess } from './browser-access.ts';
import { useText } from './context.ts';
import { Button } from './parts.tsx';

interface AccessProps {
  readonly token: Pick<TokenSummary, 'origins' | 'granted'>;
  readonly id?: string;
  readonly withdrawable?: boolean;
  readonly onAnswered?: () => void;
}

/** The sites of a token and the button that lets the extension into them, and into nothing else. */
export function Access({ token, id, withdrawable, onAnswered }: AccessProps) {
  const text = useText();
  // What was answered here; before that, what the token says.
  const [answer, setAnswer] = useState<'granted' | 'refused' | 'withdrawn' | null>(null);
  const granted = answer === null ? token.granted : answer === 'granted';
  const said = useRef<HTMLParagraphElement | null>(null);
  const ask = async () => {
    // Nothing may come before the request: the browser takes it only straight from the click.
    const allowed = await requestAccess(token.origins);
    setAnswer(allowed ? 'granted' : 'refused');
    // The button goes where it was answered with yes: the focus stays here.
    if (allowed) said.current?.focus();
    onAnswered?.();
  };
  const withdraw = async () => {
    if (await withdrawAccess(token.origins)) setAnswer('withdrawn');
    onAnswered?.();
  };
  return (
    <div class="stack tight">
      <p class="small">{text.access.text}</p>
      <ul class="origins">
        {token.origins.map((origin) => (
          <li key={origin}>{origin}</li>
        ))}
      </ul>
      <div class="row">
        {granted && !withdrawable ? null : (
          <Button id={id ?? 'grant'} onPress={() => void (granted ? withdraw() : ask())}>
            {granted ? text.access.withdraw : text.access.grant}
          </Button>
        )}
        <p ref={said} tabindex={-1} role="status" class={granted ? 'done' : ''}>
          {granted ? text.access.granted : answer === null ? '' : text.access[answer]}
        </p>
      </div>
    </div>
  );
}
