import { isOfToken, type WebDocument } from './authorize.ts';
import { type Frame, type FrameAddress, framesFor, isSameDocument } from './frames.ts';
import type { FillOutcome, FillRequest, FoundPlace, Response } from './messages.ts';
import { isOver } from './token-record.ts';
import type { Vault, VaultToken } from './vault.ts';

/** The browser's tabs, as far as filling needs them. */
export interface Pages {
  /** Origin of the tab's page; null where the browser does not let us see it. */
  originOf(tabId: number): Promise<string | null>;
  /** Puts the content script into the tab's documents; those where it runs. Empty where the browser refuses. */
  frames(tabId: number): Promise<readonly Frame[]>;
  /** Whether the page or one of its frames is still being loaded. False where the tab is gone. */
  isLoading(tabId: number): Promise<boolean>;
  /** Has the content scripts of the tab look for their field again. */
  look(tabId: number): Promise<void>;
  /** Has the content script of that frame keep the field that the person's pointer or focus is on. */
  point(tabId: number, frameId: number, targetElementId: number | null): Promise<void>;
  /** Whether that document has a place for the code. Rejects where it is gone. */
  find(frame: FrameAddress, request: FillRequest): Promise<FoundPlace>;
  /** Sends to the content script of that document, and to no other. Rejects where it is gone. */
  fill(frame: FrameAddress, request: FillRequest): Promise<FillOutcome>;
}

