import type { Page } from 'playwright';
import type { LockState, Messages, Settings, TokenSummary } from '../../../extension/messages.ts';

/** What the states have in common: their shape, and what the background answers where all is well. */

/** One state that a person can meet in popup and options, and how to reach it. */
export interface FaceState {
  readonly name: string;
  readonly path: 'popup.html' | `options.html#${'welcome' | 'set-up' | 'settings' | 'about' | 'reset' | 'open'}`;
  readonly answers: Readonly<Record<string, unknown>>;
  readonly grants?: boolean;
  /** Host patterns that the person granted before. */
  readonly hosts?: readonly string[];
  /** What the person does; then the state stands. */
  readonly act?: (page: Page) => Promise<void>;
}

type Name = keyof Messages;
export type Answer<Each extends Name> = Messages[Each]['response'];

export function token(change: Partial<TokenSummary> = {}): TokenSummary {
  return {
    id: 'token-1',
    name: { ja: '成協信用組合', en: 'Seikyo Credit Union' },
    institution: { ja: '成協信用組合', en: 'Seikyo Credit Union' },
    serviceId: '1001',
    userId: 'K7QM-2VXD',
    origins: ['https://bank.seikyo.example'],
    digits: 8,
    periodSeconds: 60,
    expiresAtMs: null,
    autofill: false,
    revoked: false,
    granted: true,
    clock: null,
    ...change,
  };
}

export const lockOn: LockState = { on: true, passkeys: [], askEachUse: false, erasesAfterTries: false, failures: 0 };

export function stateOf(
  vault: Answer<'getState'>['vault'],
  tokens: readonly TokenSummary[] = [],
  waitMs = 0,
  lock: LockState = { ...lockOn, on: vault !== 'empty' },
): Answer<'getState'> {
  return { vault, waitMs, tokens, damaged: [], lock, erased: null };
}

export const settings: Settings = {
  closeAfterMinutes: 5,
  closeOnSystemLock: true,
  askEachUse: false,
  eraseAfterTries: false,
  checkClock: false,
  clearClipboard: true,
  language: 'auto',
};

export const code = { outcome: 'code', code: '71959276', next: '20485163', remainingMs: 57_900 };
export const base = {
  getSettings: settings,
  getState: stateOf('open', [token()]),
  getCode: code,
  page: {
    tabId: 1,
    tokenIds: ['token-1'],
    defaultTokenId: 'token-1',
    asked: false,
  } satisfies Answer<'openPopup'>['page'],
  setAutofill: { outcome: 'set' } satisfies Answer<'setAutofill'>,
  codeCopied: { clearsAtMs: 30_000 } satisfies Answer<'codeCopied'>,
  closeVault: { outcome: 'closed' } satisfies Answer<'closeVault'>,
};
