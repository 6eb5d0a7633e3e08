import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Messages } from '../../extension/messages.ts';
import type { Driver } from '../browser/driver.ts';
import { browserNames } from '../browser/install.ts';
import { openBrowser } from '../browser/open.ts';
import { issue, logIn, openVault, setUp } from '../browser/steps.ts';
import type { Tab } from '../browser/view.ts';
import { independentCode, startWorld, type World } from '../browser/world.ts';
import { servePages } from '../extension/page-server.ts';

const email = 'taro@mihon.example';
const otpPage = `<!doctype html><meta charset="utf-8"><title>OTP</title>
<label>ワンタイムパスワード <input id="otp" inputmode="numeric" autocomplete="one-time-code"></label>`;
const preparedPage = `${otpPage}<script>onload = () => setTimeout(() => fetch('/loaded'))</script>`;
const emptyPage = '<!doctype html><meta charset="utf-8"><title>frames</title><p>frames';
const typingPage = '<!doctype html><meta charset="utf-8"><title>typing</title><iframe src="/empty"></iframe>';
const aheadPage = `<!doctype html><meta charset="utf-8"><title>ahead</title><a href="/prepared">next</a>
<script type="speculationrules">{"prerender":[{"source":"list","urls":["/prepared"],"eagerness":"immediate"}]}</script>`;
const pages = {
  '/otp': otpPage,
  '/prepared': preparedPage,
  '/empty': emptyPage,
  '/typing': typingPage,
  '/ahead': aheadPage,
};

interface ExtensionApi {
  readonly runtime: { sendMessage(message: unknown): Promise<never> };
  readonly tabs: { query(filter: object): Promise<{ id: number; active: boolean; lastAccessed: number }[]> };
  readonly scripting: { getRegisteredContentScripts(): Promise<readonly unknown[]> };
}
declare const chrome: ExtensionApi;

