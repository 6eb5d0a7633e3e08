import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './browser/open.ts';
import { codeAfter, issue, logIn, openVault, orderTransfer, setUp } from './browser/steps.ts';
import { startWorld } from './browser/world.ts';

/** Pictures for the README from the real thing: the popup with a code, and the bank's page with the field filled. */
const folder = fileURLToPath(new URL('./screenshots/', import.meta.url));
const email = 'hanako@mihon.example';

mkdirSync(folder, { recursive: true });
const world = await startWorld();
try {
  const browser = await openBrowser('chromium');
  try {
    const bank = await logIn(browser, world, 'hanako');
    await issue(bank, email);
    await setUp(browser, world, await world.mailTo(email), '');
    const popup = await browser.openExtensionPage('popup.html');
    if (await popup.isVisible('#lockCode')) await openVault(popup);
    await popup.click('#autofill');

    await bank.show();
    await bank.goto(`${world.bankUrl}/token/activation`);
    await bank.waitFor('the field to be filled', () => document.querySelector<HTMLInputElement>('#otp')?.value);
    const used = await bank.value('#otp');
    await bank.click('#activate');
    await bank.see('#transfer');
    await codeAfter(popup, used);

    await orderTransfer(bank, world, 12_000);
    await bank.waitFor('the field to be filled', () => document.querySelector<HTMLInputElement>('#otp')?.value);
    await bank.page.setViewport({ width: 760, height: 560, deviceScaleFactor: 1.5 });
    await bank.screenshot(`${folder}filled.png`);

    await popup.page.setViewport({ width: 360, height: 520, deviceScaleFactor: 1.5 });
    await popup.show();
    // The tab that the popup fills is the one looked at before it.
    await popup.page.reload({ waitUntil: 'domcontentloaded' });
    await popup.see('#fill');
    await popup.waitFor(
      'time to read the code',
      () => Number(document.querySelector('#remaining')?.textContent?.match(/:(\d\d)/)?.[1]) > 12,
    );
    await popup.waitFor('the view to have appeared', () =>
      document.getAnimations().every((each) => !(each instanceof CSSAnimation)),
    );
    const height = await popup.evaluate(() => Math.ceil(document.body.getBoundingClientRect().height));
    await popup.page.setViewport({ width: 360, height, deviceScaleFactor: 1.5 });
    await popup.screenshot(`${folder}popup.png`);
  } finally {
    await browser.close();
  }
} finally {
  await world.close();
}
console.log(`test/screenshots/popup.png\ntest/screenshots/filled.png`);
