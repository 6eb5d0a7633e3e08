import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Messages } from '../../extension/messages.ts';
import type { Driver } from '../browser/driver.ts';
import { browserNames } from '../browser/install.ts';
import { openBrowser } from '../browser/open.ts';
import { issue, logIn, setUp } from '../browser/steps.ts';
import type { Tab } from '../browser/view.ts';
import { startWorld, type World } from '../browser/world.ts';
import { servePages } from '../extension/page-server.ts';
import { grant } from '../fields/benchmark.ts';

interface ExtensionApi {
  readonly runtime?: { sendMessage?<Answer>(...args: readonly unknown[]): Promise<Answer> };
  readonly tabs: { query(filter: object): Promise<{ readonly id: number }[]> };
  readonly storage: { readonly local: { get(): Promise<object>; set(items: object): Promise<void> } };
  readonly scripting: {
    executeScript<Value>(what: { target: object; func: () => Value }): Promise<{ readonly result: Awaited<Value> }[]>;
  };
}
declare const chrome: ExtensionApi;

const email = 'taro@mihon.example';
const otpPage = `<!doctype html><meta charset="utf-8"><title>OTP</title>
<label>ワンタイムパスワード <input id="otp" inputmode="numeric" autocomplete="one-time-code"></label>`;
/** Fields that a person would not see or could not type into, each asked for as the bank asks for a code. */
const unseen = {
  invisible: 'style="visibility: hidden"',
  'not displayed': 'style="display: none"',
  'of no size': 'style="width: 0; height: 0; border: 0; padding: 0"',
  'off the screen': 'style="position: absolute; left: -9999px"',
  transparent: 'style="opacity: 0"',
  'cut away': 'style="position: absolute; clip-path: inset(50%)"',
  'one pixel large': 'style="width: 1px; height: 1px; border: 0; padding: 0"',
  hidden: 'type="hidden"',
  readonly: 'readonly',
  disabled: 'disabled',
} as const;
const unseenPath = (what: string) => `/unseen-${Object.keys(unseen).indexOf(what)}`;
const pages = {
  '/otp': otpPage,
  ...Object.fromEntries(
    Object.entries(unseen).map(([what, attributes]) => [
      unseenPath(what),
      otpPage.replace('<input id="otp"', `<input id="otp" ${attributes}`),
    ]),
  ),
};
const periodMs = 30_000;

