import { describe, expect, test } from 'vitest';
import { authorize, isOfToken, type Sender } from '../../extension/authorize.ts';
import { fc } from '../property.ts';

const self = { id: 'abcdefghijklmnop', baseUrl: 'chrome-extension://abcdefghijklmnop/' };
const popup: Sender = { id: self.id, url: `${self.baseUrl}popup.html`, origin: 'chrome-extension://abcdefghijklmnop' };
const options: Sender = { ...popup, url: `${self.baseUrl}options.html#set-up`, frameId: 0, tab: { id: 4 } };
const bank: Sender = {
  id: self.id,
  url: 'https://bank.example/transfer?step=2',
  origin: 'https://bank.example',
  frameId: 0,
  documentId: 'D1',
  documentLifecycle: 'active',
  tab: { id: 7 },
};
const getState = { name: 'getState', request: {} };
const takeCode = { name: 'takeCode', request: {} };

describe('our own pages', () => {
  test('may send their messages, as popup and in a tab', () => {
    expect(authorize(getState, popup, self)).toEqual({ from: 'ownPage', message: getState, tab: null });
    const inTab = { ...options, tab: { id: 3, windowId: 1, index: 0 } };
    const tab = { id: 3, windowId: 1 };
    expect(authorize(getState, inTab, self)).toEqual({ from: 'ownPage', message: getState, tab });
  });
  test.each<[string, Sender]>([
    ['another extension', { ...popup, id: 'ponmlkjihgfedcba' }],
    ['another extension that claims our id', { ...popup, url: 'chrome-extension://ponmlkjihgfedcba/popup.html' }],
    ['an id that begins like ours', { ...popup, url: 'chrome-extension://abcdefghijklmnopq/popup.html' }],
    ['no id', { ...popup, id: undefined }],
    ['no address', { ...popup, url: undefined }],
    ['another origin than the address', { ...popup, origin: 'https://bank.example' }],
    ['a sandboxed page', { ...popup, origin: 'null' }],
    ['a page of ours in a frame', { ...options, frameId: 3 }],
    ['the content script on the bank’s page', bank],
    ['a page with our address in its path', { ...bank, url: `https://bank.example/${self.baseUrl}popup.html` }],
  ])('%s may not', (_, sender) => {
    expect(authorize(getState, sender, self)).toBeNull();
  });
});

describe('the content script', () => {
  test('may ask for a code, as the document that the browser says it is', () => {
    const document = { tabId: 7, frameId: 0, origin: 'https://bank.example', documentId: 'D1' };
    expect(authorize(takeCode, bank, self)).toEqual({ from: 'document', message: takeCode, document });
    expect(authorize(takeCode, { ...bank, frameId: 12 }, self)).toMatchObject({
      document: { ...document, frameId: 12 },
    });
  });
  test.each<[string, Sender]>([
    ['no frame number', { ...bank, frameId: undefined }],
    ['a frame that is none', { ...bank, frameId: -1 }],
    ['no tab', { ...bank, tab: undefined }],
    ['a tab that is none', { ...bank, tab: { id: -1 } }],
    ['a sandboxed document', { ...bank, origin: 'null' }],
    ['no origin', { ...bank, origin: undefined }],
    ['an origin that is not the address’s', { ...bank, url: 'https://evil.example/' }],
    ['plain http', { ...bank, url: 'http://bank.example/', origin: 'http://bank.example' }],
    ['a file', { ...bank, url: 'file:///home/x.html', origin: 'file://' }],
    ['a blank page', { ...bank, url: 'about:blank', origin: 'null' }],
    ['data', { ...bank, url: 'data:text/html,x', origin: 'null' }],
    ['a page that is rendered in advance', { ...bank, documentLifecycle: 'prerender' }],
    ['another extension’s id', { ...bank, id: 'ponmlkjihgfedcba' }],
    ['our own popup', popup],
  ])('in %s may not', (_, sender) => {
    expect(authorize(takeCode, sender, self)).toBeNull();
  });
  test('may send none of our pages’ messages', () => {
    for (const name of ['getState', 'closeVault', 'getSettings']) {
      expect(authorize({ name, request: {} }, bank, self)).toBeNull();
    }
    expect(authorize({ name: 'getCode', request: { tokenId: 'x' } }, bank, self)).toBeNull();
    expect(authorize({ name: 'openVault', request: { lockCode: '1' } }, bank, self)).toBeNull();
    expect(authorize({ name: 'fillPage', request: { tokenId: 'x', tabId: 7 } }, bank, self)).toBeNull();
  });
});

