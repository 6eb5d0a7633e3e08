import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Profile, profiles } from '../bank/profiles.ts';
import type { Driver } from './driver.ts';
import type { Tab, View } from './view.ts';
import { independentCode, type KeptToken, type World } from './world.ts';

/** What a person does, in the bank and in the extension. */

export const activationPassword = '583920';
export const lockCode = '74910352';

const trialLogins = Object.values(profiles).flatMap(({ logins }): Profile['logins'] => logins);

export async function logIn(browser: Driver, world: World, loginId: string): Promise<Tab> {
  const tab = await browser.open(`${world.bankUrl}/login?lang=en`);
  const password = trialLogins.find((login) => login.loginId === loginId)?.password ?? '';
  await tab.fill('#loginId', loginId);
  await tab.fill('#password', password);
  await tab.click('#send');
  await tab.see('#logout');
  return tab;
}

/** The token's status on the bank's top page, whose end may still be on its way when its head is there. */
export function statusOf(tab: Tab): Promise<string> {
  return tab.waitFor('the status', () => document.querySelector<HTMLElement>('#status')?.dataset.status);
}

/** On the issue screen; leaves the tab on the activation screen. */
export async function issue(tab: Tab, email: string): Promise<void> {
  await tab.fill('#email', email);
  await tab.fill('#activationPassword', activationPassword);
  await tab.click('#issue');
  await tab.see('#otp');
}

export function linkIn(mail: string): string {
  const link = mail.match(/https?:\/\/\S+/)?.[0];
  if (link === undefined) throw new Error(`no link in: ${mail}`);
  return link;
}

/** The whole set-up, from the mail's link to its last page, in a tab that is closed then. */
export async function setUp(
  browser: Driver,
  world: World,
  mail: string,
  name: string,
  origins: readonly string[] = [world.bankUrl],
): Promise<void> {
  const tab = await browser.openExtensionPage('options.html#set-up');
  await tab.fill('#link', linkIn(mail));
  await tab.click('#next');
  // Where it goes is shown before anything is sent.
  await tab.seeText('#host', new URL(world.verifierUrl).host);
  await tab.fill('#activationPassword', activationPassword);
  await tab.fill('#lockCode', lockCode);
  await tab.fill('#lockCodeAgain', lockCode);
  await tab.click('#send');
  for (const origin of origins) await browser.grant(origin);
  await tab.click('#grant');
  await tab.waitFor('the hosts to be granted', () => document.querySelector('#grant') === null);
  await tab.fill('#tokenName', name);
  await tab.click('#register');
  await tab.see('#done');
  await tab.close();
}

/** The code that a popup shows, without its spaces. */
export function shownCode(popup: View): Promise<string> {
  return popup.waitFor('a code', () =>
    document
      .querySelector('#code')
      ?.textContent?.match(/^[\d\s]{6,12}$/)?.[0]
      .replace(/\s/g, ''),
  );
}

/** A page draws the next code some moments after its step began, on a busy computer some more. */
const drawnWithinMs = 5_000;
/** How far a measured difference of two clocks may be off: by half of what question and answer took. */
const measuredWithinMs = 3_000;

/**
 * The page shows the code that an independent implementation gives for now; looked at again where a step ended meanwhile.
 * @param offsetMs of the clock that the code goes by, as it was measured
 */
export async function expectShownCode(page: View, token: KeptToken, offsetMs = 0): Promise<void> {
  const periodMs = token.periodSeconds * 1000;
  for (;;) {
    const beforeMs = Date.now() + offsetMs;
    const shown = await shownCode(page);
    const afterMs = Date.now() + offsetMs;
    const inStepMs = afterMs % periodMs;
    const isEarly = afterMs - beforeMs > inStepMs || inStepMs < drawnWithinMs;
    const isLate = offsetMs !== 0 && inStepMs > periodMs - measuredWithinMs;
    const right = independentCode(token, afterMs);
    if (shown === right || !(isEarly || isLate)) return expect(shown).toBe(right);
    await sleep(100);
  }
}

/** Waits for a code other than this one, which is when the next step begins. */
export function codeAfter(popup: View, code: string): Promise<string> {
  return popup.waitFor(
    'the next code',
    (old) => {
      const shown = document.querySelector('#code')?.textContent?.replace(/\s/g, '') ?? '';
      return /^\d{6,8}$/.test(shown) && shown !== old ? shown : '';
    },
    code,
  );
}

/** Opens the vault in a popup that asks for the lock code. */
export async function openVault(popup: View): Promise<void> {
  await popup.fill('#lockCode', lockCode);
  await popup.click('#open');
  await popup.see('#code');
}

/** Fills the tab's field through the real popup; the code that stands in the field. */
export async function fillThroughPopup(browser: Driver, tab: Tab): Promise<string> {
  const popup = await browser.openPopup(tab);
  await popup.click('#fill');
  await tab.waitFor('the field to be filled', () => document.querySelector<HTMLInputElement>('#otp')?.value);
  await popup.seeText('#fillResult', 'Filled in');
  await popup.close();
  return tab.value('#otp');
}

/** Orders a transfer; leaves the tab on the page that asks for the OTP. */
export async function orderTransfer(tab: Tab, world: World, amountYen: number): Promise<string> {
  await tab.goto(`${world.bankUrl}/transfer`);
  await tab.fill('#payee', 'サンプル商店 普通 1234567');
  await tab.fill('#amount', String(amountYen));
  await tab.click('#continue');
  await tab.see('#execute');
  return tab.text('#number');
}

/** Asks with a code typed by hand. */
export async function execute(tab: Tab, code: string): Promise<void> {
  await tab.fill('#otp', code);
  await tab.click('#execute');
}

/** Codes that are none of this token's for some steps around now. */
export function wrongCodes(token: KeptToken, nowMs: number, count: number): string[] {
  const right = new Set<string>();
  for (let step = -4; step <= 10; step++) right.add(independentCode(token, nowMs + step * token.periodSeconds * 1000));
  const wrong: string[] = [];
  for (let number = 0; wrong.length < count; number++) {
    const code = String(number * 1_234_567 + 3)
      .padStart(token.digits, '0')
      .slice(-token.digits);
    if (!right.has(code)) wrong.push(code);
  }
  return wrong;
}
