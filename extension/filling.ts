import { isOfToken, type WebDocument } from './authorize.ts';
import type { FillOutcome, FillRequest, Response } from './messages.ts';
import { isOver } from './token-record.ts';
import type { Vault, VaultToken } from './vault.ts';

/** The browser's tabs, as far as filling needs them. */
export interface Pages {
  /** Origin of the tab's page; null where the browser does not let us see it. */
  originOf(tabId: number): Promise<string | null>;
  /**
   * Puts the content script into the tab's top document. Null where the browser refuses; `documentId` is null where
   * it does not number documents.
   */
  inject(tabId: number): Promise<{ readonly documentId: string | null } | null>;
  /** Sends to the content script of that document, and to no other. Rejects where it is gone. */
  send(tabId: number, documentId: string | null, request: FillRequest): Promise<FillOutcome>;
}

export interface FillingParts {
  readonly vault: Vault;
  readonly pages: Pages;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A person asked for a fill, and the content script may come for one code. */
interface Ask {
  readonly tokenId: string;
  readonly origin: string;
  readonly documentId: string | null;
}

/** A code with less than this left would arrive at the bank too late; the next one is waited for instead. */
const leastRemainingMs = 3000;

export type Filling = ReturnType<typeof createFilling>;

/** Codes for documents. Who asks is settled by `authorize`; here is which token, and whether it is of that origin. */
export function createFilling({ vault, pages, clock, sleep }: FillingParts) {
  /** By tab. It lives only while its `fillPage` runs, so that a stopped background leaves none behind. */
  const asks = new Map<number, Ask>();

  async function freshCode(tokenId: string): Promise<string | null> {
    const current = await vault.code(tokenId);
    if (current === null) return null;
    const remainingMs = current.changesAtMs - clock();
    if (remainingMs >= leastRemainingMs) return current.code;
    await sleep(Math.max(0, remainingMs));
    return (await vault.code(tokenId))?.code ?? null;
  }

  /** The one token that fills by itself in this document; null where there is none, or a choice. */
  async function tokenByItself(document: WebDocument): Promise<VaultToken | null> {
    const tokens = (await vault.list()) ?? [];
    const fitting = tokens.filter(
      (token) => token.autofill && isOfToken(document, token.origins) && !isOver(token, clock()),
    );
    return fitting.length === 1 ? (fitting[0] ?? null) : null;
  }

  /** The token's id for which this document may have a code now. An ask is used up, whether it fits or not. */
  async function tokenIdFor(document: WebDocument): Promise<string | null> {
    const ask = asks.get(document.tabId);
    asks.delete(document.tabId);
    if (ask === undefined) return (await tokenByItself(document))?.id ?? null;
    const numbered = ask.documentId !== null && document.documentId !== null;
    const sameDocument = !numbered || ask.documentId === document.documentId;
    return sameDocument && ask.origin === document.origin ? ask.tokenId : null;
  }

  return {
    /** The person wants this token filled on this tab's page. */
    async fillPage(tokenId: string, tabId: number): Promise<FillOutcome> {
      const tokens = await vault.list();
      if (tokens === null) return 'vaultClosed';
      const token = tokens.find((each) => each.id === tokenId);
      const origin = await pages.originOf(tabId);
      if (origin === null) return 'noPermission';
      if (token === undefined || !isOfToken({ origin }, token.origins)) return 'notThisPage';
      const injected = await pages.inject(tabId);
      if (injected === null) return 'noPermission';
      const ask: Ask = { tokenId, origin, documentId: injected.documentId };
      asks.set(tabId, ask);
      try {
        const { digits, fieldHints } = token;
        return await pages.send(tabId, injected.documentId, { name: 'fill', digits, fieldHints });
      } catch {
        return 'failed';
      } finally {
        if (asks.get(tabId) === ask) asks.delete(tabId);
      }
    },

    async getField(document: WebDocument): Promise<Response<'getField'>> {
      const token = await tokenByItself(document);
      if (token === null) return { outcome: 'none' };
      return { outcome: 'look', digits: token.digits, fieldHints: token.fieldHints };
    },

    /** One code for one ask, or for a token that fills by itself; it goes to the document that asked, if it is still there. */
    async takeCode(document: WebDocument): Promise<Response<'takeCode'>> {
      const tokenId = await tokenIdFor(document);
      const code = tokenId === null ? null : await freshCode(tokenId);
      // The tab may have gone elsewhere while the next code was waited for.
      const stillThere = (await pages.originOf(document.tabId)) === document.origin;
      return code === null || !stillThere ? { outcome: 'none' } : { outcome: 'code', code };
    },
  };
}
