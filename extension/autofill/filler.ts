import { normaliseDigits } from '../../shared/digits.ts';
import type { FillOutcome, FillRequest, FoundPlace, Response } from '../messages.ts';
import { type Place, placesAmong } from './boxes.ts';
import { fillPlace } from './fill-place.ts';
import { type FieldWanted, findPlace, placeOf } from './find-field.ts';
import { focusedElement, inputsOf } from './tree.ts';
import { watchForFields } from './watch.ts';

/** Fields filled by themselves in one look, so that a page that rebuilds its field for ever stops somewhere. */
const maximumFills = 5;

export interface FillerParts {
  readonly document: Document;
  /** Both reject where the background is gone, as after an update of the extension. */
  readonly getField: () => Promise<Response<'getField'>>;
  readonly takeCode: () => Promise<Response<'takeCode'>>;
}

/** `gone`: the field, before anything was written. */
type Done = FillOutcome | 'gone';

export type Filler = ReturnType<typeof createFiller>;

/** Fills one document: when it is asked to, and by itself where the background says so. It never submits. */
export function createFiller({ document, getField, takeCode }: FillerParts) {
  /** One fill at a time, so that a request does not race with a fill that has begun by itself. */
  let running: Promise<Done> | null = null;
  let stopLooking = () => {};
  let pointed: WeakRef<HTMLInputElement> | null = null;
  const filled = new WeakSet<HTMLInputElement>();

  function placeFor(wanted: FieldWanted, isPointed: boolean): Place | null {
    if (!isPointed) return findPlace(document, wanted);
    const field = pointed?.deref();
    return field?.isConnected ? placeOf(field, wanted.digits) : null;
  }

  /** A place that was filled before, as by itself just now, and was not emptied since. */
  function heldPlace({ digits }: FieldWanted, isPointed: boolean): Place | undefined {
    const field = isPointed ? pointed?.deref() : undefined;
    return placesAmong(inputsOf(document), digits).find(
      ({ boxes }) =>
        boxes.every((box) => filled.has(box) && box.value !== '') && (!isPointed || boxes.some((box) => box === field)),
    );
  }

  async function holdsTheCode({ boxes }: Place): Promise<boolean> {
    const answer = await takeCode();
    const held = normaliseDigits(boxes.map((box) => box.value).join(''));
    return answer.outcome === 'code' && held === answer.code;
  }

  function fill(find: () => Place | null, wanted: FieldWanted, byItself: boolean): Promise<Done> {
    running ??= fillOnce(find, wanted, byItself).finally(() => {
      running = null;
    });
    return running;
  }

  async function fillOnce(find: () => Place | null, wanted: FieldWanted, byItself: boolean): Promise<Done> {
    let answer = await takeCode();
    while (answer.outcome === 'wait') {
      const { waitMs } = answer;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (find() === null) return 'gone';
      answer = await takeCode();
    }
    if (answer.outcome === 'none' || answer.code.length !== wanted.digits) return 'failed';
    // The page went on while the background worked: it may have another field now, or ask for something else in this one.
    const place = find();
    if (place === null) return 'gone';
    for (const box of place.boxes) filled.add(box);
    const focused = focusedElement(document);
    const isKept = await fillPlace(place, answer.code);
    // Whoever types in another field did not ask for this, and goes on there.
    const isElsewhere = focused !== document.body && !place.boxes.some((box) => box === focused);
    if (byItself && isElsewhere && focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    return isKept ? 'filled' : 'failed';
  }

  async function look(): Promise<void> {
    stopLooking();
    const wanted = await getField().catch(() => ({ outcome: 'none' as const }));
    if (wanted.outcome === 'none') return;
    stopLooking();
    let fills = 0;
    const find = () => {
      const place = findPlace(document, wanted);
      return place?.boxes.some((box) => filled.has(box)) ? null : place;
    };
    let isLoaded = document.readyState === 'complete';
    const search = async () => {
      if (!isLoaded && document.readyState === 'complete') {
        isLoaded = true;
        // A page may have emptied its form when it had loaded.
        for (const box of findPlace(document, wanted)?.boxes ?? []) filled.delete(box);
      }
      if (find() === null) return;
      fills += 1;
      const outcome = await fill(find, wanted, true).catch(() => 'failed' as const);
      // Whatever went wrong, trying again by itself would spend codes that nobody sees.
      if (outcome === 'failed' || fills >= maximumFills) stopLooking();
    };
    stopLooking = watchForFields(document, () => void search());
    await search();
  }

  return {
    /** Keeps the field that the person's pointer or focus is on, for a request that says `pointed`. */
    point(element: Element | null = focusedElement(document)): void {
      pointed = element instanceof HTMLInputElement ? new WeakRef(element) : null;
    },
    /** Whether there is a place to fill now, or one that was filled before. */
    find({ pointed: isPointed, ...wanted }: FillRequest): FoundPlace {
      if ((running !== null && !isPointed) || placeFor(wanted, isPointed) !== null) return 'free';
      return heldPlace(wanted, isPointed) === undefined ? 'none' : 'held';
    },
    /** The person asked. A fill that is under way already counts as theirs, and so does one that is done. */
    async fill({ pointed: isPointed, ...wanted }: FillRequest): Promise<FillOutcome> {
      const find = () => placeFor(wanted, isPointed);
      if (running !== null || find() !== null) {
        const outcome = await fill(find, wanted, false);
        return outcome === 'gone' ? 'failed' : outcome;
      }
      const held = heldPlace(wanted, isPointed);
      return held !== undefined && (await holdsTheCode(held)) ? 'filled' : 'noField';
    },
    /** Fills by itself, now or when the page has built its field, where one token does that here. Once per field. */
    look,
  };
}
