import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { texts } from '../bank/texts.ts';
import type { Driver } from './driver.ts';
import { browserNames } from './install.ts';
import { openBrowser } from './open.ts';
import {
  codeAfter,
  execute,
  expectShownCode,
  fillThroughPopup,
  issue,
  logIn,
  openVault,
  orderTransfer,
  setUp,
  shownCode,
  statusOf,
  wrongCodes,
} from './steps.ts';
import type { Tab } from './view.ts';
import { startWorld, type World } from './world.ts';

const email = 'hanako@mihon.example';

describe.each(browserNames)('the whole walk in %s', (name) => {
  let world: World;
  let browser: Driver;
  let bank: Tab;
  /** The code of the first transfer. */
  let used = '';

  beforeAll(async () => {
    world = await startWorld();
    browser = await openBrowser(name);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  const expectShownCodeIsRight = async (page: Tab) => expectShownCode(page, await world.tokenOf('hanako'));

  it('leads a user without a token to the issue, and mails Service ID and User ID', async () => {
    bank = await logIn(browser, world, 'hanako');
    await bank.see('#issue');
    await issue(bank, email);
    const mail = await world.mailTo(email);
    expect(mail).toContain(await bank.text('#serviceId'));
    expect(mail).toContain(new URL(world.verifierUrl).host);
    expect(mail).not.toContain('583920');
  });

  it('sets the token up from the link in the mail', async () => {
    await setUp(browser, world, await world.mailTo(email), 'hanako');
  });

  it('shows the code that an independent implementation gives', async () => {
    const page = await browser.openExtensionPage('popup.html');
    await page.seeText('h1', 'Mihon Credit Union');
    await expectShownCodeIsRight(page);
    expect(await page.text('#remaining')).toMatch(/^\[0:[0-3]\d\]$/);
    await page.close();
  });

  it('activates the token with a code filled in through the popup', async () => {
    await bank.show();
    used = await fillThroughPopup(browser, bank);
    await bank.click('#activate');
    await bank.seeText('#notice', texts.activated.en);
    expect(await statusOf(bank)).toBe('active');
  });

  it('has a transfer accepted once, by the next code, filled in through the popup', async () => {
    const watch = await browser.openExtensionPage('popup.html');
    await codeAfter(watch, used);
    await watch.close();
    await orderTransfer(bank, world, 12_000);
    used = await fillThroughPopup(browser, bank);
    await bank.click('#execute');
    await bank.seeText('#notice', texts.transferDone.en);
    await bank.goto(world.bankUrl);
    expect(await bank.text('#balance')).toBe('¥12,333,678');
  });

  it('refuses the same code for another transfer as replayed', async () => {
    await orderTransfer(bank, world, 500);
    await execute(bank, used);
    await bank.seeText('#notice', texts.replayed.en);
  });

  it('counts wrong codes down, locks, and refuses the right code while locked', async () => {
    // A form from before the lock, so that the right code still reaches the verifier.
    const other = await browser.open(`${world.bankUrl}/`);
    await orderTransfer(other, world, 700);
    await bank.show();
    await orderTransfer(bank, world, 600);
    const [last, ...wrong] = wrongCodes(await world.tokenOf('hanako'), Date.now(), 5);
    for (const [index, code] of wrong.entries()) {
      await execute(bank, code);
      await bank.seeText('#notice', `(${4 - index} ${index === 3 ? 'try' : 'tries'} left)`);
    }
    await execute(bank, last ?? '');
    await bank.seeText('#notice', 'locked');
    await orderBlocked(bank);
    const watch = await browser.openExtensionPage('popup.html');
    await codeAfter(watch, used);
    await watch.close();
    await other.show();
    const right = await fillThroughPopup(browser, other);
    expect(right).not.toBe(used);
    await other.click('#execute');
    await other.seeText('#notice', 'locked');
    await other.goto(world.bankUrl);
    expect(await other.text('#balance')).toBe('¥12,333,678');
    expect(await statusOf(other)).toBe('locked');
    await other.close();
  });

  it('is unlocked on the page that stands for the branch, and takes the next code again', async () => {
    await orderBlocked(bank);
    await bank.click('#unlock');
    await bank.seeText('#notice', texts.unlocked.en);
    expect(await statusOf(bank)).toBe('active');
    await orderTransfer(bank, world, 900);
    used = await fillThroughPopup(browser, bank);
    await bank.click('#execute');
    await bank.seeText('#notice', texts.transferDone.en);
  });

  /** No further transfer gets as far as a field. */
  async function orderBlocked(tab: Tab): Promise<void> {
    await tab.goto(`${world.bankUrl}/transfer`);
    await tab.fill('#payee', 'サンプル商店 普通 1234567');
    await tab.fill('#amount', '800');
    await tab.click('#continue');
    await tab.seeText('#notice', 'locked');
    expect(await tab.isVisible('#otp')).toBe(false);
  }

  it('is closed after a restart; wrong lock codes cost a growing wait; the right one shows the same token', async () => {
    await browser.restart();
    const page = await browser.openExtensionPage('popup.html');
    await page.see('#lockCode');
    expect(await page.isVisible('#code')).toBe(false);
    // The sentence stays, whereas what is left of the wait may be gone when a busy computer looks.
    for (const [wrong, told] of [
      ['1', 'Wrong lock code. Wait 1 second,'],
      ['74910353', 'Wrong lock code (2 times in a row). Wait 2 seconds,'],
      ['7491035', 'Wrong lock code (3 times in a row). Wait 4 seconds,'],
    ] as const) {
      await page.fill('#lockCode', wrong);
      await page.click('#open');
      await page.seeText('#error', told);
      await page.waitFor('the wait to be over', () => !document.querySelector<HTMLElement>('#wait')?.checkVisibility());
    }
    await openVault(page);
    await page.seeText('h1', 'hanako');
    await expectShownCodeIsRight(page);
    await page.close();
  });

  it('shows codes without any network', async () => {
    await world.stopVerifier();
    await browser.setOffline(true);
    const page = await browser.openExtensionPage('popup.html');
    const first = await shownCode(page);
    await expectShownCodeIsRight(page);
    await codeAfter(page, first);
    await expectShownCodeIsRight(page);
    await browser.setOffline(false);
    await world.startVerifier();
    await page.close();
  });
});
