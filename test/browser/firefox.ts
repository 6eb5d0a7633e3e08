import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';
import type { Driver } from './driver.ts';
import { Tab, View } from './view.ts';
import { packXpi } from './xpi.ts';

export const firefoxExtensionId = 'shirushi@shirushi.example';
/** Firefox would draw a new one for each profile; a known one lets the tests name the extension's pages. */
const extensionUuid = '6f0c1b52-5a3e-4f0c-9b51-8a0f6a1c7d20';

/** Preferences that let an extension which nobody signed be loaded, and grant what it asks for. */
export const firefoxPreferences: Readonly<Record<string, unknown>> = {
  'xpinstall.signatures.required': false,
  'extensions.autoDisableScopes': 0,
  'extensions.enabledScopes': 15,
  'extensions.startupScanScopes': 15,
  'extensions.webextOptionalPermissionPrompts': false,
  'extensions.webextensions.uuids': JSON.stringify({ [firefoxExtensionId]: extensionUuid }),
};

/** The parts of the BiDi connection that puppeteer has no name for. */
interface Bidi {
  send(method: string, parameters: unknown): Promise<{ readonly result: unknown }>;
}
interface Evaluated {
  readonly type: 'success' | 'exception';
  readonly result?: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string };
}

export interface FirefoxOptions {
  readonly executablePath: string;
  /** The built extension, unpacked. */
  readonly extensionDir: string;
  readonly language?: string;
}

/** The popup in its panel: no tab, so it is reached through the browser's own window. */
class Panel extends View {
  readonly #inWindow: (expression: string) => Promise<unknown>;
  constructor(inWindow: (expression: string) => Promise<unknown>) {
    super();
    this.#inWindow = inWindow;
  }

