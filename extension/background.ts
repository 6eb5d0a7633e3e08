import { unreachable } from '../shared/result.ts';
import { createActivation } from './activation.ts';
import { type Asked, createAsking } from './asking.ts';
import { type Authorized, authorize, type OwnTab, type PageMessageName, type Self, type Sender } from './authorize.ts';
import { type BadgeParts, createBadge, type SeenTab } from './badge.ts';
import { type BankScriptParts, createBankScripts } from './bank-scripts.ts';
import type { SeenPage } from './browser-tabs.ts';
import { fromBase64, toBase64 } from './bytes.ts';
import { type ClipboardParts, createClipboard } from './clipboard.ts';
import { createClocks } from './clocks.ts';
import { createErasure } from './erasure.ts';
import { createFieldMenu, type FieldMenuParts } from './field-menu.ts';
import { createFilling, defaultOf, type Pages, tokensOf } from './filling.ts';
import type { Envelope, KeyGiven, LockState, MeantPage, MessageName, Response, TokenSummary } from './messages.ts';
import { patternsOf } from './origins.ts';
import { type LocalArea, readSettings, writeSettings } from './settings.ts';
import { createUsePass, type UsePass } from './use-pass.ts';
import { createVault, type Vault, type VaultToken } from './vault.ts';
import { openVaultDatabase } from './vault-database.ts';
import type { Key, LockParts, SessionArea } from './vault-lock.ts';
import { createVerifierClient } from './verifier-client.ts';

/** Wrong lock codes in a row that erase everything, where the person chose that. */
const triesUntilErased = 10;

export interface BackgroundParts extends Omit<BankScriptParts, 'vault'>, Pick<LockParts, 'cost'>, ClipboardParts {
  readonly self: Self;
  readonly session: SessionArea;
  readonly local: LocalArea;
  readonly fetch: typeof fetch;
  readonly clock: () => number;
  /** Runs work for which nobody waits, once what they wait for is on the screen. */
  readonly afterwards: (task: () => void) => void;
  readonly sleep: (ms: number) => Promise<void>;
  readonly pages: Pages;
  /** The page that the person means when they open the popup, also in a tab of its own; null where there is none. */
  readonly meantPage: (own: OwnTab | null) => Promise<SeenPage | null>;
  readonly badge: Pick<BadgeParts, 'tabs' | 'mark'>;
  readonly menu: Pick<FieldMenuParts, 'grantedPatterns' | 'putMenu'>;
  /** Has the browser call `reconcile` at this time, even if the background is stopped before; null: never. */
  readonly wakeAt: (atMs: number | null) => Promise<void>;
  /** Tells the extension's open pages that the vault is closed, wherever that was done. */
  readonly tellClosed: () => void;
  /** Gives back every host that the person granted. */
  readonly withdrawHosts: () => Promise<void>;
}

export type Background = ReturnType<typeof createBackground>;

/**
 * All that the background does. It keeps nothing that matters in memory: the browser may stop it after any message
 * and start it again with the next.
 */
