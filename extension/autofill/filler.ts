import type { FillOutcome, FillRequest, FoundPlace, Response } from '../messages.ts';
import type { Place } from './boxes.ts';
import { digitsIn, fillPlace, pause } from './fill-place.ts';
import { type FieldWanted, findPlace, isEmpty, placeOf } from './find-field.ts';
import { focusedElement } from './tree.ts';
import { watchForFields } from './watch.ts';

/** Most automatic fills of one search, so that a page that rebuilds its field endlessly does not get endless codes. */
const maximumFills = 5;

export interface FillerParts {
  readonly document: Document;
  /** Both reject where the background is gone, as after an update of the extension; undefined where it does not answer. */
  readonly getField: () => Promise<Response<'getField'> | undefined>;
  readonly takeCode: () => Promise<Response<'takeCode'> | undefined>;
}

/** `gone`: the field, before the code was in it. */
type Done = FillOutcome | 'gone';

/** Fills one document: on request, and automatically where the background says so. Never submits. */
export function createFiller({ document, getField, takeCode }: FillerParts) {
  /** One fill at a time, so that a request does not race with an automatic fill. */
  let running: Promise<Done> | null = null;
  let stopLooking = () => {};
  let pointed: WeakRef<HTMLInputElement> | null = null;
  /** The fields that were filled, with the digits that each kept. */
  const filled = new WeakMap<HTMLInputElement, string>();

  /** A code of ours that nobody touched may be overwritten when the person asks: it may have expired by then. */
  const isFree = (box: HTMLInputElement) => box.value === '' || digitsIn([box]) === filled.get(box);

  function placeFor(wanted: FieldWanted, isPointed: boolean): Place | null {
    if (!isPointed) return findPlace(document, wanted, isFree);
    const field = pointed?.deref();
    return field ? placeOf(field, wanted.digits, isFree) : null;
  }

  function fill(find: () => Place | null, wanted: FieldWanted, byItself: boolean): Promise<Done> {
    running ??= fillOnce(find, wanted, byItself).finally(() => {
      running = null;
    });
    return running;
  }

  async function fillOnce(find: () => Place | null, wanted: FieldWanted, byItself: boolean): Promise<Done> {
    let answer = await takeCode();
    while (answer?.outcome === 'wait') {
      await pause(answer.waitMs);
      if (!find()) return 'gone';
      answer = await takeCode();
    }
    if (answer?.outcome !== 'code' || answer.code.length !== wanted.digits) return 'failed';
    // The page may have changed while the background worked: another field, or this one for something else.
    const place = find();
    if (!place) return 'gone';
    if (digitsIn(place.boxes) === answer.code) return 'filled';
    const focused = focusedElement(document) as HTMLElement | null;
    // A person typing in another field or frame did not ask for this: none of their keystrokes may go astray.
    const isElsewhere =
      byItself &&
      ((self !== parent && !document.hasFocus()) ||
        (focused !== document.body && !place.boxes.includes(focused as HTMLInputElement)));
    // The page may have moved the focus to its next box, or a box that opens on focus took it.
    const giveBack = () => {
      if (focusedElement(document) !== focused) focused?.focus({ preventScroll: true });
    };
    const isKept = await fillPlace(place, answer.code, isElsewhere ? giveBack : undefined);
    for (const box of place.boxes) filled.set(box, digitsIn([box]));
    if (isKept) return 'filled';
    return place.boxes.some((box) => box.isConnected) ? 'failed' : 'gone';
  }

  async function look(): Promise<void> {
    stopLooking();
    const wanted = await getField().catch(() => null);
    if (wanted?.outcome !== 'look') return;
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
      if (!find()) return;
      fills += 1;
      const outcome = await fill(find, wanted, true).catch(() => 'failed' as const);
      // Whatever went wrong, automatic retries would use up codes that nobody sees.
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
    /** Whether there is a place to fill now, or one that holds a code of ours. */
    find({ pointed: isPointed, ...wanted }: FillRequest): FoundPlace {
      if (running && !isPointed) return 'free';
      const place = placeFor(wanted, isPointed);
      if (!place) return 'none';
      return place.boxes.every(isEmpty) ? 'free' : 'held';
    },
    /** The person asked. An automatic fill that is under way, or done, counts as theirs. */
    async fill({ pointed: isPointed, ...wanted }: FillRequest): Promise<FillOutcome> {
      const find = () => placeFor(wanted, isPointed);
      // What is being filled may be another field than the one pointed at.
      if (isPointed) await running;
      if (!running && !find()) return 'noField';
      const outcome = await fill(find, wanted, false);
      return outcome === 'gone' ? 'failed' : outcome;
    },
    /** Fills automatically, now or once the page has built its field, if one token does that here. Once per field. */
    look,
  };
}
