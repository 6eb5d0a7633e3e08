import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../browser/driver.ts';
import { browserNames } from '../browser/install.ts';
import { openBrowser } from '../browser/open.ts';
import { activationPassword, issue, linkIn, lockCode, logIn, openVault, shownCode } from '../browser/steps.ts';
import type { Tab, View } from '../browser/view.ts';
import { independentCode, startWorld, type World } from '../browser/world.ts';

const email = 'hanako@mihon.example';

/** The browser ends the background between each two things that a person does, and once in the middle of one. */
describe.each(browserNames)('a background that is stopped at any moment, in %s', (name) => {
  let world: World;
  let browser: Driver;
  let bank: Tab;
  let stops = 0;

  beforeAll(async () => {
    world = await startWorld();
    browser = await openBrowser(name);
    bank = await logIn(browser, world, 'hanako');
    await issue(bank, email);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  async function stop(): Promise<void> {
    if (await browser.stopBackground()) stops++;
  }

  /** Does each step after the background was stopped, and says how many of the stops found one running. */
  async function interrupted(...steps: readonly (() => Promise<unknown>)[]): Promise<number> {
    stops = 0;
    for (const step of steps) {
      await stop();
      await step();
    }
    await stop();
    return stops;
  }

  /**
   * What was under way when the background stopped is told, and done by pressing again, after the wait that a counted
   * lock code costs; or it was done already.
   */
  async function pressUntil(tab: View, button: string, done: string): Promise<void> {
    for (let presses = 0; presses < 5; presses++) {
      const outcome = await tab.waitFor(
        `${done}, or that it could not be finished`,
        (button, done) => {
          if (document.querySelector(done)?.checkVisibility()) return 'done';
          if (document.querySelector('#wait')?.checkVisibility()) return '';
          const isReady = document.querySelector<HTMLButtonElement>(button)?.disabled === false;
          const told = /could not be finished|does not answer|restart the browser|wait is over/i;
          return isReady && told.test(document.body.textContent) ? 'told' : '';
        },
        button,
        done,
      );
      if (outcome === 'done') return;
      await tab.click(button);
    }
    await tab.see(done);
  }

  async function rightCodes(): Promise<string[]> {
    const token = await world.tokenOf('hanako');
    return [Date.now(), Date.now() - token.periodSeconds * 1000].map((atMs) => independentCode(token, atMs));
  }

  it('loses nothing of the set-up', async () => {
    const tab = await browser.openExtensionPage('options.html#set-up');
    const link = linkIn(await world.mailTo(email));
    const found = await interrupted(
      () => tab.fill('#link', link),
      () => tab.click('#next'),
      () => tab.seeText('#host', new URL(world.verifierUrl).host),
      () => tab.fill('#activationPassword', activationPassword),
      () => tab.fill('#lockCode', lockCode),
      () => tab.fill('#lockCodeAgain', lockCode),
      () => tab.click('#send'),
      () => pressUntil(tab, '#send', '#grant'),
      () => browser.grant(world.bankUrl),
      () => tab.click('#grant'),
      () => tab.waitFor('the hosts to be granted', () => document.querySelector('#grant') === null),
      () => tab.fill('#tokenName', 'hanako'),
      () => tab.click('#register'),
      () => tab.see('#done'),
    );
    expect(found).toBeGreaterThan(3);
    await tab.close();
  });

  it('loses nothing of an opened vault: neither the opening nor the code', async () => {
    const popup = await browser.openExtensionPage('popup.html');
    const found = await interrupted(
      () => popup.see('#code'),
      () => popup.click('#closeVault'),
      () => popup.see('#lockCode'),
      () => popup.fill('#lockCode', lockCode),
      () => popup.click('#open'),
      () => pressUntil(popup, '#open', '#code'),
      async () => expect(await rightCodes()).toContain(await shownCode(popup)),
    );
    expect(found).toBeGreaterThan(2);
    await popup.close();
    const again = await browser.openExtensionPage('popup.html');
    await again.see('#code');
    await again.close();
  });

  it('gives no try with a wrong lock code back', async () => {
    const popup = await browser.openExtensionPage('popup.html');
    await interrupted(
      () => popup.click('#closeVault'),
      () => popup.fill('#lockCode', '11112222'),
      async () => {
        await popup.click('#open');
        await popup.seeText('#error', 'Wrong lock code');
      },
    );
    // A second try is stopped while its key is being derived: it counts all the same.
    await popup.waitFor('the wait to be over', () => !document.querySelector<HTMLElement>('#wait')?.checkVisibility());
    await stopWhileTrying(popup);
    expect(await countedTries(popup)).toBe(2);
    await popup.close();
    const after = await browser.openExtensionPage('popup.html');
    await after.waitFor('the wait to be over', () => {
      const wait = document.querySelector<HTMLElement>('#wait');
      return document.querySelector('#lockCode') !== null && !wait?.checkVisibility();
    });
    await openVault(after);
    await after.close();
  });

  it.skipIf(name === 'firefox')('is told of where it stays silent, and answers again', async () => {
    const before = await browser.openExtensionPage('popup.html');
    await before.see('#code');
    const release = await browser.holdBackground?.();
    const silent = await browser.openExtensionPage('popup.html');
    try {
      await silent.seeText('main', 'Loading…');
      await silent.seeText('main', 'The extension does not answer');
    } finally {
      await release?.();
    }
    await silent.page.reload();
    await silent.see('#code');
    await silent.close();
    await before.close();
  });

  /** Stops the background as soon as it has counted a second wrong try. */
  async function stopWhileTrying(popup: View): Promise<void> {
    await popup.evaluate(() => {
      void chrome.runtime.sendMessage({ name: 'openVault', request: { lockCode: '33334444' } }).catch(() => {});
    });
    await expect.poll(() => countedTries(popup), { timeout: 40_000 }).toBe(2);
    await browser.stopBackground();
  }

  /** Wrong lock codes in a row as they stand on disk. The wait that they cost may be over before somebody looks. */
  function countedTries(popup: View): Promise<number> {
    return popup.evaluate(
      () =>
        new Promise<number>((resolve, reject) => {
          const opening = indexedDB.open('shirushi');
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const reading = opening.result.transaction('tries').objectStore('tries').get('lockCode');
            reading.onerror = () => reject(reading.error);
            reading.onsuccess = () => {
              opening.result.close();
              resolve(reading.result?.failures ?? 0);
            };
          };
        }),
    );
  }

  it('loses nothing of a fill', async () => {
    let popup: View | null = null;
    await bank.show();
    const found = await interrupted(
      async () => {
        popup = await browser.openPopup(bank);
      },
      async () => popup?.see('#fill'),
      async () => popup?.click('#fill'),
      async () => {
        await popup?.waitFor('what became of it', () => document.querySelector('#fillResult')?.textContent);
        if ((await bank.value('#otp')) === '') await popup?.click('#fill');
        await bank.waitFor('the field to be filled', () => document.querySelector<HTMLInputElement>('#otp')?.value);
      },
      async () => popup?.close(),
    );
    expect(found).toBeGreaterThan(1);
    expect(await rightCodes()).toContain(await bank.value('#otp'));
  });
});

declare const chrome: { readonly runtime: { sendMessage(message: unknown): Promise<unknown> } };