export function createBackground(parts: BackgroundParts) {
  const { self, session, local, clock, pages, sleep, wakeAt, afterwards } = parts;
  const clipboard = createClipboard(parts);
  let opening: Promise<Services> | null = null;

  function services(): Promise<Services> {
    // If the database did not open, the next message tries again.
    opening ??= createServices().catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  }

  async function createServices() {
    const database = await openVaultDatabase();
    // Another version of the extension or the browser itself closed it.
    database.addEventListener('close', () => {
      opening = null;
    });
    const settings = () => readSettings(local);
    const erasure = createErasure({ ...parts, database });
    await erasure.finish();
    const vault = createVault({
      ...parts,
      database,
      closeAfterMs: async () => ((await settings()).closeAfterMinutes ?? Number.POSITIVE_INFINITY) * 60_000,
      eraseAfterTries: async () => ((await settings()).eraseAfterTries ? triesUntilErased : Number.POSITIVE_INFINITY),
      erase: () => erasure.erase('tries'),
    });
    const isAsked = async () => (await settings()).askEachUse && (await vault.describe()).on;
    const usePass = createUsePass({ session, clock, isAsked });
    const usable = asAllowed(vault, usePass);
    const verifier = createVerifierClient(parts.fetch, clock);
    const isAllowed = async () => (await settings()).checkClock;
    const clocks = createClocks({ vault, session, verifier, clock, isAllowed });
    const filling = createFilling({ vault: usable, pages, clock, sleep });
    return {
      vault,
      erasure,
      usePass,
      clocks,
      activation: createActivation({ vault, session, verifier, clocks }),
      filling,
      asking: createAsking({ vault, filling, fill, session, pages, clock, sleep }),
      bankScripts: createBankScripts({ ...parts, vault: usable }),
      badge: createBadge({ ...parts.badge, isGranted: parts.isGranted, vault }),
      fieldMenu: createFieldMenu({ ...parts.menu, session }),
    };
  }
  type Services = Awaited<ReturnType<typeof createServices>>;

  async function reconcile(): Promise<void> {
    const { vault, bankScripts, badge, fieldMenu, clocks } = await services();
    const closesAtMs = await vault.closesAtMs();
    if ((await vault.state()) !== 'open') parts.tellClosed();
    await wakeAt(closesAtMs);
    await bankScripts.reconcile();
    await badge.reconcile();
    await fieldMenu.reconcile();
    // Nobody waits for a verifier; if the background is stopped meanwhile, it is asked next time.
    clocks.checkIfDue().catch(() => {});
  }

  /** @param hosts patterns of hosts that are known to be granted; for others the browser is asked */
  async function summaryOf(token: VaultToken, hosts: readonly string[] = []): Promise<TokenSummary> {
    const { fieldHints, defaultOrigins, verifier, clock: known, ...rest } = token;
    const shown = known === null || verifier === null ? null : { host: new URL(verifier).host, ...known };
    const unknown = patternsOf(token.origins).filter((pattern) => !hosts.includes(pattern));
    const granted = unknown.length === 0 || (await parts.isGranted(unknown));
    return { ...rest, clock: shown, granted };
  }

  /** What all pages show first, read in parallel. */
  async function look(withCodes: boolean) {
    const { vault, erasure } = await services();
    const [seen, settings, erased, hosts] = await Promise.all([
      vault.view(withCodes),
      readSettings(local),
      erasure.reason(),
      parts.menu.grantedPatterns(),
    ]);
    const { state: open, waitMs, failures, damaged, on } = seen;
    const passkeys = seen.passkeys.map(({ id, credentialId, salt, addedAtMs }) => {
      return { id, credentialId: toBase64(credentialId), salt: toBase64(salt), addedAtMs };
    });
    const [askEachUse, erasesAfterTries] = [on && settings.askEachUse, on && settings.eraseAfterTries];
    const lock: LockState = { on, passkeys, askEachUse, erasesAfterTries, failures };
    const tokens = await Promise.all(seen.tokens.map((token) => summaryOf(token, hosts)));
    const state: Response<'getState'> = { vault: open, waitMs, tokens, damaged, lock, erased };
    return { seen, settings, state };
  }

  async function openPopup(own: OwnTab | null): Promise<Response<'openPopup'>> {
    const { vault, asking } = await services();
    const looking = parts.meantPage(own).catch(() => null);
    const [{ seen, settings, state }, meant, asked] = await Promise.all([
      look(true),
      looking,
      asking.isAsked(looking),
      vault.touch(),
    ]);
    const origin = meant?.origin ?? null;
    const tokens = origin === null ? [] : tokensOf(seen.tokens, origin, clock());
    const page: MeantPage = {
      tabId: meant?.tabId ?? null,
      tokenIds: tokens.map((token) => token.id),
      defaultTokenId: origin === null ? null : (defaultOf(tokens, origin)?.id ?? null),
      asked,
    };
    const codes = state.lock.askEachUse ? {} : Object.fromEntries(seen.codes);
    return { ...state, settings, page, codes };
  }

  async function answerPage(message: Envelope<PageMessageName>, tab: OwnTab | null): Promise<Response<MessageName>> {
    const { vault, activation, erasure, usePass, clocks, asking } = await services();
    // The popup's opening does that while it reads.
    if (!passive.includes(message.name) && message.name !== 'openPopup') await vault.touch();
    switch (message.name) {
      case 'getState':
        return (await look(false)).state;
      case 'openPopup':
        return openPopup(tab);
      case 'openVault':
        return vault.open(keyOf(message.request));
      case 'closeVault':
        await vault.close();
        return { outcome: 'closed' };
      case 'proveKey':
        return vault.prove(keyOf(message.request.key));
      case 'turnLockOff':
        return vault.turnOff(keyOf(message.request.key));
      case 'turnLockOn':
        return vault.turnOn(message.request.lockCode);
      case 'changeLockCode':
        return vault.changeLockCode(keyOf(message.request.key), message.request.lockCode);
      case 'addPasskey': {
        const { credentialId, salt, secret } = message.request.passkey;
        const passkey = { credentialId: fromBase64(credentialId), salt: fromBase64(salt), secret: fromBase64(secret) };
        return vault.addPasskey(keyOf(message.request.key), passkey);
      }
      case 'removePasskey':
        return { outcome: (await vault.removePasskey(message.request.id)) ? 'removed' : 'vaultClosed' };
      case 'setLockRules': {
        const proof = await vault.prove(keyOf(message.request.key));
        if (proof.outcome === 'done') await writeSettings(local, message.request.rules);
        return proof;
      }
      case 'allowUse': {
        const proof = await vault.prove(keyOf(message.request.key));
        if (proof.outcome === 'done') await usePass.give(message.request.tokenId);
        return proof;
      }
      case 'reset':
        // Queued after a change under way, which could otherwise write back what it has read.
        await vault.serially(() => erasure.erase('reset'));
        return { outcome: 'erased' };
      case 'acknowledgeErasure':
        await erasure.acknowledge();
        return { outcome: 'acknowledged' };
      case 'checkClocks':
        return clocks.checkAll();
      case 'correctClock':
        return clocks.correct(message.request);
      case 'checkVerifier':
        return activation.checkVerifier(message.request.address);
      case 'setUp': {
        const result = await activation.setUp(message.request);
        if (result.outcome === 'failed') return result;
        const token = await tokenOf(vault, result.tokenId);
        if (token === null) return { outcome: 'failed', reason: 'vaultClosed', waitMs: 0 };
        return { outcome: 'added', token: await summaryOf(token) };
      }
      case 'renameToken': {
        const { tokenId, suffix } = message.request;
        return { outcome: (await vault.rename(tokenId, suffix.trim())) ? 'renamed' : 'vaultClosed' };
      }
      case 'removeToken':
        return { outcome: (await vault.remove(message.request.tokenId)) ? 'removed' : 'vaultClosed' };
      case 'moveToken': {
        const { tokenId, place } = message.request;
        return { outcome: (await vault.move(tokenId, place)) ? 'moved' : 'vaultClosed' };
      }
      case 'markRevoked': {
        const { tokenId, revoked } = message.request;
        return { outcome: (await vault.markRevoked(tokenId, revoked)) ? 'set' : 'vaultClosed' };
      }
      case 'setAutofill': {
        const { tokenId, on } = message.request;
        return { outcome: (await vault.setAutofill(tokenId, on)) ? 'set' : 'vaultClosed' };
      }
      case 'getCode': {
        const { tokenId } = message.request;
        if (!(await usePass.allows(tokenId))) return { outcome: 'askAgain' };
        const code = await vault.code(tokenId);
        return code === null ? { outcome: 'vaultClosed' } : { outcome: 'code', ...code };
      }
      case 'codeCopied':
        return { clearsAtMs: await clipboard.copied() };
      case 'fillPage':
        return asking.inPopup(message.request.tokenId, message.request.tabId);
      case 'getSettings':
        return readSettings(local);
      case 'putSettings':
        if (Object.keys(message.request).some(isGuarded) && (await vault.state()) === 'closed') {
          throw new Error('refused');
        }
        return writeSettings(local, message.request);
      default:
        return unreachable(message);
    }
  }

  /** Fills where the person asked for it; one pass allows one fill. */
  async function fill(tokenId: string, tabId: number, pointedFrameId: number | null): Promise<Response<'fillPage'>> {
    const { filling, usePass, vault } = await services();
    if ((await vault.state()) !== 'open') return { outcome: 'vaultClosed' };
    if (!(await usePass.allows(tokenId))) return { outcome: 'askAgain' };
    const answer = await filling.fillPage(tokenId, tabId, pointedFrameId);
    if (answer.outcome === 'filled') await usePass.spend();
    return answer;
  }

  async function answer(authorized: Authorized): Promise<Response<MessageName>> {
    if (authorized.from === 'document') {
      const { filling } = await services();
      const { message, document } = authorized;
      return message.name === 'takeCode' ? filling.takeCode(document) : filling.getField(document);
    }
    const response = await answerPage(authorized.message, authorized.tab);
    // A person waits for the code: what follows from its use is done once they see it, or else with the next message.
    if (['getCode', 'openPopup'].includes(authorized.message.name)) afterwards(() => void reconcile().catch(() => {}));
    else if (!passive.includes(authorized.message.name)) await reconcile();
    return response;
  }

  /** What a person asks for by hand keeps the vault open. */
  async function ask(how: (parts: Services) => Promise<Asked>): Promise<Asked> {
    const all = await services();
    await all.vault.touch();
    const outcome = await how(all);
    await reconcile();
    return outcome;
  }

  return {
    /** One message of the browser's `runtime.onMessage`. Rejects where the sender may not have that. */
    async receive(message: unknown, sender: Sender): Promise<Response<MessageName>> {
      const authorized = authorize(message, sender, self);
      if (authorized === null) throw new Error('refused');
      return answer(authorized);
    },

    /** The keyboard shortcut: fills the page's only token, or the one that the person chose there before. */
    fillByShortcut: (tabId: number): Promise<Asked> => ask(({ asking }) => asking.byShortcut(tabId)),

    /** The context menu on a field of this frame. */
    fillByPointing: (tabId: number, frameId: number, targetElementId: number | null): Promise<Asked> =>
      ask(async ({ asking }) => {
        await pages.point(tabId, frameId, targetElementId);
        return asking.byPointing(tabId, frameId);
      }),

    /** The tab went to another page. */
    async showBadge(tab: SeenTab): Promise<void> {
      await (await services()).badge.show(tab);
    },

    /** The browser says that the system was locked. */
    async systemLocked(): Promise<void> {
      const { vault } = await services();
      if (!(await readSettings(local)).closeOnSystemLock) return;
      await vault.close();
      await reconcile();
    },

    /** Closes the vault if its time is up, and updates the content script's registration accordingly. */
    reconcile,

    /** The time that `clearClipboardAt` asked for has come. */
    clearClipboard: clipboard.clear,
  };
}

