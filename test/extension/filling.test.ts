import { describe, expect, test, vi } from 'vitest';
import { createFilling, leastRemainingMs } from '../../extension/filling.ts';
import type { Frame } from '../../extension/frames.ts';
import type { FillOutcome, FoundPlace } from '../../extension/messages.ts';
import { lockCode, Profile, token } from './support.ts';

const here = { tabId: 7, frameId: 0, origin: 'https://bank.example', documentId: 'D1' };
const page: Frame = { ...here, path: [], usable: [0] };
const inside: Frame = { ...here, frameId: 5, documentId: 'D5', path: [0], usable: [] };

/** One tab, as the browser tells of it, and what its content scripts do with a fill request. */
async function start(changes: Partial<typeof token> = {}) {
  const profile = new Profile();
  const vault = await profile.startVault();
  await vault.create(lockCode);
  const added = await vault.add({ ...token, ...changes });
  if (!added.ok) throw new Error(added.reason);
  const tab: {
    origin: string | null;
    frames: Frame[];
    isLoading: boolean;
    onFrames: () => void;
    /** How often the tab was told to look again. */
    looks: number;
    /** Frames with a place for the code. */
    places: number[];
    /** Frames with a place that was filled before. */
    held: number[];
    /** Frames that are gone when they are asked. */
    gone: number[];
    onFill: (frameId: number) => Promise<FillOutcome>;
  } = {
    origin: here.origin,
    frames: [{ ...page, usable: [] }],
    isLoading: false,
    onFrames: () => {},
    looks: 0,
    places: [0],
    held: [],
    gone: [],
    onFill: async () => 'failed',
  };
  const filling = createFilling({
    vault,
    clock: () => profile.nowMs,
    sleep: () => new Promise((resolve) => setTimeout(resolve)),
    pages: {
      originOf: async () => tab.origin,
      frames: async () => {
        tab.onFrames();
        return tab.frames;
      },
      isLoading: async () => tab.isLoading,
      look: async () => {
        tab.looks += 1;
      },
      point: async () => {},
      find: async ({ frameId }): Promise<FoundPlace> => {
        if (tab.gone.includes(frameId)) throw new Error('Could not establish connection');
        return tab.places.includes(frameId) ? 'free' : tab.held.includes(frameId) ? 'held' : 'none';
      },
      fill: async ({ frameId }) => tab.onFill(frameId),
    },
  });
  return { profile, vault, tokenId: added.value, tab, filling };
}

