import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from './driver.ts';
import { browserNames } from './install.ts';
import { openBrowser } from './open.ts';
import { expectShownCode, issue, lockCode, logIn, setUp, shownCode } from './steps.ts';
import type { Tab } from './view.ts';
import { startWorld, type World } from './world.ts';

const newCode = '630518274911';
const changedCode = '905163827';

interface ExtensionApi {
  readonly idle?: { readonly onStateChanged: { dispatch(state: string): void } };
  readonly permissions: { getAll(): Promise<{ origins?: string[] }> };
}
declare const chrome: ExtensionApi;

describe.each(browserNames)('the app lock in %s', (name) => {
  let world: World;
  let browser: Driver;
  let settings: Tab;
  let token: Awaited<ReturnType<World['tokenOf']>>;

  async function setUpFor(loginId: 'taro' | 'hanako'): Promise<void> {
    const bank = await logIn(browser, world, loginId);
    if (await bank.isVisible('#issue')) await issue(bank, `${loginId}@mihon.example`);
    await setUp(browser, world, await world.mailTo(`${loginId}@mihon.example`), '');
    token = await world.tokenOf(loginId);
    await bank.close();
  }

  async function openSettings(): Promise<void> {
    settings = await browser.openExtensionPage('options.html#settings');
  }

  /** Ends the browser; the settings are open again in a new one. */
  async function restart(): Promise<void> {
    await browser.restart();
    await openSettings();
  }

  async function openWith(code: string): Promise<void> {
    await settings.fill('#lockCode', code);
    await settings.click('#open');
  }

  /** Writes a row into the vault's database, past the extension. */
  function put(store: 'tokens' | 'tries', row: object): Promise<void> {
    return settings.evaluate(
      (name: string, value: string) =>
        new Promise<void>((resolve, reject) => {
          const opening = indexedDB.open('shirushi');
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const writing = opening.result.transaction(name, 'readwrite');
            writing.objectStore(name).put(JSON.parse(value));
            writing.oncomplete = () => {
              opening.result.close();
              resolve();
            };
          };
        }),
      store,
      JSON.stringify(row),
    );
  }

  async function expectRightCode(): Promise<void> {
    const popup = await browser.openExtensionPage('popup.html');
    await expectShownCode(popup, token);
    await popup.close();
  }

  beforeAll(async () => {
    world = await startWorld();
    browser = await openBrowser(name);
    await setUpFor('taro');
    await openSettings();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  it('is turned off only with the lock code, after it said what that means', async () => {
    await settings.click('#lockOn');
    await settings.seeText('.notice', 'stored in this browser’s profile without encryption');
    await settings.fill('#turnOffCode', '0000');
    await settings.click('#turnOffNow');
    await settings.seeText('#turnOffError', 'Wrong lock code');
    await settings.waitFor('the wait to end', () => document.querySelector<HTMLElement>('#turnOffWait')?.hidden);
    await settings.fill('#turnOffCode', lockCode);
    await settings.click('#turnOffNow');
    await settings.seeText('#lockIsOff', 'The app lock is off');
  });

  it('off, asks for nothing after the browser ended, and says that it is off', async () => {
    await restart();
    await settings.see('#lockIsOff');
    await expectRightCode();
  });

  it('is turned on with a new lock code, and warns of a weak one', async () => {
    await settings.click('#lockOn');
    for (const [weak, why] of [
      ['1234', 'a run of digits'],
      ['000000', 'repeats its digits'],
      ['7', 'short'],
      ['19850703', 'date'],
    ] as const) {
      await settings.fill('#newCode', weak);
      await settings.seeText('.field [role=status]', 'Strength: weak');
      await settings.seeText('.field [role=status]', why);
    }
    await settings.fill('#newCode', newCode);
    await settings.seeText('.field [role=status]', 'Strength: strong');
    await settings.fill('#newCodeAgain', newCode);
    await settings.click('#turnOnNow');
    await settings.see('#toChange');
    await expectRightCode();
  });

  it('on again, is closed when the browser ended, to the old code too', async () => {
    await restart();
    await openWith(lockCode);
    await settings.seeText('#error', 'Wrong lock code');
    await settings.waitFor('the wait to end', () => document.querySelector<HTMLElement>('#wait')?.hidden);
    await openWith(newCode);
    await settings.see('#toChange');
    await expectRightCode();
  });

  it('takes another lock code in place of the present one', async () => {
    await settings.click('#toChange');
    await settings.fill('#changeCode', newCode);
    await settings.fill('#newCode', changedCode);
    await settings.fill('#newCodeAgain', '1');
    await settings.click('#changeNow');
    await settings.seeText('#newCodeAgain-error', 'differ');
    await settings.fill('#newCodeAgain', changedCode);
    await settings.click('#changeNow');
    await settings.seeText('#lockSaid', 'has been changed');
    await settings.click('#closeVault');
    await openWith(changedCode);
    await settings.see('#toChange');
  });

  it('leaves no code on any page of the extension once it is closed on one of them', async () => {
    const popup = await browser.openExtensionPage('popup.html');
    await expectShownCode(popup, token);
    // Time stands still for that page: it would ask anew by itself at the end of the step.
    await popup.evaluate(() => {
      globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
    });
    await settings.click('#closeVault');
    await popup.see('#lockCode');
    expect(await popup.isVisible('#code')).toBe(false);
    await popup.close();
    await openWith(changedCode);
    await settings.see('#toChange');
  });

  it('tells of a token that cannot be read, keeps it, and removes it where the person says so', async () => {
    await put('tokens', { id: 'unreadable', version: 1, iv: [], sealed: [] });
    const popup = await browser.openExtensionPage('popup.html');
    await expectShownCode(popup, token);
    await popup.seeText('.notice', '1 token cannot be read');
    await popup.close();
    await settings.close();
    await openSettings();
    await settings.seeText('#damaged', 'has been kept');
    await settings.click('#removeDamaged');
    await settings.click('#removeDamagedNow');
    await settings.waitFor('the notice to go', () => document.querySelector('#damaged') === null);
    await expectRightCode();
    await settings.show();
  });

  it('asks for the lock code again for each use where the person wants that', async () => {
    await settings.click('#askEachUse');
    await settings.fill('#askRuleCode', changedCode);
    await settings.click('#askRuleNow');
    await settings.waitFor('the rule to stand', () => document.querySelector('#askRuleNow') === null);
    const popup = await browser.openExtensionPage('popup.html');
    await popup.see('#askCode');
    expect(await popup.isVisible('#code')).toBe(false);
    await popup.fill('#askCode', changedCode);
    await popup.click('#askNow');
    expect(await shownCode(popup)).toMatch(/^\d{8}$/);
    await popup.close();
    await settings.show();
    await settings.click('#askEachUse');
    await settings.fill('#askRuleCode', changedCode);
    await settings.click('#askRuleNow');
    await settings.waitFor('the rule to go', () => document.querySelector('#askRuleNow') === null);
    await expectRightCode();
  });

  if (name === 'chromium') {
    it('closes when the system is locked', async () => {
      const worker = await settings.page
        .browser()
        .waitForTarget(
          (target) => target.type() === 'service_worker' && target.url().startsWith(browser.extensionOrigin),
        )
        .then((target) => target.worker());
      // The event as the browser raises it: no screen is locked here.
      await worker?.evaluate(() => chrome.idle?.onStateChanged.dispatch('locked'));
      const popup = await browser.openExtensionPage('popup.html');
      await popup.see('#lockCode');
      await popup.close();
      await settings.page.reload();
      await openWith(changedCode);
      await settings.see('#toChange');
    });

    it('opens with a passkey, from the settings and from a tab of its own', async () => {
      const cdp = await settings.page.createCDPSession();
      await cdp.send('WebAuthn.enable');
      await cdp.send('WebAuthn.addVirtualAuthenticator', {
        options: {
          ...{ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasPrf: true },
          ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
        },
      });
      await settings.click('#addPasskey');
      await settings.fill('#passkeyKeyCode', changedCode);
      await settings.click('#passkeyKeyNow');
      await settings.see('[data-passkey-id]');
      await settings.seeText('#lockSaid', 'The passkey has been added');
      await settings.click('#closeVault');
      await settings.click('#passkey');
      await settings.see('#toChange');
      await expectRightCode();

      await settings.show();
      await settings.click('#closeVault');
      await settings.see('#lockCode');
      // Where the popup sends people: the passkey is asked for at once, and the tab goes away.
      const gone = new Promise((resolve) => settings.page.once('close', resolve));
      await settings.evaluate(() => {
        location.hash = '#open';
      });
      await gone;
      await openSettings();
      await settings.see('#toChange');
    });

    it('no longer opens with a passkey that was removed', async () => {
      await settings.click('[data-passkey-id] button');
      await settings.waitFor('the passkey to go', () => document.querySelector('[data-passkey-id]') === null);
      await settings.click('#closeVault');
      await settings.see('#lockCode');
      expect(await settings.isVisible('#passkey')).toBe(false);
      await openWith(changedCode);
      await settings.see('#toChange');
    });
  } else {
    // Firefox reports no locked system (idle.IdleState knows `active` and `idle` alone).
    it('offers no closing with the system, which this browser does not report', async () => {
      expect(await settings.isVisible('#closeOnSystemLock')).toBe(false);
      expect(await settings.evaluate(() => chrome.idle === undefined)).toBe(true);
    });

    // Firefox takes as a passkey's name only hosts that the extension was granted: the banks', which are not ours to use.
    it('offers no passkey, which this browser refuses to pages of an extension', async () => {
      expect(await settings.isVisible('#addPasskey')).toBe(false);
      const refusal = await settings.evaluate(() =>
        navigator.credentials
          .create({
            publicKey: {
              rp: { name: 'Shirushi' },
              user: { id: new Uint8Array(16), name: 'Shirushi', displayName: 'Shirushi' },
              challenge: new Uint8Array(32),
              pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
            },
          })
          .then(
            () => 'made',
            (error: DOMException) => error.name,
          ),
      );
      expect(refusal).toBe('SecurityError');
    });
  }

  it('forgotten, is reset with all tokens, after it said what that means', async () => {
    await settings.click('#closeVault');
    await settings.see('#lockCode');
    await settings.click('summary');
    await settings.see('#toReset');
    await settings.close();
    const reset = await browser.openExtensionPage('options.html#reset');
    await reset.seeText('#resetSites', 'localhost');
    await reset.click('#resetNow');
    await reset.seeText('#error', 'Tick the box');
    await reset.click('#understand');
    await reset.click('#resetNow');
    await reset.seeText('#erased', 'What to ask each institution');
    expect(await reset.evaluate(async () => (await chrome.permissions.getAll()).origins ?? [])).toEqual([]);
    await reset.click('#startAgain');
    await reset.see('#verifierAddress');
    await reset.close();
    await restart();
    const popup = await browser.openExtensionPage('popup.html');
    await popup.seeText('h1', 'No token yet');
    await popup.close();
  });

  it('erases everything at the tenth wrong lock code where the person chose that, and says so', async () => {
    await setUpFor('hanako');
    await openSettings();
    await settings.click('#eraseAfterTries');
    await settings.seeText('.notice', 'the tenth one erases all tokens');
    await settings.fill('#eraseCode', lockCode);
    await settings.click('#eraseNow');
    await settings.waitFor('the rule to stand', () => document.querySelector('#eraseNow') === null);
    await settings.click('#closeVault');
    // Nine wrong ones some time ago; typing them would take eight minutes of waits.
    await put('tries', { id: 'lockCode', failures: 9, countedAtMs: Date.now() - 3_600_000 });
    await openWith('0000');
    await settings.seeText('#erased', 'A wrong lock code was entered 10 times in a row');
    await restart();
    const popup = await browser.openExtensionPage('popup.html');
    await popup.seeText('#erased', 'A wrong lock code was entered 10 times in a row');
    await popup.close();
    await settings.see('#erased');
    await settings.click('#startAgain');
    await settings.see('#verifierAddress');
  });
});
