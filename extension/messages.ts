/** Every message between the extension's contexts: name, request, response. A seed crosses none of them. */

/** Tokens that one app holds at most (M4). */
export const maximumTokens = 10;

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
  /** Marked as revoked by the person, who may take the mark back. The extension asks nobody. */
  readonly revoked: boolean;
  /** Filled by itself on these origins while the vault is open. */
  readonly autofill: boolean;
  /** The browser lets the extension into every one of `origins`. */
  readonly granted: boolean;
  /** This computer's clock beside that of the token's verifier; null where it was never asked. */
  readonly clock: TokenClock | null;
}

export interface TokenClock {
  /** Of the verifier. */
  readonly host: string;
  /** This computer's clock minus the verifier's. */
  readonly differenceMs: number;
  readonly checkedAtMs: number;
  /** Taken off this computer's clock for the codes, since the person confirmed it; else 0. */
  readonly correctionMs: number;
}

/** The code of now and of the next step; `changesAtMs` is when `next` becomes the code. */
export interface ShownCode {
  readonly code: string;
  readonly next: string;
  readonly changesAtMs: number;
}

/** The tab that the person looks at beside the popup: which tokens its page is of, and what they have asked for there already. */
export interface MeantPage {
  /** Null where there is none. */
  readonly tabId: number | null;
  readonly tokenIds: readonly string[];
  /** The only one, or the one of several that the person chose on this origin before. */
  readonly defaultTokenId: string | null;
  /** By the shortcut or the context menu, which could not go on without the popup. */
  readonly asked: boolean;
}

export type VaultState = 'empty' | 'closed' | 'open';

/** The app lock as the extension's own pages see it. Nothing in it is secret. */
export interface LockState {
  /** False while there is no vault, and where the person switched the lock off. */
  readonly on: boolean;
  readonly passkeys: readonly PasskeySummary[];
  /** The lock code is asked for again for each code. */
  readonly askEachUse: boolean;
  /** 10 wrong lock codes in a row erase everything. */
  readonly erasesAfterTries: boolean;
  /** Wrong lock codes in a row until now. */
  readonly failures: number;
}

/** What a page needs to have the browser ask for a passkey. Bytes are base64. */
export interface PasskeySummary {
  readonly id: string;
  readonly credentialId: string;
  /** The PRF's input. */
  readonly salt: string;
  readonly addedAtMs: number;
}

/** What opens the vault. */
export type KeyGiven =
  | { readonly lockCode: string }
  /** Base64; `secret` is the PRF's output. */
  | { readonly passkey: { readonly credentialId: string; readonly secret: string } };

/** A key that did not open. */
export type KeyRefused =
  /** `wait`: not tried and not counted, since the last wrong one is too short ago. */
  | { readonly outcome: 'wrong' | 'wait'; readonly failures: number; readonly waitMs: number }
  /** Wrong once too often, and the person had chosen to have everything erased then. */
  | { readonly outcome: 'erased' };

/** `refused`: not in this state of the lock. */
export type LockAnswer = { readonly outcome: 'done' | 'refused' } | KeyRefused;

/** What a document has for the code: a place to fill, one that was filled before and still holds something, or none. */
export type FoundPlace = 'free' | 'held' | 'none';

/** What happened to a code that was to be filled. */
export type FillOutcome =
  | 'filled'
  /** The page has no OTP field that is sure enough. */
  | 'noField'
  /** The page is not of the token's origins. */
  | 'notThisPage'
  /** The field that the person pointed at cannot take the code: it holds something, is too short, or is not to be seen. */
  | 'notThisField'
  /** The browser does not let the extension into the page. */
  | 'noPermission'
  /** The field did not keep the value. */
  | 'failed'
  | 'vaultClosed'
  /** The person wants to be asked for the lock code for each use. */
  | 'askAgain';

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
  /** The app holds 10 tokens (M4). Nothing was sent. */
  | 'full'
  /** A token of this Service ID and User ID is here already, and `sameUser` does not say what to do. Nothing was sent. */
  | 'sameUser'
  | 'lockCodeWrong'
  | 'lockCodeWait'
  | 'vaultClosed'
  /** Wrong once too often: everything was erased. */
  | 'vaultErased';

