const leastWidthPx = 10;
const leastHeightPx = 8;
const leastOpacity = 0.2;

/**
 * True where a person who looks at the page can see the field: of a size, on the page, not cut off by what is around
 * it, not transparent, and, where it is inside the window, with nothing foreign on top of it.
 */
export function isVisible(field: HTMLElement): boolean {
  if (!field.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true, contentVisibilityAuto: true }))
    return false;
  const box = field.getBoundingClientRect();
  let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
  let opacity = 1;
  let fixed = false;
  for (let element: Element | null = field; element !== null; element = element.parentElement) {
    const style = getComputedStyle(element);
    opacity *= Number(style.opacity) * filterOpacity(style.filter);
    if (opacity < leastOpacity || style.clipPath !== 'none' || style.getPropertyValue('clip') !== 'auto') return false;
    fixed ||= style.position === 'fixed';
    if (element !== field && cutsOff(element, style)) {
      const around = element.getBoundingClientRect();
      [left, top] = [Math.max(left, around.left), Math.max(top, around.top)];
      [right, bottom] = [Math.min(right, around.right), Math.min(bottom, around.bottom)];
    }
  }
  if (right - left < leastWidthPx || bottom - top < leastHeightPx) return false;
  return (
    isOnPage(field.ownerDocument, { left, top, right, bottom }, fixed) &&
    !isCovered(field, { left, top, right, bottom })
  );
}

interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Hides what overflows it for good; what scrolls can be scrolled to. */
function cutsOff(element: Element, style: CSSStyleDeclaration): boolean {
  const root = element.ownerDocument.documentElement;
  if (element === root || element === element.ownerDocument.body) return false;
  return /hidden|clip/.test(`${style.overflowX} ${style.overflowY}`);
}

function filterOpacity(filter: string): number {
  const value = /opacity\(([\d.]+)(%?)\)/.exec(filter);
  if (value === null) return 1;
  return Number(value[1]) / (value[2] === '%' ? 100 : 1);
}

/** Inside the area that can be scrolled to; inside the window for what does not scroll along. */
function isOnPage(document: Document, edges: Edges, fixed: boolean): boolean {
  const view = document.documentElement;
  const window = document.defaultView;
  const [x, y] = fixed ? [0, 0] : [window?.scrollX ?? 0, window?.scrollY ?? 0];
  const [width, height] = fixed ? [view.clientWidth, view.clientHeight] : [view.scrollWidth, view.scrollHeight];
  return edges.right + x > 0 && edges.bottom + y > 0 && edges.left + x < width && edges.top + y < height;
}

/** True where something else is hit in the field's middle. Its label, its own frame and ornaments beside it may be. */
function isCovered(field: HTMLElement, edges: Edges): boolean {
  const hit = field.ownerDocument.elementFromPoint((edges.left + edges.right) / 2, (edges.top + edges.bottom) / 2);
  // Outside the window nothing is hit.
  return (
    hit !== null &&
    !hit.contains(field) &&
    field.parentElement?.contains(hit) !== true &&
    hit.closest('label')?.control !== field
  );
}
