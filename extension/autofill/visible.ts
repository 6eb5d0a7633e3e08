import { edgesOf, elementAt, isAround, outward } from './tree.ts';

const leastWidthPx = 10;
const leastHeightPx = 8;
const leastOpacity = 0.2;

interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * True if a person who looks at the page can see the element: it has a size, is on the page, is not clipped by what is
 * around it, not transparent, and, where it is inside the window, not covered by anything foreign.
 */
export function isVisible(element: HTMLElement): boolean {
  if (!element.checkVisibility({ checkVisibilityCSS: true, contentVisibilityAuto: true })) return false;
  let edges: Edges = edgesOf(element);
  let opacity = 1;
  let fixed = false;
  let scrolledAway = false;
  for (const each of outward(element)) {
    const style = getComputedStyle(each);
    opacity *= Number(style.opacity);
    // Browsers write the share as a number, however the page wrote it. What stands in a name may only hide the element.
    for (const [, share] of style.filter.matchAll(/opacity\((.+?)\)/g)) opacity *= Math.min(1, Number(share));
    if (!(opacity >= leastOpacity) || style.getPropertyValue('clip') !== 'auto' || style.maskImage.includes('('))
      return false;
    fixed ||= style.position === 'fixed';
    if (style.clipPath !== 'none') {
      const clipped = clippedBy(each, style);
      if (!clipped) return false;
      edges = overlap(edges, clipped);
    }
    if (each === element || isWholePage(each)) continue;
    const box = edgesOf(each);
    const shown = overlap(edges, box);
    if (!fixed && !isLargeEnough(shown) && isLargeEnough(overlap(edges, reachOf(each, style, box)))) {
      // It comes to stand somewhere in there.
      edges = box;
      scrolledAway = true;
    } else if (/hidden|clip|paint|strict|content/.test(style.overflowX + style.overflowY + style.contain)) {
      edges = shown;
    }
  }
  // Fixed and absolute elements are not clipped by every box around them.
  if (!isLargeEnough(edges)) return isHit(element);
  return isOnPage(element.ownerDocument, edges, fixed) && (scrolledAway || !isCovered(element, edges));
}

function isLargeEnough(edges: Edges): boolean {
  return edges.right - edges.left >= leastWidthPx && edges.bottom - edges.top >= leastHeightPx;
}

function overlap(a: Edges, b: Edges): Edges {
  return {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
}

/** What `clip-path` leaves of an element; null if that cannot be determined. */
function clippedBy(element: Element, style: CSSStyleDeclaration): Edges | null {
  // Libraries clip a strip off for the icon of a password manager: `inset(0 40px 0 0)`.
  const inset = /^inset\(([-\d.]+(?:px|%)?(?: [-\d.]+(?:px|%)?){0,3})/.exec(style.clipPath)?.[1]?.split(' ');
  if (!inset) return null;
  const box = edgesOf(element);
  const length = (index: number, whole: number) => {
    const text = inset[index] ?? inset[index - 2] ?? inset[0] ?? '0';
    return Number.parseFloat(text) * (text.endsWith('%') ? whole / 100 : 1);
  };
  return {
    top: box.top + length(0, box.height),
    right: box.right - length(1, box.width),
    bottom: box.bottom - length(2, box.height),
    left: box.left + length(3, box.width),
  };
}

/** The viewport's own scrolling clips nothing. */
function isWholePage(element: Element): boolean {
  const { ownerDocument: document } = element;
  return element === document.documentElement || element === scrolledBy(document);
}

/** The element whose `overflow` the viewport uses: the body, unless the document element sets its own. */
function scrolledBy({ documentElement, body }: Document): HTMLElement {
  return body && getComputedStyle(documentElement).overflowX === 'visible' ? body : documentElement;
}

/** The part of a box's content that a person can see or scroll to. */
function reachOf(element: Element, style: CSSStyleDeclaration, box: Edges): Edges {
  const reach = (from: number, overflow: string, scrolled: number, size: number, shown: number): [number, number] =>
    /auto|scroll/.test(overflow) ? [from - scrolled, from - scrolled + size] : [from, from + shown];
  const { scrollLeft, scrollTop, scrollWidth, scrollHeight, clientWidth, clientHeight } = element;
  const [left, right] = reach(box.left, style.overflowX, scrollLeft, scrollWidth, clientWidth);
  const [top, bottom] = reach(box.top, style.overflowY, scrollTop, scrollHeight, clientHeight);
  return { left, right, top, bottom };
}

/** Inside the area that can be scrolled to; in a direction in which page or element cannot scroll, inside the window. */
function isOnPage(document: Document, { left, top, right, bottom }: Edges, fixed: boolean): boolean {
  const { scrollWidth, scrollHeight } = document.documentElement;
  const { overflowX, overflowY } = getComputedStyle(scrolledBy(document));
  const isOn = (from: number, to: number, overflow: string, scrolled: number, whole: number, shown: number) =>
    fixed || /hidden|clip/.test(overflow)
      ? to > 0 && from < shown
      : to + scrolled > 0 && from + scrolled < Math.max(whole, shown);
  return (
    isOn(left, right, overflowX, scrollX, scrollWidth, innerWidth) &&
    isOn(top, bottom, overflowY, scrollY, scrollHeight, innerHeight)
  );
}

/** True if hit tests around the element's middle find nothing but the element: a clip leaves more than a speck of it. */
function isHit(element: HTMLElement): boolean {
  const edges = edgesOf(element);
  return isLargeEnough(edges) && [-4, 4].every((away) => elementIn(element.ownerDocument, edges, away) === element);
}

/** The uppermost element in the middle of the rectangle, or that many pixels to its lower right. */
function elementIn(document: Document, { left, top, right, bottom }: Edges, away = 0): Element | null {
  return elementAt(document, (left + right) / 2 + away, (top + bottom) / 2 + away);
}

/**
 * True if something foreign is hit in the element's middle. An ornament beside it or in its label, and the label itself, are
 * not foreign. An ancestor is, unless the element takes no clicks itself: otherwise the element lies behind it, or shows its
 * back.
 */
function isCovered(element: HTMLElement, edges: Edges): boolean {
  const hit = elementIn(element.ownerDocument, edges);
  // Outside the window a hit test finds nothing.
  if (!hit || hit === element) return false;
  if (isAround(hit, element)) return getComputedStyle(element).pointerEvents !== 'none';
  const frame = element.parentElement ?? element.getRootNode();
  const isIts = frame.contains(hit) || (hit.closest('label') as HTMLLabelElement | null)?.control === element;
  return !isIts || edgesOf(hit).height > 2 * (edges.bottom - edges.top);
}
