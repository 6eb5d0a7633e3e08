import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageName, Request, Response } from '../../extension/messages.ts';
import type { Driver } from '../browser/driver.ts';
import type { BrowserName } from '../browser/install.ts';
import { openBrowser } from '../browser/open.ts';
import type { Tab } from '../browser/view.ts';
import { independentCode, type KeptToken } from '../browser/world.ts';
import { inputsOf, isFilled, wrongFills } from './judge.ts';
import { allPages, type FieldPage } from './page-set.ts';
import { other, serveSite, serveVerifier, type TokenWanted } from './site.ts';

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA';
const lockCode = '74910352';
const periodSeconds = 60;
/** A page is not begun in a step that ends within this time. */
const leastRemainingMs = 11_000;
/** A field that is not filled by then counts as missed. */
const patienceMs = 3000;

declare const chrome: {
  readonly runtime: { sendMessage(message: unknown): Promise<never> };
  readonly tabs: { query(filter: object): Promise<{ id: number; url?: string }[]> };
  readonly permissions: { request(wanted: object): Promise<boolean> };
};

export interface Judged {
  readonly page: FieldPage;
  /** Every expected field holds the code. */
  readonly filled: boolean;
  /** Fields that hold what they should not. */
  readonly wrong: readonly string[];
  /** What the person is told who asks on a page that is to stay empty. */
  readonly asked: string;
}

/** Every page in one browser: the built extension, one token at a time, switched on for its bank's origin. */
export async function judgeAll(name: BrowserName, folder?: string): Promise<Judged[]> {
  const pages = allPages(folder);
  const folders = new Map(pages.map((page) => [page.set, page.folder]));
  const charsets = new Map(
    pages.flatMap(({ set, file, charset }) => (charset === undefined ? [] : [[`${set}/${file}`, charset] as const])),
  );
  const tokens = new Map<string, TokenWanted>();
  const site = await serveSite(folders, charsets);
  const verifier = await serveVerifier(tokens);
  const browser = await openBrowser(name, { language: 'ja' });
  try {
    const origin = `http://localhost:${site.port}`;
    const own = await browser.openExtensionPage('options.html#settings');
    await grant(browser, own, origin);
    const tab = await browser.open(`${other(site.port, 'none')}/none.html`);
    const judged: Judged[] = [];
    for (const [index, group] of groupsByToken(pages).entries()) {
      const userId = `K7QZ2M9XW4${index}`;
      const { digits, hints } = group[0];
      tokens.set(userId, { secret, digits, origins: [origin], fieldHints: hints });
      const tokenId = await addToken(own, `http://127.0.0.1:${verifier.port}`, userId, index === 0);
      const seed = verifier.seeds.get(userId);
      if (seed === undefined) throw new Error('the token has no seed');
      const token: KeptToken = { seed, digits, algorithm: 'SHA256', periodSeconds };
      for (const page of group) judged.push(await judge({ tab, own, port: site.port, tokenId, token }, page));
      await send(own, 'removeToken', { tokenId });
    }
    return judged;
  } finally {
    await browser.close();
    await verifier.close();
    await site.close();
  }
}

interface Scene {
  readonly tab: Tab;
  /** A page of the extension. */
  readonly own: Tab;
  readonly port: number;
  readonly tokenId: string;
  readonly token: KeptToken;
}

async function judge({ tab, own, port, tokenId, token }: Scene, page: FieldPage): Promise<Judged> {
  const remainingMs = periodSeconds * 1000 - (Date.now() % (periodSeconds * 1000));
  if (remainingMs < leastRemainingMs) await sleep(remainingMs);
  const startMs = Date.now();
  await load(tab, `${other(port, page.set)}/${page.file}`);
  const before = await inputsOf(tab, page);
  await load(tab, `http://localhost:${port}/${page.set}/${page.file}`);

  const codes = () => [startMs, Date.now()].map((atMs) => independentCode(token, atMs));
  let seen = await inputsOf(tab, page);
  if (page.fill === 'automatic') {
    const endMs = Date.now() + patienceMs;
    while (!isFilled(page, seen, codes()) && Date.now() < endMs) {
      await sleep(25);
      seen = await inputsOf(tab, page).catch(() => seen);
    }
  }
  const filled = page.fill === 'automatic' && isFilled(page, seen, codes());
  // The person asks too. Where nothing is to be filled nothing comes of it, and the answer comes after the search that
  // the page was given by itself; where it was filled the answer must not fill anything else.
  const asked = filled || page.fill === 'nothing' ? await askFor(own, tokenId, port) : 'not asked';
  const after = await inputsOf(tab, page);
  const kept = page.fill !== 'automatic' || !filled || isFilled(page, after, codes());
  return { page, filled: filled && kept, wrong: wrongFills(before, after), asked };
}

