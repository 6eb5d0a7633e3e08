/** The flat tree, as a person sees it: shadow roots in place of their hosts, slotted elements in their slots. */

/** Gives extensions, and nobody else, access to closed shadow roots: Chrome's function, Firefox's property. */
interface ChromeDom {
  readonly chrome?: { readonly dom?: { openOrClosedShadowRoot(host: HTMLElement): ShadowRoot | null } };
}
interface FirefoxHost {
  readonly openOrClosedShadowRoot?: ShadowRoot | null;
}

/** An element's shadow root; a closed one of custom elements only, since others are the browser's own or another extension's. */
export function shadowRootOf(element: Element): ShadowRoot | null {
  if (!(element instanceof HTMLElement && element.tagName.includes('-'))) return element.shadowRoot;
  const { dom } = (globalThis as ChromeDom).chrome ?? {};
  return dom?.openOrClosedShadowRoot(element) ?? (element as FirefoxHost).openOrClosedShadowRoot ?? element.shadowRoot;
}

/** Every element in the order of the page, those in shadow roots where their hosts are. */
export function* elementsOf(root: Document | ShadowRoot): Generator<Element> {
  for (const element of root.querySelectorAll('*')) {
    yield element;
    const shadow = shadowRootOf(element);
    if (shadow) yield* elementsOf(shadow);
  }
}

export function inputsOf(root: Document | ShadowRoot): HTMLInputElement[] {
  return [...elementsOf(root)].filter((element) => element instanceof HTMLInputElement);
}

/** The document and every shadow root in it. */
export function rootsOf(document: Document): (Document | ShadowRoot)[] {
  const shadows = [...elementsOf(document)].map(shadowRootOf);
  return [document, ...shadows.filter((root) => root !== null)];
}

/** The elements before an element, nearest first. */
export function* elementsBefore(element: Element): Generator<Element> {
  for (let each = element.previousElementSibling; each; each = each.previousElementSibling) yield each;
}

/** What is around an element: its slot, its parent, or the host of its shadow root. */
export function outer(element: Element): Element | null {
  const around = element.assignedSlot ?? element.parentElement;
  if (around) return around;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/** The element itself and all that is around it, from inside out. */
export function* outward(element: Element): Generator<Element> {
  for (let each: Element | null = element; each; each = outer(each)) yield each;
}

/** Nearest of the element and all around it that the selector names, out of shadow roots too. */
export function closestOf(element: Element, selector: string): Element | undefined {
  return outward(element).find((each) => each.matches(selector));
}

export function isAround(outside: Element, inside: Element): boolean {
  return outward(inside).some((each) => each === outside);
}

/** The element that has the focus, inside shadow roots too. */
export function focusedElement(document: Document): Element | null {
  return innermost(document, ({ activeElement }) => activeElement);
}

/** The uppermost element at a point of the window, inside shadow roots too; null outside of the window. */
export function elementAt(document: Document, x: number, y: number): Element | null {
  return innermost(document, (root) => root.elementFromPoint(x, y));
}

/** What is picked in the document or, where that is a host, inside its shadow root. */
function innermost(document: Document, pick: (root: DocumentOrShadowRoot) => Element | null): Element | null {
  let element = pick(document);
  for (;;) {
    const shadow = element && shadowRootOf(element);
    const inner = shadow && pick(shadow);
    if (inner === null || inner === element) return element;
    element = inner;
  }
}

/** Where an element is in the window, in CSS pixels. */
export function edgesOf(element: Element): DOMRect {
  return element.getBoundingClientRect();
}
