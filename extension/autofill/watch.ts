import { rootsOf } from './tree.ts';

/** How long a page may take to build its field after the extension began to look. */
const watchForMs = 5 * 60_000;
/** At least this long between two searches, however much the page changes. */
const searchEveryMs = 200;
/** And at least this many times as long as the last search took, which is long on a page of thousands of fields. */
const pauseShare = 10;
/** Attaching a shadow root causes no mutation that could be observed, so it is polled for: how often, and how long. */
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
  // After that only when a field gets the focus: a single-page application asks for the code when it gets there.
  const end = setTimeout(rest, watchForMs);
  return () => {
    rest();
    clearTimeout(end);
    if (searching !== null) clearTimeout(searching);
    document.removeEventListener('focusin', soon, true);
  };
}
