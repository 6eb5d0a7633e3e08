import { hintTexts, labelTexts, surroundingText, textsBefore } from './nearby-text.ts';
import { isVisible } from './visible.ts';
import { type Meaning, meaningOfName, meaningOfText, tellsOfSentCode } from './words.ts';

export interface FieldWanted {
  /** Length of the token's codes. */
  readonly digits: number;
  /** CSS selectors that the institution gives; they come before every guess. */
  readonly fieldHints: readonly string[];
}

/** Below this a field is not sure enough: a name alone is not, a label or a name with a fitting length is. */
const leastScore = 45;
/** Two fields nearer to each other than this are equally sure, and none is taken. */
const leastLead = 20;

const textScores: Record<Exclude<Meaning, 'never'>, { own: number; before: number; name: number }> = {
  otp: { own: 60, before: 50, name: 40 },
  code: { own: 30, before: 30, name: 20 },
  nothing: { own: 0, before: 0, name: 0 },
};

/**
 * The one field for the token's code, empty and visible, or null where there is none or a choice.
 * Only the document itself is searched: no frame, no shadow root, no field split into boxes.
 */
export function findField(document: Document, wanted: FieldWanted): HTMLInputElement | null {
  const fields = [...document.querySelectorAll('input')].filter((field) => canHold(field, wanted.digits));
  const hinted = hintedField(fields, wanted.fieldHints);
  if (hinted !== undefined) return isEmpty(hinted) ? hinted : null;
  // A field that holds something already competes, so that its twin is not filled in its place.
  const ranked = fields
    .map((field) => ({ field, score: scoreOf(field, wanted.digits) }))
    .filter(({ field, score }) => score >= leastScore && isVisible(field))
    .sort((a, b) => b.score - a.score);
  const [best, second] = ranked;
  if (best === undefined || (second !== undefined && best.score - second.score < leastLead)) return null;
  return isEmpty(best.field) && !tellsOfSentCode(surroundingText(best.field)) ? best.field : null;
}

/** True while a field found before can still be filled. */
export function isStillFree(field: HTMLInputElement, wanted: FieldWanted): boolean {
  return field.isConnected && canHold(field, wanted.digits) && isEmpty(field) && isVisible(field);
}

function isEmpty(field: HTMLInputElement): boolean {
  return field.value === '';
}

/** A field into which a person could type this many digits. */
function canHold(field: HTMLInputElement, digits: number): boolean {
  if (!['text', 'tel', 'number', 'password'].includes(field.type)) return false;
  if (field.readOnly || field.matches(':disabled') || field.closest('[inert]') !== null) return false;
  if (field.maxLength >= 0 && field.maxLength < digits) return false;
  return field.minLength <= digits && matchesPattern(field, '0'.repeat(digits));
}

function matchesPattern(field: HTMLInputElement, sample: string): boolean {
  if (field.pattern === '') return true;
  try {
    return new RegExp(`^(?:${field.pattern})$`, 'v').test(sample);
  } catch {
    // Browsers ignore a pattern that is none.
    return true;
  }
}

/** The only visible field of the first hint that names exactly one; undefined where no hint does. */
function hintedField(fields: readonly HTMLInputElement[], hints: readonly string[]): HTMLInputElement | undefined {
  for (const hint of hints) {
    try {
      const matching = fields.filter((field) => field.matches(hint) && isVisible(field));
      if (matching.length === 1) return matching[0];
    } catch {
      // No selector: the institution's mistake, which must not stop the search.
    }
  }
  return undefined;
}

/** How sure the field is, from 0; 0 as soon as anything says that it is for something else. */
function scoreOf(field: HTMLInputElement, digits: number): number {
  const labels = labelTexts(field);
  const own = strongest([...labels, ...hintTexts(field)].map(meaningOfText));
  // A field with a label is what its label says, whatever stands around it.
  const before =
    own === 'nothing' && labels.length === 0 ? strongest(textsBefore(field).map(meaningOfText)) : 'nothing';
  const name = strongest([meaningOfName(field.name), meaningOfName(field.id)]);
  if (own === 'never' || before === 'never' || name === 'never') return 0;
  // A bank may leave room for another token's longer code or for full-width digits, but then a text has to say so:
  // with less, another length is another purpose.
  const isLonger = field.maxLength > digits;
  if (isLonger && own !== 'otp' && before !== 'otp') return 0;
  let score = textScores[own].own + textScores[before].before + textScores[name].name;
  if (/(^|\s)one-time-code(\s|$)/i.test(field.getAttribute('autocomplete') ?? '')) score += 40;
  if (score === 0) return 0;
  if (field.maxLength === digits) score += 10;
  if (field.inputMode === 'numeric' || field.type === 'tel' || field.type === 'number') score += 5;
  return score;
}

function strongest(meanings: readonly Meaning[]): Meaning {
  const order: readonly Meaning[] = ['never', 'otp', 'code'];
  return order.find((meaning) => meanings.includes(meaning)) ?? 'nothing';
}
