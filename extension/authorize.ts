import * as z from 'zod';
import { isFillableOrigin } from '../shared/envelope.ts';
import { type Envelope, type MessageName, maximumTokens, type Request } from './messages.ts';
import { originOf } from './origins.ts';

/** What the browser says of who sent a message: its own words, none of the sender's. */
export interface Sender {
  readonly id?: string | undefined;
  readonly url?: string | undefined;
  readonly origin?: string | undefined;
  readonly frameId?: number | undefined;
  readonly documentId?: string | undefined;
  readonly documentLifecycle?: string | undefined;
  readonly tab?: { readonly id?: number | undefined; readonly windowId?: number | undefined } | undefined;
}

/** This extension: its id and the address of its pages with a slash at the end, from `runtime`. */
export interface Self {
  readonly id: string;
  readonly baseUrl: string;
}

/** A document of the web that our content script speaks from. */
export interface WebDocument {
  readonly tabId: number;
  /** 0 for the page itself. */
  readonly frameId: number;
  /** As the browser writes it. */
  readonly origin: string;
  /** Null where the browser does not number documents. */
  readonly documentId: string | null;
}

/** The tab that one of our pages is in; the popup is in none. */
export interface OwnTab {
  readonly id: number;
  readonly windowId: number;
}

const documentMessages = ['getField', 'takeCode'] as const satisfies readonly MessageName[];
export type DocumentMessageName = (typeof documentMessages)[number];
export type PageMessageName = Exclude<MessageName, DocumentMessageName>;

export type Authorized =
  | { readonly from: 'ownPage'; readonly message: Envelope<PageMessageName>; readonly tab: OwnTab | null }
  | { readonly from: 'document'; readonly message: Envelope<DocumentMessageName>; readonly document: WebDocument };

const empty = z.strictObject({});
const id = z.string().max(64);
const tabId = z.int().min(0);
const lockCode = z.string().max(200);
const bytes = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const secret = bytes.length(44);
const credentialId = bytes.min(4).max(2048);
const key = z.union([
  z.strictObject({ lockCode }),
  z.strictObject({ passkey: z.strictObject({ credentialId, secret }) }),
]);
const requestSchemas = {
  getState: empty,
  openVault: key,
  proveKey: z.strictObject({ key }),
  turnLockOff: z.strictObject({ key }),
  turnLockOn: z.strictObject({ lockCode }),
  changeLockCode: z.strictObject({ key, lockCode }),
  addPasskey: z.strictObject({ key, passkey: z.strictObject({ credentialId, salt: secret, secret }) }),
  removePasskey: z.strictObject({ id }),
  setLockRules: z.strictObject({
    key,
    rules: z.strictObject({ askEachUse: z.boolean().exactOptional(), eraseAfterTries: z.boolean().exactOptional() }),
  }),
  allowUse: z.strictObject({ tokenId: id, key }),
  reset: empty,
  acknowledgeErasure: empty,
  checkClocks: empty,
  correctClock: z.strictObject({ tokenId: id, correctionMs: z.int() }),
  closeVault: empty,
  checkVerifier: z.strictObject({ address: z.string().max(10_000) }),
  setUp: z.strictObject({
    address: z.string().max(2000),
    serviceId: z.string().max(100),
    userId: z.string().max(200),
    activationPassword: z.string().max(100),
    lock: z.union([z.strictObject({ create: lockCode }), z.strictObject({ open: lockCode }), z.null()]),
    attempt: id.exactOptional(),
    sameUser: z.enum(['keepBoth', 'replace']).exactOptional(),
  }),
  renameToken: z.strictObject({ tokenId: id, suffix: z.string().max(100) }),
  removeToken: z.strictObject({ tokenId: id }),
  moveToken: z.strictObject({ tokenId: id, place: z.int().min(0).max(maximumTokens) }),
  markRevoked: z.strictObject({ tokenId: id, revoked: z.boolean() }),
  setAutofill: z.strictObject({ tokenId: id, on: z.boolean() }),
  getCode: z.strictObject({ tokenId: id }),
  codeCopied: empty,
  openPopup: empty,
  fillPage: z.strictObject({ tokenId: id, tabId }),
  getSettings: empty,
  putSettings: z.strictObject({
    closeAfterMinutes: z.int().min(1).max(60).nullable().exactOptional(),
    closeOnSystemLock: z.boolean().exactOptional(),
    checkClock: z.boolean().exactOptional(),
    language: z.enum(['auto', 'ja', 'en']).exactOptional(),
    clearClipboard: z.boolean().exactOptional(),
  }),
  getField: empty,
  takeCode: empty,
} satisfies { [Name in MessageName]: z.ZodType<Request<Name>> };

/**
 * May this sender have this? Our own pages may send what is theirs, a document of the web the two messages of the
 * content script, and everybody else nothing. Null is no; so is a message with an unknown name, a wrong value or a
 * field too many.
 */
export function authorize(message: unknown, sender: Sender, self: Self): Authorized | null {
  if (sender.id !== self.id) return null;
  const parsed = parseMessage(message);
  if (parsed === null) return null;
  if (isForDocuments(parsed)) {
    const document = documentOf(sender);
    return document === null ? null : { from: 'document', message: parsed, document };
  }
  if (!isOwnPage(sender, self)) return null;
  const { id, windowId } = sender.tab ?? {};
  const tab = id === undefined || windowId === undefined ? null : { id, windowId };
  return { from: 'ownPage', message: parsed as Envelope<PageMessageName>, tab };
}

/**
 * May this document be filled from a token of these origins? Its origin has to be one of them to the letter: no
 * subdomain, other port, other scheme or look-alike. What is no fillable origin never is, wherever it comes from.
 */
export function isOfToken(document: Pick<WebDocument, 'origin'>, origins: readonly string[]): boolean {
  return isFillableOrigin(document.origin) && origins.includes(document.origin);
}

function parseMessage(message: unknown): Envelope | null {
  const outer = z.strictObject({ name: z.string(), request: z.unknown() }).safeParse(message);
  if (!outer.success || !Object.hasOwn(requestSchemas, outer.data.name)) return null;
  const name = outer.data.name as MessageName;
  const request = requestSchemas[name].safeParse(outer.data.request);
  return request.success ? ({ name, request: request.data } as Envelope) : null;
}

function isForDocuments(message: Envelope): message is Envelope<DocumentMessageName> {
  return (documentMessages as readonly string[]).includes(message.name);
}

/** A page of ours in a tab or popup of its own, not in a frame. */
function isOwnPage(sender: Sender, self: Self): boolean {
  const ownOrigin = self.baseUrl.replace(/\/$/, '');
  const originFits = sender.origin === undefined || sender.origin === ownOrigin;
  return sender.url?.startsWith(self.baseUrl) === true && originFits && (sender.frameId ?? 0) === 0;
}

/** The document behind a content script's message: a page or a frame of a tab, with an origin of its own. */
function documentOf(sender: Sender): WebDocument | null {
  const { tab, frameId, origin, documentId, documentLifecycle } = sender;
  if (tab?.id === undefined || tab.id < 0 || frameId === undefined || frameId < 0) return null;
  // `origin` is 'null' in a sandboxed document, though its address may be the bank's.
  if (origin === undefined || origin !== originOf(sender.url) || !isFillableOrigin(origin)) return null;
  if (documentLifecycle !== undefined && documentLifecycle !== 'active') return null;
  return { tabId: tab.id, frameId, origin, documentId: documentId ?? null };
}
