import type { FillOutcome, Response } from '../messages.ts';
import { fillField } from './fill-field.ts';
import { type FieldWanted, findField, isStillFree } from './find-field.ts';

/** How long a page may take to build its field after the extension began to look. */
const lookForMs = 5 * 60_000;
/** At most one search in this time, however much the page changes. */
const searchEveryMs = 200;
/** Fields filled by themselves in one look, so that a page that rebuilds its field for ever stops somewhere. */
const maximumFills = 5;

export interface FillerParts {
  readonly document: Document;
  /** Both reject where the background is gone, as after an update of the extension. */
  readonly getField: () => Promise<Response<'getField'>>;
  readonly takeCode: () => Promise<Response<'takeCode'>>;
}

export type Filler = ReturnType<typeof createFiller>;

/** Fills one document: when it is asked to, and by itself where the background says so. It never submits. */
export function createFiller({ document, getField, takeCode }: FillerParts) {
  /** One fill at a time, so that a request does not race with a fill that has begun by itself. */
  let running: Promise<FillOutcome> | null = null;
  let stopLooking = () => {};
  const filled = new WeakSet<HTMLInputElement>();

  function fill(wanted: FieldWanted): Promise<FillOutcome> {
    running ??= fillOnce(wanted).finally(() => {
      running = null;
    });
    return running;
  }

  async function fillOnce(wanted: FieldWanted): Promise<FillOutcome> {
    const field = findField(document, wanted);
    if (field === null) return 'noField';
    const answer = await takeCode();
    if (answer.outcome === 'none') return 'failed';
    // The page went on while the background worked.
    if (answer.code.length !== wanted.digits || !isStillFree(field, wanted)) return 'failed';
    filled.add(field);
    return (await fillField(field, answer.code)) ? 'filled' : 'failed';
  }

  async function look(): Promise<void> {
    stopLooking();
    const wanted = await getField().catch(() => ({ outcome: 'none' as const }));
    if (wanted.outcome === 'none') return;
    stopLooking();
    let searching: ReturnType<typeof setTimeout> | null = null;
    let fills = 0;
    const search = async () => {
      const field = findField(document, wanted);
      if (field === null || filled.has(field)) return;
      fills += 1;
      const outcome = await fill(wanted).catch(() => 'failed' as const);
      // Whatever went wrong, trying again by itself would spend codes that nobody sees.
      if (outcome === 'failed' || fills >= maximumFills) stopLooking();
    };
    const observer = new MutationObserver(() => {
      searching ??= setTimeout(() => {
        searching = null;
        void search();
      }, searchEveryMs);
    });
    const end = setTimeout(() => stopLooking(), lookForMs);
    stopLooking = () => {
      observer.disconnect();
      clearTimeout(end);
      if (searching !== null) clearTimeout(searching);
    };
    const attributeFilter = ['style', 'class', 'hidden', 'disabled', 'readonly', 'type'];
    observer.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter });
    await search();
  }

  return {
    /** The person asked. A fill that is under way already counts as theirs. */
    fill,
    /** Fills by itself, now or when the page has built its field, where one token does that here. Once per field. */
    look,
  };
}
