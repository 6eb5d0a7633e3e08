import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { texts } from '../bank/texts.ts';
import type { Driver } from './driver.ts';
import { browserNames } from './install.ts';
import { openBrowser } from './open.ts';
import { execute, logIn, orderTransfer, statusOf, wrongCodes } from './steps.ts';
import type { Tab } from './view.ts';
import { independentCode, startWorld, type World } from './world.ts';

/** A bank of key fobs, as M1 and M5 describe it: the fob comes by post, its users register and share it. */
describe.each(browserNames)('key fobs at the sample bank, in %s', (name) => {
  let world: World;
  let browser: Driver;
  /** The page that stands for the fobs in the customers' hands. */
  let fobs: Tab;
  let master: Tab;
  let general: Tab;
  let serial = '';
  /** The code that was used last. */
  let used = '';

  beforeAll(async () => {
    world = await startWorld([], 'hardware');
    browser = await openBrowser(name);
    fobs = await browser.open(`${world.bankUrl}/fob?lang=en`);
    serial = await fobs.text('.serial');
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  /** What the fob shows; other than `old`, for which its next code is waited for. */
  async function fobCode(old = ''): Promise<string> {
    await fobs.show();
    return fobs.waitFor(
      'a new code on the fob',
      (serial, old) => {
        const fob = document.getElementById(`fob-${serial}`);
        const shown = fob?.querySelector('.code')?.textContent ?? '';
        return /^\d{6}$/.test(shown) && shown !== old ? shown : '';
      },
      serial,
      old,
    );
  }

  async function register(tab: Tab, code: string, typedSerial = serial): Promise<void> {
    await tab.fill('#serial', typedSerial);
    await tab.fill('#otp', code);
    await tab.click('#activate');
  }

  it('leads a user without a token to serial and OTP, and refuses a serial that was never sent', async () => {
    master = await logIn(browser, world, 'ichiro');
    await master.see('#serial');
    await register(master, '123456', '00000000');
    await master.seeText('#notice', 'No token with this serial was sent to you');
    expect(await master.value('#serial')).toBe('00000000');
  });

  it('shows on the fob what an independent implementation gives, and activates it with that code', async () => {
    used = await fobCode();
    await register(master, used);
    await master.seeText('#notice', texts.activated.en);
    expect(await statusOf(master)).toBe('active');
    const token = await world.tokenOf('ichiro');
    const nowMs = Date.now();
    expect([0, 1, 2].map((steps) => independentCode(token, nowMs - steps * token.periodSeconds * 1000))).toContain(
      used,
    );
  });

  it('has a transfer accepted once by a new code of the fob', async () => {
    used = await fobCode(used);
    await orderTransfer(master, world, 12_000);
    await execute(master, used);
    await master.seeText('#notice', texts.transferDone.en);
    await orderTransfer(master, world, 500);
    await execute(master, used);
    await master.seeText('#notice', texts.replayed.en);
  });

  it('lets a second user of the contract share the fob, whose codes are used up for both', async () => {
    await master.click('#logout');
    general = await logIn(browser, world, 'midori');
    await general.see('#serial');
    await register(general, used);
    await general.seeText('#notice', texts.replayed.en);
    await register(general, await fobCode(used));
    await general.seeText('#notice', texts.activated.en);
    expect(await statusOf(general)).toBe('active');
  });

  it('locks the fob for both after wrong codes, and is unlocked for both', async () => {
    await orderTransfer(general, world, 700);
    const [last = '', ...wrong] = wrongCodes(await world.tokenOf('midori'), Date.now(), 5);
    for (const [index, code] of wrong.entries()) {
      await execute(general, code);
      await general.seeText('#notice', `(${4 - index} ${index === 3 ? 'try' : 'tries'} left)`);
    }
    await execute(general, last);
    await general.seeText('#notice', 'locked');
    await general.click('#logout');
    master = await logIn(browser, world, 'ichiro');
    expect(await statusOf(master)).toBe('locked');
    await master.goto(`${world.bankUrl}/transfer`);
    await master.fill('#payee', 'サンプル商店 普通 1234567');
    await master.fill('#amount', '800');
    await master.click('#continue');
    await master.click('#unlock');
    await master.seeText('#notice', texts.unlocked.en);
    await master.click('#logout');
    general = await logIn(browser, world, 'midori');
    expect(await statusOf(general)).toBe('active');
  });
});