  protected async evaluateText(expression: string): Promise<unknown> {
    const answer = await this.#inWindow(`(async () => {
      const panel = document.querySelector('browser[webextension-view-type=popup]');
      if (!panel) return JSON.stringify({ error: 'the popup is closed' });
      const name = 'shirushi:' + Math.random();
      const script = '(' + (async (expression, name) => {
        let answer;
        try {
          const sandbox = Cu.Sandbox(content, { sandboxPrototype: content, wantXrays: false });
          answer = { value: await Cu.evalInSandbox(expression, sandbox) };
        } catch (error) {
          answer = { error: String(error) };
        }
        sendAsyncMessage(name, answer);
      }) + ')(' + JSON.stringify(${JSON.stringify(expression)}) + ',' + JSON.stringify(name) + ')';
      const answer = await new Promise((resolve) => {
        const listen = (message) => {
          panel.messageManager?.removeMessageListener(name, listen);
          resolve(message.data);
        };
        panel.messageManager.addMessageListener(name, listen);
        panel.messageManager.loadFrameScript('data:,' + encodeURIComponent(script), false);
        setTimeout(() => resolve({ error: 'the popup gave no answer' }), 5000);
      });
      return JSON.stringify(answer);
    })()`);
    const { value, error } = JSON.parse(String(answer)) as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }

  async click(selector: string): Promise<void> {
    await this.waitFor(
      `${selector} to be enabled`,
      (wanted) => {
        const element = document.querySelector<HTMLButtonElement>(wanted);
        if (element === null || !element.checkVisibility() || element.disabled) return false;
        // Later, since a click may close the popup before the answer is out.
        setTimeout(() => element.click());
        return true;
      },
      selector,
    );
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.see(selector);
    await this.evaluate(
      (wanted, value) => {
        const field = document.querySelector<HTMLInputElement>(wanted);
        if (field === null) throw new Error(`no ${wanted}`);
        field.focus();
        field.value = value;
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        field.dispatchEvent(new Event('change', { bubbles: true }));
      },
      selector,
      text,
    );
  }

  async close(): Promise<void> {
    await this.#inWindow(`document.querySelectorAll('panel').forEach((panel) => panel.hidePopup?.())`);
  }
}

/** Firefox without a window, over WebDriver BiDi. */
export async function openFirefox(options: FirefoxOptions): Promise<Driver> {
  const profile = await mkdtemp(join(tmpdir(), 'shirushi-firefox-'));
  mkdirSync(join(profile, 'extensions'));
  packXpi(options.extensionDir, join(profile, 'extensions', `${firefoxExtensionId}.xpi`));
  const origin = `moz-extension://${extensionUuid}`;

  const launch = (): Promise<Browser> =>
    puppeteer.launch({
      browser: 'firefox',
      executablePath: options.executablePath,
      headless: true,
      userDataDir: profile,
      defaultViewport: { width: 1000, height: 800 },
      // The extension's pages and the browser's window are closed to automation otherwise.
      args: ['--remote-allow-system-access'],
      extraPrefsFirefox: {
        ...firefoxPreferences,
        // A name that is not this computer's own, served by it all the same: for pages of another host.
        'network.dns.localDomains': 'other.test',
        'intl.accept_languages': options.language ?? 'en',
        'intl.locale.requested': options.language ?? 'en',
      },
    });

  let browser = await launch().catch(async (error: unknown) => {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  });

  async function send<Result>(method: string, parameters: unknown): Promise<Result> {
    const { connection } = browser as unknown as { readonly connection: Bidi };
    return (await connection.send(method, parameters)).result as Result;
  }

  /** Value of an expression in the browser's own window, with its privileges. */
  async function inWindow(expression: string): Promise<unknown> {
    const tree = await send<{ contexts: { context: string }[] }>('browsingContext.getTree', { 'moz:scope': 'chrome' });
    const evaluated = await send<Evaluated>('script.evaluate', {
      expression,
      target: { context: tree.contexts[0]?.context },
      awaitPromise: true,
    });
    if (evaluated.type === 'exception') throw new Error(evaluated.exceptionDetails?.text);
    return evaluated.result?.value;
  }

  const extensionCode = `WebExtensionPolicy.getByID('${firefoxExtensionId}')?.extension`;

  async function open(url = 'about:blank'): Promise<Tab> {
    const page = await browser.newPage();
    if (url !== 'about:blank') await page.goto(url, { waitUntil: 'domcontentloaded' });
    return new Tab(page);
  }

  return {
    name: 'firefox',
    extensionOrigin: origin,
    open,
    async openExtensionPage(path) {
      const page = await browser.newPage();
      const { _id: context } = page.mainFrame() as unknown as { readonly _id: string };
      // The end of such a load is never reported, so it is watched for in the document.
      await send('browsingContext.navigate', { context, url: `${origin}/${path}`, wait: 'none' });
      const tab = new Tab(page);
      await tab.waitFor(
        path,
        (wanted) => location.href.startsWith(wanted) && document.readyState === 'complete',
        `${origin}/${path}`,
      );
      return tab;
    },
    async openPopup(over) {
      await over.show();
      await inWindow(`(async () => {
        const extension = ${extensionCode};
        // One that the extension opened by itself stands in the way.
        while (document.querySelector('browser[webextension-view-type=popup]')) {
          document.querySelectorAll('panel').forEach((panel) => panel.hidePopup?.());
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await extension.apiManager.global.browserActionFor(extension).openPopup(window, true);
      })()`);
      const panel = new Panel(inWindow);
      await panel.waitFor(
        'the popup',
        (wanted) => location.href.startsWith(wanted) && document.readyState === 'complete',
        `${origin}/popup.html`,
      );
      return panel;
    },
    /** The preference grants what the extension asks for, and it has to ask itself. */
    grant: () => Promise.resolve(),
    async setOffline(offline) {
      // Offline alone still reaches servers on the same computer: the proxy, where nobody listens, does not.
      await inWindow(`{
        Services.io.offline = ${offline};
        Services.prefs.setStringPref('network.proxy.http', '127.0.0.1');
        Services.prefs.setIntPref('network.proxy.http_port', 9);
        Services.prefs.setStringPref('network.proxy.ssl', '127.0.0.1');
        Services.prefs.setIntPref('network.proxy.ssl_port', 9);
        Services.prefs.setBoolPref('network.proxy.allow_hijacking_localhost', true);
        Services.prefs.setIntPref('network.proxy.type', ${offline ? 1 : 0});
      }`);
    },
    async pressFillShortcut(over) {
      await over.show();
      const pressed = await inWindow(`(() => {
        const key = document.querySelector('keyset[id^=ext-keyset-id-shirushi] key');
        if (!key) return 'the extension has no shortcut';
        const name = key.getAttribute('key');
        const keys = key.getAttribute('modifiers').split(/[ ,]+/).map((modifier) => ({
          alt: new KeyboardEvent('', { key: 'Alt', code: 'AltLeft', keyCode: 18 }),
          shift: new KeyboardEvent('', { key: 'Shift', code: 'ShiftLeft', keyCode: 16 }),
          control: new KeyboardEvent('', { key: 'Control', code: 'ControlLeft', keyCode: 17 }),
          accel: new KeyboardEvent('', { key: 'Control', code: 'ControlLeft', keyCode: 17 }),
        })[modifier]);
        keys.push(new KeyboardEvent('', { key: name, code: (/[0-9]/.test(name) ? 'Digit' : 'Key') + name, keyCode: name.charCodeAt(0) }));
        const keyboard = Cc['@mozilla.org/text-input-processor;1'].createInstance(Ci.nsITextInputProcessor);
        if (!keyboard.beginInputTransactionForTests(window)) return 'the window takes no keys';
        for (const each of keys) keyboard.keydown(each);
        for (const each of keys.reverse()) keyboard.keyup(each);
        return '';
      })()`);
      if (pressed !== '') throw new Error(String(pressed));
    },
    async takeFieldMenu(over, selector) {
      await over.show();
      await over.page.locator(selector).click({ button: 'right' });
      const taken = await inWindow(`(async () => {
        const menu = document.getElementById('contentAreaContextMenu');
        for (let tries = 0; tries < 100; tries++) {
          const entry = menu.querySelector('[id^=shirushi][id*=fillField]');
          if (menu.state === 'open' && entry && !entry.hidden) {
            menu.activateItem(entry);
            return '';
          }
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const entries = [...menu.children].filter((each) => !each.hidden).map((each) => each.id || each.label);
        return 'no entry of the extension in the menu, which is ' + menu.state + ': ' + entries;
      })()`);
      if (taken !== '') throw new Error(String(taken));
    },
    holdBackground: null,
    async stopBackground() {
      const stopped = await inWindow(`(async () => {
        const extension = ${extensionCode};
        // One that is just starting is let through to the end of its start.
        while (extension.backgroundState === 'starting') await new Promise((resolve) => setTimeout(resolve, 10));
        if (extension.backgroundState !== 'running') return false;
        // A message that comes meanwhile starts it again at once.
        await extension.terminateBackground({ ignoreDevToolsAttached: true });
        return true;
      })()`);
      return stopped === true;
    },
    async clipboardText() {
      const text = await inWindow(`(() => {
        const held = Cc['@mozilla.org/widget/transferable;1'].createInstance(Ci.nsITransferable);
        held.init(null);
        held.addDataFlavor('text/plain');
        Services.clipboard.getData(held, Services.clipboard.kGlobalClipboard, window.browsingContext.currentWindowContext);
        const data = {};
        try {
          held.getTransferData('text/plain', data);
        } catch {
          return '';
        }
        return data.value.QueryInterface(Ci.nsISupportsString).data;
      })()`);
      return String(text);
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
