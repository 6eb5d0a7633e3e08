import type { Tab } from '../browser/view.ts';
import type { FieldPage } from './page-set.ts';

/** One input of a page, its shadow roots and its frames of the same origin included. */
export interface Seen {
  /** Its place: `frame 0 > shadow 3 > input 2`. */
  readonly place: string;
  readonly value: string;
  /** Which of the page's expectations is about it; -1 for none. */
  readonly expected: number;
}

/** Every input of the tab. Runs in the page, so it needs nothing from outside. */
function readInputs(expectations: string): Seen[] {
  const wanted = JSON.parse(expectations) as { selector: string; in: string[] }[];
  // A page puts the closed roots that it makes there too, for us: an extension does not see what a page's script adds.
  const around = (root: Document | ShadowRoot | null | undefined, selector: string) => {
    const element = root?.querySelector(selector);
    return element instanceof HTMLElement && element.shadowRoot !== null
      ? element.shadowRoot
      : (element as HTMLIFrameElement | null | undefined)?.contentDocument;
  };
  const elements = wanted.map(({ selector, in: path }) => {
    let root: Document | ShadowRoot | null | undefined = document;
    for (const step of path) root = around(root, step);
    return root?.querySelector(selector) ?? null;
  });
  const seen: Seen[] = [];
  const read = (root: Document | ShadowRoot, prefix: string) => {
    let [inputs, shadows, frames] = [0, 0, 0];
    for (const element of root.querySelectorAll<HTMLInputElement & HTMLIFrameElement>('*')) {
      if (['INPUT', 'TEXTAREA'].includes(element.tagName)) {
        seen.push({ place: `${prefix}input ${inputs++}`, value: element.value, expected: elements.indexOf(element) });
      }
      if (element.shadowRoot) read(element.shadowRoot, `${prefix}shadow ${shadows++} > `);
      if (['IFRAME', 'FRAME'].includes(element.tagName)) {
        const inner = element.contentDocument;
        if (inner) read(inner, `${prefix}frame ${frames} > `);
        frames++;
      }
    }
  };
  read(document, '');
  return seen;
}

/** What stands in the tab's inputs, in frames of other origins too. */
export async function inputsOf(tab: Tab, page: FieldPage): Promise<Seen[]> {
  const expectations = page.expect.map(({ selector, in: path }) => ({
    selector,
    in: typeof path === 'string' ? path.split('|').map((step) => step.trim()) : path,
  }));
  const own = new URL(tab.page.url()).origin;
  const seen: Seen[] = [];
  for (const frame of tab.page.frames()) {
    const isMain = frame === tab.page.mainFrame();
    if (!isMain && frame.url().startsWith(own)) continue;
    const inputs = await frame.evaluate(readInputs, JSON.stringify(isMain ? expectations : []));
    seen.push(
      ...inputs.map((input) =>
        isMain ? input : { ...input, place: `${new URL(frame.url()).pathname} ${input.place}` },
      ),
    );
  }
  return seen;
}

/** What an expected input holds for a code. */
export function wantedValue(value: string, code: string): string {
  if (value === 'fullwidth') {
    return code.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
  }
  const [, from, to] = /^digits?:(\d)(?:-(\d))?$/.exec(value) ?? [];
  return from === undefined ? code : code.slice(Number(from), Number(to ?? from) + 1);
}

/** True where every expectation is met by one of the codes. */
export function isFilled(page: FieldPage, seen: readonly Seen[], codes: readonly string[]): boolean {
  return codes.some((code) =>
    page.expect.every(({ value }, index) => {
      const input = seen.find(({ expected }) => expected === index);
      const wanted = wantedValue(value, code);
      // A page may group the digits of a whole code.
      return input !== undefined && (input.value === wanted || input.value.replace(/[\s-]/g, '') === wanted);
    }),
  );
}

/** Inputs that hold something else than without the extension, and are not expected to. */
export function wrongFills(before: readonly Seen[], after: readonly Seen[]): string[] {
  const old = new Map(before.map(({ place, value }) => [place, value]));
  return after
    .filter(({ expected, place, value }) => expected < 0 && value !== (old.get(place) ?? ''))
    .map(({ place, value }) => `${place} holds ${JSON.stringify(value)}`);
}
