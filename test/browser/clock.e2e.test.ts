import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from './driver.ts';
import { browserNames } from './install.ts';
import { openBrowser } from './open.ts';
import { type SkewedVerifier, startSkewedVerifier } from './skewed-verifier.ts';
import { activationPassword, expectShownCode, issue, lockCode, logIn, shownCode } from './steps.ts';
import type { Tab } from './view.ts';
import { startWorld, type World } from './world.ts';

const skewMs = -600_000;

declare const chrome: { readonly runtime: { sendMessage(message: { readonly name: string }): Promise<unknown> } };

describe.each(browserNames)('a clock that is ten minutes off, in %s', (name) => {
  let world: World;
  let browser: Driver;
  let verifier: SkewedVerifier;
  let popup: Tab;

  async function reopen(): Promise<void> {
    await popup.close();
    popup = await browser.openExtensionPage('popup.html');
  }

  /** The code that the popup shows is that of an independent implementation, at this distance from now. */
  async function expectCodeOf(offsetMs: number): Promise<void> {
    await expectShownCode(popup, await world.tokenOf('taro'), offsetMs);
  }

  beforeAll(async () => {
    world = await startWorld();
    verifier = await startSkewedVerifier(world.verifierUrl, skewMs);
    browser = await openBrowser(name);
    const bank = await logIn(browser, world, 'taro');
    await issue(bank, 'taro@mihon.example');
    const [serviceId, userId] = [await bank.text('#serviceId'), await bank.text('#userId')];
    await bank.close();
    const page = await browser.openExtensionPage('options.html#set-up');
    await page.fill('#verifierAddress', verifier.url);
    await page.fill('#serviceId', serviceId);
    await page.fill('#userId', userId);
    await page.click('#next');
    await page.see('#clockWarning');
    await page.fill('#activationPassword', activationPassword);
    await page.fill('#lockCode', lockCode);
    await page.fill('#lockCodeAgain', lockCode);
    await page.click('#send');
    await page.click('#register');
    await page.see('#done');
    await page.close();
    popup = await browser.openExtensionPage('popup.html');
  });
  afterAll(async () => {
    await browser?.close();
    verifier?.close();
    await world?.close();
  });

  it('is warned of beside the code, which is not changed by what the verifier said', async () => {
    expect(await popup.seeText('#clockOff', 'fast')).toMatch(/\b(10|9) minutes/);
    await expectCodeOf(0);
  });

  it('is corrected once the person confirmed it, and not any more once they take it back', async () => {
    await popup.click('#correctClock');
    await popup.see('#clockCorrected');
    await reopen();
    await popup.see('#clockCorrected');
    await expectCodeOf(skewMs);
    await popup.click('#stopCorrecting');
    await popup.see('#clockOff');
    await reopen();
    await popup.see('#clockOff');
    await expectCodeOf(0);
  });

  it('set right while a code is shown, has the code asked for anew', async () => {
    await reopen();
    await shownCode(popup);
    await popup.evaluate((backMs) => {
      const [{ now }, { runtime }] = [Date, chrome];
      const { sendMessage } = runtime;
      Date.now = () => now() - backMs;
      runtime.sendMessage = (message) => {
        document.documentElement.dataset[message.name] = 'sent';
        return sendMessage.call(runtime, message);
      };
    }, 600_000);
    await popup.waitFor('the code to be asked for', () => document.documentElement.dataset.getCode);
  });

  it('is checked again when the person asks, and not because the popup was opened', async () => {
    const before = verifier.timesAsked;
    await reopen();
    await popup.see('#clockOff');
    expect(verifier.timesAsked).toBe(before);
    verifier.skewMs = 0;
    const settings = await browser.openExtensionPage('options.html#settings');
    await settings.click('#checkClockNow');
    await settings.seeText('[data-clock]', 'the clock is right');
    expect(verifier.timesAsked).toBe(before + 1);
    await settings.close();
    await reopen();
    await shownCode(popup);
    expect(await popup.isVisible('#clockOff')).toBe(false);
  });
});
