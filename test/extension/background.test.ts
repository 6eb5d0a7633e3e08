import { describe, expect, test, vi } from 'vitest';
import type { Scripting } from 'webextension-polyfill';
import { type Background, createBackground } from '../../extension/background.ts';
import type { MessageName, Request, Response } from '../../extension/messages.ts';
import { minimumCost } from '../../extension/vault-slots.ts';
import { lockCode, Network, Profile, provisioned } from './support.ts';

const self = { id: 'abcdefghijklmnop', baseUrl: 'chrome-extension://abcdefghijklmnop/' };
const popup = { id: self.id, url: `${self.baseUrl}popup.html` };

/** A browser around the background: what it granted, registered and was asked to do. */
class BrowserAround {
  readonly profile = new Profile();
  readonly network = new Network();
  granted = new Set<string>();
  registered: Scripting.RegisteredContentScript[] = [];
  looks: string[][] = [];
  wakeAtMs: number | null = null;
  toldClosed = 0;
  clipboardAtMs: number | null = null;
  clipboard = '12345678';
  emptyClipboard = async () => {
    this.clipboard = '';
  };
  origin: string | null = 'https://bank.example';
  withdrawHosts = async () => this.granted.clear();
  filled: string[] = [];

  /** A background as after each stop by the browser: with the same disk and session, and an empty memory. */
  start(): { readonly background: Background; readonly send: Send } {
    const { profile } = this;
    const background: Background = createBackground({
      self,
      session: profile.session,
      local: profile.local,
      fetch: this.network.fetch,
      cost: async () => minimumCost,
      clock: () => profile.nowMs,
      afterwards: (task) => task(),
      sleep: async (ms) => {
        profile.nowMs += ms;
      },
      isGranted: async (patterns) => patterns.every((pattern) => this.granted.has(pattern)),
      lookInTabs: async (patterns) => {
        this.looks.push(patterns);
      },
      wakeAt: async (atMs) => {
        this.wakeAtMs = atMs;
      },
      tellClosed: () => {
        this.toldClosed++;
      },
      clearClipboardAt: async (atMs) => {
        this.clipboardAtMs = atMs;
      },
      emptyClipboard: () => this.emptyClipboard(),
      withdrawHosts: () => this.withdrawHosts(),
      meantPage: async () => ({ tabId: 7, origin: this.origin }),
      pages: {
        originOf: async () => this.origin,
        frames: async () => [
          { tabId: 7, frameId: 0, documentId: 'D1', origin: this.origin ?? '', path: [], usable: [] },
        ],
        isLoading: async () => false,
        look: async () => {},
        point: async () => {},
        find: async () => 'free',
        fill: async () => {
          const answer = await background.receive({ name: 'takeCode', request: {} }, this.contentScript());
          if (!('code' in answer)) return 'failed';
          this.filled.push(answer.code);
          return 'filled';
        },
      },
      badge: { tabs: async () => [], mark: async () => {} },
      menu: { grantedPatterns: async () => [...this.granted], putMenu: async () => {} },
      scripting: {
        getRegisteredContentScripts: async () => structuredClone(this.registered),
        registerContentScripts: async (scripts) => {
          if (this.registered.length > 0) throw new Error("Duplicate script ID 'bank'");
          this.registered.push(...scripts);
        },
        updateContentScripts: async (scripts) => {
          if (this.registered.length === 0) throw new Error("Nonexistent script ID 'bank'");
          this.registered = scripts as Scripting.RegisteredContentScript[];
        },
        unregisterContentScripts: async () => {
          if (this.registered.length === 0) throw new Error("Nonexistent script ID 'bank'");
          this.registered = [];
        },
      },
    });
    const send: Send = async (name, request) => (await background.receive({ name, request }, popup)) as never;
    return { background, send };
  }

