import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { createFiller } from '../autofill/filler.ts';
import type { FillRequest, LookRequest, Request, Response } from '../messages.ts';

/** What both browsers offer a content script; the polyfill would weigh more than all the rest of this script. */
interface ScriptRuntime {
  /** Undefined once the extension was updated or removed. */
  readonly id?: string;
  sendMessage(message: unknown): Promise<unknown>;
  readonly onMessage: {
    addListener(
      listener: (message: unknown, sender: { id?: string; tab?: object }, answer: (value: unknown) => void) => boolean,
    ): void;
  };
}

/** A symbol, since a page can put an element under any name that is not taken. */
const startedWith = Symbol.for('shirushi');
interface ScriptGlobal {
  /** Under this name in Firefox too. */
  readonly chrome: { readonly runtime: ScriptRuntime };
  [startedWith]?: ScriptRuntime;
}

/** Runs in the top document of a bank's page. It is put in anew whenever it may be needed, and starts only once. */
export default defineUnlistedScript(() => {
  const scope = globalThis as unknown as ScriptGlobal;
  const { runtime } = scope.chrome;
  // A sandboxed document has no origin of its own; the background refuses it too.
  if (window !== window.top || window.origin !== location.origin) return;
  if (scope[startedWith]?.id !== undefined) return;
  scope[startedWith] = runtime;
  start(runtime);
});

function start(runtime: ScriptRuntime): void {
  const send = async <Name extends 'getField' | 'takeCode'>(name: Name, request: Request<Name>) =>
    ((await runtime.sendMessage({ name, request })) ?? { outcome: 'none' }) as Response<Name>;
  const filler = createFiller({
    document,
    getField: () => send('getField', {}),
    takeCode: () => send('takeCode', {}),
  });
  runtime.onMessage.addListener((message, sender, answer) => {
    // Only the background has no tab.
    if (sender.id !== runtime.id || sender.tab !== undefined) return false;
    const request = message as FillRequest | LookRequest;
    if (request.name === 'look') void filler.look();
    if (request.name !== 'fill') return false;
    filler.fill(request).then(answer, () => answer('failed'));
    return true;
  });
  void filler.look();
}
