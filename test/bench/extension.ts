/**
 * How long a person waits for the extension, in Chromium: `npm run bench:extension -- [--rounds N] [--json FILE]`.
 * The rows take turns, and medians count. Opening the popup stands beside opening an empty page of an extension, by two
 * measures, the same for both pages: when a script first finds the code there at the beginning of a frame, and when the
 * first frame with content was painted, which is when a person sees it. Nothing is drawn before the code is there.
 */
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { builtExtension, openBrowser } from '../browser/open.ts';
import { startProvisioner } from '../browser/provisioner.ts';
import type { Tab } from '../browser/view.ts';
import { assertWritable, isCount } from './arguments.ts';
import { benchFolder } from './folder.ts';
import { median } from './target.ts';

interface Api {
  readonly runtime: { sendMessage(message: unknown): Promise<{ outcome: string }> };
  readonly permissions: { request(what: object): Promise<boolean> };
  readonly tabs: { query(filter: object): Promise<{ id: number; url?: string }[]> };
}
declare const chrome: Api;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '21' }, json: { type: 'string' } } });
const rounds = Number(values.rounds);
if (!isCount(rounds)) {
  console.error('npm run bench:extension -- [--rounds N] [--json FILE]');
  process.exit(2);
}
if (!existsSync(builtExtension.chromium)) {
  console.error('The extension is not built: npm run build first.');
  process.exit(2);
}
assertWritable(values.json);
const lockCode = '481516234208';
const field = '<label>ワンタイムパスワード <input id="otp" maxlength="8"></label>';
const filler = '<tr><td>振込先</td><td>普通</td><td>1234567</td><td>1,000</td></tr>'.repeat(2000);
const bankPages: Readonly<Record<string, string>> = {
  '/small': `<!doctype html><meta charset="utf-8">${field}`,
  '/big': `<!doctype html><meta charset="utf-8"><table>${filler}</table>${field}`,
};

const extensionDir = join(benchFolder(), 'extension');
cpSync(builtExtension.chromium, extensionDir, { recursive: true });
writeFileSync(join(extensionDir, 'empty.html'), '<!doctype html><p id="code">0000 0000</p>');
const bank = createServer((request, response) => {
  response.setHeader('content-type', 'text/html').end(bankPages[request.url ?? ''] ?? '');
});
await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve));
const origin = `http://localhost:${(bank.address() as AddressInfo).port}`;
const verifier = await startProvisioner([origin]);
const browser = await openBrowser('chromium', { extensionDir });
const own = await browser.openExtensionPage('options.html#about');

/** Sends as a page of the extension does; the outcome, and the ms until it came. */
function send(name: string, request: object): Promise<{ readonly outcome: string; readonly ms: number }> {
  return own.evaluate(
    async (name, request) => {
      const startMs = performance.now();
      const { outcome } = await chrome.runtime.sendMessage({ name, request: JSON.parse(request) });
      return { outcome, ms: performance.now() - startMs };
    },
    name,
    JSON.stringify(request),
  );
}

async function expectOutcome(wanted: string, name: string, request: object): Promise<number> {
  const { outcome, ms } = await send(name, request).catch((cause: unknown) => {
    throw new Error(`${name} was not answered`, { cause });
  });
  if (outcome !== wanted) throw new Error(`${name} answered ${outcome}, not ${wanted}`);
  return ms;
}

interface Opening {
  /** Ms from the start of the navigation until the code stood there when a frame began. */
  readonly foundMs: number;
  /** Until the first frame with content was painted (first contentful paint, to 4 ms); no earlier than `foundMs`. */
  readonly paintedMs: number;
}

async function untilCode(path: string): Promise<Opening> {
  const tab = await browser.open();
  await tab.page.evaluateOnNewDocument(() => {
    const watch = () => {
      if (document.querySelector('#code')?.checkVisibility())
        Object.assign(globalThis, { codeAtMs: performance.now() });
      else requestAnimationFrame(watch);
    };
    requestAnimationFrame(watch);
  });
  await tab.goto(`${browser.extensionOrigin}/${path}`);
  const foundMs = await tab.waitFor('the code', () => (globalThis as unknown as { codeAtMs?: number }).codeAtMs);
  const paintedMs = await tab.waitFor(
    'the painted code',
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  );
  // Else that frame had something else in it.
  if (paintedMs < foundMs - 4) throw new Error(`${path} painted something before the code`);
  await tab.close();
  return { foundMs, paintedMs };
}

