import { edgesOf, elementsBefore, outer, shadowRootOf } from './tree.ts';

/** Longer texts are no captions. */
const maximumLength = 200;
/** How far out from a field its caption may stand. */
const maximumLevels = 10;
/** Most captions and fields in one line. */
const mostInLine = 24;
/** Most rows that one caption stands beside. */
const mostRows = 100;
/** Most lines after a field that may be remarks on it. */
const mostRemarks = 100;
const fields = 'input:not([type=hidden]), select, textarea';
const controls = `${fields}, button`;
/** Controls that take input. A group's name says nothing about its checkboxes and buttons. */
const fillable =
  'input:not([type=hidden], [type=button], [type=submit], [type=image], [type=reset], [type=checkbox], [type=radio]), select, textarea';
const unread = 'rt, rp, script, style, template, noscript, select, option, button, input, textarea, datalist, svg';

/** The field's names: its labels and its accessible name. */
export function labelTexts(field: HTMLInputElement): string[] {
  const elements = [...labelsOf(field), ...referred(field, 'aria-labelledby')];
  const texts = elements.map((element) => captionIn(element, false));
  return captionsAmong([...texts, field.getAttribute('aria-label') ?? '']);
}

/** Hints on how to fill it, which may also say what it is. */
export function hintTexts(field: HTMLInputElement): string[] {
  return captionsAmong([field.title, field.placeholder]);
}

/** The name of the group that the field is in by itself or with its sibling boxes: `fieldset` or `role=group`. */
export function groupTexts(fields: readonly HTMLInputElement[]): string[] {
  const [field] = fields;
  const group = field?.closest('fieldset, [role=group]');
  if (!field || !group) return [];
  if (within(group, fillable).some((each) => !fields.includes(each))) return [];
  const legend = group.querySelector('legend');
  const named = [...(legend ? [legend] : []), ...referred(group, 'aria-labelledby')];
  return captionsAmong([...named.map((element) => textOf(element, false)), group.getAttribute('aria-label') ?? '']);
}

/**
 * The texts before a field, nearest first: beside it, in its table row, above it, and further out as long as no other field
 * comes between. Goes out of shadow roots and slots.
 */
export function* textsBefore(field: Element): Generator<string> {
  let from: Element = field;
  let isSilent = true;
  for (let level = 0; level < maximumLevels; level++) {
    for (const text of captionsBefore(field, from)) {
      isSilent = false;
      yield text;
    }
    if (from.tagName.includes('-')) yield* hostTexts(from);
    if (elementsBefore(from).some(holdsControl)) {
      // Fields side by side in a row of cells, their captions in the row above.
      const row = from instanceof HTMLTableCellElement ? from.closest('tr') : null;
      const above = row ? cellAbove(field, row) : boxAbove(field, from);
      yield* captionsAmong([above ?? '']);
      return;
    }
    const next = outer(from);
    if (!next || next.matches('body, main, [role=main], dialog, [role=dialog]')) return;
    // The text before a form of one field, or of one code in boxes, is its caption if the form has none inside.
    if (next instanceof HTMLFormElement && !(isSilent && asksForOneThing(next))) return;
    from = next;
  }
}

/** The texts before an element that is the field or around it. */
function captionsBefore(field: Element, from: Element): Iterable<string> {
  if (from instanceof HTMLTableRowElement) {
    const above = cellAbove(field, from);
    if (above !== null) return captionsAmong([above]);
    const group = cellBesideRows(from);
    return group === null ? linesBefore(from) : captionsAmong([group]);
  }
  // The header of a table of several columns is no caption of the whole body.
  const head = from instanceof HTMLTableSectionElement ? from.previousElementSibling : null;
  if (head instanceof HTMLTableSectionElement && [...head.rows].some(({ cells }) => cells.length > 1)) return [];
  // Nor is a line of captions the caption of whatever is under its last one.
  const above = boxAbove(field, from);
  return above === null ? linesBefore(from) : captionsAmong([above]);
}