describe('a fill that the person asked for', () => {
  test('gives the document one code, and only one', async () => {
    const { vault, tokenId, tab, filling } = await start();
    const answers: unknown[] = [];
    tab.onFill = async () => {
      answers.push(await filling.takeCode(here), await filling.takeCode(here));
      return 'filled';
    };
    expect(await filling.fillPage(tokenId, 7, null)).toEqual({ outcome: 'filled' });
    expect(answers).toEqual([{ outcome: 'code', code: (await vault.code(tokenId))?.code }, { outcome: 'none' }]);
  });

  test('leaves no right to a code behind', async () => {
    const { tokenId, filling } = await start();
    expect(await filling.fillPage(tokenId, 7, null)).toEqual({ outcome: 'failed' });
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
  });

  test('has its right used up by whatever document of the tab asks first', async () => {
    const { tokenId, tab, filling } = await start();
    const answers: unknown[] = [];
    tab.onFill = async () => {
      answers.push(await filling.takeCode({ ...here, frameId: 3 }), await filling.takeCode(here));
      return 'failed';
    };
    await filling.fillPage(tokenId, 7, null);
    expect(answers).toEqual([{ outcome: 'none' }, { outcome: 'none' }]);
  });

  test('keeps its right to a code where one before it on the same page ends', async () => {
    const { tokenId, tab, filling } = await start();
    const [asked, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<FillOutcome>()];
    tab.onFill = () => {
      asked.resolve();
      return ended.promise;
    };
    const first = filling.fillPage(tokenId, 7, null);
    await asked.promise;
    tab.onFill = async () => {
      ended.resolve('failed');
      await first;
      return (await filling.takeCode(here)).outcome === 'code' ? 'filled' : 'failed';
    };
    expect(await filling.fillPage(tokenId, 7, null)).toEqual({ outcome: 'filled' });
  });

  test('gives nothing to a document nobody asked for', async () => {
    const { filling } = await start();
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
    expect(await filling.getField(here)).toEqual({ outcome: 'none' });
  });

  test.each([
    ['another document of the tab', { ...here, documentId: 'D2' }],
    ['another frame of the tab', { ...here, frameId: 3 }],
    ['another origin', { ...here, origin: 'https://www.bank.example', documentId: null }],
    ['another tab', { ...here, tabId: 8 }],
  ])('gives nothing to %s', async (_, document) => {
    const { tokenId, tab, filling } = await start();
    let answer: unknown;
    tab.onFill = async () => {
      answer = await filling.takeCode(document);
      return 'failed';
    };
    await filling.fillPage(tokenId, 7, null);
    expect(answer).toEqual({ outcome: 'none' });
  });

  test('gives nothing to another of the token’s origins than the one that was asked for', async () => {
    const other = 'https://otp.bank.example';
    const { tokenId, tab, filling } = await start({ origins: [here.origin, other] });
    tab.frames = [{ ...page, documentId: null, usable: [] }];
    let answer: unknown;
    tab.onFill = async () => {
      tab.origin = other;
      answer = await filling.takeCode({ ...here, documentId: null, origin: other });
      return 'failed';
    };
    await filling.fillPage(tokenId, 7, null);
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
    await filling.fillPage(tokenId, 7, null);
    expect(answer).toEqual({ outcome: 'none' });
  });

  test.each([
    ['notThisPage', { origin: 'https://evil.example' }],
    ['notThisPage', { origin: 'https://bank.example:8443' }],
    ['noPermission', { origin: null }],
    ['noPermission', { frames: [] }],
    ['noField', { places: [] }],
  ] as const)('answers %s for %j', async (outcome, changes) => {
    const { tokenId, tab, filling } = await start();
    Object.assign(tab, changes);
    expect(await filling.fillPage(tokenId, 7, null)).toEqual({ outcome });
  });

  test('answers vaultClosed where it is, and failed where the page is gone', async () => {
    const { vault, tokenId, tab, filling } = await start();
    tab.onFill = () => Promise.reject(new Error('Could not establish connection'));
    expect(await filling.fillPage(tokenId, 7, null)).toEqual({ outcome: 'failed' });
    await vault.close();
    expect(await filling.fillPage(tokenId, 7, null)).toEqual({ outcome: 'vaultClosed' });
  });

  test('answers notThisField where the frame that was pointed into has no place', async () => {
    const { tokenId, tab, filling } = await start();
    Object.assign(tab, { frames: [page, inside], places: [0] });
    expect(await filling.fillPage(tokenId, 7, 5)).toEqual({ outcome: 'notThisField' });
  });

  test.each([
    ['does not number documents', null],
    ['numbers those alone that ask', 'D1'],
  ])('works in a browser that %s', async (_, documentId) => {
    const { tokenId, tab, filling } = await start();
    tab.frames = [{ ...page, documentId: null }];
    tab.onFill = async () =>
      (await filling.takeCode({ ...here, documentId })).outcome === 'code' ? 'filled' : 'failed';
    expect(await filling.fillPage(tokenId, 7, null)).toEqual({ outcome: 'filled' });
  });
});

