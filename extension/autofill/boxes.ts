import { canHold, isTypeable } from './conditions.ts';
import { textBetween } from './nearby-text.ts';
import { edgesOf } from './tree.ts';
import { fold, ordinal } from './words.ts';

/** Where a code can go: one field, or several boxes in a row that take it piece by piece. */
export interface Place {
  readonly boxes: readonly [HTMLInputElement, ...HTMLInputElement[]];
  /** Digits that each box takes; all of them for one field. */
  readonly digitsPerBox: number;
}

/** Wider boxes are fields of their own, unless they say that they take only a part of the code. */
const widestBoxPx = 80;
/** Width of a box that would take the whole code, so that it can be pasted into the first box, but has no room to show it. */
const widestWholeBoxPx = 56;
/** From this many on, boxes in a row are not single fields, even if their number is not the code's length. */
const leastBoxes = 3;

/** Every place for a code of this length among the inputs, which are in page order. */
export function placesAmong(inputs: readonly HTMLInputElement[], digits: number): Place[] {
  const places: Place[] = [];
  for (const row of rowsOf(inputs, digits)) {
    const [first, ...rest] = row;
    if (!first) continue;
    const digitsPerBox = rest.length === 0 ? digits : digitsPerBoxOf(row, digits);
    if (digitsPerBox !== null && canBeFilled(row, digitsPerBox)) {
      places.push({ boxes: [first, ...rest], digitsPerBox });
    } else if (rest.length > 0 && row.length < leastBoxes) {
      for (const each of row) if (canHold(each, digits)) places.push({ boxes: [each], digitsPerBox: digits });
    }
  }
  return places;
}

/** True if the first box can be typed into, and each other one at least once the one before is filled. */
function canBeFilled(boxes: readonly HTMLInputElement[], digitsPerBox: number): boolean {
  return boxes.every((box, index) => canHold(box, digitsPerBox, index > 0));
}

/** How many digits each box of a row takes; null where the row is not for a code of this length. */
function digitsPerBoxOf(row: readonly HTMLInputElement[], digits: number): number | null {
  if (row.length === digits) return 1;
  const [first] = row;
  const part = first?.maxLength ?? -1;
  const fits = part > 1 && row.length * part === digits && row.every((box) => box.maxLength === part);
  return fits ? part : null;
}

/** The inputs in rows: boxes side by side without text between them form one row, any other input is alone. */
function rowsOf(inputs: readonly HTMLInputElement[], digits: number): HTMLInputElement[][] {
  const rows: HTMLInputElement[][] = [];
  let last: HTMLInputElement | null = null;
  for (const input of inputs) {
    if (!isTypeable(input)) continue;
    const box = edgesOf(input);
    // Hidden inputs do not separate boxes.
    if (box.width === 0 || box.height === 0) continue;
    const row = rows.at(-1);
    if (
      last &&
      row &&
      ((isBox(last, digits) && isBox(input, digits)) || areCounted(last, input)) &&
      areNeighbours(last, input)
    ) {
      row.push(input);
    } else {
      rows.push([input]);
    }
    last = input;
  }
  return rows;
}

function isBox(input: HTMLInputElement, digits: number): boolean {
  const isPart = input.maxLength > 0 && input.maxLength < digits;
  const isWhole = input.maxLength >= digits;
  return isPart || edgesOf(input).width <= (isWhole ? widestWholeBoxPx : widestBoxPx);
}

function areNeighbours(one: HTMLInputElement, next: HTMLInputElement): boolean {
  const [a, b] = [edgesOf(one), edgesOf(next)];
  const sameLine = Math.abs((a.top + a.bottom) / 2 - (b.top + b.bottom) / 2) < Math.min(a.height, b.height) / 2;
  const near = b.left >= a.left && b.left - a.right < Math.max(a.width, 48);
  const goOn = (takesOneDigit(one) && takesOneDigit(next)) || areCounted(one, next);
  const isNext = (sameLine && near) || (goOn && isUnder(a, b));
  return isNext && one.type === next.type && saysNothing(textBetween(one, next));
}

/** `digit1` and `digit2`: boxes of a row however wide, unless they have a length of their own that says otherwise. */
function areCounted(one: HTMLInputElement, next: HTMLInputElement): boolean {
  const [a, b] = [one, next].map((each) => /^(.*?)(\d+)(\D*)$/.exec(each.id || each.name));
  if (!a || !b || one.maxLength > 1 || next.maxLength > 1) return false;
  return a[1] === b[1] && a[3] === b[3] && Number(b[2]) === Number(a[2]) + 1;
}

function takesOneDigit(input: HTMLInputElement): boolean {
  return input.maxLength === 1;
}

/** A row of boxes that is too long for its place goes on at the beginning of the next line. */
function isUnder(a: DOMRect, b: DOMRect): boolean {
  return b.left <= a.left && b.top >= a.bottom - 1 && b.top - a.bottom < a.height;
}

/** Between boxes there may be a dash or the box's own number, but not the caption of another field. */
function saysNothing(text: string): boolean {
  if (!/[\p{L}\p{N}]/u.test(text)) return true;
  return ordinal.test(fold(text));
}
