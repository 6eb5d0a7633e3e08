import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addToken, grant, send } from '../fields/benchmark.ts';
import { other, serveSite, serveVerifier, type TokenWanted } from '../fields/site.ts';
import type { Driver } from './driver.ts';
import { browserNames } from './install.ts';
import { openBrowser } from './open.ts';
import { lockCode } from './steps.ts';
import { Tab, type View } from './view.ts';
import { independentCode } from './world.ts';

declare const chrome: {
  readonly action: { getBadgeText(of: object): Promise<string> };
  readonly tabs: { query(filter: object): Promise<{ id: number; url?: string; active: boolean }[]> };
};

const folder = new URL('../fields/pages/', import.meta.url).pathname;
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA';

describe.each(browserNames)('ways to ask, in %s', (name) => {
  const tokens = new Map<string, TokenWanted>();
  let site: Awaited<ReturnType<typeof serveSite>>;
  let verifier: Awaited<ReturnType<typeof serveVerifier>>;
  let browser: Driver;
  let own: Tab;
  let origin = '';
  let first = '';

  beforeAll(async () => {
    site = await serveSite(new Map([['pages', folder]]), new Map());
    verifier = await serveVerifier(tokens);
    origin = `http://localhost:${site.port}`;
    for (const userId of ['TAR0', 'HANAK0'])
      tokens.set(userId, { secret, digits: 6, origins: [origin], fieldHints: [] });
    browser = await openBrowser(name);
    own = await browser.openExtensionPage('options.html#settings');
    await grant(browser, own, origin);
    first = await addToken(own, `http://127.0.0.1:${verifier.port}`, 'TAR0', true);
    await send(own, 'setAutofill', { tokenId: first, on: false });
  });
  afterAll(async () => {
    await browser?.close();
    await verifier?.close();
    await site?.close();
  });

  const openPage = (file: string) => browser.open(`${origin}/pages/${file}.html`);
  const fields = (tab: Tab) => tab.evaluate(() => [...document.querySelectorAll('input')].map((input) => input.value));
  const filledWith = (tab: Tab, selector: string) =>
    tab.waitFor(
      'the field to be filled',
      (wanted) => document.querySelector<HTMLInputElement>(wanted)?.value,
      selector,
    );
  const codesOf = (userId: string) => {
    const seed = verifier.seeds.get(userId);
    if (seed === undefined) throw new Error(`${userId} has no token`);
    const token = { seed, digits: 6, algorithm: 'SHA256', periodSeconds: 60 } as const;
    return [Date.now(), Date.now() - 60_000].map((atMs) => independentCode(token, atMs));
  };
  /** The codes are made after the filling: in the last seconds of a step the next one is waited for. */
  const expectCode = async (tab: Tab, selector: string, userId: string) => {
    const code = await filledWith(tab, selector);
    expect(codesOf(userId)).toContain(code);
  };
  const badgeOf = (tab: Tab) =>
    own.evaluate(async (url) => {
      const tabs = await chrome.tabs.query({});
      const found = tabs.find((each) => each.url === url);
      return found === undefined ? 'not seen' : chrome.action.getBadgeText({ tabId: found.id });
    }, tab.page.url());
  const openVault = async (popup: View) => {
    await popup.fill('#lockCode', lockCode);
    await popup.click('#open');
  };

  it('marks the button on pages of a token, and does not even see others', async () => {
    const tab = await openPage('ja-label-for');
    const foreign = await browser.open(`${other(site.port, 'pages')}/ja-label-for.html`);
    await own.waitFor(
      'the mark',
      async (url) => {
        const found = (await chrome.tabs.query({})).find((each) => each.url === url);
        return found !== undefined && (await chrome.action.getBadgeText({ tabId: found.id })) === '●';
      },
      tab.page.url(),
    );
    expect(await badgeOf(foreign)).toBe('not seen');
    expect(await fields(tab)).toEqual(['', '', '']);
    await tab.close();
    await foreign.close();
  });

  it('fills the very field of the context menu, where the page alone leaves a choice', async () => {
    const tab = await openPage('ja-never-two');
    await browser.takeFieldMenu(tab, 'input[name=b]');
    await expectCode(tab, 'input[name=b]', 'TAR0');
    expect((await fields(tab))[0]).toBe('');
    await tab.close();
  });

  it('asks for the lock code, and goes on with the field that was pointed at', async () => {
    await send(own, 'closeVault', {});
    const tab = await openPage('ja-never-two');
    await browser.takeFieldMenu(tab, 'input[name=b]');
    // The popup's page in a tab: one that the browser opens by itself at the same time would close another popup.
    const popup = await browser.openExtensionPage('popup.html');
    await popup.see('#lockCode');
    expect(await fields(tab)).toEqual(['', '']);
    await openVault(popup);
    await expectCode(tab, 'input[name=b]', 'TAR0');
    expect((await fields(tab))[0]).toBe('');
    await popup.close().catch(() => {});
    await tab.close();
  });

  if (name === 'chromium') {
    it('opens the popup for the lock code where each use is asked for, and goes on with the field', async () => {
      const rule = (askEachUse: boolean) => send(own, 'setLockRules', { key: { lockCode }, rules: { askEachUse } });
      await rule(true);
      const tab = await openPage('ja-never-two');
      await browser.takeFieldMenu(tab, 'input[name=b]');
      const target = await tab.page
        .browser()
        .waitForTarget((each) => each.url() === `${browser.extensionOrigin}/popup.html`, { timeout: 10_000 });
      const popup = new Tab(await target.asPage(), false);
      await popup.fill('#askCode', lockCode);
      await popup.click('#askNow');
      await expectCode(tab, 'input[name=b]', 'TAR0');
      await popup.close().catch(() => {});
      await tab.close();
      await rule(false);
    });
  }

  it('of several tokens fills none by itself before the person chose, and the chosen one from then on', async () => {
    const second = await addToken(own, `http://127.0.0.1:${verifier.port}`, 'HANAK0', false);
    await send(own, 'setAutofill', { tokenId: first, on: true });
    const tab = await openPage('ja-label-for');
    const popup = await browser.openPopup(tab);
    await popup.click(`[data-token-id="${second}"]`);
    expect(await fields(tab)).toEqual(['', '', '']);
    await popup.click('#fill');
    await expectCode(tab, '#otp', 'HANAK0');
    await popup.close().catch(() => {});
    await tab.page.reload();
    await expectCode(tab, '#otp', 'HANAK0');
    await tab.close();
  });

  it('shows a popup that is longer than the screen without scrolling sideways', async () => {
    const tab = await openPage('ja-label-for');
    const popup = await browser.openPopup(tab);
    await popup.see('main');
    await popup.evaluate(() => {
      document.body.style.minHeight = '2000px';
    });
    const hidden = await popup.evaluate(() => {
      const { scrollHeight, clientHeight, scrollWidth, clientWidth } = document.documentElement;
      return { below: scrollHeight > clientHeight, beside: scrollWidth - clientWidth };
    });
    expect(hidden).toEqual({ below: true, beside: 0 });
    await popup.close().catch(() => {});
    await tab.close();
  });
});
