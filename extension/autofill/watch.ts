import { rootsOf } from './tree.ts';

/** How long a page may take to build its field after the extension began to look. */
const watchForMs = 5 * 60_000;
/** At most one search in this time, however much the page changes. */
const searchEveryMs = 200;
/** And so many times as long as the last search took, which is long on a page of thousands of fields. */
const pauseShare = 10;
/** A shadow root that is attached to an element changes nothing that could be observed: looked for so often, so long. */
const lookAgainEveryMs = 1000;
const lookAgainTimes = 20;

const observed = {
  childList: true,
  subtree: true,
  attributes: true,
  attributeFilter: ['style', 'class', 'hidden', 'disabled', 'readonly', 'type', 'inert', 'open', 'aria-hidden'],
};

/** Calls `search` when the page may have built or shown a field, in shadow roots too. Returns what ends it. */
export function watchForFields(document: Document, search: () => void): () => void {
  let searching: ReturnType<typeof setTimeout> | null = null;
  let pauseMs = searchEveryMs;
  const soon = () => {
    searching ??= setTimeout(() => {
      searching = null;
      const startedMs = performance.now();
      observeAll();
      search();
      pauseMs = Math.max(searchEveryMs, pauseShare * (performance.now() - startedMs));
    }, pauseMs);
  };
  const observer = new MutationObserver(soon);
  const known = new WeakSet<Node>();
  const observeAll = () => {
    let more = false;
    for (const root of rootsOf(document)) {
      if (known.has(root)) continue;
      known.add(root);
      observer.observe(root, observed);
      more = true;
    }
    return more;
  };
  observeAll();

  let looks = 0;
  const again = setInterval(() => {
    looks += 1;
    if (looks >= lookAgainTimes) clearInterval(again);
    if (observeAll()) soon();
  }, lookAgainEveryMs);
  // Styles in a sheet and animations show fields without a change of the document; a person goes there then. And forms
  // are emptied when a page has loaded.
  const signs = ['transitionend', 'animationend', 'readystatechange'];
  for (const sign of signs) document.addEventListener(sign, soon, true);
  document.addEventListener('focusin', soon, true);
  const rest = () => {
    observer.disconnect();
    clearInterval(again);
    for (const sign of signs) document.removeEventListener(sign, soon, true);
  };
  // Later than that only where a field gets the focus: a page of one document asks for the code when it comes to it.
  const end = setTimeout(rest, watchForMs);
  return () => {
    rest();
    clearTimeout(end);
    if (searching !== null) clearTimeout(searching);
    document.removeEventListener('focusin', soon, true);
  };
}