/** The cell of an earlier row that spans this row too (`rowspan`). */
function cellBesideRows(row: HTMLTableRowElement): string | null {
  let distance = 0;
  for (const before of elementsBefore(row).take(mostRows)) {
    distance += 1;
    if (!(before instanceof HTMLTableRowElement)) return null;
    const cell = [...before.cells].find(({ rowSpan }) => rowSpan > distance);
    if (cell) return holdsControl(cell) ? null : textOf(cell, true);
  }
  return null;
}

/**
 * The text right above a field that is in a line with others, as in a grid of captions and fields; null if the texts before
 * the element form no such line.
 */
function boxAbove(field: Element, from: Element): string | null {
  const around = outer(from);
  if (!around || !holdsSeveral(around)) return null;
  const rowBefore = around.previousElementSibling;
  const own = edgesOf(field);
  for (const line of [
    [...elementsBefore(from).take(mostInLine)].reverse(),
    !rowBefore || holdsControl(rowBefore) ? [] : [...rowBefore.children].slice(0, mostInLine),
  ]) {
    const boxes = line.filter((each) => !holdsControl(each)).map((each) => ({ each, edges: edgesOf(each) }));
    const last = boxes.filter(({ edges }) => edges.width > 0 && edges.bottom <= own.top + 1).at(-1)?.edges;
    if (!last) continue;
    const captions = boxes.filter(({ edges }) => edges.top < last.bottom && last.top < edges.bottom);
    // Texts side by side, each over its own field.
    if (captions.length < 2 || captions.some(({ edges }) => edges !== last && edges.right > last.left + 1)) continue;
    const over = captions.filter(({ edges }) => {
      const shared = Math.min(edges.right, own.right) - Math.max(edges.left, own.left);
      return shared > Math.min(edges.width, own.width) / 2;
    });
    return over.map(({ each }) => textOf(each, true)).join(' ');
  }
  return null;
}

function asksForOneThing(form: HTMLFormElement): boolean {
  const first = form.querySelector<HTMLInputElement>(fillable);
  return within(form, fillable).every((each) => each === first || (each.type === first?.type && isNumbered(each)));
}

/** One of a numbered row, `d1`, `d2`, or one that takes one digit. */
function isNumbered(field: HTMLInputElement): boolean {
  return field.maxLength === 1 || /\d$/.test(field.name || field.id);
}

/** The heading of the column of the table that the field stands in; none where it has none of its own. */
export function columnHeading(field: Element): string[] {
  const cell = field.closest<HTMLTableCellElement>('td, th');
  const row = cell?.closest('tr');
  const first = row?.closest('table')?.querySelector('tr');
  if (!cell || !row || !first || first === row || first.cells.length < 2) return [];
  const heading = cellAt(first, columnOf(cell));
  if (heading?.tagName !== 'TH' || heading.colSpan > 1 || holdsControl(heading)) return [];
  return captionsAmong([textOf(heading, true)]);
}

/** Remarks on the field: its description, and what comes after or under it, up to the next field. */
export function remarksOn(field: HTMLInputElement): string[] {
  const described = referred(field, 'aria-describedby').map((element) => textOf(element, true));
  const behind: string[] = [];
  let from: Element = field;
  for (let level = 0; level < 3; level++) {
    behind.push(...linesBeside(from, 'nextSibling').take(mostRemarks));
    const next = outer(from);
    if (!next || next.matches('body, form, tr, dl, main') || holdsSeveral(next)) break;
    from = next;
  }
  return captionsAmong([...described, ...behind]);
}

/** The page's title, even if a form named `title` shadows the document's property. */
export function titleOf(document: Document): string {
  return document.querySelector('title')?.textContent ?? '';
}

/**
 * The visible part of the page that the field belongs to, out of shadow roots too, with the texts of its buttons and
 * the page's messages, wherever they stand.
 */
