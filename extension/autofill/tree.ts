/** The tree that a person sees: with open shadow roots in their hosts' place, and slotted elements in their slots. */

/** Every element in the order of the page, those in open shadow roots where their hosts are. */
export function* elementsOf(root: Document | ShadowRoot): Generator<Element> {
  for (const element of root.querySelectorAll('*')) {
    yield element;
    if (element.shadowRoot !== null) yield* elementsOf(element.shadowRoot);
  }
}

export function inputsOf(root: Document | ShadowRoot): HTMLInputElement[] {
  return [...elementsOf(root)].filter((element) => element instanceof HTMLInputElement);
}

/** The document and every open shadow root in it. */
export function rootsOf(document: Document): (Document | ShadowRoot)[] {
  const shadows = [...elementsOf(document)].map((element) => element.shadowRoot);
  return [document, ...shadows.filter((root) => root !== null)];
}

/** The elements before an element, nearest first. */
export function* elementsBefore(element: Element): Generator<Element> {
  for (let each = element.previousElementSibling; each !== null; each = each.previousElementSibling) yield each;
}

/** What is around an element: its slot, its parent, or the host of its shadow root. */
export function outer(element: Element): Element | null {
  if (element.assignedSlot !== null) return element.assignedSlot;
  if (element.parentElement !== null) return element.parentElement;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/** The element itself and all that is around it, from inside out. */
export function* outward(element: Element): Generator<Element> {
  for (let each: Element | null = element; each !== null; each = outer(each)) yield each;
}

/** Nearest of the element and all around it that the selector names, out of shadow roots too. */
export function closestOf(element: Element, selector: string): Element | null {
  for (const each of outward(element)) if (each.matches(selector)) return each;
  return null;
}

export function isAround(outside: Element, inside: Element): boolean {
  for (const each of outward(inside)) if (each === outside) return true;
  return false;
}

/** The element that has the focus, inside open shadow roots too. */
export function focusedElement(document: Document): Element | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

/** The uppermost element at a point of the window, inside open shadow roots too; null outside of the window. */
export function elementAt(document: Document, x: number, y: number): Element | null {
  let element = document.elementFromPoint(x, y);
  for (;;) {
    const inner: Element | null = element?.shadowRoot?.elementFromPoint(x, y) ?? null;
    if (inner === null || inner === element) return element;
    element = inner;
  }
}

/** Where an element is in the window, in CSS pixels. */
export function edgesOf(element: Element): DOMRect {
  return element.getBoundingClientRect();
}