  contentScript() {
    const origin = this.origin ?? '';
    return { id: self.id, url: `${origin}/`, origin, frameId: 0, documentId: 'D1', tab: { id: 7 } };
  }
}
type Send = <Name extends MessageName>(name: Name, request: Request<Name>) => Promise<Response<Name>>;

const setUp: Request<'setUp'> = {
  address: 'https://otp.example',
  serviceId: '1001',
  userId: 'K7QZ2M9XW4RT',
  activationPassword: '583920',
  lock: { create: lockCode },
};

async function withToken() {
  const around = new BrowserAround();
  const { background, send } = around.start();
  const result = await send('setUp', setUp);
  if (result.outcome !== 'added') throw new Error(result.reason);
  return { around, background, send, tokenId: result.token.id };
}

describe('the background', () => {
  test('answers nobody who may not ask', async () => {
    const { background } = new BrowserAround().start();
    await expect(background.receive({ name: 'getState', request: {} }, { id: 'other' })).rejects.toThrow(/^refused$/);
  });

  test('sets a token up, shows its code and fills it', async () => {
    const { around, send, tokenId } = await withToken();
    expect(await send('getState', {})).toMatchObject({
      vault: 'open',
      waitMs: 0,
      tokens: [{ id: tokenId, granted: false }],
    });
    const code = await send('getCode', { tokenId });
    expect(await send('openPopup', {})).toEqual({
      ...(await send('getState', {})),
      settings: await send('getSettings', {}),
      page: { tabId: 7, tokenIds: [tokenId], defaultTokenId: tokenId, asked: false },
      codes: code.outcome === 'code' ? { [tokenId]: { ...code, outcome: undefined } } : {},
    });
    expect(await send('fillPage', { tokenId, tabId: 7 })).toEqual({ outcome: 'filled' });
    expect(code.outcome === 'code' && around.filled[0] === code.code).toBe(true);
  });

  test('lets no seed, key or field hint out in any answer', async () => {
    const { around, send, tokenId } = await withToken();
    const answers = JSON.stringify([
      await send('getState', {}),
      await send('getCode', { tokenId }),
      await send('openVault', { lockCode }),
    ]);
    const { masterKey } = around.profile.session.items.vault as { masterKey: string };
    for (const secret of ['seed', 'secret', 'fieldHints', masterKey]) expect(answers).not.toContain(secret);
  });

  test('goes on after each message as if it had never been stopped', async () => {
    const { around, tokenId } = await withToken();
    expect(await around.start().send('getCode', { tokenId })).toMatchObject({ outcome: 'code' });
    expect(await around.start().background.fillByShortcut(7)).toBe('filled');
    await around.start().send('closeVault', {});
    expect(await around.start().send('getCode', { tokenId })).toEqual({ outcome: 'vaultClosed' });
    expect(await around.start().send('openVault', { lockCode: '0000' })).toMatchObject({
      outcome: 'wrong',
      failures: 1,
    });
    expect(await around.start().send('openVault', { lockCode })).toMatchObject({ outcome: 'wait', failures: 1 });
    expect(await around.start().send('getState', {})).toMatchObject({ vault: 'closed', waitMs: 1000, tokens: [] });
  });

  test('has itself woken when the vault’s time is over, and closes it then', async () => {
    const { around, send } = await withToken();
    expect(around.wakeAtMs).toBe(around.profile.nowMs + 5 * 60_000);
    await send('putSettings', { closeAfterMinutes: 1 });
    expect(around.wakeAtMs).toBe(around.profile.nowMs + 60_000);
    around.profile.nowMs += 60_000;
    await around.start().background.reconcile();
    expect(around.profile.session.items.vault).toBeUndefined();
    expect(around.wakeAtMs).toBeNull();
  });

  test('does not stay open because a page looks at its state', async () => {
    const { around, send } = await withToken();
    around.profile.nowMs += 4 * 60_000;
    await send('getState', {});
    await send('getSettings', {});
    around.profile.nowMs += 60_000;
    expect((await send('getState', {})).vault).toBe('closed');
  });

  test('does not stay open because a page shows a code', async () => {
    const { around, send, tokenId } = await withToken();
    for (let minute = 1; minute < 5; minute++) {
      around.profile.nowMs += 60_000;
      expect(await send('getCode', { tokenId })).toMatchObject({ outcome: 'code' });
    }
    around.profile.nowMs += 60_000;
    expect(await send('getCode', { tokenId })).toEqual({ outcome: 'vaultClosed' });
  });

  test('stays open while its popup is used, and gives the popup no code once it is closed', async () => {
    const { around, send, tokenId } = await withToken();
    around.profile.nowMs += 4 * 60_000;
    expect(Object.keys((await send('openPopup', {})).codes)).toEqual([tokenId]);
    around.profile.nowMs += 4 * 60_000;
    expect((await send('getState', {})).vault).toBe('open');
    around.profile.nowMs += 60_000;
    expect(await send('openPopup', {})).toMatchObject({
      ...{ vault: 'closed', tokens: [], codes: {} },
      page: { tabId: 7, tokenIds: [], defaultTokenId: null, asked: false },
    });
  });

  test('registers the content script only on granted hosts of tokens that fill by themselves', async () => {
    const { around, background, send, tokenId } = await withToken();
    await send('setAutofill', { tokenId, on: true });
    expect(around.registered).toEqual([]);
    around.granted.add('https://bank.example/*');
    await background.reconcile();
    expect(around.registered).toMatchObject([
      { id: 'bank', matches: ['https://bank.example/*'], allFrames: true, persistAcrossSessions: false },
    ]);
    expect(around.looks).toEqual([['https://bank.example/*']]);
    expect((await send('getState', {})).tokens[0]).toMatchObject({ autofill: true, granted: true });
    around.granted.clear();
    await background.reconcile();
    expect(around.registered).toEqual([]);
  });

  test('registers the content script on those granted of several hosts, and anew only where they change', async () => {
    const around = new BrowserAround();
    around.network.answer = provisioned({ origins: ['https://bank.example', 'https://otp.bank.example'] });
    const { background, send } = around.start();
    const added = await send('setUp', setUp);
    if (added.outcome !== 'added') throw new Error(added.reason);
    around.granted.add('https://otp.bank.example/*');
    await send('setAutofill', { tokenId: added.token.id, on: true });
    expect(around.looks).toEqual([['https://otp.bank.example/*']]);
    around.granted.add('https://bank.example/*');
    await background.reconcile();
    const both = ['https://bank.example/*', 'https://otp.bank.example/*'];
    expect(around.registered).toMatchObject([{ matches: both }]);
    // A browser may tell them in an order of its own.
    around.registered = around.registered.map((script) => ({ ...script, matches: both.toReversed() }));
    await background.reconcile();
    expect(around.looks.slice(1)).toEqual([both]);
  });

  test('takes the content script back while the vault is closed', async () => {
    const { around, send, tokenId } = await withToken();
    around.granted.add('https://bank.example/*');
    await send('setAutofill', { tokenId, on: true });
    expect(around.registered).toHaveLength(1);
    await send('closeVault', {});
    expect(around.registered).toEqual([]);
    await send('openVault', { lockCode });
    expect(around.registered).toHaveLength(1);
    await send('removeToken', { tokenId });
    expect(around.registered).toEqual([]);
  });

  test('does not count a token that is marked as revoked among those of a page', async () => {
    const { around, send } = await withToken();
    const [token] = (await send('getState', {})).tokens;
    around.origin = 'https://bank.example';
    expect((await send('openPopup', {})).page.tokenIds).toEqual([token?.id]);
    await send('markRevoked', { tokenId: token?.id ?? '', revoked: true });
    expect((await send('openPopup', {})).page.tokenIds).toEqual([]);
  });

  test('empties the clipboard 30 s after the last copy, unless the person switched that off', async () => {
    const { around, background, send } = await withToken();
    const { profile } = around;
    expect(await send('codeCopied', {})).toEqual({ clearsAtMs: profile.nowMs + 30_000 });
    expect(around.clipboardAtMs).toBe(profile.nowMs + 30_000);
    await around.start().background.clearClipboard();
    expect(around.clipboard).toBe('');
    around.clipboard = 'the person’s own';
    await send('putSettings', { clearClipboard: false });
    expect(await send('codeCopied', {})).toEqual({ clearsAtMs: null });
    await background.clearClipboard();
    expect(around.clipboard).toBe('the person’s own');
  });

  test.each([
    ['the browser stops the background before it is done', () => new Promise<void>(() => {})],
    ['it fails', () => Promise.reject(new Error('no offscreen page'))],
  ])('empties the clipboard a minute later where %s', async (_, emptyClipboard) => {
    const { around, background, send } = await withToken();
    const { profile } = around;
    await send('codeCopied', {});
    profile.nowMs += 30_000;
    const { emptyClipboard: empty } = around;
    around.emptyClipboard = emptyClipboard;
    void background.clearClipboard().catch(() => {});
    await vi.waitFor(() => expect(around.clipboardAtMs).toBe(profile.nowMs + 60_000), { timeout: 20_000 });
    around.emptyClipboard = empty;
    await around.start().background.clearClipboard();
    expect(around.clipboard).toBe('');
    around.clipboard = 'the person’s own';
    await around.start().background.clearClipboard();
    expect(around.clipboard).toBe('the person’s own');
  });

  test('empties the clipboard again at the time of a code that was copied meanwhile', async () => {
    const { around, background, send } = await withToken();
    const { emptyClipboard: empty } = around;
    await send('codeCopied', {});
    around.profile.nowMs += 30_000;
    around.emptyClipboard = async () => {
      await empty();
      await send('codeCopied', {});
      around.clipboard = '87654321';
    };
    await background.clearClipboard();
    around.emptyClipboard = empty;
    expect(around.clipboardAtMs).toBe(around.profile.nowMs + 30_000);
    await background.clearClipboard();
    expect(around.clipboard).toBe('');
  });

  test('leaves the clipboard alone where the browser was closed meanwhile', async () => {
    const { around, send } = await withToken();
    await send('codeCopied', {});
    around.profile.endSession();
    around.clipboard = 'the person’s own';
    await around.start().background.clearClipboard();
    expect(around.clipboard).toBe('the person’s own');
  });

  test('leaves the choice to the person where the shortcut has none or several tokens', async () => {
    const { around, background, send } = await withToken();
    around.origin = 'https://elsewhere.example';
    expect(await background.fillByShortcut(7)).toBe('choice');
    around.origin = 'https://bank.example';
    await send('setUp', { ...setUp, address: 'https://other.example', lock: null, sameUser: 'keepBoth' });
    expect(await background.fillByShortcut(7)).toBe('choice');
    await send('closeVault', {});
    expect(await background.fillByShortcut(7)).toBe('vaultClosed');
    expect(around.filled).toEqual([]);
  });

  test('shows and fills no code without the lock code again, where each use is asked for', async () => {
    const { around, background, send, tokenId } = await withToken();
    around.granted.add('https://bank.example/*');
    await send('setAutofill', { tokenId, on: true });
    expect(await send('setLockRules', { key: { lockCode }, rules: { askEachUse: true } })).toEqual({ outcome: 'done' });
    expect(await send('getCode', { tokenId })).toEqual({ outcome: 'askAgain' });
    expect((await send('openPopup', {})).codes).toEqual({});
    expect(await send('fillPage', { tokenId, tabId: 7 })).toEqual({ outcome: 'askAgain' });
    expect(await background.fillByShortcut(7)).toBe('askAgain');
    expect(await send('fillPage', { tokenId, tabId: 7 })).toEqual({ outcome: 'askAgain' });
    expect((await send('openPopup', {})).page.asked).toBe(true);
    const content = around.contentScript();
    expect(await background.receive({ name: 'getField', request: {} }, content)).toEqual({ outcome: 'none' });
    expect(await background.receive({ name: 'takeCode', request: {} }, content)).toEqual({ outcome: 'none' });
    expect(around.registered).toEqual([]);

    expect(await send('allowUse', { tokenId, key: { lockCode } })).toEqual({ outcome: 'done' });
    expect(await around.start().send('getCode', { tokenId })).toMatchObject({ outcome: 'code' });
    expect(await send('fillPage', { tokenId, tabId: 7 })).toEqual({ outcome: 'filled' });
    expect((await send('openPopup', {})).page.asked).toBe(false);
    expect(await send('getCode', { tokenId })).toEqual({ outcome: 'askAgain' });

    await send('allowUse', { tokenId, key: { lockCode } });
    expect(await send('getCode', { tokenId: 'another' })).toEqual({ outcome: 'askAgain' });
    around.profile.nowMs += 60_000;
    expect(await send('getCode', { tokenId })).toEqual({ outcome: 'askAgain' });

    await send('allowUse', { tokenId, key: { lockCode } });
    // A clock that was set back makes no minute longer.
    around.profile.nowMs -= 1;
    expect(await send('getCode', { tokenId })).toEqual({ outcome: 'askAgain' });
  });

  test('changes no rule of the lock for whoever found it open, and not when it closes for whoever found it closed', async () => {
    const { send } = await withToken();
    const rules = { askEachUse: true, eraseAfterTries: true };
    expect(await send('setLockRules', { key: { lockCode: '0000' }, rules })).toMatchObject({ outcome: 'wrong' });
    expect(await send('getSettings', {})).toMatchObject({ askEachUse: false, eraseAfterTries: false });
    await send('closeVault', {});
    await expect(send('putSettings', { closeAfterMinutes: null })).rejects.toThrow(/^refused$/);
    expect(await send('putSettings', { language: 'en' })).toMatchObject({ language: 'en', closeAfterMinutes: 5 });
  });

  test('says how many wrong lock codes there were, wherever the last one was typed', async () => {
    const { around, send } = await withToken();
    await send('setLockRules', { key: { lockCode }, rules: { eraseAfterTries: true } });
    await send('closeVault', {});
    await send('openVault', { lockCode: '0000' });
    around.profile.nowMs += 60_000;
    await send('setUp', { ...setUp, lock: { open: '1111' } });
    const later = around.start().send;
    expect((await later('getState', {})).lock).toMatchObject({ erasesAfterTries: true, failures: 2 });
    expect((await later('openPopup', {})).lock).toMatchObject({ erasesAfterTries: true, failures: 2 });
  });

  test('closes when the system is locked, unless the person does not want that', async () => {
    const { around, background, send } = await withToken();
    await send('putSettings', { closeOnSystemLock: false });
    await background.systemLocked();
    expect((await send('getState', {})).vault).toBe('open');
    await send('putSettings', { closeOnSystemLock: true });
    await around.start().background.systemLocked();
    expect((await send('getState', {})).vault).toBe('closed');
    expect(around.wakeAtMs).toBeNull();
  });

  test('tells the open pages that the vault is closed, whatever closed it, and nothing while it is open', async () => {
    const { around, background, send, tokenId } = await withToken();
    const told = async (close: () => Promise<unknown>) => {
      const before = around.toldClosed;
      await close();
      return around.toldClosed > before;
    };
    const reopen = () => told(() => send('openVault', { lockCode }));
    expect(await told(() => send('getCode', { tokenId }))).toBe(false);
    expect(await told(() => send('closeVault', {}))).toBe(true);
    expect(await reopen()).toBe(false);
    expect(await told(() => around.start().background.systemLocked())).toBe(true);
    expect(await reopen()).toBe(false);
    around.profile.nowMs += 5 * 60_000;
    expect(await told(() => around.start().background.reconcile())).toBe(true);
    expect(await reopen()).toBe(false);
    expect(await told(() => background.reconcile())).toBe(false);
    expect(await told(() => send('reset', {}))).toBe(true);
  });

  test('takes everything away by a reset, closed or open, hosts and settings too', async () => {
    const { around, send, tokenId } = await withToken();
    around.granted.add('https://bank.example/*');
    await send('setAutofill', { tokenId, on: true });
    await send('putSettings', { closeAfterMinutes: 60, language: 'en' });
    await send('closeVault', {});
    expect(await send('reset', {})).toEqual({ outcome: 'erased' });
    const later = around.start().send;
    expect(await later('getState', {})).toMatchObject({ vault: 'empty', tokens: [], erased: 'reset' });
    expect(around.granted.size).toBe(0);
    expect(around.registered).toEqual([]);
    expect(await later('getSettings', {})).toMatchObject({ closeAfterMinutes: 5, language: 'en' });
    await later('acknowledgeErasure', {});
    expect((await later('getState', {})).erased).toBeNull();
    expect(await later('setUp', { ...setUp, lock: { create: '90817263' } })).toMatchObject({ outcome: 'added' });
  });

  test.each<[string, (send: Send) => Promise<() => Promise<unknown>>]>([
    [
      'turned on again',
      async (send) => {
        await send('turnLockOff', { key: { lockCode } });
        return () => send('turnLockOn', { lockCode: '90817263' });
      },
    ],
    ['given another code', async (send) => () => send('changeLockCode', { key: { lockCode }, lockCode: '90817263' })],
  ])('brings nothing back where the lock is being %s during a reset', async (_, prepare) => {
    const { around, send } = await withToken();
    const change = await prepare(send);
    await Promise.all([change(), send('reset', {})]);
    expect(await around.start().send('getState', {})).toMatchObject({
      ...{ vault: 'empty', tokens: [], damaged: [], erased: 'reset' },
      lock: { on: false },
    });
    expect(around.profile.session.items.vault).toBeUndefined();
  });

  test('leaves nothing of a token in the browser’s memory by a reset either', async () => {
    const { around, background, send, tokenId } = await withToken();
    await send('allowUse', { tokenId, key: { lockCode } });
    await send('checkVerifier', { address: setUp.address });
    await send('closeVault', {});
    expect(await background.fillByShortcut(7)).toBe('vaultClosed');
    await send('openVault', { lockCode });
    const { masterKey } = around.profile.session.items.vault as { masterKey: string };
    await send('reset', {});
    const kept = JSON.stringify(around.profile.session.items);
    const secrets = [masterKey, 'bank.example', 'otp.example', setUp.userId, tokenId];
    for (const secret of secrets) expect(kept).not.toContain(secret);
  });

  test('erases once: a token that is set up before the person has seen why stays', async () => {
    const { around, send } = await withToken();
    await send('reset', {});
    expect(await send('setUp', setUp)).toMatchObject({ outcome: 'added' });
    expect(await around.start().send('getState', {})).toMatchObject({ tokens: [{ userId: setUp.userId }] });
  });

  test('answers after a reset though the browser keeps a host', async () => {
    const { around, send } = await withToken();
    around.withdrawHosts = async () => {
      throw new Error('kept by a policy');
    };
    expect(await send('reset', {})).toEqual({ outcome: 'erased' });
    expect(await around.start().send('getState', {})).toMatchObject({ vault: 'empty', erased: 'reset' });
  });

  test('keeps no token’s code from a person who switched the lock off, after the browser ended too', async () => {
    const { around, send, tokenId } = await withToken();
    expect(await send('turnLockOff', { key: { lockCode } })).toEqual({ outcome: 'done' });
    expect((await send('getState', {})).lock.on).toBe(false);
    around.profile.endSession();
    expect(await around.start().send('getCode', { tokenId })).toMatchObject({ outcome: 'code' });
    expect(around.wakeAtMs).toBeNull();
  });
});
