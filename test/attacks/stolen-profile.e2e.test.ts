import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../browser/driver.ts';
import { browserNames } from '../browser/install.ts';
import { openBrowser } from '../browser/open.ts';
import { fillThroughPopup, issue, linkIn, lockCode, logIn, openVault, setUp } from '../browser/steps.ts';
import { startWorld, type World } from '../browser/world.ts';

interface ExtensionApi {
  readonly runtime: { sendMessage(message: unknown): Promise<unknown> };
  readonly storage: {
    readonly session: { get(key: null): Promise<{ readonly vault?: { readonly masterKey: string } }> };
    readonly local: { set(items: object): Promise<void> };
  };
}
declare const chrome: ExtensionApi;

const email = 'hanako@mihon.example';
const tokenName = '経理部の山茶花';
/** What the search has to find, so that finding nothing else means something. */
const canary = { storage: 'CanaryStorageQ7ZK', database: 'CanaryDatabaseW4RT' };

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => base32Alphabet[Number.parseInt(five, 2)]).join('');
}

/** A secret in each form in which somebody who searches a disk would know it. */
function formsOf(secret: string | Uint8Array): Map<string, Buffer> {
  if (typeof secret === 'string') {
    return new Map([
      ['UTF-8', Buffer.from(secret)],
      ['UTF-16', Buffer.from(secret, 'utf16le')],
    ]);
  }
  const bytes = Buffer.from(secret);
  const texts = {
    hex: bytes.toString('hex'),
    'hex in capitals': bytes.toString('hex').toUpperCase(),
    base64: bytes.toString('base64').replace(/=+$/, ''),
    base64url: bytes.toString('base64url'),
    base32: toBase32(bytes),
  };
  const forms = new Map<string, Buffer>([['plain bytes', bytes]]);
  for (const [form, text] of Object.entries(texts)) {
    for (const [encoding, encoded] of formsOf(text)) forms.set(`${form}, ${encoding}`, encoded);
  }
  return forms;
}

/** Where in a folder each of the secrets stands: `secret (form): file`. */
function search(folder: string, secrets: Readonly<Record<string, string | Uint8Array>>): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = readFileSync(path);
    for (const [name, secret] of Object.entries(secrets)) {
      for (const [form, bytes] of formsOf(secret)) {
        if (content.includes(bytes)) found.push(`${name} (${form}): ${relative(folder, path)}`);
      }
    }
  }
  return found;
}

describe.each(browserNames)('the profile of a closed %s', (name) => {
  let world: World;
  let browser: Driver;

  beforeAll(async () => {
    world = await startWorld();
    browser = await openBrowser(name);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  it('holds no seed, key, lock code, user ID or token name in plain bytes', async () => {
    const bank = await logIn(browser, world, 'hanako');
    await issue(bank, email);
    const mail = await world.mailTo(email);
    const userId = new URLSearchParams(new URL(linkIn(mail)).hash.slice(1)).get('userId') ?? '';
    await setUp(browser, world, mail, tokenName);
    await fillThroughPopup(browser, bank);
    const popup = await browser.openExtensionPage('popup.html');
    await popup.seeText('h1', tokenName);
    const masterKey = await popup.evaluate(async () => (await chrome.storage.session.get(null)).vault?.masterKey ?? '');
    const { seed } = await world.tokenOf('hanako');
    await popup.click('#closeVault');
    await openVault(popup);
    await popup.evaluate(
      async (storage, database) => {
        await chrome.storage.local.set({ canary: storage });
        await new Promise<void>((resolve, reject) => {
          const opening = indexedDB.open('canary', 1);
          opening.onupgradeneeded = () => opening.result.createObjectStore('canary');
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const transaction = opening.result.transaction('canary', 'readwrite', { durability: 'strict' });
            transaction.objectStore('canary').put(database, 1);
            transaction.oncomplete = () => {
              opening.result.close();
              resolve();
            };
          };
        });
      },
      canary.storage,
      canary.database,
    );
    const profile = await browser.quit();

    expect(Buffer.from(masterKey, 'base64')).toHaveLength(32);
    expect(userId).toMatch(/^[0-9A-Z]{8,}$/);
    const found = search(profile, {
      'canary in storage.local': canary.storage,
      'canary in IndexedDB': canary.database,
      seed,
      'master key': Buffer.from(masterKey, 'base64'),
      'lock code': lockCode,
      'user ID': userId,
      'token name': tokenName,
    });
    const [canaries, leaks] = [
      found.filter((each) => each.startsWith('canary')),
      found.filter((each) => !each.startsWith('canary')),
    ];
    expect(leaks).toEqual([]);
    expect(new Set(canaries.map((each) => each.split(' (')[0]))).toEqual(
      new Set(['canary in storage.local', 'canary in IndexedDB']),
    );
  });
});