/** Settings that only an open vault changes; what needs the lock code itself is among the rules of the lock. */
function isGuarded(name: string): boolean {
  return ['closeAfterMinutes', 'closeOnSystemLock', 'checkClock'].includes(name);
}

/** Messages that pages send by themselves do not count as use: a code on the screen asks for the next one each minute. */
const passive: readonly MessageName[] = ['getState', 'getSettings', 'checkVerifier', 'getCode'];

/** The vault as the bank's pages may use it: no code without a pass, and no automatic filling if each use takes the lock code. */
function asAllowed(vault: Vault, { isAsked, allows }: UsePass): Vault {
  return {
    ...vault,
    code: async (id) => ((await allows(id)) ? vault.code(id) : null),
    async list() {
      const tokens = await vault.list();
      return (await isAsked()) ? (tokens?.map((token) => ({ ...token, autofill: false })) ?? null) : tokens;
    },
  };
}

function keyOf(given: KeyGiven): Key {
  if ('lockCode' in given) return given.lockCode;
  const { credentialId, secret } = given.passkey;
  return { credentialId: fromBase64(credentialId), secret: fromBase64(secret) };
}

async function tokenOf(vault: Vault, id: string): Promise<VaultToken | null> {
  return (await vault.list())?.find((token) => token.id === id) ?? null;
}
