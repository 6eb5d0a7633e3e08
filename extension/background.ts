import { unreachable } from '../shared/result.ts';
import { createActivation } from './activation.ts';
import { type Authorized, authorize, isOfToken, type PageMessageName, type Self, type Sender } from './authorize.ts';
import { type BankScriptParts, createBankScripts } from './bank-scripts.ts';
import { createFilling, type Pages } from './filling.ts';
import type { Envelope, FillOutcome, MessageName, Response, TokenSummary } from './messages.ts';
import { type LocalArea, readSettings, writeSettings } from './settings.ts';
import { createVault, type SessionArea, type Vault, type VaultParts, type VaultToken } from './vault.ts';
import { openVaultDatabase } from './vault-database.ts';
import { createVerifierClient } from './verifier-client.ts';

export interface BackgroundParts extends Omit<BankScriptParts, 'vault'>, Pick<VaultParts, 'cost'> {
  readonly self: Self;
  readonly session: SessionArea;
  readonly local: LocalArea;
  readonly fetch: typeof fetch;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly pages: Pages;
  /** Has the browser call `reconcile` then, also if it stops the background before; null for never. */
  readonly wakeAt: (atMs: number | null) => Promise<void>;
}

export type Background = ReturnType<typeof createBackground>;

/**
 * All that the background does. It keeps nothing that matters in memory: the browser may stop it after any message
 * and start it again with the next.
 */
export function createBackground(parts: BackgroundParts) {
  const { self, session, local, clock, pages, sleep, wakeAt } = parts;
  let opening: Promise<Services> | null = null;

  function services(): Promise<Services> {
    // A database that did not open is tried again with the next message.
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
    const closeAfterMs = async () => (await readSettings(local)).closeAfterMinutes * 60_000;
    const vault = createVault({ ...parts, database, closeAfterMs });
    const verifier = createVerifierClient(parts.fetch, clock);
    return {
      vault,
      activation: createActivation({ vault, session, verifier, clock }),
      filling: createFilling({ vault, pages, clock, sleep }),
      bankScripts: createBankScripts({ ...parts, vault }),
    };
  }
  type Services = Awaited<ReturnType<typeof createServices>>;

  async function reconcile(): Promise<void> {
    const { vault, bankScripts } = await services();
    await wakeAt(await vault.closesAtMs());
    await bankScripts.reconcile();
  }

  async function summaryOf(token: VaultToken): Promise<TokenSummary> {
    const { fieldHints, ...rest } = token;
    return { ...rest, granted: await (await services()).bankScripts.grants(token.origins) };
  }

  async function answerPage(message: Envelope<PageMessageName>): Promise<Response<MessageName>> {
    const { vault, activation, filling } = await services();
    if (!passive.includes(message.name)) await vault.touch();
    switch (message.name) {
      case 'getState': {
        const [state, waitMs] = [await vault.state(), await vault.waitMs()];
        const tokens = (await vault.list()) ?? [];
        return { vault: state, waitMs, tokens: await Promise.all(tokens.map(summaryOf)) };
      }
      case 'openVault':
        return vault.open(message.request.lockCode);
      case 'closeVault':
        await vault.close();
        return { outcome: 'closed' };
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
      case 'setAutofill': {
        const { tokenId, on } = message.request;
        return { outcome: (await vault.setAutofill(tokenId, on)) ? 'set' : 'vaultClosed' };
      }
      case 'getCode': {
        const code = await vault.code(message.request.tokenId);
        return code === null ? { outcome: 'vaultClosed' } : { outcome: 'code', ...code };
      }
      case 'getPage': {
        const origin = await pages.originOf(message.request.tabId);
        return { origin, tokenIds: origin === null ? [] : await tokenIdsOf(vault, origin) };
      }
      case 'fillPage':
        return { outcome: await filling.fillPage(message.request.tokenId, message.request.tabId) };
      case 'getSettings':
        return readSettings(local);
      case 'putSettings':
        return writeSettings(local, message.request);
      default:
        return unreachable(message);
    }
  }

  async function answer(authorized: Authorized): Promise<Response<MessageName>> {
    if (authorized.from === 'document') {
      const { filling } = await services();
      const { message, document } = authorized;
      return message.name === 'takeCode' ? filling.takeCode(document) : filling.getField(document);
    }
    const response = await answerPage(authorized.message);
    if (!passive.includes(authorized.message.name)) await reconcile();
    return response;
  }

  return {
    /** One message of the browser's `runtime.onMessage`. Rejects where the sender may not have that. */
    async receive(message: unknown, sender: Sender): Promise<Response<MessageName>> {
      const authorized = authorize(message, sender, self);
      if (authorized === null) throw new Error('refused');
      return answer(authorized);
    },

    /** The keyboard shortcut: fills the only token of the page; `choice` where there is none or more than one. */
    async fillByShortcut(tabId: number): Promise<FillOutcome | 'choice'> {
      const { vault, filling } = await services();
      await vault.touch();
      if ((await vault.state()) !== 'open') return 'vaultClosed';
      const origin = await pages.originOf(tabId);
      const [tokenId, ...others] = origin === null ? [] : await tokenIdsOf(vault, origin);
      if (tokenId === undefined || others.length > 0) return 'choice';
      const outcome = await filling.fillPage(tokenId, tabId);
      await reconcile();
      return outcome;
    },

    /** Closes the vault where its time is over, and brings the content script's registration in line with it. */
    reconcile,
  };
}

/** Looking at the state is no use of the vault; else an open page would keep it open for ever. */
const passive: readonly MessageName[] = ['getState', 'getPage', 'getSettings', 'checkVerifier'];

async function tokenOf(vault: Vault, id: string): Promise<VaultToken | null> {
  return (await vault.list())?.find((token) => token.id === id) ?? null;
}

async function tokenIdsOf(vault: Vault, origin: string): Promise<string[]> {
  const tokens = (await vault.list()) ?? [];
  return tokens.filter((token) => isOfToken({ origin }, token.origins)).map((token) => token.id);
}
