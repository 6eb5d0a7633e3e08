/** Every message between the extension's contexts: name, request, response. A seed crosses none of them. */

/** A token as the extension's own pages see it: everything but its seed. */
export interface TokenSummary {
  readonly id: string;
  /** What the person sees: the institution's name, and their own text or `_2`, `_3` behind it (M4). */
  readonly name: { readonly ja: string; readonly en: string };
  readonly institution: { readonly ja: string; readonly en: string };
  readonly serviceId: string;
  readonly userId: string;
  /** Where the token may be filled, and nowhere else. */
  readonly origins: readonly string[];
  readonly digits: number;
  readonly periodSeconds: number;
  readonly expiresAtMs: number | null;
  /** Filled by itself on these origins while the vault is open. */
  readonly autofill: boolean;
  /** The browser lets the extension into every one of `origins`. */
  readonly granted: boolean;
}

export type VaultState = 'empty' | 'closed' | 'open';

/** What happened to a code that was to be filled. */
export type FillOutcome =
  | 'filled'
  /** The page has no OTP field that is sure enough. */
  | 'noField'
  /** The page is not of the token's origins. */
  | 'notThisPage'
  /** The browser does not let the extension into the page. */
  | 'noPermission'
  /** The field did not keep the value. */
  | 'failed'
  | 'vaultClosed';

export type SetUpFailure =
  /** The verifier refused: IDs or activation password wrong, lapsed or used. It does not say which. */
  | 'provisioningRefused'
  /** No answer from the address. */
  | 'unreachable'
  /** An answer, but not a verifier's. */
  | 'notAVerifier'
  /** Too many tries from here; again after `waitMs`. */
  | 'tooManyTries'
  /** The answer was not for this set-up: altered, or for another key. */
  | 'answerNotTrusted'
  /** The app holds 10 tokens (M4). */
  | 'full'
  | 'lockCodeWrong'
  | 'lockCodeWait'
  | 'vaultClosed';

export interface Messages {
  // --- from the extension's own pages ---
  getState: {
    request: Record<never, never>;
    /** `tokens` is empty unless the vault is open. `waitMs`: until a lock code may be tried again, 0 where at once. */
    response: { readonly vault: VaultState; readonly waitMs: number; readonly tokens: readonly TokenSummary[] };
  };
  openVault: {
    request: { readonly lockCode: string };
    response:
      | { readonly outcome: 'opened' }
      | { readonly outcome: 'wrong' | 'wait'; readonly failures: number; readonly waitMs: number };
  };
  closeVault: { request: Record<never, never>; response: { readonly outcome: 'closed' } };
  /** Asks `GET /v1/time` before anything else is sent. */
  checkVerifier: {
    /** As pasted or typed; `https` is assumed where no scheme stands. */
    request: { readonly address: string };
    response:
      | {
          readonly outcome: 'reached';
          /** Base address, as `https://otp.example`. */
          readonly address: string;
          readonly host: string;
          /** This computer's clock minus the verifier's. */
          readonly clockDifferenceMs: number;
        }
      | { readonly outcome: 'addressWrong' | 'unreachable' | 'notAVerifier' };
  };
  setUp: {
    request: {
      readonly address: string;
      readonly serviceId: string;
      readonly userId: string;
      readonly activationPassword: string;
      /** `create` for the first token, `open` where the vault is closed, null where it is open. */
      readonly lock: { readonly create: string } | { readonly open: string } | null;
    };
    response:
      | { readonly outcome: 'added'; readonly token: TokenSummary }
      | { readonly outcome: 'failed'; readonly reason: SetUpFailure; readonly waitMs: number };
  };
  /** 変更後の追加文言 (M4): `suffix` follows the institution's name; empty for none. */
  renameToken: {
    request: { readonly tokenId: string; readonly suffix: string };
    response: { readonly outcome: 'renamed' | 'vaultClosed' };
  };
  removeToken: {
    request: { readonly tokenId: string };
    response: { readonly outcome: 'removed' | 'vaultClosed' };
  };
  setAutofill: {
    request: { readonly tokenId: string; readonly on: boolean };
    response: { readonly outcome: 'set' | 'vaultClosed' };
  };
  /** The code of now and of the next step; `changesAtMs` is when `next` becomes the code. */
  getCode: {
    request: { readonly tokenId: string };
    response:
      | { readonly outcome: 'code'; readonly code: string; readonly next: string; readonly changesAtMs: number }
      | { readonly outcome: 'vaultClosed' };
  };
  /** Which tokens a tab's page is of. */
  getPage: {
    request: { readonly tabId: number };
    response: { readonly origin: string | null; readonly tokenIds: readonly string[] };
  };
  /** The person asked in the popup. */
  fillPage: {
    request: { readonly tokenId: string; readonly tabId: number };
    response: { readonly outcome: FillOutcome };
  };
  getSettings: { request: Record<never, never>; response: Settings };
  putSettings: { request: Partial<Settings>; response: Settings };

  // --- from the content script; what it may have follows from who it is, never from what it says ---
  /** What to look for in this document, where exactly one open token fills by itself there. Holds no code. */
  getField: {
    request: Record<never, never>;
    response:
      | { readonly outcome: 'look'; readonly digits: number; readonly fieldHints: readonly string[] }
      | { readonly outcome: 'none' };
  };
  /** The document has an OTP field. The answer holds a code where the person asked for it or switched it on. */
  takeCode: {
    request: Record<never, never>;
    response: { readonly outcome: 'code'; readonly code: string } | { readonly outcome: 'none' };
  };
}

/** From the background to the content script of one document: find the field, ask for the code, fill it. */
export interface FillRequest {
  readonly name: 'fill';
  readonly digits: number;
  readonly fieldHints: readonly string[];
}

/** From the background to the content script: the vault was opened or a token switched on, ask `getField` again. */
export interface LookRequest {
  readonly name: 'look';
}

export interface Settings {
  /** Minutes without use until the vault closes, 1 to 60, default 5. */
  readonly closeAfterMinutes: number;
  /** `auto` follows the browser. */
  readonly language: 'auto' | 'ja' | 'en';
}

export type MessageName = keyof Messages;
export type Request<Name extends MessageName> = Messages[Name]['request'];
export type Response<Name extends MessageName> = Messages[Name]['response'];
export type Envelope<Name extends MessageName = MessageName> = {
  [Each in Name]: { readonly name: Each; readonly request: Request<Each> };
}[Name];

/** Sends a message to the background and waits for its answer. */
export type Send = <Name extends MessageName>(name: Name, request: Request<Name>) => Promise<Response<Name>>;
