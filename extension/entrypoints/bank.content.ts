import type { UnlistedScriptDefinition } from 'wxt';
import { createFiller } from '../autofill/filler.ts';
import { describeFrame } from '../autofill/frame.ts';
import type { DescribeRequest, FillRequest, LookRequest, PointRequest, Request, Response } from '../messages.ts';

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
  /** Firefox's own: which element the context menu was opened on. */
  readonly browser?: {
    readonly [Name in 'menus' | 'contextMenus']?: { getTargetElement?(id: number): Element | null };
  };
}

/** Runs in the documents of a bank's page. It is put in anew whenever it may be needed, and starts only once. */
export default {
  main() {
    const scope = globalThis as unknown as ScriptGlobal;
    const { runtime } = scope.chrome;
    // A sandboxed document has no origin of its own; the background refuses it too.
    if (window.origin !== location.origin) return;
    if (scope[startedWith]?.id !== undefined) return;
    scope[startedWith] = runtime;
    start(runtime);
  },
} satisfies UnlistedScriptDefinition;

function start(runtime: ScriptRuntime): void {
  const send = async <Name extends 'getField' | 'takeCode'>(name: Name, request: Request<Name>) =>
    (await runtime.sendMessage({ name, request })) as Response<Name> | undefined;
  const filler = createFiller({
    document,
    getField: () => send('getField', {}),
    takeCode: () => send('takeCode', {}),
  });
  runtime.onMessage.addListener((message, sender, answer) => {
    // Only the background has no tab.
    if (sender.id !== runtime.id || sender.tab !== undefined) return false;
    const request = message as FillRequest | LookRequest | PointRequest | DescribeRequest;
    switch (request.name) {
      case 'look':
        void filler.look();
        break;
      case 'describe':
        answer(describeFrame(window));
        break;
      case 'point':
        answer(filler.point(request.targetElementId === null ? undefined : pointedAt(request.targetElementId)));
        break;
      case 'find':
        answer(filler.find(request));
        break;
      case 'fill':
        filler.fill(request).then(answer, () => answer('failed'));
        return true;
    }
    return false;
  });
  void filler.look();
  // A page that the browser prepares ahead gets nothing before the person comes to it.
  document.addEventListener('prerenderingchange', () => void filler.look(), { once: true });
}

function pointedAt(targetElementId: number): Element | undefined {
  const { menus, contextMenus } = (globalThis as unknown as ScriptGlobal).browser ?? {};
  return (menus ?? contextMenus)?.getTargetElement?.(targetElementId) ?? undefined;
}
