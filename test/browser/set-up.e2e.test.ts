import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../bank/processes.ts';
import type { Driver } from './driver.ts';
import { browserNames } from './install.ts';
import { openBrowser } from './open.ts';
import { startSkewedVerifier } from './skewed-verifier.ts';
import { activationPassword, issue, linkIn, lockCode, logIn } from './steps.ts';
import type { Tab } from './view.ts';
import { startWorld, type World } from './world.ts';

/** Answers everything with the same JSON, which is none of a verifier's. */
async function startStranger(status = 200): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((_request, response) => {
    response.writeHead(status, {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': 'Retry-After',
      'Content-Type': 'application/json',
      ...(status === 429 ? { 'Retry-After': '90' } : {}),
    });
    response.end('{"hello":"world"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe.each(browserNames)('the set-up in %s', (name) => {
  let world: World;
  let browser: Driver;
  let page: Tab;

  beforeAll(async () => {
    world = await startWorld();
    browser = await openBrowser(name);
    page = await browser.openExtensionPage('options.html#set-up');
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  async function ask(address: string, serviceId: string, userId: string): Promise<void> {
    await page.fill('#verifierAddress', address);
    await page.fill('#serviceId', serviceId);
    await page.fill('#userId', userId);
    await page.click('#next');
  }

  async function back(): Promise<void> {
    await page.close();
    page = await browser.openExtensionPage('options.html#set-up');
  }

  it('says that an address cannot be reached, and that one is no verifier', async () => {
    await ask(`http://127.0.0.1:${await freePort()}`, '9001', 'ABCDEFGHJKLM');
    await page.seeText('#error', 'cannot be reached');
    const stranger = await startStranger();
    await ask(stranger.url, '9001', 'ABCDEFGHJKLM');
    await page.seeText('#error', 'no verifier');
    stranger.close();
    expect(await page.isVisible('#host')).toBe(false);
  });

  it('says how long to wait where a verifier has enough of tries', async () => {
    const busy = await startStranger(429);
    await ask(busy.url, '9001', 'ABCDEFGHJKLM');
    await page.seeText('#error', 'Wait 1 minute 30 seconds');
    busy.close();
    expect(await page.isVisible('#host')).toBe(false);
  });

  it('warns of a clock that is 10 minutes off with the difference that it measured', async () => {
    const late = await startSkewedVerifier(world.verifierUrl, -600_000);
    await ask(late.url, '9001', 'ABCDEFGHJKLM');
    await page.seeText('#host', new URL(late.url).host);
    const warning = await page.seeText('#clockWarning', 'fast');
    expect(warning).toMatch(/\b(10|9) minutes/);
    late.close();
  });

  it('warns of no clock that is right', async () => {
    await back();
    await ask(world.verifierUrl, '9001', 'ABCDEFGHJKLM');
    await page.see('#host');
    expect(await page.isVisible('#clockWarning')).toBe(false);
  });

  it('says that a wrong activation password was refused, and takes the right one', async () => {
    const bank = await logIn(browser, world, 'hanako');
    await issue(bank, 'hanako@mihon.example');
    await bank.close();
    const link = linkIn(await world.mailTo('hanako@mihon.example'));
    const earlier = page;
    page = await browser.openExtensionPage('options.html#set-up');
    await page.fill('#link', link);
    await page.click('#next');
    await page.fill('#activationPassword', '97531');
    await page.fill('#lockCode', lockCode);
    await page.fill('#lockCodeAgain', lockCode);
    await page.click('#send');
    await page.see('#error');
    expect(await page.isVisible('#register')).toBe(false);
    await page.fill('#activationPassword', activationPassword);
    await page.click('#send');
    await page.see('#register');
    await page.close();
    page = earlier;
  });

  it('asks for no new lock code where another page has made the lock meanwhile', async () => {
    await page.fill('#activationPassword', activationPassword);
    for (const field of ['#lockCode', '#lockCodeAgain']) await page.fill(field, '90817263');
    await page.click('#send');
    await page.waitFor('the fields to go', () => document.querySelector('#lockCodeAgain') === null);
    await page.waitFor('the wait to end', () => document.querySelector<HTMLElement>('#wait')?.hidden);
    await page.click('#send');
    await page.seeText('#error', 'The verifier refused');
  });
});