describe('frames', () => {
  async function filledFrame(
    frames: Frame[],
    places: number[],
    origins = token.origins,
    held: number[] = [],
  ): Promise<number | string> {
    const { tokenId, tab, filling } = await start({ origins: [...origins] });
    Object.assign(tab, { frames, places, held });
    let filled: number | null = null;
    tab.onFill = async (frameId) => {
      const frame = frames.find((each) => each.frameId === frameId);
      if (frame === undefined) return 'failed';
      if ((await filling.takeCode(frame)).outcome !== 'code') return 'failed';
      filled = frameId;
      return 'filled';
    };
    const { outcome } = await filling.fillPage(tokenId, 7, null);
    return filled ?? outcome;
  }
  const deep: Frame = { ...inside, frameId: 6, documentId: 'D6', path: [0, 0] };
  const withDeep: Frame = { ...inside, usable: [0] };

  test('of the token are filled, however deep', async () => {
    expect(await filledFrame([page, inside], [5])).toBe(5);
    expect(await filledFrame([page, withDeep, deep], [6])).toBe(6);
  });
  test('of another of the token’s origins are filled', async () => {
    const other = { ...inside, origin: 'https://otp.bank.example' };
    expect(await filledFrame([page, other], [5], ['https://bank.example', 'https://otp.bank.example'])).toBe(5);
  });
  test.each<[string, Frame[]]>([
    ['of another origin', [page, { ...inside, origin: 'https://evil.example' }]],
    ['behind a document of another origin', [page, { ...withDeep, origin: 'https://evil.example' }, deep]],
    ['behind a document that we may not enter', [page, deep]],
    ['that are sandboxed or not shown', [{ ...page, usable: [] }, inside]],
    ['in a frame that is not shown', [{ ...page, usable: [] }, withDeep, deep]],
    ['that stand in no place', [page, { ...inside, path: [-1] }]],
    ['in a page of another origin', [{ ...page, origin: 'https://evil.example' }, inside]],
  ])('%s are not, nor even asked to', async (_, frames) => {
    expect(await filledFrame(frames, [5, 6])).toBe('noField');
  });
  test('are a choice where two have a place', async () => {
    expect(await filledFrame([page, inside], [0, 5])).toBe('noField');
    expect(await filledFrame([page, withDeep, deep], [0, 5], token.origins, [6])).toBe('noField');
  });
  test('with a free place come before one that was filled before, which is asked where nothing is free', async () => {
    expect(await filledFrame([page, inside], [5], token.origins, [0])).toBe(5);
    expect(await filledFrame([page, inside], [], token.origins, [0])).toBe(0);
    expect(await filledFrame([page, inside], [], token.origins, [0, 5])).toBe('noField');
  });
  test('that are gone when they are asked are no choice', async () => {
    const { tokenId, tab, filling } = await start();
    Object.assign(tab, { frames: [page, inside], gone: [5] });
    tab.onFill = async (frameId) => (frameId === 0 ? 'filled' : 'failed');
    expect(await filling.fillPage(tokenId, 7, null)).toEqual({ outcome: 'filled' });
  });
  test('that went to another of the token’s origins meanwhile get nothing, in a browser that does not number documents', async () => {
    const other = 'https://otp.bank.example';
    const { vault, tokenId, tab, filling } = await start({ origins: [here.origin, other] });
    await vault.setAutofill(tokenId, true);
    const asking = { ...inside, documentId: null };
    Object.assign(tab, { frames: [{ ...page, documentId: null }, asking], places: [5] });
    expect(await filling.takeCode(asking)).toMatchObject({ outcome: 'code' });
    tab.frames = [
      { ...page, documentId: null },
      { ...asking, origin: other },
    ];
    expect(await filling.takeCode(asking)).toEqual({ outcome: 'none' });
  });

  test('fill by themselves under the same rules', async () => {
    const { vault, tokenId, tab, filling } = await start();
    await vault.setAutofill(tokenId, true);
    Object.assign(tab, { frames: [page, inside], places: [5] });
    expect(await filling.getField(inside)).toMatchObject({ outcome: 'look' });
    expect(await filling.takeCode(inside)).toMatchObject({ outcome: 'code' });
    for (const places of [[0, 5], [0], []]) {
      tab.places = places;
      expect(await filling.takeCode(inside)).toEqual({ outcome: 'none' });
    }
    Object.assign(tab, { frames: [{ ...page, usable: [] }, inside], places: [5] });
    expect(await filling.takeCode(inside)).toEqual({ outcome: 'none' });
  });

  test('that are not shown yet look for their field, and get a code once they are', async () => {
    const { vault, tokenId, tab, filling } = await start();
    await vault.setAutofill(tokenId, true);
    Object.assign(tab, { isLoading: true, frames: [{ ...page, usable: [] }, inside], places: [5] });
    expect(await filling.getField(inside)).toMatchObject({ outcome: 'look' });
    expect(await filling.takeCode(inside)).toEqual({ outcome: 'none' });
    Object.assign(tab, { isLoading: false, frames: [page, inside] });
    expect(await filling.takeCode(inside)).toMatchObject({ outcome: 'code' });
  });
});

