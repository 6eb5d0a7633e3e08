import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addToken, grant } from '../fields/benchmark.ts';
import { serveSite, serveVerifier } from '../fields/site.ts';
import type { Driver } from './driver.ts';
import { browserNames } from './install.ts';
import { openBrowser } from './open.ts';
import { independentCode } from './world.ts';

const cases = [
  ['a controlled field of React', 'Controlled'],
  ['boxes of react-otp-input', 'Boxes'],
  ['the one field over the slots of input-otp', 'Slots'],
  ['boxes that React draws anew after each digit', 'KeyedBoxes'],
  ['a model of Vue', 'vueField'],
  ['a model of Vue that waits for the change', 'vueLazy'],
  ['boxes of Vue that move on by themselves', 'vueBoxes'],
] as const;
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shirushi-frameworks-'));
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      lib: { entry: new URL('frameworks/cases.js', import.meta.url).pathname, formats: ['es'], fileName: 'cases' },
    },
  });
  const [bundle] = Array.isArray(built) ? built : [];
  const script = bundle?.output[0].code.replaceAll('</script', '<\\/script');
  for (const [, wanted] of cases) {
    const html = `<!doctype html><meta charset="utf-8"><body data-case="${wanted}"><div id="root"></div><script type="module">`;
    await writeFile(join(folder, `${wanted}.html`), `${html}${script}</script>`);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(browserNames)('the built extension in %s', (name) => {
  let site: Awaited<ReturnType<typeof serveSite>>;
  let verifier: Awaited<ReturnType<typeof serveVerifier>>;
  let browser: Driver;

  beforeAll(async () => {
    site = await serveSite(new Map([['frameworks', folder]]), new Map());
    const origins = [`http://localhost:${site.port}`];
    verifier = await serveVerifier(new Map([['TAR0', { secret, digits: 6, origins, fieldHints: [] }]]));
    browser = await openBrowser(name);
    const own = await browser.openExtensionPage('options.html#settings');
    await grant(browser, own, origins[0] ?? '');
    await addToken(own, `http://127.0.0.1:${verifier.port}`, 'TAR0', true);
  });
  afterAll(async () => {
    await browser?.close();
    await verifier?.close();
    await site?.close();
  });

  test.each(cases)('fills %s, and its state holds the code', async (_, wanted) => {
    const tab = await browser.open(`http://localhost:${site.port}/frameworks/${wanted}.html`);
    const held = await tab.waitFor('the state', () => {
      const text = document.querySelector('#state')?.textContent ?? '';
      return text.length === 6 ? text : '';
    });
    const token = {
      seed: verifier.seeds.get('TAR0') ?? new Uint8Array(),
      digits: 6,
      algorithm: 'SHA256',
      periodSeconds: 60,
    } as const;
    expect([Date.now(), Date.now() - 60_000].map((atMs) => independentCode(token, atMs))).toContain(held);
    const shown = await tab.evaluate(() => [...document.querySelectorAll('input')].map(({ value }) => value).join(''));
    expect(shown).toBe(held);
    await tab.close();
  });
});
