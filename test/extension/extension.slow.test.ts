import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MessageName, Request, Response } from '../../extension/messages.ts';
import { deriveSeed, type Envelope, publicKeySchema, sealEnvelope, thumbprintOf } from '../../shared/envelope.ts';
import { codeAt, toBase32 } from '../../shared/otp.ts';
import type { Driver } from '../browser/driver.ts';
import { builtExtension, openBrowser } from '../browser/open.ts';
import type { Tab } from '../browser/view.ts';
import { servePages } from './page-server.ts';

const field = '<!doctype html><meta charset="utf-8"><label>ワンタイムパスワード <input id="otp" maxlength="8"></label>';
const late = `${field.replace('<input id="otp" maxlength="8">', '<span id="place"></span>')}
<script>setTimeout(() => { document.querySelector('#place').innerHTML = '<input id="otp">'; }, 700);</script>`;
// Long enough not to stand in some ciphertext's hexadecimal by chance.
const serviceId = 'TRIAL90017355';
const lockCode = '481516234208';
const activationPassword = '58392041';
const userId = 'K7QZ2M9XW4RT';
const institution = { ja: '試験信用組合', en: 'Trial Credit Union' };
const parameters = { algorithm: 'SHA256', digits: 8, periodSeconds: 30 } as const;

/** A verifier's provisioning and nothing else; it remembers the seed that the extension derives. */
async function serveVerifier(origins: readonly string[]) {
  let seed = new Uint8Array();
  const server = createServer(async (request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*').setHeader('Access-Control-Allow-Headers', 'content-type');
    let body = '';
    for await (const part of request) body += part;
    if (request.method !== 'POST') return response.end(JSON.stringify({ now: new Date().toISOString() }));
    const publicKey = publicKeySchema.parse(JSON.parse(body).publicKey);
    const secret = toBase32(crypto.getRandomValues(new Uint8Array(32)));
    seed = Uint8Array.from(await deriveSeed(secret, await thumbprintOf(publicKey)));
    const envelope: Envelope = {
      ...{ version: 1, serviceId, userId, institution, secret, algorithm: 'SHA256', digits: 8, period: 30 },
      ...{ origins: [...origins], fieldHints: [], issuedAt: new Date().toISOString(), expiresAt: null },
    };
    const token = await sealEnvelope(envelope, publicKey);
    return response.end(JSON.stringify({ outcome: 'provisioned', token }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, seed: () => seed, close: () => server.close() };
}

/** A page that is never read to its end, of another port, but of a host that we may enter. */
async function serveEndless() {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8').write('<!doctype html><p>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://localhost:${(server.address() as AddressInfo).port}/`;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { server, address, close };
}

interface ExtensionApi {
  readonly runtime: { sendMessage(message: unknown): Promise<never> };
  readonly tabs: {
    query(filter: object): Promise<{ id: number; url?: string }[]>;
    create(what: { url: string }): Promise<{ id: number }>;
    remove(id: number): Promise<void>;
  };
  readonly alarms: { get(name: string): Promise<{ scheduledTime: number } | undefined> };
  readonly storage: Record<
    'session' | 'local',
    { get(key: null): Promise<Record<string, never>>; set(items: object): Promise<void> }
  >;
  readonly commands: { getAll(): Promise<{ name: string; shortcut: string }[]> };
  readonly scripting: { getRegisteredContentScripts(): Promise<{ matches: string[] }[]> };
  readonly permissions: { request(what: object): Promise<boolean> };
}
declare const chrome: ExtensionApi;

if (!Object.values(builtExtension).every(existsSync)) execFileSync('npm', ['run', 'build']);

describe.each(['chromium', 'firefox'] as const)('what is built for %s', (name) => {
  const files = readdirSync(builtExtension[name], { recursive: true, encoding: 'utf8' });
  const manifest = JSON.parse(readFileSync(join(builtExtension[name], 'manifest.json'), 'utf8'));

  test('evaluates no text, loads no code from elsewhere and names no folder of this computer', () => {
    const scripts = files.filter((file) => /\.(js|html)$/.test(file));
    expect(scripts).toContain('background.js');
    for (const file of scripts) {
      const text = readFileSync(join(builtExtension[name], file), 'utf8');
      expect(text).not.toMatch(
        /\bFunction\(|innerHTML|insertAdjacentHTML|\beval\(|sourceMappingURL|src="https?:|importScripts/,
      );
      expect(text).not.toContain(process.cwd());
    }
  });

  test('asks for no host, and for nothing that its work does not need', () => {
    const reasons = {
      unlimitedStorage: 'keeping the browser from deleting the tokens where the disk is full',
      storage: 'settings, and the key of the opened vault in memory',
      scripting: 'the content script, on the page that the person fills or on granted origins',
      activeTab: 'the page in front, while the person asks',
      alarms: 'closing the vault and emptying the clipboard while the background is stopped',
      clipboardWrite: 'emptying the clipboard; nothing can read it',
      contextMenus: 'filling the very field that the person points at',
      // Only Chrome tells of a locked system, and only its background has no clipboard of its own.
      ...(name === 'chromium'
        ? { idle: 'closing the vault with the system', offscreen: 'reaching the clipboard' }
        : {}),
    };
    expect(manifest.permissions.toSorted()).toEqual(Object.keys(reasons).toSorted());
    expect(manifest).not.toHaveProperty('optional_permissions');
    expect(manifest.optional_host_permissions).toEqual(['https://*/*', 'http://localhost/*', 'http://127.0.0.1/*']);
    expect(manifest).not.toHaveProperty('host_permissions');
    expect(manifest).not.toHaveProperty('content_scripts');
    expect(manifest).not.toHaveProperty('web_accessible_resources');
    expect(manifest).not.toHaveProperty('externally_connectable');
    expect(manifest.content_security_policy.extension_pages).not.toContain('unsafe-inline');
    expect(manifest.content_security_policy.extension_pages).toContain("frame-ancestors 'none'");
    const consent = manifest.browser_specific_settings?.gecko.data_collection_permissions;
    expect(consent).toEqual(name === 'firefox' ? { required: ['none'] } : undefined);
  });

  test('puts little into a bank’s page', () => {
    expect(statSync(join(builtExtension[name], 'bank.js')).size).toBeLessThanOrEqual(30 * 1024);
  });
});

describe.each(['chromium', 'firefox'] as const)('the built extension in %s', (name) => {
  let driver: Driver;
  let extensionDir = '';
  let own: Tab;
  let tokenId = '';
  const slow = Promise.withResolvers<string>();
  const pages = {
    '/bank': field,
    '/late': late,
    '/sandboxed': field,
    '/held': field.replace('maxlength="8"', 'value="12345678"'),
    '/framing': '<!doctype html><iframe src="/bank" width="600" height="300"></iframe><p>',
    '/hidden-frame': '<!doctype html><iframe src="/bank" width="600" height="300" hidden></iframe><p>',
    '/two-frames': ['/bank', '/slow']
      .map((path) => `<iframe src="${path}" width="600" height="200"></iframe>`)
      .join(''),
    '/slow': slow.promise,
  };
  const sandbox = { '/sandboxed': { 'Content-Security-Policy': 'sandbox allow-scripts' } };
  let bank: Awaited<ReturnType<typeof servePages>>;
  let otherPort: Awaited<ReturnType<typeof servePages>>;
  let verifier: Awaited<ReturnType<typeof serveVerifier>>;
  let origin = '';

  /** Sends as the extension's own options page does. */
  async function send<Name extends MessageName>(message: Name, request: Request<Name>): Promise<Response<Name>> {
    const text = await own.evaluate(
      async (message, request) =>
        JSON.stringify(await chrome.runtime.sendMessage({ name: message, request: JSON.parse(request) })),
      message,
      JSON.stringify(request),
    );
    return JSON.parse(text);
  }

  async function tabIdOf(url: string): Promise<number> {
    const id = await own.evaluate(
      async (url) => (await chrome.tabs.query({})).find((tab) => tab.url === url)?.id ?? -1,
      url,
    );
    return id;
  }

  /** As the popup does it: where too little is left of a code, once more with the next one. */
  async function fillPage(tabId: number): Promise<Response<'fillPage'>> {
    for (;;) {
      const answer = await send('fillPage', { tokenId, tabId });
      if (answer.outcome !== 'wait') return answer;
      await sleep(answer.waitMs);
    }
  }

  /** The codes of this step and the one before, in case the step went on. */
  function codes(): string[] {
    return [0, 30_000].map((agoMs) => codeAt(verifier.seed(), parameters, Date.now() - agoMs));
  }

  async function openOwn(): Promise<void> {
    own = await driver.openExtensionPage('options.html');
  }

  beforeAll(async () => {
    bank = await servePages(pages, sandbox);
    otherPort = await servePages(pages);
    origin = `http://localhost:${bank.port}`;
    // The second origin is of a host that the browser is never asked for.
    verifier = await serveVerifier([origin, `http://127.0.0.1:${bank.port}`]);
    // A copy, so that a build in the meantime does not take the files away.
    extensionDir = await mkdtemp(join(tmpdir(), 'shirushi-extension-'));
    await cp(builtExtension[name], extensionDir, { recursive: true });
    driver = await openBrowser(name, { extensionDir });
    await openOwn();
    const result = await send('setUp', {
      ...{ address: verifier.address, serviceId, userId, activationPassword },
      lock: { create: lockCode },
    });
    if (result.outcome !== 'added') throw new Error(result.reason);
    tokenId = result.token.id;
    await driver.grant(origin);
    // The extension itself has to ask, after a click.
    await own.evaluate(() => {
      document.body.insertAdjacentHTML('afterbegin', '<button id="ask-for-host">ask</button>');
      document.querySelector('#ask-for-host')?.addEventListener('click', async ({ target }) => {
        const granted = await chrome.permissions.request({ origins: ['http://localhost/*'] });
        (target as HTMLElement).dataset.granted = String(granted);
      });
    });
    await own.click('#ask-for-host');
    await own.see('#ask-for-host[data-granted=true]');
  });

  afterAll(async () => {
    await driver?.close();
    await rm(extensionDir, { recursive: true, force: true });
    await Promise.all([bank, otherPort, verifier].map((server) => server?.close()));
  });

  test('has a shortcut that the browser took', async () => {
    const commands = await own.evaluate(() => chrome.commands.getAll());
    expect(commands.find((command) => command.name === 'fill')?.shortcut).not.toBe('');
  });

  test.runIf(name === 'firefox')('has its tokens kept where the disk is full', async () => {
    expect(await own.evaluate(() => navigator.storage.persisted())).toBe(true);
  });

  test('keeps ciphertext only', async () => {
    const stored = await own.evaluate(async () => {
      const rows: unknown[] = [await chrome.storage.local.get(null)];
      for (const { name } of await indexedDB.databases()) {
        const database = await new Promise<IDBDatabase>((resolve, reject) => {
          const opening = indexedDB.open(name ?? '');
          opening.onsuccess = () => resolve(opening.result);
          opening.onerror = () => reject(opening.error);
        });
        for (const store of database.objectStoreNames) {
          const all = database.transaction(store).objectStore(store).getAll();
          await new Promise((resolve) => {
            all.onsuccess = resolve;
          });
          rows.push(store, ...all.result);
        }
        database.close();
      }
      const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const session = (await chrome.storage.session.get(null)) as { vault?: { masterKey: string } };
      return {
        disk: JSON.stringify(rows, (_, value) =>
          value instanceof Uint8Array
            ? [hex(value), btoa(String.fromCharCode(...value)), String.fromCharCode(...value)]
            : value,
        ),
        masterKey: session.vault?.masterKey ?? '',
      };
    });
    expect(stored.masterKey).toHaveLength(44);
    expect(stored.disk).toContain('tokens');
    const seed = Buffer.from(verifier.seed());
    const masterKey = Buffer.from(stored.masterKey, 'base64');
    const secrets = [seed, masterKey].flatMap((bytes) => [
      bytes.toString('hex'),
      bytes.toString('base64'),
      toBase32(bytes),
      JSON.stringify(bytes.toString('latin1')).slice(1, -1),
    ]);
    for (const text of [userId, serviceId, institution.en, institution.ja, lockCode, activationPassword, 'localhost']) {
      secrets.push(text, JSON.stringify(Buffer.from(text).toString('latin1')).slice(1, -1));
    }
    for (const secret of secrets) expect(stored.disk).not.toContain(secret);
  });

  test('fills the field that the person asked for', async () => {
    const tab = await driver.open(`${origin}/bank`);
    expect(await fillPage(await tabIdOf(`${origin}/bank`))).toEqual({ outcome: 'filled' });
    expect(codes()).toContain(await tab.value('#otp'));
    await tab.close();
  });

  test('fills a page with a frame that never ends to load', async () => {
    const endless = await serveEndless();
    const tab = await driver.open(`${origin}/bank`);
    const asked = once(endless.server, 'request');
    await tab.evaluate((address) => {
      const frame = document.createElement('iframe');
      frame.src = address;
      document.body.append(frame);
    }, endless.address);
    await asked;
    expect(await fillPage(await tabIdOf(`${origin}/bank`))).toEqual({ outcome: 'filled' });
    await tab.close();
    endless.close();
  });

  test('overwrites nothing', async () => {
    const tab = await driver.open(`${origin}/held`);
    expect(await fillPage(await tabIdOf(`${origin}/held`))).toEqual({ outcome: 'noField' });
    expect(await tab.value('#otp')).toBe('12345678');
    await tab.close();
  });

  test.each([
    ['another port', () => `http://localhost:${otherPort.port}/bank`],
    ['a host that the browser did not grant', () => `http://127.0.0.1:${bank.port}/bank`],
    ['a subdomain', () => `http://www.localhost:${bank.port}/bank`],
    ['a sandboxed document', () => `${origin}/sandboxed`],
  ])('fills nothing on %s', async (_, url) => {
    const tab = await driver.open(url());
    // A page that we may not see has no address in the list of tabs, and is the last one opened.
    const tabId = await own.evaluate(async () => Math.max(...(await chrome.tabs.query({})).map((tab) => tab.id)));
    const { outcome } = await fillPage(tabId);
    expect(['notThisPage', 'noPermission', 'failed']).toContain(outcome);
    expect(await tab.value('#otp')).toBe('');
    await tab.close();
  });

  test('fills by itself where it is switched on, also a field that is built later, and nowhere else', async () => {
    const open = await Promise.all([
      driver.open(`${origin}/bank`),
      driver.open(`http://localhost:${otherPort.port}/bank`),
      driver.open(`${origin}/sandboxed`),
      driver.open(`http://127.0.0.1:${bank.port}/framing`),
    ]);
    const [before, port, sandboxed, framing] = open;
    expect(await send('setAutofill', { tokenId, on: true })).toEqual({ outcome: 'set' });
    expect(await own.evaluate(() => chrome.scripting.getRegisteredContentScripts())).toMatchObject([
      { matches: ['http://localhost/*'] },
    ]);
    await before?.waitFor('the open page to be filled', () => document.querySelector('input')?.value);
    const later = await driver.open(`${origin}/late`);
    await later.waitFor('the late field to be filled', () => document.querySelector('input')?.value);
    expect(codes()).toContain(await later.value('#otp'));
    await Promise.all([port?.page.reload(), sandboxed?.page.reload(), framing?.page.reload()]);
    const last = await driver.open(`${origin}/bank`);
    await last.waitFor('a page after them to be filled', () => document.querySelector('input')?.value);
    expect(await port?.value('#otp')).toBe('');
    expect(await sandboxed?.value('#otp')).toBe('');
    expect(await framing?.page.frames()[1]?.$eval('#otp', (input) => (input as HTMLInputElement).value)).toBe('');
    for (const tab of [...open, later, last]) await tab.close();
  });

  test('fills a frame that the page shows late by itself', async () => {
    const tab = await driver.open(`${origin}/hidden-frame`);
    const inFrame = tab.page.frames()[1];
    // By then the frame, which came before, has been looked at.
    const other = await driver.open(`${origin}/bank`);
    await other.waitFor('a page after it to be filled', () => document.querySelector('input')?.value);
    expect(await inFrame?.$eval('#otp', (input) => (input as HTMLInputElement).value)).toBe('');
    await tab.page.bringToFront();
    await tab.evaluate(() => document.querySelector('iframe')?.removeAttribute('hidden'));
    await inFrame?.$eval('#otp', (input) => (input as HTMLInputElement).focus());
    const value = () => inFrame?.$eval('#otp', (input) => (input as HTMLInputElement).value);
    await expect.poll(value, { timeout: 20_000 }).not.toBe('');
    expect(codes()).toContain(await value());
    for (const each of [tab, other]) await each.close();
  });

  test('fills no frame that the page adds beside a field that has its code', async () => {
    const tab = await driver.open(`${origin}/bank`);
    await tab.waitFor('the page to be filled', () => document.querySelector('input')?.value);
    await tab.evaluate(async () => {
      const frame = document.createElement('iframe');
      frame.src = '/bank';
      frame.width = '600';
      document.body.append(frame);
      await new Promise((resolve) => frame.addEventListener('load', resolve));
    });
    // By then the frame, which came before, has been looked at.
    const other = await driver.open(`${origin}/bank`);
    await other.waitFor('a page after it to be filled', () => document.querySelector('input')?.value);
    expect(await tab.page.frames()[1]?.$eval('#otp', (input) => (input as HTMLInputElement).value)).toBe('');
    for (const each of [tab, other]) await each.close();
  });

  test('fills neither of two frames that ask by itself, however much later the second one comes', async () => {
    const opening = driver.open(`${origin}/two-frames`);
    await expect.poll(() => bank.asked.map(({ path }) => path), { timeout: 20_000 }).toContain('/slow');
    // By then a page that nothing holds up has its code.
    const other = await driver.open(`${origin}/bank`);
    await other.waitFor('a page after it to be filled', () => document.querySelector('input')?.value);
    slow.resolve(field);
    const tab = await opening;
    expect(await fillPage(await tabIdOf(`${origin}/two-frames`))).toEqual({ outcome: 'noField' });
    const inFrames = tab.page.frames().slice(1);
    expect(inFrames).toHaveLength(2);
    for (const frame of inFrames) {
      expect(await frame.$eval('#otp', (input) => (input as HTMLInputElement).value)).toBe('');
    }
    for (const each of [tab, other]) await each.close();
  });

  test('is held up by no tab that never ends to load', async () => {
    const endless = await serveEndless();
    await send('setAutofill', { tokenId, on: false });
    const asked = once(endless.server, 'request');
    const endlessId = await own.evaluate(async (url) => (await chrome.tabs.create({ url })).id, endless.address);
    await asked;
    expect(await send('setAutofill', { tokenId, on: true })).toEqual({ outcome: 'set' });
    expect(await own.evaluate(() => chrome.scripting.getRegisteredContentScripts())).toHaveLength(1);
    await own.evaluate((id) => chrome.tabs.remove(id), endlessId);
    endless.close();
  });

  // Firefox stops the background after idling alone, which its preferences have to shorten before it starts; and its
  // popup, opened by automation, gives no right to the page. Its shortcut does.
  if (name === 'chromium') {
    test('fills a page that was not granted while the person has the popup open over it', async () => {
      const tab = await driver.open(`http://127.0.0.1:${bank.port}/bank`);
      const popup = await driver.openPopup(tab);
      const tabId = await tabIdOf(`http://127.0.0.1:${bank.port}/bank`);
      expect(await fillPage(tabId)).toEqual({ outcome: 'filled' });
      expect(codes()).toContain(await tab.value('#otp'));
      await popup.close();
      await tab.close();
    });

    test('goes on after the browser stopped the background', async () => {
      expect(await driver.stopBackground()).toBe(true);
      expect(await send('getCode', { tokenId })).toMatchObject({ outcome: 'code' });
    });
  }

  // Chromium's automation does not reach the browser's own shortcuts.
  if (name === 'firefox') {
    test('fills by the keyboard shortcut a page that was not granted', async () => {
      const tab = await driver.open(`http://127.0.0.1:${bank.port}/bank`);
      await driver.pressFillShortcut?.(tab);
      await tab.waitFor('the field to be filled', () => document.querySelector('input')?.value);
      expect(codes()).toContain(await tab.value('#otp'));
      await tab.close();
    });
  }

  test('cannot be talked to by a page', async () => {
    const tab = await driver.open(`http://localhost:${otherPort.port}/bank`);
    const answer = await tab.evaluate(async (extensionOrigin) => {
      const id = new URL(extensionOrigin).hostname;
      for (const message of [
        { name: 'takeCode', request: {} },
        { name: 'fill', digits: 8, fieldHints: [] },
      ]) {
        window.postMessage(message, '*');
        document.dispatchEvent(new CustomEvent('message', { detail: message }));
      }
      const runtime = (globalThis as { chrome?: { runtime?: { sendMessage?(id: string, message: unknown): unknown } } })
        .chrome?.runtime;
      const sent = await Promise.resolve(runtime?.sendMessage?.(id, { name: 'getState', request: {} })).catch(
        () => undefined,
      );
      const page = await fetch(`${extensionOrigin}/options.html`).then(
        () => 'read',
        () => 'closed',
      );
      const frame = document.createElement('iframe');
      frame.src = `${extensionOrigin}/options.html`;
      document.body.append(frame);
      return { sent: sent === undefined, page, value: document.querySelector('input')?.value };
    }, driver.extensionOrigin);
    expect(answer).toEqual({ sent: true, page: 'closed', value: '' });
    await tab.close();
  });

  test('closes itself by idle time', async () => {
    const alarm = await own.evaluate(async () => (await chrome.alarms.get('close'))?.scheduledTime ?? 0);
    const { lastUsedMs } = await own.evaluate(
      async () => (await chrome.storage.session.get(null)).vault as unknown as { lastUsedMs: number },
    );
    expect(Math.abs(alarm - lastUsedMs - 5 * 60_000)).toBeLessThan(1000);
    await own.evaluate(async () => {
      const { vault } = (await chrome.storage.session.get(null)) as unknown as { vault: { lastUsedMs: number } };
      await chrome.storage.session.set({ vault: { ...vault, lastUsedMs: vault.lastUsedMs - 5 * 60_000 } });
    });
    expect(await send('getState', {})).toMatchObject({ vault: 'closed', waitMs: 0, tokens: [] });
    expect(await own.evaluate(async () => 'vault' in (await chrome.storage.session.get(null)))).toBe(false);
    expect(await send('openVault', { lockCode })).toEqual({ outcome: 'opened' });
  });

  test('is closed after the browser ended, keeps the count of wrong lock codes, and opens with the right one', async () => {
    await send('closeVault', {});
    expect(await send('openVault', { lockCode: '0000' })).toMatchObject({
      outcome: 'wrong',
      failures: 1,
      waitMs: 1000,
    });
    await own.waitFor(
      'the first wait to pass',
      async () =>
        ((await chrome.runtime.sendMessage({ name: 'getState', request: {} })) as { waitMs: number }).waitMs === 0,
    );
    expect(await send('openVault', { lockCode: '1111' })).toMatchObject({ outcome: 'wrong', failures: 2 });
    await driver.restart();
    await openOwn();
    expect(await send('getState', {})).toMatchObject({ vault: 'closed', tokens: [] });
    await own.waitFor(
      'the second wait to pass',
      async () =>
        ((await chrome.runtime.sendMessage({ name: 'getState', request: {} })) as { waitMs: number }).waitMs === 0,
    );
    expect(await send('openVault', { lockCode: '2222' })).toMatchObject({ outcome: 'wrong', failures: 3 });
    await own.waitFor(
      'the third wait to pass',
      async () =>
        ((await chrome.runtime.sendMessage({ name: 'getState', request: {} })) as { waitMs: number }).waitMs === 0,
    );
    expect(await send('openVault', { lockCode })).toEqual({ outcome: 'opened' });
    const { tokens } = await send('getState', {});
    expect(tokens).toMatchObject([{ id: tokenId, userId, autofill: true }]);
    const code = await send('getCode', { tokenId });
    expect(code.outcome === 'code' && codes().includes(code.code)).toBe(true);
  });
});
