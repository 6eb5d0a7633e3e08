import type { MessageName, Response, Send } from '../messages.ts';
import { browser } from './browser.ts';

/** Twice the same is once: these only look, or bring about a state that is named. */
const repeatable: readonly MessageName[] = [
  'getState',
  'openPopup',
  'getSettings',
  'getCode',
  'checkVerifier',
  'closeVault',
  'putSettings',
  'renameToken',
  'removeToken',
  'setAutofill',
];
const maximumTries = 5;
/** Longer than a background takes to start; where that is too short for a busy computer, the message is sent again. */
const silenceMs = 3_000;
/** Longer than the background waits for a verifier. */
const silenceOfVerifierMs = 20_000;

/** Rejects where no answer comes in time: a background that the browser does not start leaves a page waiting for ever. */
function inTime<Answer>(answer: Promise<Answer>, limitMs: number): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout>;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer for ${limitMs} ms`)), limitMs);
  });
  return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
}

/**
 * Sends to the background. Where the browser stopped the background before it answered, or does not start it, a message
 * that may be repeated is sent again; another one rejects, as all do right after an update of the extension.
 */
export const send: Send = async (name, request) => {
  const tries = repeatable.includes(name) ? maximumTries : 1;
  for (let left = tries - 1; ; left--) {
    try {
      const answer: Promise<unknown> = browser.runtime.sendMessage({ name, request });
      const limitMs = name === 'checkVerifier' ? silenceOfVerifierMs : silenceMs;
      const response = await (tries === 1 ? answer : inTime(answer, limitMs));
      if (response === undefined || response === null) throw new Error(`no answer to ${name}`);
      return response as Response<typeof name>;
    } catch (error) {
      if (left === 0) throw error;
      // Time for the browser to notice that the background is gone.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};