/** Opens a page and waits until it has built what it builds late. */
async function load(tab: Tab, url: string): Promise<void> {
  await tab.page.goto(url, { waitUntil: 'load' });
  if (!(await tab.page.content()).includes('data-settled')) return;
  await tab.waitFor('the page to settle', () => document.documentElement.hasAttribute('data-settled'));
}

async function askFor(own: Tab, tokenId: string, port: number): Promise<string> {
  return own.evaluate(
    async (tokenId, address) => {
      const tab = (await chrome.tabs.query({})).find(({ url }) => url?.startsWith(address));
      if (tab === undefined) return 'no such tab';
      const message = { name: 'fillPage', request: { tokenId, tabId: tab.id } };
      return ((await chrome.runtime.sendMessage(message)) as { outcome: string }).outcome;
    },
    tokenId,
    `http://localhost:${port}`,
  );
}

export function send<Name extends MessageName>(own: Tab, name: Name, request: Request<Name>): Promise<Response<Name>> {
  return own.evaluate(
    (name, request) => chrome.runtime.sendMessage({ name, request: JSON.parse(request) }),
    name,
    JSON.stringify(request),
  ) as Promise<Response<Name>>;
}

export async function addToken(own: Tab, address: string, userId: string, first: boolean): Promise<string> {
  const lock = first ? { create: lockCode } : null;
  const request = { address, serviceId: '1001', userId, activationPassword: '583920', lock };
  const answer = await send(own, 'setUp', request);
  if (answer.outcome !== 'added') throw new Error(`no token: ${JSON.stringify(answer)}`);
  // The whole run is longer than the vault stays open by itself.
  if (first) await send(own, 'putSettings', { closeAfterMinutes: 60 });
  await send(own, 'setAutofill', { tokenId: answer.token.id, on: true });
  return answer.token.id;
}

/** As the person's click on the extension's own button does: browsers grant from a click only. */
export async function grant(browser: Driver, own: Tab, origin: string): Promise<void> {
  const { protocol, hostname } = new URL(origin);
  await browser.grant(origin);
  await own.evaluate((pattern) => {
    const button = document.createElement('button');
    button.id = 'grantForTest';
    button.textContent = 'grant';
    button.onclick = async () => {
      if (await chrome.permissions.request({ origins: [pattern] })) button.remove();
    };
    document.body.prepend(button);
  }, `${protocol}//${hostname}/*`);
  await own.click('#grantForTest');
  await own.waitFor('the host to be granted', () => document.querySelector('#grantForTest') === null);
}

/** Pages by the token that they need: its length and hints. */
function groupsByToken(pages: readonly FieldPage[]): [FieldPage, ...FieldPage[]][] {
  const groups = new Map<string, [FieldPage, ...FieldPage[]]>();
  for (const page of pages) {
    const key = JSON.stringify([page.digits, page.hints]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [page]);
    else group.push(page);
  }
  return [...groups.values()];
}

/** Right fills among all fills, right fills among the pages to fill; 1 where there is nothing to count. */
export function scoreOf(judged: readonly Judged[]): { readonly precision: number; readonly recall: number } {
  const right = judged.filter(({ filled, wrong }) => filled && wrong.length === 0).length;
  const wrong = judged.filter(({ wrong }) => wrong.length > 0).length;
  const wanted = judged.filter(({ page }) => page.fill === 'automatic').length;
  return {
    precision: right + wrong === 0 ? 1 : right / (right + wrong),
    recall: wanted === 0 ? 1 : judged.filter(({ filled }) => filled).length / wanted,
  };
}
