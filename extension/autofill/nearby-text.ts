/** Longer texts are no captions. */
const maximumLength = 200;
const controls = 'input:not([type=hidden]), select, textarea, button';

/** The field's names: its labels and its accessible name. */
export function labelTexts(field: HTMLInputElement): string[] {
  const labelledBy = (field.getAttribute('aria-labelledby') ?? '').split(/\s+/).filter((id) => id !== '');
  const elements = [...(field.labels ?? []), ...labelledBy.map((id) => field.ownerDocument.getElementById(id))];
  return [...elements.map((element) => element?.textContent ?? ''), field.getAttribute('aria-label') ?? '']
    .map((text) => text.trim())
    .filter(isCaption);
}

/** Hints on how to fill it, which may also say what it is. */
export function hintTexts(field: HTMLInputElement): string[] {
  return [field.title, field.placeholder].map((text) => text.trim()).filter(isCaption);
}

/**
 * The texts that stand before a field without a label of its own: the headings of its table row and column or of its
 * definition list; else the text beside it; else the legend of its group.
 */
export function textsBefore(field: HTMLInputElement): string[] {
  return [tableHeadings(field), precedingTexts(field), groupLegend(field)].find((texts) => texts.length > 0) ?? [];
}

/** The visible text of the part of the page that the field belongs to. */
export function surroundingText(field: HTMLInputElement): string {
  const part = field.closest<HTMLElement>('main, [role=main], article, section, dialog, [role=dialog]');
  // Only what a person sees, line by line.
  return (part ?? field.form?.parentElement ?? field.ownerDocument.body).innerText;
}

function tableHeadings(field: HTMLInputElement): string[] {
  const cell = field.closest('td, th, dd');
  if (cell === null) return [];
  const headings = captionsBefore(cell).slice(0, 1);
  const row = cell.closest('tr');
  const first = row?.closest('table')?.querySelector('tr');
  if (cell instanceof HTMLTableCellElement && first && first !== row) {
    const above = first.cells[cell.cellIndex];
    if (above?.tagName === 'TH' && !holdsControl(above)) headings.push(...captionOf(above));
  }
  return headings;
}

/** All texts beside the field, or beside what is around it up to three elements further out. */
function precedingTexts(field: HTMLInputElement): string[] {
  let from: Element = field;
  for (let level = 0; level < 4; level++) {
    const texts = captionsBefore(from);
    const parent = from.parentElement;
    if (texts.length > 0) return texts;
    // Beyond another field the text is that one's.
    if (hasControlBefore(from) || parent === null || parent.matches('form, fieldset, body, td, th, dd')) return [];
    from = parent;
  }
  return [];
}

function groupLegend(field: HTMLInputElement): string[] {
  const legend = field.closest('fieldset')?.querySelector('legend');
  return legend ? captionOf(legend) : [];
}

/** Captions among the siblings before an element, nearest first, as far as the next field. */
function captionsBefore(element: Element): string[] {
  const captions: string[] = [];
  for (let before = element.previousSibling; before !== null; before = before.previousSibling) {
    if (before instanceof Element && holdsControl(before)) break;
    if (before instanceof Element || before instanceof Text) captions.push(...captionOf(before));
  }
  return captions;
}

function hasControlBefore(element: Element): boolean {
  for (let before = element.previousElementSibling; before !== null; before = before.previousElementSibling) {
    if (holdsControl(before)) return true;
  }
  return false;
}

function holdsControl(element: Element): boolean {
  return element.matches(controls) || element.querySelector(controls) !== null;
}

function captionOf(node: Node): string[] {
  if (node instanceof HTMLScriptElement || node instanceof HTMLStyleElement) return [];
  const text = (node.textContent ?? '').trim();
  return isCaption(text) ? [text] : [];
}

/** A colon, a star or an arrow says nothing. */
function isCaption(text: string): boolean {
  return text.length <= maximumLength && /[\p{L}\p{N}]/u.test(text);
}
