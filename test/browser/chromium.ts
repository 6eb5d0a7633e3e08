import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import puppeteer, { type Browser } from 'puppeteer-core';
import type { Driver } from './driver.ts';
import { Tab, type View } from './view.ts';

/** Quiet on the network and at home in a container. */
export const chromiumArguments: readonly string[] = [
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-gpu',
];

interface DeveloperPrivate {
  addHostPermission(extensionId: string, pattern: string, done: () => void): void;
}

interface ChromeMenus {
  readonly contextMenus: { readonly onClicked: { dispatch(info: object, tab: object | undefined): void } };
  readonly tabs: { query(filter: object): Promise<{ readonly url?: string }[]> };
}

export interface ChromiumOptions {
  readonly executablePath: string;
  /** The built extension, unpacked. */
  readonly extensionDir: string;
  /** Language of the browser and so of the extension's pages, such as `ja`. */
  readonly language?: string;
}

/** ID of the extension; branded Chrome ignores the switch and takes it over the debugging pipe alone. */
export async function loadedExtension(browser: Browser, extensionDir: string): Promise<string> {
  for (const extension of (await browser.extensions()).values()) {
    if (extension.path === extensionDir) return extension.id;
  }
  return browser.installExtension(extensionDir);
}

/** The browser may end a background by itself at any moment: that it is gone already is fine. */
function isGone(error: unknown): void {
  if (!(error instanceof Error && /No (session|target) with given id|Session closed|detached/i.test(error.message)))
    throw error;
}

/** Chromium without a window, over the DevTools protocol. */
export async function openChromium(options: ChromiumOptions): Promise<Driver> {
  const profile = await mkdtemp(join(tmpdir(), 'shirushi-chromium-'));
  let extensionId = '';

  async function launch(): Promise<Browser> {
    const started = await puppeteer.launch({
      executablePath: options.executablePath,
      headless: true,
      pipe: true,
      enableExtensions: true,
      userDataDir: profile,
      defaultViewport: { width: 1000, height: 800 },
      args: [
        ...chromiumArguments,
        '--no-sandbox',
        // A name that is not this computer's own, served by it all the same: for pages of another host.
        '--host-resolver-rules=MAP other.test 127.0.0.1',
        `--accept-lang=${options.language ?? 'en'}`,
        // Loaded by the switch, the extension keeps the hosts it was granted when the browser starts again.
        `--load-extension=${options.extensionDir}`,
      ],
    });
    extensionId = await loadedExtension(started, options.extensionDir);
    return started;
  }

  let browser = await launch().catch(async (error: unknown) => {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  });

  // The first page comes to the front when the extension was installed, over whatever a test is about to type into.
  await browser.waitForTarget((target) => target.url() === `chrome-extension://${extensionId}/options.html#welcome`);

  async function open(url = 'about:blank'): Promise<Tab> {
    const page = await browser.newPage();
    await page.goto(url, { waitUntil: 'domcontentloaded' });
    return new Tab(page);
  }

  const background = () =>
    browser.waitForTarget(
      (target) => target.type() === 'service_worker' && target.url().startsWith(`chrome-extension://${extensionId}/`),
    );

  return {
    name: 'chromium',
    get extensionOrigin() {
      return `chrome-extension://${extensionId}`;
    },
    open,
    openExtensionPage: (path) => open(`chrome-extension://${extensionId}/${path}`),
    async openPopup(over): Promise<View> {
      await over.show();
      const extension = (await browser.extensions()).get(extensionId);
      if (extension === undefined) throw new Error('the extension is not loaded');
      const before = new Set(browser.targets());
      await extension.triggerAction(over.page);
      const target = await browser.waitForTarget(
        (each) => !before.has(each) && each.url().startsWith(`chrome-extension://${extensionId}/popup.html`),
        { timeout: 10_000 },
      );
      return new Tab(await target.asPage(), false);
    },
    async grant(origin) {
      const page = await browser.newPage();
      await page.goto('chrome://extensions');
      await page.evaluate(
        (id, pattern) => {
          const { developerPrivate } = (globalThis as unknown as { chrome: { developerPrivate: DeveloperPrivate } })
            .chrome;
          return new Promise<void>((done) => developerPrivate.addHostPermission(id, pattern, done));
        },
        extensionId,
        // A match pattern has no port.
        `${new URL(origin).protocol}//${new URL(origin).hostname}/*`,
      );
      await page.close();
    },
    setOffline: (offline) =>
      browser.restrictNetwork(offline ? { blocklist: ['http://*:*/*', 'https://*:*/*'] } : { blocklist: [] }),
    pressFillShortcut: null,
    async takeFieldMenu(over, selector) {
      await over.show();
      await over.page.locator(selector).click({ button: 'right' });
      const target = await background();
      await (await target.worker())?.evaluate(async (url) => {
        const { contextMenus, tabs } = (globalThis as unknown as { chrome: ChromeMenus }).chrome;
        const tab = (await tabs.query({})).find((each) => each.url === url);
        contextMenus.onClicked.dispatch({ menuItemId: 'fillField', frameId: 0, editable: true }, tab);
      }, over.page.url());
    },
    async stopBackground() {
      const ofExtension = (url: string) => url.startsWith(`chrome-extension://${extensionId}/`);
      const connection = await browser.target().createCDPSession();
      const gone = new Set<string>();
      connection.on('Target.targetDestroyed', ({ targetId }) => gone.add(targetId));
      await connection.send('Target.setDiscoverTargets', { discover: true });
      const { targetInfos } = await connection.send('Target.getTargets');
      const running = targetInfos.filter(({ type, url }) => type === 'service_worker' && ofExtension(url));
      // Let go of first: a message that starts a worker anew would find one that is being watched, and it would live on.
      for (const target of browser.targets()) {
        if (target.type() !== 'service_worker' || !ofExtension(target.url())) continue;
        await target
          .worker()
          .then((worker) => worker?.client.detach())
          .catch(isGone);
      }
      for (const { targetId } of running) {
        // One that is just starting does not hear of it the first time.
        while (!gone.has(targetId)) {
          await connection.send('Target.closeTarget', { targetId }).catch(isGone);
          const destroyed = new Promise((resolve) => connection.once('Target.targetDestroyed', resolve));
          await Promise.race([destroyed, sleep(100)]);
        }
      }
      await connection.detach();
      return running.length > 0;
    },
    async holdBackground() {
      const target = await background();
      const session = await target.createCDPSession();
      await session.send('Runtime.enable');
      const running = new Promise((resolve) => session.once('Runtime.consoleAPICalled', resolve));
      // A debugger's pause would not do: the next page that is opened ends it.
      const expression = "console.log('held'); for (;;);";
      // Ends by being terminated, which rejects.
      const held = session.send('Runtime.evaluate', { expression }).catch(() => {});
      await running;
      return async () => {
        await session.send('Runtime.terminateExecution');
        await held;
        await session.detach();
      };
    },
    async clipboardText(from) {
      await from.show();
      await browser.defaultBrowserContext().overridePermissions(new URL(from.page.url()).origin, ['clipboard-read']);
      return from.evaluate(() => navigator.clipboard.readText());
    },
    async restart() {
      await browser.close();
      browser = await launch();
    },
    async quit() {
      await browser.close();
      return profile;
    },
    async close() {
      if (browser.connected) await browser.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
