import { browser } from 'wxt/browser';
import type { Response, Send } from '../messages.ts';

/** Sends to the background. Rejects where nobody answers, as right after an update of the extension. */
export const send: Send = async (name, request) => {
  const response: unknown = await browser.runtime.sendMessage({ name, request });
  if (response === undefined || response === null) throw new Error(`no answer to ${name}`);
  return response as Response<typeof name>;
};