export function surroundings(field: Element): { readonly text: string; readonly headings: string[] } {
  const page = field.ownerDocument;
  const messages = page.querySelectorAll<HTMLElement>('[role=alert], [role=status], [aria-live]');
  const texts = [...messages].filter((message) => message.checkVisibility()).map(({ innerText }) => innerText);
  const headings: string[] = [];
  for (let from: Element | null = field; from; ) {
    const root: Node = from.getRootNode();
    const inDocument: boolean = root instanceof Document;
    const part = from.closest<HTMLElement>('main, [role=main], article, dialog, [role=dialog]');
    const parts = part ? [part] : root instanceof Document ? [root.body] : [...(root as ShadowRoot).children];
    for (const each of parts) {
      if (!(each instanceof HTMLElement)) continue;
      texts.push(each.innerText);
      for (const heading of each.querySelectorAll<HTMLElement>('h1, h2, h3, h4, legend, caption, [role=heading]'))
        headings.push(heading.innerText);
      for (const button of each.querySelectorAll<HTMLInputElement>('input[type=button], input[type=submit]'))
        texts.push(button.value);
    }
    from = inDocument ? null : (root as ShadowRoot).host;
  }
  return { text: texts.join('\n'), headings: captionsAmong(headings) };
}

/** What stands between two inputs of the page. */
export function textBetween(one: Element, next: Element): string {
  if (one.getRootNode() !== next.getRootNode()) return '';
  const range = one.ownerDocument.createRange();
  range.setStartAfter(one);
  range.setEndBefore(next);
  return textOf(range.cloneContents(), false);
}

/** As `field.labels`, which makes browsers search the whole page for each field. */
function labelsOf(field: HTMLInputElement): HTMLLabelElement[] {
  const root = field.getRootNode() as Document | ShadowRoot;
  const byId = root.querySelectorAll<HTMLLabelElement>(`label[for="${CSS.escape(field.id)}"]`);
  return [field.closest('label'), ...byId].filter((label) => label?.control === field) as HTMLLabelElement[];
}

function referred(element: Element, attribute: string): Element[] {
  const root = element.getRootNode() as Document | ShadowRoot;
  const ids = (element.getAttribute(attribute) ?? '').split(/\s+/);
  return ids.flatMap((id) => root.getElementById(id) ?? []);
}

/** The names that a page gives a component for its field. */
function hostTexts(host: Element): string[] {
  const names = ['label', 'aria-label', 'data-label', 'placeholder', 'heading', 'title'];
  return captionsAmong(names.map((name) => host.getAttribute(name) ?? ''));
}

const linesBefore = (element: Element) => linesBeside(element, 'previousSibling');

/** The lines next to an element in one direction, nearest first, up to the next field. Inline pieces form one line. */
function* linesBeside(element: Element, way: 'previousSibling' | 'nextSibling'): Generator<string> {
  let line = '';
  function* end() {
    const text = trimmed(line);
    line = '';
    if (isCaption(text)) yield text;
  }
  for (let node = element[way]; node; node = node[way]) {
    if (node instanceof Element) {
      if (holdsControl(node)) break;
      if (!isInline(node)) {
        yield* end();
        line = captionIn(node, true);
        yield* end();
        continue;
      }
    }
    if (!(node instanceof Element || node instanceof Text) || isTooLong(line)) continue;
    const text = textOf(node, true);
    line = packed(way === 'previousSibling' ? text + line : line + text);
  }
  yield* end();
}

function isInline(element: Element): boolean {
  return element.tagName !== 'BR' && getComputedStyle(element).display.startsWith('inline');
}

function holdsControl(element: Element): boolean {
  if (element.matches(controls) || element.querySelector(fields)) return true;
  // A caption may have a button beside it that explains it.
  if (element.querySelector('button') && !isCaption(textOf(element, true))) return true;
  return [element, ...element.children].some((each) => [...(shadowRootOf(each)?.children ?? [])].some(holdsControl));
}

