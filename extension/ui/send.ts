import type { MessageName, Response, Send } from '../messages.ts';
import { browser } from './browser.ts';

/** A page asks these before it shows anything; they change nothing, so that asking once more while one waits is no harm. */
const questions: readonly MessageName[] = ['getState', 'openPopup', 'getSettings'];
/** Twice the same is once: these only look, or bring about a state that is named. */
const repeatable: readonly MessageName[] = [
  ...questions,
  'getCode',
  'checkVerifier',
  'closeVault',
  'putSettings',
  'renameToken',
  'removeToken',
  'setAutofill',
];
const maximumTries = 5;
/** Longer than a background takes to start; where that is too short for a busy computer, the question is asked again. */
const silenceMs = 3_000;

/** Rejects where no answer comes in time: a background that the browser does not start leaves a page waiting for ever. */
function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout>;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer for ${silenceMs} ms`)), silenceMs);
  });
  return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
}

/**
 * Sends to the background. Where the browser stopped the background before it answered, a message that may be repeated
 * starts it again; another one rejects, as all do right after an update of the extension. Where the background stays
 * silent, a question is asked again; a change is not, since it could undo what the person changed meanwhile.
 */
export const send: Send = async (name, request) => {
  const tries = repeatable.includes(name) ? maximumTries : 1;
  for (let left = tries - 1; ; left--) {
    try {
      const answer: Promise<unknown> = browser.runtime.sendMessage({ name, request });
      const response = await (questions.includes(name) ? inTime(answer) : answer);
      if (response === undefined || response === null) throw new Error(`no answer to ${name}`);
      return response as Response<typeof name>;
    } catch (error) {
      if (left === 0) throw error;
      // Time for the browser to notice that the background is gone.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};
