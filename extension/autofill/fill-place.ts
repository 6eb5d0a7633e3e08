import { normaliseDigits } from '../../shared/digits.ts';
import { type Place, placesAmong } from './boxes.ts';
import { fullWidth, matchesPattern } from './conditions.ts';
import { textsOn } from './evidence.ts';
import { inputsOf } from './tree.ts';

/**
 * Enters the code as typing does, box by box if there are several. Never submits. False if the page did not keep it; what
 * was written is removed again then. A page may group the digits.
 * @param giveBack gives the focus back to where the person is; without it the boxes get it as they are filled
 */
export async function fillPlace(place: Place, code: string, giveBack?: () => void): Promise<boolean> {
  const document = place.boxes[0].ownerDocument;
  const boxes = [...place.boxes];
  const width = wantsFullWidth(place) ? fullWidth : (digits: string) => digits;
  for (const [index, box] of boxes.entries()) {
    const piece = code.slice(index * place.digitsPerBox, (index + 1) * place.digitsPerBox);
    // The page redraws its boxes after each digit; take the new one.
    const current = box.isConnected ? box : placeLike(document, place, code.length)?.boxes[index];
    if (!current || current.matches(':disabled')) break;
    boxes[index] = current;
    // A box that only opens on focus cannot be filled without it.
    if (!giveBack || current.readOnly) current.focus({ preventScroll: true });
    await type(current, width(piece), piece.at(-1) ?? '', giveBack);
  }
  if (isKept(document, place, boxes, code)) return true;
  for (const box of boxes) if (box.isConnected && box.value !== '') write(box, '', 'deleteContentBackward');
  giveBack?.();
  return false;
}

/** True where the form takes full-width digits only, or asks for them in words. */
function wantsFullWidth(place: Place): boolean {
  const [first] = place.boxes;
  if (first.type === 'number') return false;
  const sample = '0123456789'.slice(0, place.digitsPerBox);
  if (!matchesPattern(first, sample)) return matchesPattern(first, fullWidth(sample));
  if (first.pattern !== '' && !matchesPattern(first, fullWidth(sample))) return false;
  const texts = textsOn(place).join(' ');
  // `全角で…（半角は使用できません）` requires it; `半角または全角` leaves the choice.
  const demanded = texts.replace(/半角(数字|文字)?(は|では?)[^。、]{0,12}(でき|使え|不可)[^。、]{0,6}/g, '');
  return demanded.includes('全角') && !demanded.includes('半角');
}

/** A page may listen around the field, outside of its shadow root too. */
const everywhere = { bubbles: true, composed: true };

/** One box, which may have the focus: key, `beforeinput`, the value by the browser's own setter, `input`, key, `change`. */
async function type(box: HTMLInputElement, text: string, lastDigit: string, giveBack?: () => void): Promise<void> {
  if (box.readOnly) return;
  const key = {
    key: lastDigit,
    code: `Digit${lastDigit}`,
    keyCode: 48 + Number(lastDigit),
    ...everywhere,
  };
  const handled = !box.dispatchEvent(new KeyboardEvent('keydown', { ...key, cancelable: true }));
  if (handled) await nextTask(giveBack);
  // Some pages write the digit themselves on keydown.
  if (!handled || digitsIn([box]) !== normaliseDigits(text)) write(box, text, 'insertText');
  box.dispatchEvent(new KeyboardEvent('keyup', key));
  box.dispatchEvent(new Event('change', everywhere));
  // Frameworks that put their own value back, redraw or move on do so after the event.
  await nextTask(giveBack);
}

/** Frameworks replace the setter on the element; the browser's own is on the prototype. */
function write(box: HTMLInputElement, text: string, inputType: string): void {
  const details = { ...everywhere, inputType, data: text === '' ? null : text };
  if (!box.dispatchEvent(new InputEvent('beforeinput', { ...details, cancelable: true }))) return;
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(box, text);
  box.dispatchEvent(new InputEvent('input', details));
}

/** The value read back. Boxes that are gone are fine where the page went on, and not where it drew empty ones. */
function isKept(document: Document, place: Place, boxes: readonly HTMLInputElement[], code: string): boolean {
  if (boxes.every((box) => box.isConnected)) return digitsIn(boxes) === code;
  const successor = placeLike(document, place, code.length);
  return !successor || digitsIn(successor.boxes) === code;
}

/** What stands in the boxes, as plain digits where it is a code. */
export function digitsIn(boxes: readonly HTMLInputElement[]): string {
  return normaliseDigits(boxes.map((box) => box.value).join(''));
}

/** The only place of the same make. */
function placeLike(document: Document, place: Place, digits: number): Place | undefined {
  const { name, type, id } = place.boxes[0];
  const alike = placesAmong(inputsOf(document), digits).filter(
    ({ boxes }) =>
      boxes.length === place.boxes.length && boxes[0].name === name && boxes[0].type === type && boxes[0].id === id,
  );
  return alike.length === 1 ? alike[0] : undefined;
}

/** No key goes down before the focus is where it was, even if the page moved it. */
async function nextTask(giveBack?: () => void): Promise<void> {
  // A page may move it right behind its event.
  await null;
  giveBack?.();
  await pause();
  giveBack?.();
}

export function pause(ms?: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
