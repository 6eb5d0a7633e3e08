import type { Scripting } from 'webextension-polyfill';
import { patternsOf } from './origins.ts';
import { createQueue } from './serially.ts';
import type { Vault } from './vault.ts';

/** The content script's file in the built extension. */
export const bankScript = 'bank.js';
const scriptId = 'bank';

/** The browser, as far as the registration of the content script needs it. */
export interface BankScriptParts {
  readonly vault: Vault;
  readonly scripting: Pick<
    Scripting.Static,
    'getRegisteredContentScripts' | 'registerContentScripts' | 'unregisterContentScripts' | 'updateContentScripts'
  >;
  readonly isGranted: (patterns: string[]) => Promise<boolean>;
  /** Puts the script into open tabs of these hosts and has it look for the field. */
  readonly lookInTabs: (patterns: string[]) => Promise<void>;
}

/**
 * Keeps the content script registered where it has something to do: on granted hosts of tokens that fill by
 * themselves, while the vault is open. The registration ends with the browser's session, as the opened vault does.
 * A host-wide pattern only saves work elsewhere; who gets a code is decided by the exact origin.
 */
export function createBankScripts({ vault, scripting, isGranted, lookInTabs }: BankScriptParts) {
  const serially = createQueue();

  async function wantedPatterns(): Promise<string[]> {
    const tokens = (await vault.list()) ?? [];
    const patterns = patternsOf(tokens.filter((token) => token.autofill).flatMap((token) => token.origins));
    const granted = await Promise.all(patterns.map((pattern) => isGranted([pattern])));
    return patterns.filter((_, index) => granted[index]);
  }

  async function reconcile(): Promise<void> {
    const wanted = await wantedPatterns();
    const [registered] = await scripting.getRegisteredContentScripts({ ids: [scriptId] });
    if (wanted.length === 0) {
      if (registered !== undefined) await scripting.unregisterContentScripts({ ids: [scriptId] });
      return;
    }
    const script: Scripting.RegisteredContentScript = {
      id: scriptId,
      js: [bankScript],
      matches: wanted,
      runAt: 'document_idle',
      allFrames: true,
      persistAcrossSessions: false,
    };
    if (registered === undefined) await scripting.registerContentScripts([script]);
    else if (wanted.join() !== [...(registered.matches ?? [])].sort().join())
      await scripting.updateContentScripts([script]);
    else return;
    // Pages that were open before have no script yet.
    await lookInTabs(wanted);
  }

  return {
    /** Call it when the vault was opened or closed, or when tokens, their autofill or the granted hosts changed. */
    reconcile: () => serially(reconcile),
  };
}
