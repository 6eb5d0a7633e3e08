import { describe, expect, test } from 'vitest';
import { createFilling } from '../../extension/filling.ts';
import type { FillOutcome } from '../../extension/messages.ts';
import { lockCode, Profile, token } from './support.ts';

const here = { tabId: 7, origin: 'https://bank.example', documentId: 'D1' };

/** One tab, as the browser tells of it, and what its content script does with a fill request. */
async function start(changes: Partial<typeof token> = {}) {
  const profile = new Profile();
  const vault = await profile.startVault();
  await vault.create(lockCode);
  const added = await vault.add({ ...token, ...changes });
  if (!added.ok) throw new Error(added.reason);
  const tab: {
    origin: string | null;
    injectable: boolean;
    documentId: string | null;
    onFill: () => Promise<FillOutcome>;
  } = {
    origin: here.origin,
    injectable: true,
    documentId: here.documentId,
    onFill: async () => 'noField',
  };
  const slept: number[] = [];
  const filling = createFilling({
    vault,
    clock: () => profile.nowMs,
    sleep: async (ms) => {
      slept.push(ms);
      profile.nowMs += ms;
    },
    pages: {
      originOf: async () => tab.origin,
      inject: async () => (tab.injectable ? { documentId: tab.documentId } : null),
      send: async () => tab.onFill(),
    },
  });
  return { profile, vault, tokenId: added.value, tab, filling, slept };
}

describe('a fill that the person asked for', () => {
  test('gives the document one code, and only one', async () => {
    const { vault, tokenId, tab, filling } = await start();
    const answers: unknown[] = [];
    tab.onFill = async () => {
      answers.push(await filling.takeCode(here), await filling.takeCode(here));
      return 'filled';
    };
    expect(await filling.fillPage(tokenId, 7)).toBe('filled');
    expect(answers).toEqual([{ outcome: 'code', code: (await vault.code(tokenId))?.code }, { outcome: 'none' }]);
  });

  test('leaves no right to a code behind', async () => {
    const { tokenId, filling } = await start();
    expect(await filling.fillPage(tokenId, 7)).toBe('noField');
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
  });

  test('gives nothing to a document nobody asked for', async () => {
    const { filling } = await start();
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
    expect(await filling.getField(here)).toEqual({ outcome: 'none' });
  });

  test.each([
    ['another document of the tab', { ...here, documentId: 'D2' }],
    ['another origin', { ...here, origin: 'https://www.bank.example', documentId: null }],
    ['another tab', { ...here, tabId: 8 }],
  ])('gives nothing to %s', async (_, document) => {
    const { tokenId, tab, filling } = await start();
    let answer: unknown;
    tab.onFill = async () => {
      answer = await filling.takeCode(document);
      return 'failed';
    };
    await filling.fillPage(tokenId, 7);
    expect(answer).toEqual({ outcome: 'none' });
  });

  test('gives nothing where the tab went elsewhere in between', async () => {
    const { tokenId, tab, filling } = await start();
    let answer: unknown;
    tab.onFill = async () => {
      tab.origin = 'https://evil.example';
      answer = await filling.takeCode(here);
      return 'failed';
    };
    await filling.fillPage(tokenId, 7);
    expect(answer).toEqual({ outcome: 'none' });
  });

  test.each([
    ['notThisPage', { origin: 'https://evil.example' }],
    ['notThisPage', { origin: 'https://bank.example:8443' }],
    ['noPermission', { origin: null }],
    ['noPermission', { injectable: false }],
  ] as const)('answers %s for %j', async (outcome, changes) => {
    const { tokenId, tab, filling } = await start();
    Object.assign(tab, changes);
    expect(await filling.fillPage(tokenId, 7)).toBe(outcome);
  });

  test('answers vaultClosed where it is, and failed where the page is gone', async () => {
    const { vault, tokenId, tab, filling } = await start();
    tab.onFill = () => Promise.reject(new Error('Could not establish connection'));
    expect(await filling.fillPage(tokenId, 7)).toBe('failed');
    await vault.close();
    expect(await filling.fillPage(tokenId, 7)).toBe('vaultClosed');
  });

  test('works in a browser that does not number documents', async () => {
    const { tokenId, tab, filling } = await start();
    tab.documentId = null;
    tab.onFill = async () =>
      (await filling.takeCode({ ...here, documentId: null })).outcome === 'code' ? 'filled' : 'failed';
    expect(await filling.fillPage(tokenId, 7)).toBe('filled');
  });
});

describe('a fill by itself', () => {
  test('comes from the one token of that origin that is switched on', async () => {
    const { vault, tokenId, filling } = await start();
    await vault.setAutofill(tokenId, true);
    expect(await filling.getField(here)).toEqual({ outcome: 'look', digits: 8, fieldHints: [] });
    expect(await filling.takeCode(here)).toMatchObject({ outcome: 'code' });
    expect(await filling.takeCode({ ...here, origin: 'https://www.bank.example' })).toEqual({ outcome: 'none' });
  });

  test('does not choose between two', async () => {
    const { vault, tokenId, filling } = await start();
    await vault.setAutofill(tokenId, true);
    const second = await vault.add({ ...token, userId: 'OTHER' });
    if (!second.ok) throw new Error(second.reason);
    expect(await filling.takeCode(here)).toMatchObject({ outcome: 'code' });
    await vault.setAutofill(second.value, true);
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
  });

  test('needs an open vault, and does not keep it open', async () => {
    const { profile, vault, tokenId, filling } = await start();
    await vault.setAutofill(tokenId, true);
    profile.nowMs += profile.closeAfterMs - 10_000;
    expect(await filling.takeCode(here)).toMatchObject({ outcome: 'code' });
    profile.nowMs += 10_000;
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
  });

  test('spares an expired token', async () => {
    const { profile, vault, tokenId, filling } = await start({ expiresAtMs: Date.parse('2026-11-21T09:01:00+09:00') });
    await vault.setAutofill(tokenId, true);
    expect(await filling.takeCode(here)).toMatchObject({ outcome: 'code' });
    profile.nowMs += 60_000;
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
  });
});

describe('a code in its last seconds', () => {
  test('is filled while 3 seconds remain, and otherwise the next one when it is its turn', async () => {
    const { profile, vault, tokenId, filling, slept } = await start();
    await vault.setAutofill(tokenId, true);
    profile.nowMs += 57_000;
    const current = await vault.code(tokenId);
    expect(await filling.takeCode(here)).toEqual({ outcome: 'code', code: current?.code });
    profile.nowMs += 1;
    expect(await filling.takeCode(here)).toEqual({ outcome: 'code', code: current?.next });
    expect(slept).toEqual([2999]);
  });

  test('is not filled where the vault was closed meanwhile', async () => {
    const { profile, vault, tokenId, filling } = await start();
    await vault.setAutofill(tokenId, true);
    profile.nowMs += 59_000;
    profile.closeAfterMs = 59_500;
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
  });
});