export interface Messages {
  // --- from the extension's own pages ---
  getState: {
    request: Record<never, never>;
    /** `tokens` is empty unless the vault is open. `waitMs`: until a lock code may be tried again, 0 where at once. */
    response: {
      readonly vault: VaultState;
      readonly waitMs: number;
      readonly tokens: readonly TokenSummary[];
      /** Tokens of the open vault that cannot be read, by id. `removeToken` removes them too. */
      readonly damaged: readonly string[];
      readonly lock: LockState;
      /** Why nothing is left, until the person has seen it. */
      readonly erased: 'tries' | 'reset' | null;
    };
  };
  openVault: { request: KeyGiven; response: { readonly outcome: 'opened' } | KeyRefused };
  closeVault: { request: Record<never, never>; response: { readonly outcome: 'closed' } };
  /** Whether a key is right, before a page goes on to ask for more. */
  proveKey: { request: { readonly key: KeyGiven }; response: LockAnswer };
  /** The lock off (M3): asks for a key first. */
  turnLockOff: { request: { readonly key: KeyGiven }; response: LockAnswer };
  turnLockOn: { request: { readonly lockCode: string }; response: LockAnswer };
  changeLockCode: { request: { readonly key: KeyGiven; readonly lockCode: string }; response: LockAnswer };
  addPasskey: {
    /** Base64: the new passkey's name, the PRF's input and output. */
    request: {
      readonly key: KeyGiven;
      readonly passkey: { readonly credentialId: string; readonly salt: string; readonly secret: string };
    };
    response: LockAnswer;
  };
  removePasskey: { request: { readonly id: string }; response: { readonly outcome: 'removed' | 'vaultClosed' } };
  /** What nobody may change who only found the vault open. */
  setLockRules: {
    request: { readonly key: KeyGiven; readonly rules: Partial<Pick<Settings, 'askEachUse' | 'eraseAfterTries'>> };
    response: LockAnswer;
  };
  /** Where each use is asked for: one code of one token. */
  allowUse: { request: { readonly tokenId: string; readonly key: KeyGiven }; response: LockAnswer };
  /** Deletes everything, without a key: the code may be forgotten (M3). */
  reset: { request: Record<never, never>; response: { readonly outcome: 'erased' } };
  /** The person has seen that everything was erased. */
  acknowledgeErasure: { request: Record<never, never>; response: { readonly outcome: 'acknowledged' } };
  /** Asks the verifiers of all tokens for their time. `unreached`: hosts that did not answer. */
  checkClocks: {
    request: Record<never, never>;
    response:
      | { readonly outcome: 'checked'; readonly unreached: readonly string[] }
      | { readonly outcome: 'vaultClosed' };
  };
  /** `correctionMs`: the difference that the person saw and confirmed, or 0 to take it back. For all tokens of the verifier. */
  correctClock: {
    request: { readonly tokenId: string; readonly correctionMs: number };
    response: { readonly outcome: 'corrected' | 'refused' | 'vaultClosed' };
  };
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
      /** Too many tries from here; again after `waitMs`. */
      | { readonly outcome: 'tooManyTries'; readonly waitMs: number }
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
      /** What becomes of a token of the same IDs: kept beside the new one, or replaced by it once it has come. Absent: ask. */
      readonly sameUser?: 'keepBoth' | 'replace';
      /** Any text, the same while the person sends the same again: a lost answer then adds no second token. */
      readonly attempt?: string;
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
  /** Puts the token at this place of the list, counted from 0; the others keep their order. */
  moveToken: {
    request: { readonly tokenId: string; readonly place: number };
    response: { readonly outcome: 'moved' | 'vaultClosed' };
  };
  /** The person says that the institution revoked the token, or that the mark was a mistake. */
  markRevoked: {
    request: { readonly tokenId: string; readonly revoked: boolean };
    response: { readonly outcome: 'set' | 'vaultClosed' };
  };
  setAutofill: {
    request: { readonly tokenId: string; readonly on: boolean };
    response: { readonly outcome: 'set' | 'vaultClosed' };
  };
  getCode: {
    request: { readonly tokenId: string };
    response: ({ readonly outcome: 'code' } & ShownCode) | { readonly outcome: 'vaultClosed' | 'askAgain' };
  };
  /** A page of ours has put a code on the clipboard; `clearsAtMs`: when the clipboard is emptied, null for never. */
  codeCopied: {
    request: Record<never, never>;
    response: { readonly clearsAtMs: number | null };
  };
  /** All that the popup shows first, in one answer: a person waits for it. */
  openPopup: {
    request: Record<never, never>;
    response: Response<'getState'> & {
      readonly settings: Settings;
      readonly page: MeantPage;
      /** By token. Empty where the vault is closed, and where each code has to be asked for. */
      readonly codes: Readonly<Record<string, ShownCode>>;
    };
  };
  /** The person asked in the popup, or goes on there with what they asked for. With several tokens it is their choice. */
  fillPage: {
    request: { readonly tokenId: string; readonly tabId: number };
    response:
      | { readonly outcome: FillOutcome }
      /** Too little is left of this code; ask again when the next one has begun. Nothing was filled. */
      | { readonly outcome: 'wait'; readonly waitMs: number };
  };
  getSettings: { request: Record<never, never>; response: Settings };
  /** What says when the vault closes, and who is asked for the time, changes only while it is open. */
  putSettings: { request: Partial<Omit<Settings, 'askEachUse' | 'eraseAfterTries'>>; response: Settings };