/** More than one control. */
function holdsSeveral(element: Element): boolean {
  return within(element, controls).drop(1).next().done !== true;
}

/** What the selector matches inside an element, in page order. Lazy, since a page may have thousands. */
function* within(element: Element, selector: string): Generator<HTMLInputElement> {
  const walker = element.ownerDocument.createTreeWalker(element, NodeFilter.SHOW_ELEMENT);
  for (let each = element.querySelector<HTMLInputElement>(selector); each; ) {
    if (each.matches(selector)) yield each;
    walker.currentNode = each;
    each = walker.nextNode() as HTMLInputElement | null;
  }
}

/** The cell above the field's in the row before, where rows of captions and rows of fields alternate. */
function cellAbove(field: Element, row: HTMLTableRowElement): string | null {
  const before = row.previousElementSibling;
  const cell = [...row.cells].find((each) => each.contains(field));
  if (!(before instanceof HTMLTableRowElement) || !cell) return null;
  if (before.cells.length < 2 || holdsControl(before)) return null;
  const above = cellAt(before, columnOf(cell));
  return above === null ? null : textOf(above, true);
}

function columnOf(cell: HTMLTableCellElement): number {
  let column = 0;
  for (const each of elementsBefore(cell)) column += each instanceof HTMLTableCellElement ? each.colSpan : 0;
  return column;
}

function cellAt(row: HTMLTableRowElement, column: number): HTMLTableCellElement | null {
  let at = 0;
  for (const cell of row.cells) {
    if (column >= at && column < at + cell.colSpan) return cell;
    at += cell.colSpan;
  }
  return null;
}

/**
 * The text of a node with the alternative texts of its images, without controls and, if wanted, without what is not shown.
 * Reading stops once the text is too long for a caption.
 */
function textOf(node: Node, shownOnly: boolean): string {
  if (node instanceof Text) return node.data;
  if (node instanceof HTMLImageElement) return ` ${node.alt} `;
  if (node instanceof Element) {
    if (node.matches(unread)) return '';
    if (
      shownOnly &&
      node.isConnected &&
      !(node instanceof HTMLSlotElement) &&
      !node.checkVisibility({ visibilityProperty: true })
    )
      return '';
  }
  let text = '';
  const given = node instanceof HTMLSlotElement ? node.assignedNodes({ flatten: true }) : [];
  for (const child of given.length > 0 ? given : node.childNodes) {
    text = packed(text + textOf(child, shownOnly));
    if (isTooLong(text)) break;
  }
  return text;
}

/** The text of an element, or its first line if the whole is too long for a caption, as with a note under it. */
function captionIn(element: Element, shownOnly: boolean): string {
  const whole = textOf(element, shownOnly);
  if (!isTooLong(whole)) return whole;
  let line = '';
  for (const child of element.childNodes) {
    if (child instanceof Element && !isInline(child)) {
      if (/[\p{L}\p{N}]/u.test(line)) break;
      line = captionIn(child, shownOnly);
    } else {
      line += textOf(child, shownOnly);
    }
  }
  return line;
}

/** True if a text, white space collapsed, is too long for a caption whatever follows. */
function isTooLong(text: string): boolean {
  // Each end may lose a space.
  return text.length > maximumLength + 2;
}

/** White space says nothing, and a page that hides much has much of it. */
function packed(text: string): string {
  return text.length > maximumLength ? text.replace(/\s+/g, ' ') : text;
}

function trimmed(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function captionsAmong(texts: readonly string[]): string[] {
  return texts.map(trimmed).filter(isCaption);
}

/** A colon, a star or an arrow alone is no text. */
function isCaption(text: string): boolean {
  return text.length <= maximumLength && /[\p{L}\p{N}]/u.test(text);
}
