/** Longer texts are no captions. */
const maximumLength = 200;
const controls = 'input:not([type=hidden]), select, textarea, button';

/** Texts that are the field's own: its labels, its accessible name, the hint inside it. */
export function ownTexts(field: HTMLInputElement): string[] {
  const labelledBy = (field.getAttribute('aria-labelledby') ?? '').split(/\s+/).filter((id) => id !== '');
  const elements = [...(field.labels ?? []), ...labelledBy.map((id) => field.ownerDocument.getElementById(id))];
  const texts = [...elements.map((element) => element?.textContent ?? ''), field.getAttribute('aria-label') ?? ''];
  return [...texts, field.title, field.placeholder].map((text) => text.trim()).filter(isCaption);
}

/** The text that stands nearest before the field: in its table row or list, beside it, or as the group's legend. */
export function textBefore(field: HTMLInputElement): string {
  return rowHeading(field) ?? precedingText(field) ?? groupLegend(field) ?? '';
}

/** The visible text of the part of the page that the field belongs to. */
export function surroundingText(field: HTMLInputElement): string {
  const part = field.closest<HTMLElement>('main, [role=main], article, section, dialog, [role=dialog]');
  // Only what a person sees, line by line.
  // biome-ignore lint/performance/useDomNodeTextContent: textContent holds scripts and hidden parts and has no lines
  return (part ?? field.form?.parentElement ?? field.ownerDocument.body).innerText;
}

/** Heading of a table row (th, or the td before), of a definition list, or of the column above. */
function rowHeading(field: HTMLInputElement): string | null {
  const cell = field.closest<HTMLTableCellElement | HTMLElement>('td, th, dd');
  if (cell === null) return null;
  for (let before = cell.previousElementSibling; before !== null; before = before.previousElementSibling) {
    if (before.querySelector(controls) !== null) return null;
    const text = captionOf(before);
    if (text !== null) return text;
  }
  const row = cell.closest('tr');
  const above = row?.closest('table')?.querySelector('tr');
  if (!(cell instanceof HTMLTableCellElement) || !above || above === row) return null;
  const heading = above.cells[cell.cellIndex];
  return heading?.tagName === 'TH' ? captionOf(heading) : null;
}

/** The text right before the field, up to three elements further out, and never beyond another field. */
function precedingText(field: HTMLInputElement): string | null {
  let from: Element = field;
  for (let level = 0; level < 4; level++) {
    for (let before = from.previousSibling; before !== null; before = before.previousSibling) {
      if (before instanceof Element && (before.matches(controls) || before.querySelector(controls) !== null))
        return null;
      const text = before instanceof Element || before instanceof Text ? captionOf(before) : null;
      if (text !== null) return text;
    }
    if (from.parentElement === null || from.parentElement.matches('form, fieldset, body, td, th, dd')) return null;
    from = from.parentElement;
  }
  return null;
}

function groupLegend(field: HTMLInputElement): string | null {
  const legend = field.closest('fieldset')?.querySelector('legend');
  return legend ? captionOf(legend) : null;
}

function captionOf(node: Node): string | null {
  if (node instanceof HTMLScriptElement || node instanceof HTMLStyleElement) return null;
  const text = (node.textContent ?? '').trim();
  return isCaption(text) ? text : null;
}

function isCaption(text: string): boolean {
  return text !== '' && text.length <= maximumLength;
}