async function fill(tab: Tab, url: string): Promise<number> {
  // Near the end of a step the extension waits for the next code, as it should.
  const leftMs = 60_000 - (Date.now() % 60_000);
  if (leftMs < 20_000) await sleep(leftMs + 500);
  await tab.evaluate(() => {
    const field = document.querySelector<HTMLInputElement>('#otp');
    if (field !== null) field.value = '';
  });
  const tabId = await own.evaluate(
    async (url) => (await chrome.tabs.query({})).find((each) => each.url === url)?.id ?? -1,
    url,
  );
  return expectOutcome('filled', 'fillPage', { tokenId, tabId });
}

/** What the background's script engine holds after a collection, in MB. */
async function backgroundMemory(): Promise<number> {
  const target = own.page
    .browser()
    .targets()
    .find((each) => each.type() === 'service_worker');
  if (target === undefined) throw new Error('the background does not run');
  const session = await target.createCDPSession();
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1024 / 1024;
}

await browser.grant(origin);
await own.evaluate(() => chrome.permissions.request({ origins: ['http://localhost/*'] }));
await expectOutcome('added', 'setUp', {
  ...{ address: verifier.address, serviceId: '1001', userId: 'K7QZ2M9XW4RT' },
  ...{ activationPassword: '58392041', lock: { create: lockCode } },
});
const tokenId = await own.evaluate(async () => {
  const state = (await chrome.runtime.sendMessage({ name: 'getState', request: {} })) as unknown as {
    tokens: { id: string }[];
  };
  return state.tokens[0]?.id ?? '';
});
const small = await browser.open(`${origin}/small`);
const big = await browser.open(`${origin}/big`);

/** Of this round. */
const openings = new Map<string, Opening>();
const ofOpening = async (path: string, part: keyof Opening) => openings.get(path)?.[part] ?? Number.NaN;

const rows: Readonly<Record<string, () => Promise<number>>> = {
  'empty page of an extension, ms': () => ofOpening('empty.html', 'foundMs'),
  'popup until the code shows, ms': () => ofOpening('popup.html', 'foundMs'),
  'empty page until it is painted, ms': () => ofOpening('empty.html', 'paintedMs'),
  'popup until the code is painted, ms': () => ofOpening('popup.html', 'paintedMs'),
  'opening the vault, Argon2id, ms': async () => {
    await expectOutcome('closed', 'closeVault', {});
    return expectOutcome('opened', 'openVault', { lockCode });
  },
  'filling, small page, ms': () => fill(small, `${origin}/small`),
  'finding and filling among 10,000 nodes, ms': () => fill(big, `${origin}/big`),
  'memory of the background, MB': backgroundMemory,
};
const measured = new Map<string, number[]>(Object.keys(rows).map((name) => [name, []]));
for (let round = 0; round <= rounds; round++) {
  // The first round warms up. The two pages take turns in being the first.
  openings.clear();
  for (const path of round % 2 === 0 ? ['empty.html', 'popup.html'] : ['popup.html', 'empty.html']) {
    openings.set(path, await untilCode(path));
  }
  for (const [name, run] of Object.entries(rows)) {
    const value = await run();
    if (round > 0) measured.get(name)?.push(value);
  }
}
await browser.close();
verifier.close();
bank.close();

const report = [...measured].map(([name, all]) => ({
  name,
  rounds,
  median: median(all),
  spread: [Math.min(...all), Math.max(...all)],
}));
const of = (name: string) => measured.get(name) ?? [];
/** Of each round the one over the other: the median, and the middle half of the rounds. */
function ratio(over: string, under: string) {
  const pairs = of(over).map((ms, index) => ms / (of(under)[index] ?? Number.NaN));
  pairs.sort((a, b) => a - b);
  const at = (part: number) => pairs[Math.round((pairs.length - 1) * part)] ?? Number.NaN;
  return { median: median(pairs), middleHalf: [at(0.25), at(0.75)] as const };
}
const ratios = {
  popupOverEmptyPage: ratio('popup until the code shows, ms', 'empty page of an extension, ms'),
  popupOverEmptyPagePainted: ratio('popup until the code is painted, ms', 'empty page until it is painted, ms'),
};
for (const { name, median, spread } of report) {
  const [low = 0, high = 0] = spread;
  console.log(`${name.padEnd(46)}${median.toFixed(1).padStart(9)}  (${low.toFixed(1)} to ${high.toFixed(1)})`);
}
for (const [name, { median, middleHalf }] of Object.entries(ratios)) {
  console.log(
    `${name.padEnd(46)}${median.toFixed(2).padStart(9)}  (${middleHalf.map((each) => each.toFixed(2)).join(' to ')})`,
  );
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rows: report, ratios }, null, 2)}\n`);