export interface FillingParts {
  readonly vault: Vault;
  readonly pages: Pages;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A person asked for a fill: the content script may fetch one code. */
interface Ask {
  readonly tokenId: string;
  readonly frame: FrameAddress;
  readonly origin: string;
}

/** How often it is asked whether a page has loaded its frames. Milliseconds. */
const loadingAgainMs = 300;

/** With less than this left of a code, a person would not reach the page's button in time. Milliseconds. */
export function leastRemainingMs(periodSeconds: number): number {
  return Math.min(8000, (periodSeconds * 1000) / 6);
}

/** Tokens that may be filled on an origin, without expired and revoked ones. */
export function tokensOf(tokens: readonly VaultToken[], origin: string, nowMs: number): readonly VaultToken[] {
  return tokens.filter((token) => isOfToken({ origin }, token.origins) && !isOver(token, nowMs));
}

/** Of an origin's tokens the only one, or the one of several that the person chose there; null where that is open. */
export function defaultOf(tokens: readonly VaultToken[], origin: string): VaultToken | null {
  if (tokens.length === 1) return tokens[0] ?? null;
  return tokens.find((token) => token.defaultOrigins.includes(origin)) ?? null;
}

export type Filling = ReturnType<typeof createFilling>;

/** Gives codes to documents. `authorize` decides who may ask; this decides which token, and whether it is of that origin. */
export function createFilling({ vault, pages, clock, sleep }: FillingParts) {
  /** By tab. It lives only while its `fillPage` runs, so that a stopped background leaves none behind. */
  const asks = new Map<number, Ask>();
  /** Tabs that are told to look again once they are loaded. A background that stops meanwhile forgets them. */
  const loading = new Set<number>();

  /** Milliseconds until the next code if this one is in its last seconds, else 0; null if the vault is closed. */
  async function waitMs({ id, periodSeconds }: VaultToken): Promise<number | null> {
    const current = await vault.code(id);
    if (current === null) return null;
    const remainingMs = current.changesAtMs - clock();
    return remainingMs >= leastRemainingMs(periodSeconds) ? 0 : Math.max(1, remainingMs);
  }

  function requestFor({ digits, fieldHints }: VaultToken, pointed: boolean): FillRequest {
    return { name: 'fill', digits, fieldHints, pointed };
  }

  /** The document, if this token may fill it now: by its own origin, its tab's, and those of all frames around it. */
  async function mayFill(token: VaultToken, document: WebDocument): Promise<boolean> {
    if (!isOfToken(document, token.origins)) return false;
    if (document.frameId === 0) return (await pages.originOf(document.tabId)) === document.origin;
    const frames = framesFor(token.origins, await pages.frames(document.tabId));
    return frames.some((frame) => isSameDocument(frame, document) && frame.origin === document.origin);
  }

  /** The only one of these documents with a place for the code; null if there is none, or a choice. */
  async function onlyPlace(frames: readonly Frame[], request: FillRequest): Promise<Frame | null> {
    const found = await Promise.all(frames.map((frame) => pages.find(frame, request).catch(() => 'none' as const)));
    const having = (kind: FoundPlace) => frames.filter((_, index) => found[index] === kind);
    const free = having('free');
    const [first, ...others] = free.length > 0 ? free : having('held');
    return first !== undefined && others.length === 0 ? first : null;
  }

  async function ofOrigin(origin: string): Promise<readonly VaultToken[]> {
    return tokensOf((await vault.list()) ?? [], origin, clock());
  }

  async function defaultToken(origin: string): Promise<VaultToken | null> {
    return defaultOf(await ofOrigin(origin), origin);
  }

  async function tokenByItself(document: WebDocument): Promise<VaultToken | null> {
    const token = await defaultToken(document.origin);
    return token?.autofill === true ? token : null;
  }

  async function lookOnceLoaded(tabId: number): Promise<void> {
    if (loading.has(tabId)) return;
    loading.add(tabId);
    while (await pages.isLoading(tabId)) await sleep(loadingAgainMs);
    loading.delete(tabId);
    await pages.look(tabId);
  }

  /**
   * Whether this document has the page's only place. A page whose frames ask for a code twice is not sure enough,
   * whether one of them has a code already or not. While frames are being loaded, one of them may ask too, or hold
   * this document and not be laid out yet: the page is to look again after that.
   */
  async function isOnlyPlace(token: VaultToken, document: WebDocument): Promise<boolean> {
    const { tabId } = document;
    const before = await pages.isLoading(tabId);
    const all = await pages.frames(tabId);
    const isAlone = document.frameId === 0 && all.length === 1 && all[0]?.usable.length === 0;
    if (!isAlone && (before || (await pages.isLoading(tabId)))) {
      void lookOnceLoaded(tabId).catch(() => {});
      return false;
    }
    const frames = framesFor(token.origins, all);
    const request = requestFor(token, false);
    // One that does not answer may be asking in a moment.
    const found = await Promise.all(frames.map((frame) => pages.find(frame, request).catch(() => 'held' as const)));
    const [place, ...others] = frames.filter((_, index) => found[index] !== 'none');
    return place !== undefined && others.length === 0 && isSameDocument(place, document);
  }

  /** The token that the person chose for this document, if it is the one that asks. The request is used up either way. */
  async function tokenAsked(ask: Ask, document: WebDocument): Promise<VaultToken | null> {
    asks.delete(document.tabId);
    if (!isSameDocument(ask.frame, document) || ask.origin !== document.origin) return null;
    const token = (await vault.list())?.find(({ id }) => id === ask.tokenId);
    return token !== undefined && (await mayFill(token, document)) ? token : null;
  }

  return {
    defaultToken,

    /**
     * The person wants this token filled on this tab's page, or in the field that they pointed at. What is to be
     * waited for is told, and nothing is done.
     */
    async fillPage(tokenId: string, tabId: number, pointedFrameId: number | null): Promise<Response<'fillPage'>> {
      const tokens = await vault.list();
      if (tokens === null) return { outcome: 'vaultClosed' };
      const token = tokens.find((each) => each.id === tokenId);
      const origin = await pages.originOf(tabId);
      if (origin === null) return { outcome: 'noPermission' };
      if (token === undefined || !isOfToken({ origin }, token.origins)) return { outcome: 'notThisPage' };
      const all = await pages.frames(tabId);
      if (all.length === 0) return { outcome: 'noPermission' };
      if ((await ofOrigin(origin)).length > 1) await vault.setDefault(tokenId, origin);
      const frames = framesFor(token.origins, all).filter(
        ({ frameId }) => pointedFrameId === null || frameId === pointedFrameId,
      );
      const request = requestFor(token, pointedFrameId !== null);
      const frame = await onlyPlace(frames, request);
      if (frame === null) return { outcome: pointedFrameId === null ? 'noField' : 'notThisField' };
      const wait = await waitMs(token);
      if (wait === null) return { outcome: 'vaultClosed' };
      if (wait > 0) return { outcome: 'wait', waitMs: wait };
      const ask: Ask = { tokenId, frame, origin: frame.origin };
      asks.set(tabId, ask);
      try {
        return { outcome: await pages.fill(frame, request) };
      } catch {
        return { outcome: 'failed' };
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
      const ask = asks.get(document.tabId);
      const token = ask === undefined ? await tokenByItself(document) : await tokenAsked(ask, document);
      if (token === null) return { outcome: 'none' };
      if (ask === undefined) {
        if (!(await isOnlyPlace(token, document))) return { outcome: 'none' };
        const wait = await waitMs(token);
        if (wait !== null && wait > 0) return { outcome: 'wait', waitMs: wait };
      }
      const code = await vault.code(token.id);
      // The tab may have gone elsewhere meanwhile.
      return code !== null && (await mayFill(token, document))
        ? { outcome: 'code', code: code.code }
        : { outcome: 'none' };
    },
  };
}
