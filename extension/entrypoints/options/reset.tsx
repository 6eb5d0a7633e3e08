import { useLayoutEffect, useState } from 'hono/jsx/dom';
import { grantedHosts } from '../../ui/browser-access.ts';
import { useLanguage } from '../../ui/context.ts';
import { AskEachInstitution } from '../../ui/erased.tsx';
import type { PageProps } from '../../ui/page.tsx';
import { Button, Check, FieldError, focusSoon, Heading, Notice } from '../../ui/parts.tsx';
import { send } from '../../ui/send.ts';
import { useText } from './text.ts';

/**
 * The forgotten lock code (M3): nobody can look it up, so everything goes, tokens of other institutions included. Which
 * these are is ciphertext while the vault is closed; what the browser knows anyway is the sites that were allowed.
 */
export function Reset({ state, reload }: Pick<PageProps, 'state' | 'reload'>) {
  const text = useText();
  const language = useLanguage();
  const [hosts, setHosts] = useState<readonly string[] | null>(null);
  const [understood, setUnderstood] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useLayoutEffect(() => {
    grantedHosts().then(setHosts, () => setHosts([]));
  }, []);

  const erase = async () => {
    if (busy) return;
    if (!understood) {
      setError(text.reset.mustUnderstand);
      return focusSoon('understand');
    }
    setBusy(true);
    const answer = await send('reset', {}).catch(() => null);
    // Without an answer it may have been erased all the same: then this page shows that.
    await reload();
    setBusy(false);
    if (answer === null) setError(text.reset.failed);
  };
  return (
    <div class="stack wide">
      <Heading level={1} focus>
        {text.reset.title}
      </Heading>
      <section class="sheet">
        {text.reset.text.map((each) => (
          <p key={each}>{each}</p>
        ))}
        {state.tokens.length > 0 ? (
          <div class="stack tight">
            <h2>{text.reset.tokens}</h2>
            <ul class="bulleted" id="resetTokens">
              {state.tokens.map((token) => (
                <li key={token.id}>{token.name[language]}</li>
              ))}
            </ul>
          </div>
        ) : null}
        <div class="stack tight">
          <h2>{text.reset.sites}</h2>
          {hosts === null ? null : hosts.length === 0 ? (
            <p id="resetSites">{text.reset.noSites}</p>
          ) : (
            <div>
              <ul class="bulleted" id="resetSites">
                {hosts.map((host) => (
                  <li key={host}>{host}</li>
                ))}
              </ul>
              <p class="small quiet">{text.reset.sitesText}</p>
            </div>
          )}
        </div>
        <AskEachInstitution />
        <Notice kind="wrong">
          <Check id="understand" label={text.reset.understand} on={understood} onChange={setUnderstood} />
          <FieldError id="error" text={error} />
          <div class="row end">
            <a class="button" href="#settings">
              {text.cancel}
            </a>
            <Button id="resetNow" kind="danger" busy={busy} onPress={() => void erase()}>
              {text.reset.now}
            </Button>
          </div>
        </Notice>
      </section>
    </div>
  );
}
