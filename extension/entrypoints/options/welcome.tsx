import { Heading } from '../../ui/parts.tsx';
import { useText } from './text.ts';

/** The first page, one screen: what it is, what to have at hand, what to know. */
export function Welcome() {
  const { welcome } = useText();
  return (
    <div class="stack wide">
      <div class="stack tight">
        <Heading level={1}>{welcome.title}</Heading>
        <p>{welcome.lead}</p>
      </div>
      <section class="sheet" aria-labelledby="need">
        <h2 id="need">{welcome.needTitle}</h2>
        <ul class="points">
          {welcome.need.map((point) => (
            <li key={point}>{point}</li>
          ))}
        </ul>
        <h2>{welcome.knowTitle}</h2>
        <ul class="points">
          {welcome.know.map((point) => (
            <li key={point}>{point}</li>
          ))}
        </ul>
        <div class="row end">
          <a id="start" class="button main" href="#set-up">
            {welcome.start}
          </a>
        </div>
      </section>
    </div>
  );
}
