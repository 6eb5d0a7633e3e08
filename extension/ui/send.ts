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

/**
 * Sends to the background. Where the browser stopped the background before it answered, a message that may be repeated
 * starts it again; another one rejects, as all do right after an update of the extension.
 */
export const send: Send = async (name, request) => {
  const tries = repeatable.includes(name) ? maximumTries : 1;
  for (let left = tries - 1; ; left--) {
    try {
      const response: unknown = await browser.runtime.sendMessage({ name, request });
      if (response === undefined || response === null) throw new Error(`no answer to ${name}`);
      return response as Response<typeof name>;
    } catch (error) {
      if (left === 0) throw error;
      // Time for the browser to notice that the background is gone.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};
