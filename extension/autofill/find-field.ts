import { type Place, placesAmong } from './boxes.ts';
import { isForOtherCode, scoreOf } from './evidence.ts';
import { inputsOf } from './tree.ts';
import { isVisible } from './visible.ts';

export interface FieldWanted {
  /** Length of the token's codes. */
  readonly digits: number;
  /** CSS selectors that the institution gives; they come before every guess. */
  readonly fieldHints: readonly string[];
}

/** Whether a code may be written into this field, as far as what it holds. */
type IsFree = (box: HTMLInputElement) => boolean;

/** Least score of a certain place: a name alone does not reach it, a label or a name with a fitting length does. */
const leastScore = 45;
/** If the best two scores differ by less than this, neither place is taken. */
const leastLead = 20;

/**
 * The one place for the token's code, free and visible; null if there is none, or a choice. First the candidates that could
 * hold it, then what is written around them, then whether exactly one is certain. Searches shadow roots but not frames,
 * each of which has a search of its own.
 */
export function findPlace(document: Document, wanted: FieldWanted, isFree: IsFree = isEmpty): Place | null {
  // While the page is still loading, later text may say something else.
  if (document.readyState === 'loading') return null;
  const inputs = inputsOf(document);
  const places = placesAmong(inputs, wanted.digits);
  const hinted = hintedPlace(places, wanted.fieldHints);
  if (hinted) return hinted.boxes.every(isFree) ? hinted : null;
  // A place that holds something already competes, so that its twin is not filled instead.
  const ranked = places
    .map((place) => ({ place, score: scoreOf(place, wanted.digits, inputs) }))
    .filter(({ place, score }) => score >= leastScore && isShown(place))
    .sort((a, b) => b.score - a.score);
  const [best, second] = ranked;
  if (!best || (second && best.score - second.score < leastLead)) return null;
  return best.place.boxes.every(isFree) && !isForOtherCode(best.place) ? best.place : null;
}

/**
 * The place that a person pointed at: the field itself, or the row of boxes that it is one of. Nothing has to be
 * written beside it, but it has to be free, visible and of the code's length all the same.
 */
export function placeOf(field: HTMLInputElement, digits: number, isFree: IsFree): Place | null {
  const places = placesAmong(inputsOf(field.ownerDocument), digits);
  const place = places.find(({ boxes }) => boxes.includes(field));
  return place?.boxes.every(isFree) && isShown(place) ? place : null;
}

export function isEmpty(box: HTMLInputElement): boolean {
  return box.value === '';
}

function isShown({ boxes }: Place): boolean {
  return boxes.every(isVisible);
}

/** The only visible place that the first fitting hint names, by one of its fields; undefined where no hint does. */
function hintedPlace(places: readonly Place[], hints: readonly string[]): Place | undefined {
  for (const hint of hints) {
    try {
      const named = places.filter((place) => place.boxes.some((box) => box.matches(hint)) && isShown(place));
      if (named.length === 1) return named[0];
    } catch {
      // An invalid selector is the institution's mistake and must not stop the search.
    }
  }
  return undefined;
}