describe.each(browserNames)('where the extension fills, in %s', (name) => {
  let world: World;
  let browser: Driver;
  let bank: Tab;
  /** A second site of the institution, whose pages we make ourselves. */
  let own: Awaited<ReturnType<typeof servePages>>;
  let foreign: Awaited<ReturnType<typeof servePages>>;
  let ownUrl = '';
  let foreignUrl = '';

  beforeAll(async () => {
    own = await servePages(pages);
    foreign = await servePages(pages);
    ownUrl = `http://localhost:${own.port}`;
    foreignUrl = `http://localhost:${foreign.port}`;
    world = await startWorld([ownUrl]);
    browser = await openBrowser(name);
    bank = await logIn(browser, world, 'taro');
    await issue(bank, email);
    await setUp(browser, world, await world.mailTo(email), '', [world.bankUrl]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
    await own?.close();
    await foreign?.close();
  });

  async function frame(tab: Tab, src: string, sandbox: string | null): Promise<void> {
    await tab.evaluate(
      (src, sandbox) =>
        new Promise<void>((resolve) => {
          const frame = document.createElement('iframe');
          if (sandbox !== null) frame.setAttribute('sandbox', sandbox);
          frame.onload = () => resolve();
          frame.src = src;
          document.body.append(frame);
        }),
      src,
      sandbox,
    );
  }

  /** What stands in the fields of a tab, its frames included. */
  async function fieldsOf(tab: Tab): Promise<string[]> {
    const values: string[] = [];
    for (const each of tab.page.frames()) {
      const value = await each.evaluate(() => document.querySelector<HTMLInputElement>('#otp')?.value ?? null);
      if (value !== null) values.push(value);
    }
    return values;
  }

  interface Place {
    readonly tab: Tab;
    /** The page around the field is the institution's. */
    readonly isOwn: boolean;
  }

  /** Every page that is not to be filled, each in a tab. */
  async function openPlaces(): Promise<Map<string, Place>> {
    const places = new Map<string, Place>();
    places.set('another port', { tab: await browser.open(`${foreignUrl}/otp`), isOwn: false });
    places.set('another name of this computer', {
      tab: await browser.open(`http://127.0.0.1:${own.port}/otp`),
      isOwn: false,
    });
    places.set('http of another host', { tab: await browser.open(`http://other.test:${own.port}/otp`), isOwn: false });
    const foreignInside = await browser.open(`${ownUrl}/empty`);
    await frame(foreignInside, `${foreignUrl}/otp`, null);
    places.set('a foreign frame in the bank', { tab: foreignInside, isOwn: true });
    const ownInside = await browser.open(`${foreignUrl}/empty`);
    await frame(ownInside, `${ownUrl}/otp`, null);
    places.set('the bank in a foreign frame', { tab: ownInside, isOwn: false });
    const sandboxed = await browser.open(`${ownUrl}/empty`);
    await frame(sandboxed, `${ownUrl}/otp`, 'allow-scripts');
    places.set('a sandboxed frame', { tab: sandboxed, isOwn: true });
    return places;
  }

  it('fills by itself where the person switched that on, on each site of the institution', async () => {
    const popup = await browser.openExtensionPage('popup.html');
    await popup.click('#autofill');
    await popup.waitFor(
      'the script to be registered',
      async () => (await chrome.scripting.getRegisteredContentScripts()).length,
    );
    await bank.goto(`${world.bankUrl}/token/activation`);
    const site = await browser.open(`${ownUrl}/otp`);
    const token = await world.tokenOf('taro');
    for (const tab of [bank, site]) {
      const filled = await tab.waitFor('the field', () => document.querySelector<HTMLInputElement>('#otp')?.value);
      const nowMs = Date.now();
      expect([independentCode(token, nowMs), independentCode(token, nowMs - 30_000)]).toContain(filled);
    }
    await site.close();
    await popup.close();
  });

  it.each([
    ['in the page around a frame', 0],
    ['in a frame', 1],
  ])('leaves a person who types %s there, and their keys out of the field', async (_, typedIn) => {
    const tab = await browser.open(`${ownUrl}/typing`);
    await tab.waitFor('the frame', () => document.querySelector('iframe')?.contentDocument?.title === 'frames');
    const frames = tab.page.frames();
    const [typing, filling] = [frames[typedIn], frames[1 - typedIn]];
    await typing?.evaluate(() => {
      document.body.insertAdjacentHTML('beforeend', '<label>お客様番号 <input id="customer"></label>');
    });
    await typing?.click('#customer');
    await filling?.evaluate(() => {
      document.body.insertAdjacentHTML('beforeend', '<label>ワンタイムパスワード <input id="otp"></label>');
    });
    await expect.poll(() => fieldsOf(tab), { timeout: 40_000 }).toEqual([expect.stringMatching(/^\d{6,8}$/)]);
    await tab.page.keyboard.type('12');
    expect(await typing?.evaluate(() => document.querySelector<HTMLInputElement>('#customer')?.value)).toBe('12');
    expect(await fieldsOf(tab)).toEqual([expect.stringMatching(/^\d{6,8}$/)]);
    await tab.close();
  });

  // Firefox prepares no pages.
  it.runIf(name === 'chromium')('fills a page that was prepared ahead once the person comes to it', async () => {
    const tab = await browser.open(`${ownUrl}/ahead`);
    // Loaded by now, and seen by nobody.
    await expect
      .poll(() => own.asked, { timeout: 60_000 })
      .toContainEqual({ path: '/loaded', purpose: 'prefetch;prerender' });
    await tab.click('a');
    await tab.waitFor('the page that was prepared', () => {
      const [entry] = performance.getEntriesByType('navigation') as (PerformanceEntry & { activationStart?: number })[];
      return document.title === 'OTP' && (entry?.activationStart ?? 0) > 0;
    });
    await tab.waitFor('the field', () => document.querySelector<HTMLInputElement>('#otp')?.value);
    await tab.close();
  });

  it('fills nothing by itself on another origin, in a frame, or on http of another host', async () => {
    const places = await openPlaces();
    // Loaded after all of them: once it is filled, the others would have been.
    const control = await browser.open(`${ownUrl}/otp`);
    await control.waitFor('the control to be filled', () => document.querySelector<HTMLInputElement>('#otp')?.value);
    for (const [place, { tab }] of places) {
      expect({ place, fields: await fieldsOf(tab) }).toEqual({ place, fields: [''] });
    }
    for (const { tab } of places.values()) await tab.close();
    await control.close();
  });

  it('offers no filling on these pages in the popup, and refuses one that is forced', async () => {
    const places = await openPlaces();
    for (const [place, { tab, isOwn }] of places) {
      const popup = await browser.openPopup(tab);
      await popup.see('#copy');
      expect({ place, fill: await popup.isVisible('#fill') }).toEqual({ place, fill: isOwn });
      const outcome = await popup.evaluate(async () => {
        const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
        const send = (name: string, request: object) => chrome.runtime.sendMessage({ name, request });
        const state: Messages['getState']['response'] = await send('getState', {});
        const fill: { outcome: string } = await send('fillPage', {
          tokenId: state.tokens[0]?.id,
          tabId: tab?.id,
        });
        return fill.outcome;
      });
      // On the bank's own pages with a strange frame: there is no field but in the frame.
      expect({ place, outcome }).toEqual({
        place,
        outcome: expect.stringMatching(/^(notThisPage|noPermission|noField)$/),
      });
      expect({ place, fields: await fieldsOf(tab) }).toEqual({ place, fields: [''] });
      await popup.close();
      await tab.close();
    }
  });

  it('fills nothing while the vault is closed, and fills again when it was opened', async () => {
    const popup = await browser.openExtensionPage('popup.html');
    await popup.click('#closeVault');
    await popup.see('#lockCode');
    await popup.waitFor(
      'the script to be taken away',
      async () => (await chrome.scripting.getRegisteredContentScripts()).length === 0,
    );
    const site = await browser.open(`${ownUrl}/otp`);
    expect(await fieldsOf(site)).toEqual(['']);
    await openVault(popup);
    await site.waitFor('the field', () => document.querySelector<HTMLInputElement>('#otp')?.value);
    await site.close();
    await popup.close();
  });

  // Chromium hears the keys of a command in its window only, and automation presses them in the page.
  it.runIf(name === 'firefox')('fills with the keyboard shortcut', async () => {
    const popup = await browser.openExtensionPage('popup.html');
    await popup.click('#autofill');
    await popup.waitFor(
      'the script to be taken away',
      async () => (await chrome.scripting.getRegisteredContentScripts()).length === 0,
    );
    await popup.close();
    const site = await browser.open(`${ownUrl}/otp`);
    expect(await fieldsOf(site)).toEqual(['']);
    await browser.pressFillShortcut?.(site);
    await site.waitFor('the field', () => document.querySelector<HTMLInputElement>('#otp')?.value);
    await site.close();
  });
});
