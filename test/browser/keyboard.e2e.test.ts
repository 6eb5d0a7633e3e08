import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from './driver.ts';
import { browserNames } from './install.ts';
import { openBrowser } from './open.ts';
import { type Provisioner, startProvisioner } from './provisioner.ts';
import { shownCode } from './steps.ts';
import type { Tab } from './view.ts';

const lockCode = '481516234208';

/** Nothing is clicked here: the whole extension by Tab, Enter and typing. */
describe.each(browserNames)('by keyboard alone in %s', (name) => {
  let verifier: Provisioner;
  let browser: Driver;

  beforeAll(async () => {
    verifier = await startProvisioner();
    browser = await openBrowser(name);
  });
  afterAll(async () => {
    await browser?.close();
    verifier?.close();
  });

  const focused = (tab: Tab) => tab.evaluate(() => document.activeElement?.id ?? '');

  /** Presses Tab until the element has the focus, with Shift where it stands before the one that has it. */
  async function tabTo(tab: Tab, selector: string): Promise<void> {
    await tab.see(selector);
    await tab.show();
    for (let presses = 0; presses < 60; presses++) {
      const way = await tab.evaluate((wanted) => {
        const [target, active] = [document.querySelector(wanted), document.activeElement];
        if (target === null || target === active) return 'there';
        const isBehind = active === null || active.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING;
        return isBehind ? 'forth' : 'back';
      }, selector);
      if (way === 'there') return;
      if (way === 'back') await tab.page.keyboard.down('Shift');
      await tab.press('Tab');
      if (way === 'back') await tab.page.keyboard.up('Shift');
    }
    throw new Error(`Tab does not reach ${selector}; it is at ${await focused(tab)}`);
  }
  async function type(tab: Tab, selector: string, text: string): Promise<void> {
    await tabTo(tab, selector);
    await tab.type(text);
  }
  async function enter(tab: Tab, selector: string): Promise<void> {
    await tabTo(tab, selector);
    await tab.press('Enter');
  }
  const order = (tab: Tab) =>
    tab.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('[data-token-id]')].map((each) => each.dataset.tokenId ?? ''),
    );

  /** From the first step to the one that shows a code; `first`: the app lock is chosen too. */
  async function setUp(tab: Tab, userId: string, suffix: string, first: boolean): Promise<void> {
    await type(tab, '#verifierAddress', verifier.address);
    await type(tab, '#serviceId', '1001');
    await type(tab, '#userId', userId);
    await tab.press('Enter');
    await type(tab, '#activationPassword', '58392041');
    if (first) {
      await type(tab, '#lockCode', lockCode);
      await type(tab, '#lockCodeAgain', lockCode);
    }
    await enter(tab, '#send');
    if (suffix === '') return;
    await type(tab, '#tokenName', suffix);
    await tab.press('Enter');
    await tab.see('#done #code');
  }

  it('goes from the first page through the set-up to a code that the verifier would take', async () => {
    const tab = await browser.openExtensionPage('options.html');
    await enter(tab, '#start');
    await setUp(tab, 'K7QZ2M9XW4RT', 'accounting', true);
    expect(verifier.codesOf('K7QZ2M9XW4RT')).toContain(await shownCode(tab));
    await tab.close();
  });

  it('takes a second user’s token, and asks before it takes one of a user that is here', async () => {
    const tab = await browser.openExtensionPage('options.html#set-up');
    await setUp(tab, 'P4RS9TWZ2HCN', 'payroll', false);
    await tab.close();
    const again = await browser.openExtensionPage('options.html#set-up');
    await setUp(again, 'p4rs9twz2hcn', '', false);
    await again.see('#sameUser');
    await again.waitFor('the answers to have the focus', () => document.activeElement?.id === 'replace');
    expect(verifier.provisioned()).toBe(2);
    await again.press('Enter');
    await again.see('#register');
    expect(verifier.provisioned()).toBe(3);
    await again.close();
  });

  it('leaves the focus to somebody who is in the next step’s field before its heading takes it', async () => {
    const tab = await browser.openExtensionPage('options.html#set-up');
    await type(tab, '#verifierAddress', verifier.address);
    await type(tab, '#serviceId', '1001');
    await type(tab, '#userId', 'P4RS9TWZ2HCN');
    await tab.evaluate(() => {
      // In the field as soon as it is on the page, which is before any timer.
      new MutationObserver(() => document.getElementById('activationPassword')?.focus()).observe(document.body, {
        childList: true,
        subtree: true,
      });
    });
    await tab.press('Enter');
    await tab.see('#activationPassword');
    // A timer that was set later comes later.
    await tab.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    expect(await focused(tab)).toBe('activationPassword');
    await tab.close();
  });

  it('moves, renames and marks a token', async () => {
    const tab = await browser.openExtensionPage('options.html#settings');
    await tab.see('[data-token-id]');
    const [first = '', second = ''] = await order(tab);
    await enter(tab, `#down-${first}`);
    await tab.waitFor(
      'the new order',
      (id) => document.querySelector<HTMLElement>('[data-token-id]')?.dataset.tokenId === id,
      second,
    );
    await tab.waitFor('the focus to go along', (id) => document.activeElement?.id === id, `down-${first}`);
    expect(await order(tab)).toEqual([second, first]);
    await enter(tab, `#rename-${first}`);
    await tab.waitFor('the field to have the focus', (id) => document.activeElement?.id === id, `suffix-${first}`);
    await tab.type('head office');
    await tab.press('Enter');
    await tab.seeText(`#name-${first}`, 'Trial Credit Union head office');
    await enter(tab, `#revoked-${second}`);
    await tab.seeText(`#name-${second}`, 'Revoked');
    await enter(tab, `#revoked-${second}`);
    await tab.waitFor(
      'the mark to go',
      (id) => !document.querySelector(id)?.textContent.includes('Revoked'),
      `#name-${second}`,
    );
    await tab.close();
  });

  it('leaves the focus to somebody who is on the removal before its way back takes it', async () => {
    const tab = await browser.openExtensionPage('options.html#settings');
    await tab.see('[data-token-id]');
    const [first = ''] = await order(tab);
    await tab.evaluate((id) => {
      new MutationObserver(() => document.getElementById(id)?.focus()).observe(document.body, {
        childList: true,
        subtree: true,
      });
    }, `removeNow-${first}`);
    await enter(tab, `#remove-${first}`);
    await tab.see(`#removeNow-${first}`);
    await tab.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    expect(await focused(tab)).toBe(`removeNow-${first}`);
    await tab.close();
  });

  it('chooses from the list, copies the code, and the clipboard is empty half a minute later', async () => {
    const elsewhere = await browser.open(verifier.address);
    const tab = await browser.openExtensionPage('popup.html');
    await tab.see('[data-token-id]');
    const [, last = ''] = await order(tab);
    await enter(tab, `[data-token-id="${last}"]`);
    const code = await shownCode(tab);
    await enter(tab, '#copy');
    await tab.seeText('#fillResult', 'emptied in 30 seconds');
    expect(await browser.clipboardText(elsewhere)).toMatch(/^\d{8}$/);
    expect(verifier.codesOf('K7QZ2M9XW4RT')).toContain(code);
    await expect.poll(() => browser.clipboardText(elsewhere), { timeout: 60_000, interval: 1000 }).toBe('');
    await tab.close();
    await elsewhere.close();
  });

  it('closes the app lock and opens it again', async () => {
    const tab = await browser.openExtensionPage('popup.html');
    await tab.waitFor('the heading to have the focus', () => document.activeElement?.tagName === 'H1');
    await enter(tab, '#closeVault');
    await tab.waitFor('the lock code to have the focus', () => document.activeElement?.id === 'lockCode');
    await tab.type(lockCode);
    await tab.press('Enter');
    await tab.see('[data-token-id]');
    await tab.close();
  });

  it('removes a token after the warning, and keeps it where the person thinks better of it', async () => {
    const tab = await browser.openExtensionPage('options.html#settings');
    await tab.see('[data-token-id]');
    const [first = '', second = ''] = await order(tab);
    await enter(tab, `#remove-${first}`);
    await tab.waitFor('the way back to have the focus', (id) => document.activeElement?.id === id, `keep-${first}`);
    await tab.press('Enter');
    expect(await order(tab)).toEqual([first, second]);
    await enter(tab, `#remove-${first}`);
    await enter(tab, `#removeNow-${first}`);
    await tab.waitFor('the token to go', (id) => document.querySelector(`[data-token-id="${id}"]`) === null, first);
    expect(await order(tab)).toEqual([second]);
    await tab.close();
  });
});