  // --- from the content script; what it may have follows from who it is, never from what it says ---
  /** What to look for in a document of this origin, where exactly one open token fills by itself there. No code. */
  getField: {
    request: Record<never, never>;
    response:
      | { readonly outcome: 'look'; readonly digits: number; readonly fieldHints: readonly string[] }
      | { readonly outcome: 'none' };
  };
  /** The document has an OTP field. The answer holds a code where the person asked for it or switched it on. */
  takeCode: {
    request: Record<never, never>;
    response:
      | { readonly outcome: 'code'; readonly code: string }
      /** Too little is left of this code; ask again when the next one has begun. */
      | { readonly outcome: 'wait'; readonly waitMs: number }
      | { readonly outcome: 'none' };
  };
}

/** From the background to the content script of one document: find the field, ask for the code, fill it. */
export interface FillRequest {
  /** `find` only tells whether there is a place to fill. */
  readonly name: 'fill' | 'find';
  readonly digits: number;
  readonly fieldHints: readonly string[];
  /** The field of the last `point`, whatever stands beside it. */
  readonly pointed: boolean;
}

/** From the background to the content script: the person opened the context menu on a field. */
export interface PointRequest {
  readonly name: 'point';
  /** Firefox's number of the element; null for the one that has the focus. */
  readonly targetElementId: number | null;
}

/** From the background to the content script: where are you? Answered with `FrameDescription`. */
export interface DescribeRequest {
  readonly name: 'describe';
}

/** A document's place in its tab. */
export interface FrameDescription {
  readonly origin: string;
  /** Index among the parent's frames, level by level from the tab's page, which has none. */
  readonly path: readonly number[];
  /** Its own frames, by index, that are shown and not sandboxed. */
  readonly usable: readonly number[];
}

/** From the background to the content script: the vault was opened or a token switched on, ask `getField` again. */
export interface LookRequest {
  readonly name: 'look';
}

/** From the background to the extension's own pages: the vault is closed, ask anew. */
export interface ClosedNotice {
  readonly name: 'closed';
}

export interface Settings {
  /** Minutes without use until the vault closes, 1 to 60, default 5; null for not before the browser ends. */
  readonly closeAfterMinutes: number | null;
  /** Also when the system is locked, where the browser tells; default on. */
  readonly closeOnSystemLock: boolean;
  /** The lock code is asked for again for each code; default off. */
  readonly askEachUse: boolean;
  /** 10 wrong lock codes in a row erase everything; default off. */
  readonly eraseAfterTries: boolean;
  /** The verifiers may be asked for their time now and then; default off. */
  readonly checkClock: boolean;
  /** `auto` follows the browser. */
  readonly language: 'auto' | 'ja' | 'en';
  /** Empties the clipboard 30 s after a code was copied, whatever it holds then. Default true. */
  readonly clearClipboard: boolean;
}

export type MessageName = keyof Messages;
export type Request<Name extends MessageName> = Messages[Name]['request'];
export type Response<Name extends MessageName> = Messages[Name]['response'];
export type Envelope<Name extends MessageName = MessageName> = {
  [Each in Name]: { readonly name: Each; readonly request: Request<Each> };
}[Name];

/** Sends a message to the background and waits for its answer. */
export type Send = <Name extends MessageName>(name: Name, request: Request<Name>) => Promise<Response<Name>>;