describe('a message', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'getState'],
    ['an unknown name', { name: 'getSeed', request: {} }],
    ['a name of every object', { name: 'constructor', request: {} }],
    ['a name of another kind', { name: 1, request: {} }],
    ['no request', { name: 'getState' }],
    ['a field too many', { name: 'getState', request: {}, origin: 'https://bank.example' }],
    ['a field too many in the request', { name: 'getState', request: { tokenId: 'x' } }],
    ['a wrong value', { name: 'fillPage', request: { tokenId: 'x', tabId: '7' } }],
    ['a missing value', { name: 'fillPage', request: { tokenId: 'x' } }],
    ['a lock without a code', { name: 'setUp', request: { lock: {} } }],
    ['a setting out of range', { name: 'putSettings', request: { closeAfterMinutes: 100_000 } }],
    ['an unknown setting', { name: 'putSettings', request: { lock: 'off' } }],
  ])('with %s is refused', (_, message) => {
    expect(authorize(message, popup, self)).toBeNull();
  });
  const credentialId = Buffer.alloc(1023, 7).toString('base64');
  const secret = Buffer.alloc(32, 7).toString('base64');
  const setUp = { address: 'https://otp.example', serviceId: '1001', userId: 'X', activationPassword: '583920' };
  test.each([
    ['a lock code as full-width digits with spaces', 'openVault', { lockCode: '４ '.repeat(32) }],
    ['the longest name of a passkey', 'openVault', { passkey: { credentialId, secret } }],
    ['the shortest one', 'proveKey', { key: { passkey: { credentialId: 'AAAA', secret } } }],
    ['a text of 50 letters behind a name', 'renameToken', { tokenId: 'x', suffix: '経'.repeat(50) }],
    ['the first place', 'moveToken', { tokenId: 'x', place: 0 }],
    ['a clock that is slow', 'correctClock', { tokenId: 'x', correctionMs: -60_000 }],
    ['a whole mail', 'checkVerifier', { address: 'い'.repeat(10_000) }],
    ['the shortest time', 'putSettings', { closeAfterMinutes: 1 }],
    ['the longest time', 'putSettings', { closeAfterMinutes: 60 }],
    ['no time', 'putSettings', { closeAfterMinutes: null }],
    ['the browser’s language', 'putSettings', { language: 'auto' }],
    ['one rule', 'setLockRules', { key: { lockCode: '1' }, rules: { eraseAfterTries: true } }],
    ['a first token', 'setUp', { ...setUp, lock: { create: '1' }, attempt: crypto.randomUUID() }],
    ['a token in place of another', 'setUp', { ...setUp, lock: null, sameUser: 'replace' }],
    ['a token beside another', 'setUp', { ...setUp, lock: { open: '1' }, sameUser: 'keepBoth' }],
  ])('with %s is a person’s', (_, name, request) => {
    expect(authorize({ name, request }, popup, self)).toMatchObject({ message: { name, request } });
  });
  test.each([0, 61, 1.5])('with %s minutes until the vault closes is refused', (closeAfterMinutes) => {
    expect(authorize({ name: 'putSettings', request: { closeAfterMinutes } }, popup, self)).toBeNull();
  });
  test('of any shape never throws, and passes only under a name of its sender’s and as it was sent', () => {
    const ours = ['getState', 'openVault', 'removeToken', 'markRevoked', 'fillPage', 'putSettings'];
    const theirs = ['getField', 'takeCode'];
    const name = fc.constantFrom(...ours, ...theirs, 'getSeed', '__proto__', 'toString');
    const right = fc.oneof(
      fc.constantFrom({}, { lockCode: '1' }, { tokenId: 'x' }, { tokenId: 'x', tabId: 7 }),
      fc.constantFrom({ tokenId: 'x', revoked: true }, { checkClock: false, language: 'ja' }),
    );
    const request = fc.oneof(fc.anything(), right);
    const message = fc.oneof(fc.anything(), fc.record({ name, request }, { noNullPrototype: true }));
    const passed = new Set<string>();
    fc.assert(
      fc.property(message, fc.constantFrom(popup, bank), (message, sender) => {
        const taken = authorize(message, sender, self);
        if (taken === null) return;
        expect(taken.from).toBe(sender === popup ? 'ownPage' : 'document');
        expect(sender === popup ? ours : theirs).toContain(taken.message.name);
        expect(taken.message).toStrictEqual(message);
        passed.add(taken.message.name);
      }),
      { numRuns: 10_000 },
    );
    expect([...passed].sort()).toEqual([...ours, ...theirs].sort());
  }, 60_000);
  test('passes from the senders that may send it and from no other', () => {
    const web = ['https://bank.example', 'http://localhost:3000'];
    const own = 'chrome-extension://abcdefghijklmnop';
    const origin = fc.constantFrom(...web, own, 'http://bank.example', 'null', '', undefined);
    const address = origin.map((origin) => origin && `${origin}/popup.html`);
    const sender = fc.record({
      id: fc.oneof({ weight: 4, arbitrary: fc.constant(self.id) }, fc.constantFrom('x', undefined)),
      url: fc.oneof({ weight: 4, arbitrary: address }, fc.webUrl()),
      origin,
      frameId: fc.constantFrom(-1, 0, 1, 12, undefined),
      documentLifecycle: fc.constantFrom('active', 'prerender', 'cached', undefined),
      tab: fc.constantFrom({ id: 7 }, { id: 0 }, { id: -1 }, {}, undefined),
    });
    const passed = { takeCode: 0, getState: 0 };
    fc.assert(
      fc.property(fc.constantFrom(takeCode, getState), sender, (message, sender) => {
        const { id, url, origin, frameId, documentLifecycle, tab } = sender;
        const tabId = tab !== undefined && 'id' in tab ? tab.id : -1;
        const may =
          message === takeCode
            ? id === self.id &&
              web.some((one) => origin === one && url?.startsWith(`${one}/`)) &&
              [0, 1, 12].includes(frameId ?? -1) &&
              [0, 7].includes(tabId) &&
              ['active', undefined].includes(documentLifecycle)
            : id === self.id &&
              url?.startsWith(`${own}/`) === true &&
              [own, undefined].includes(origin) &&
              [0, undefined].includes(frameId);
        if (may) passed[message === takeCode ? 'takeCode' : 'getState']++;
        return (authorize(message, sender, self) !== null) === may;
      }),
      { numRuns: 20_000 },
    );
    expect(Math.min(passed.takeCode, passed.getState)).toBeGreaterThan(5);
  }, 60_000);
  test('of the content script with an origin in it is refused', () => {
    expect(authorize({ name: 'takeCode', request: { origin: 'https://bank.example' } }, bank, self)).toBeNull();
  });
});

describe('a document', () => {
  const origins = ['https://bank.example', 'https://xn--bnk-sna.example', 'http://localhost:3000'];
  test.each(['https://bank.example', 'https://xn--bnk-sna.example', 'http://localhost:3000'])(
    'of %s is filled',
    (origin) => {
      expect(isOfToken({ origin }, origins)).toBe(true);
    },
  );
  test.each([
    'https://www.bank.example',
    'https://bank.example.evil.example',
    'https://evilbank.example',
    'https://example',
    'https://bank.example:8443',
    'http://bank.example',
    'https://bank.example.',
    'https://BANK.example',
    'https://bank.example/',
    'https://xn--bank-sna.example',
    'https://bаnk.example',
    'http://localhost',
    'http://localhost:3001',
    'https://localhost:3000',
    'http://127.0.0.1:3000',
    'null',
    '',
  ])('of %j is not', (origin) => {
    expect(isOfToken({ origin }, origins)).toBe(false);
  });
  test('of plain http elsewhere is not, though the token names it', () => {
    expect(isOfToken({ origin: 'http://bank.example' }, ['http://bank.example'])).toBe(false);
    expect(isOfToken({ origin: 'null' }, ['null'])).toBe(false);
  });
});