describe('a fill by itself', () => {
  test('comes after the page has loaded frames that may ask too, and at once where there are none', async () => {
    const { vault, tokenId, tab, filling } = await start();
    await vault.setAutofill(tokenId, true);
    tab.isLoading = true;
    expect(await filling.takeCode(here)).toMatchObject({ outcome: 'code' });
    for (const asking of [page, inside]) {
      Object.assign(tab, { isLoading: true, frames: [page, inside], places: [asking.frameId], looks: 0 });
      expect(await filling.takeCode(asking)).toEqual({ outcome: 'none' });
      expect(await filling.takeCode(asking)).toEqual({ outcome: 'none' });
      expect(tab.looks).toBe(0);
      tab.isLoading = false;
      await vi.waitFor(() => expect(tab.looks).toBe(1));
      expect(await filling.takeCode(asking)).toMatchObject({ outcome: 'code' });
      tab.places = [0, 5];
      expect(await filling.takeCode(asking)).toEqual({ outcome: 'none' });
      expect(tab.looks).toBe(1);
    }
    const hidden = [{ ...page, usable: [] }, inside];
    for (const frames of [[page], hidden]) {
      Object.assign(tab, { isLoading: true, frames, places: [0] });
      expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
      // The person's own ask does not wait.
      tab.onFill = async () => ((await filling.takeCode(here)).outcome === 'code' ? 'filled' : 'failed');
      expect(await filling.fillPage(tokenId, 7, null)).toEqual({ outcome: 'filled' });
      tab.isLoading = false;
      await vi.waitFor(() => expect(tab.looks).toBeGreaterThan(0));
      tab.looks = 0;
    }
  });

  test('looks again also where loading began while the frames were listed', async () => {
    const { vault, tokenId, tab, filling } = await start();
    await vault.setAutofill(tokenId, true);
    Object.assign(tab, { frames: [page], places: [0], onFrames: () => Object.assign(tab, { isLoading: true }) });
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
    Object.assign(tab, { isLoading: false, onFrames: () => {} });
    await vi.waitFor(() => expect(tab.looks).toBe(1));
    expect(await filling.takeCode(here)).toMatchObject({ outcome: 'code' });
  });

  test('comes neither beside a frame that has a code already, nor where frames could not be listed or asked', async () => {
    const { vault, tokenId, tab, filling } = await start();
    await vault.setAutofill(tokenId, true);
    Object.assign(tab, { frames: [page, inside], places: [5], held: [0] });
    expect(await filling.takeCode(inside)).toEqual({ outcome: 'none' });
    Object.assign(tab, { held: [], gone: [0] });
    expect(await filling.takeCode(inside)).toEqual({ outcome: 'none' });
    tab.gone = [];
    expect(await filling.takeCode(inside)).toMatchObject({ outcome: 'code' });
    Object.assign(tab, { frames: [], places: [0] });
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
  });

  test('comes from the one token of that origin that is switched on', async () => {
    const { vault, tokenId, filling } = await start();
    await vault.setAutofill(tokenId, true);
    expect(await filling.getField(here)).toEqual({ outcome: 'look', digits: 8, fieldHints: [] });
    expect(await filling.takeCode(here)).toMatchObject({ outcome: 'code' });
    expect(await filling.takeCode({ ...here, origin: 'https://www.bank.example' })).toEqual({ outcome: 'none' });
  });

  test('waits, of several tokens, for the person’s choice on that origin, and keeps to it', async () => {
    const { vault, tokenId, tab, filling } = await start();
    await vault.setAutofill(tokenId, true);
    const second = await vault.add({ ...token, userId: 'OTHER' });
    if (!second.ok) throw new Error(second.reason);
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
    expect(await filling.defaultToken(here.origin)).toBeNull();
    tab.onFill = async () => 'filled';
    await filling.fillPage(second.value, 7, null);
    expect((await filling.defaultToken(here.origin))?.id).toBe(second.value);
    // The choice is not switched on to fill by itself.
    expect(await filling.takeCode(here)).toEqual({ outcome: 'none' });
    await filling.fillPage(tokenId, 7, null);
    expect(await filling.takeCode(here)).toMatchObject({ outcome: 'code', code: (await vault.code(tokenId))?.code });
  });

  test('keeps no choice from a time when there was none, and none for another origin', async () => {
    const other = 'https://otp.bank.example';
    const { vault, tokenId, tab, filling } = await start({ origins: [here.origin, other] });
    tab.onFill = async () => 'filled';
    await filling.fillPage(tokenId, 7, null);
    await vault.add({ ...token, userId: 'OTHER', origins: [here.origin, other] });
    expect(await filling.defaultToken(here.origin)).toBeNull();
    await filling.fillPage(tokenId, 7, null);
    expect((await filling.defaultToken(here.origin))?.id).toBe(tokenId);
    expect(await filling.defaultToken(other)).toBeNull();
  });

  test('gives nothing where the tab went elsewhere while it was decided', async () => {
    const { vault, tokenId, tab, filling } = await start();
    await vault.setAutofill(tokenId, true);
    const { frames } = tab;
    Object.defineProperty(tab, 'frames', {
      get: () => {
        tab.origin = 'https://evil.example';
        return frames;
      },
    });
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
  test('is not filled: 8 of 60, 5 of 30', () => {
    expect([leastRemainingMs(60), leastRemainingMs(30)]).toEqual([8000, 5000]);
  });

  test('is waited out before anything is filled', async () => {
    const { profile, vault, tokenId, tab, filling } = await start();
    await vault.setAutofill(tokenId, true);
    tab.onFill = async () => ((await filling.takeCode(here)).outcome === 'code' ? 'filled' : 'failed');
    profile.nowMs += 52_000;
    expect(await filling.takeCode(here)).toMatchObject({ outcome: 'code' });
    profile.nowMs += 1;
    expect(await filling.takeCode(here)).toEqual({ outcome: 'wait', waitMs: 7999 });
    expect(await filling.fillPage(tokenId, 7, null)).toEqual({ outcome: 'wait', waitMs: 7999 });
    profile.nowMs += 7999;
    expect(await filling.fillPage(tokenId, 7, null)).toEqual({ outcome: 'filled' });
  });
});
