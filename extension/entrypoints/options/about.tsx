import { browser } from '../../ui/browser.ts';
import { Heading } from '../../ui/parts.tsx';
import { useText } from './text.ts';

/** Version, what becomes of data, what the browser was asked for, licences. */
export function About() {
  const { about } = useText();
  return (
    <div class="stack wide">
      <div class="stack tight">
        <Heading level={1}>{about.title}</Heading>
        <p>
          Shirushi <span class="quiet">{about.version}</span>{' '}
          <span id="version">{browser.runtime.getManifest().version}</span>
        </p>
      </div>
      <section class="sheet" aria-labelledby="privacy">
        <h2 id="privacy">{about.privacyTitle}</h2>
        <ul class="points">
          {about.privacy.map((point) => (
            <li key={point}>{point}</li>
          ))}
        </ul>
      </section>
      <section class="sheet" aria-labelledby="permissions">
        <h2 id="permissions">{about.permissionsTitle}</h2>
        <ul class="points">
          {about.permissions.map((point) => (
            <li key={point}>{point}</li>
          ))}
        </ul>
      </section>
      <section class="sheet" aria-labelledby="licence">
        <h2 id="licence">{about.licenceTitle}</h2>
        <p>{about.licence}</p>
        <p>
          <a id="licences" class="linkLine" href="licences.txt" target="_blank" rel="noreferrer">
            {about.licenceLink}
          </a>
        </p>
      </section>
    </div>
  );
}