/** What a page, ours or a strange one, may try with the extension. Frames, ports and hosts: `filling.e2e.test.ts`. */
describe.each(browserNames)('a page against the extension, in %s', (name) => {
  let world: World;
  let browser: Driver;
  let own: Awaited<ReturnType<typeof servePages>>;
  let foreign: Awaited<ReturnType<typeof servePages>>;
  let ownUrl = '';
  let foreignUrl = '';
  let options: Tab;
  let tokenId = '';

  beforeAll(async () => {
    own = await servePages(pages);
    foreign = await servePages(pages);
    ownUrl = `http://localhost:${own.port}`;
    foreignUrl = `http://localhost:${foreign.port}`;
    world = await startWorld([ownUrl]);
    browser = await openBrowser(name);
    const bank = await logIn(browser, world, 'taro');
    await issue(bank, email);
    await setUp(browser, world, await world.mailTo(email), '', [world.bankUrl]);
    options = await browser.openExtensionPage('options.html');
    // A host that the extension may enter, so that it is the extension which refuses.
    await grant(browser, options, `http://127.0.0.1:${foreign.port}`);
    tokenId = await options.waitFor('a token', async () => {
      const message = { name: 'getState', request: {} };
      const state = await chrome.runtime?.sendMessage?.<Messages['getState']['response']>(message);
      return state?.tokens[0]?.id;
    });
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([world?.close(), own?.close(), foreign?.close()]);
  });

  /**
   * Asks the background to fill the tab that was opened last, as the popup does, and gives what it said. The address of
   * a tab that we may not enter is hidden from us, so that nothing would be found by it.
   */
  async function askToFill(): Promise<string> {
    const answer = await options.evaluate(async (tokenId) => {
      const tabId = Math.max(...(await chrome.tabs.query({})).map(({ id }) => id));
      const message = { name: 'fillPage', request: { tokenId, tabId } };
      for (;;) {
        const answer = await chrome.runtime?.sendMessage?.<Messages['fillPage']['response']>(message);
        if (answer?.outcome !== 'wait') return answer?.outcome;
        const { waitMs } = answer;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }, tokenId);
    return answer ?? 'no answer';
  }

  it('is filled where it is the bank’s, which shows that the tests below ask rightly', async () => {
    const tab = await browser.open(`${ownUrl}/otp`);
    expect(await askToFill()).toBe('filled');
    expect(await tab.value('#otp')).toMatch(/^\d{6,8}$/);
    await tab.close();
  });

  // Chromium takes the name with a dot for the same host, as far as permissions go.
  const withDot = name === 'chromium' ? 'notThisPage' : 'noPermission';
  it.each([
    ['a dot behind the host', withDot, () => `http://localhost.:${own.port}/otp`],
    ['the bank as user name', 'notThisPage', () => `http://localhost:${own.port}@127.0.0.1:${foreign.port}/otp`],
    [
      'the bank in the path',
      'notThisPage',
      () => `http://127.0.0.1:${foreign.port}/otp#http://localhost:${own.port}/otp`,
    ],
    ['the bank as subdomain', 'noPermission', () => `http://bank.localhost:${own.port}/otp`],
  ])('is not filled under a look-alike address: %s', async (_, outcome, address) => {
    const tab = await browser.open(address());
    expect(await askToFill()).toBe(outcome);
    expect(await tab.value('#otp')).toBe('');
    await tab.close();
  });

  it.each(Object.keys(unseen))('gets no code into a field that is %s', async (what) => {
    const tab = await browser.open(ownUrl + unseenPath(what));
    expect(await askToFill()).toBe('noField');
    expect(await tab.value('#otp')).toBe('');
    await tab.close();
  });

  it('gets no code that the page before it waited for', async () => {
    await options.evaluate(async (tokenId) => {
      await chrome.runtime?.sendMessage?.({ name: 'setAutofill', request: { tokenId, on: true } });
    }, tokenId);
    const tab = await browser.open(`${foreignUrl}/otp`);
    const stays = await browser.open(`${foreignUrl}/otp`);
    const stepNow = () => Math.floor(Date.now() / periodMs);
    for (;;) {
      // Too late for this code, so that the bank's page waits for the next one.
      const [inStepMs, lateMs] = [Date.now() % periodMs, periodMs - 4800];
      await sleep(inStepMs <= lateMs ? lateMs - inStepMs : periodMs - inStepMs + lateMs);
      const step = stepNow();
      await tab.goto(`${ownUrl}/otp`);
      await stays.goto(`${ownUrl}/otp`);
      const value = await tab.value('#otp');
      await tab.goto(`${foreignUrl}/otp`);
      // A busy computer may have been too slow for these seconds.
      if (stepNow() !== step) continue;
      expect(value).toBe('');
      break;
    }
    // The one that stayed shows when the wait is over.
    await stays.waitFor('the next code', () => document.querySelector<HTMLInputElement>('#otp')?.value);
    expect(await tab.value('#otp')).toBe('');
    await stays.close();
    await tab.close();
  });

  // Firefox has no way to close them.
  it.runIf(name === 'chromium')('finds the settings closed, even where it takes over our script in it', async () => {
    const tab = await browser.open(`${ownUrl}/otp`);
    const [read, written] = await options.evaluate(async () => {
      const tabId = Math.max(...(await chrome.tabs.query({})).map(({ id }) => id));
      const outcomeOf = async (func: () => Promise<string>) =>
        (await chrome.scripting.executeScript({ target: { tabId }, func }))[0]?.result;
      return [
        await outcomeOf(async () => {
          try {
            await chrome.storage.local.get();
            return 'open';
          } catch (error) {
            return String(error);
          }
        }),
        await outcomeOf(async () => {
          try {
            await chrome.storage.local.set({ settings: { closeAfterMinutes: null } });
            return 'open';
          } catch (error) {
            return String(error);
          }
        }),
      ];
    });
    expect([read, written]).toEqual(Array(2).fill(expect.stringContaining('not allowed from this context')));
    await tab.close();
  });

  it('finds nothing of the extension to talk to, to frame, to open or to read', async () => {
    const tab = await browser.open(`${ownUrl}/otp`);
    const seen = await tab.evaluate(async (extensionOrigin) => {
      const runtime = typeof chrome === 'undefined' ? undefined : chrome.runtime;
      const talked = await Promise.resolve()
        .then(() => runtime?.sendMessage?.(new URL(extensionOrigin).hostname, { name: 'getState', request: {} }))
        .then(
          (answer) => answer ?? 'nobody',
          () => 'nobody',
        );
      const read = await Promise.all(
        ['options.html', 'popup.html', 'bank.js', 'manifest.json', 'icon/48.png'].map((path) =>
          fetch(`${extensionOrigin}/${path}`).then(
            () => path,
            () => 'closed',
          ),
        ),
      );
      let openedAt = 'nowhere';
      try {
        const opened = window.open(`${extensionOrigin}/options.html`);
        openedAt = opened?.location.href ?? 'nowhere';
        opened?.close();
      } catch {
        openedAt = 'elsewhere';
      }
      return { talked, read, openedAt };
    }, browser.extensionOrigin);
    expect(seen.talked).toBe('nobody');
    expect(new Set(seen.read)).toEqual(new Set(['closed']));
    expect(seen.openedAt).not.toContain('extension://');

    await tab.evaluate(async (extensionOrigin) => {
      // The last one is our control: once it is there, the others would have been.
      const addFrame = (address: string) => {
        const frame = document.createElement('iframe');
        const loaded = new Promise<Event>((resolve) => {
          frame.onload = resolve;
        });
        frame.src = address;
        document.body.append(frame);
        return loaded;
      };
      addFrame(`${extensionOrigin}/popup.html`);
      addFrame(`${extensionOrigin}/options.html`);
      await addFrame('/otp');
    }, browser.extensionOrigin);
    const framed = tab.page.frames().map((frame) => frame.url());
    expect(framed).toContain(`${ownUrl}/otp`);
    expect(framed.filter((url) => url.startsWith(browser.extensionOrigin))).toEqual([]);
    await tab.close();
  });
});
