import { describe, expect, test } from 'vitest';
import { createAsking } from '../../extension/asking.ts';
import { createFilling } from '../../extension/filling.ts';
import type { FoundPlace } from '../../extension/messages.ts';
import { lockCode, Profile, token } from './support.ts';

const origin = 'https://bank.example';
const pageIn = (tabId: number, ofOrigin: string | null = origin) => Promise.resolve({ tabId, origin: ofOrigin });

const otherOrigin = 'https://otp.bank.example';

/** A page of the bank in tab 7 with a place in its frame 3 and in the page itself. */
async function start(tokens: number) {
  const profile = new Profile();
  const vault = await profile.startVault();
  await vault.create(lockCode);
  const tokenIds: string[] = [];
  for (let number = 1; number <= tokens; number++) {
    const added = await vault.add({ ...token, userId: `USER${number}`, origins: [origin, otherOrigin] });
    if (added.ok) tokenIds.push(added.value);
  }
  const tab = {
    origin: origin as string | null,
    filled: [] as { frameId: number; pointed: boolean }[],
    clockStands: false,
  };
  const frame = (frameId: number, path: number[]) => ({
    tabId: 7,
    frameId,
    documentId: null,
    origin,
    path,
    usable: [0],
  });
  const pages = {
    originOf: async () => tab.origin,
    frames: async () => [frame(0, []), frame(3, [0])],
    isLoading: async () => false,
    look: async () => {},
    point: async () => {},
    find: async ({ frameId }: { frameId: number }, { pointed }: { pointed: boolean }): Promise<FoundPlace> =>
      pointed || frameId === 0 ? 'free' : 'none',
    fill: async ({ frameId }: { frameId: number }, { pointed }: { pointed: boolean }) => {
      tab.filled.push({ frameId, pointed });
      return 'filled' as const;
    },
  };
  const clock = () => profile.nowMs;
  const sleep = async (ms: number) => {
    if (!tab.clockStands) profile.nowMs += ms;
  };
  const create = () => {
    const filling = createFilling({ vault, pages, clock, sleep });
    return createAsking({ vault, filling, fill: filling.fillPage, session: profile.session, pages, clock, sleep });
  };
  return { profile, vault, tokenIds, tab, create, asking: create() };
}

describe('the shortcut', () => {
  test('fills from the page’s only token, waiting out the last seconds of a code', async () => {
    const { profile, tab, asking } = await start(1);
    profile.nowMs += 55_000;
    expect(await asking.byShortcut(7)).toBe('filled');
    expect(tab.filled).toEqual([{ frameId: 0, pointed: false }]);
    expect(profile.nowMs % 60_000).toBe(0);
  });

  test('fails where the last seconds of a code do not pass', async () => {
    const { profile, tab, asking } = await start(1);
    profile.nowMs += 55_000;
    tab.clockStands = true;
    expect(await asking.byShortcut(7)).toBe('failed');
    expect(tab.filled).toEqual([]);
  });

  test('leaves nothing to go on with where the page cannot be seen', async () => {
    const { tab, asking } = await start(1);
    tab.origin = null;
    expect(await asking.byShortcut(7)).toBe('noPermission');
    expect(await asking.isAsked(pageIn(7, null))).toBe(false);
  });

  test('takes the place of what was asked for before', async () => {
    const { vault, asking } = await start(1);
    await vault.close();
    expect(await asking.byPointing(7, 3)).toBe('vaultClosed');
    await vault.open(lockCode);
    expect(await asking.byShortcut(7)).toBe('filled');
    expect(await asking.isAsked(pageIn(7))).toBe(false);
  });

  test('asks for a choice of several tokens once, and keeps to it', async () => {
    const { tokenIds, tab, asking } = await start(2);
    expect(await asking.byShortcut(7)).toBe('choice');
    expect(await asking.isAsked(pageIn(7))).toBe(true);
    expect(await asking.inPopup(tokenIds[1] ?? '', 7)).toEqual({ outcome: 'filled' });
    expect(await asking.isAsked(pageIn(7))).toBe(false);
    expect(await asking.byShortcut(7)).toBe('filled');
    expect(tab.filled).toHaveLength(2);
  });
});

describe('a field that the person pointed at', () => {
  test('is filled in its frame', async () => {
    const { tab, asking } = await start(1);
    expect(await asking.byPointing(7, 3)).toBe('filled');
    expect(tab.filled).toEqual([{ frameId: 3, pointed: true }]);
  });

  test('is filled by the popup after the lock code, even if the background was stopped meanwhile', async () => {
    const { profile, vault, tokenIds, tab, asking, create } = await start(1);
    await vault.close();
    expect(await asking.byPointing(7, 3)).toBe('vaultClosed');
    expect(await asking.inPopup(tokenIds[0] ?? '', 7)).toEqual({ outcome: 'vaultClosed' });
    await vault.open(lockCode);
    const later = create();
    profile.nowMs += 55_000;
    expect(await later.inPopup(tokenIds[0] ?? '', 7)).toEqual({ outcome: 'wait', waitMs: 5000 });
    profile.nowMs += 5000;
    expect(await later.isAsked(pageIn(7))).toBe(true);
    expect(await later.inPopup(tokenIds[0] ?? '', 7)).toEqual({ outcome: 'filled' });
    expect(tab.filled).toEqual([{ frameId: 3, pointed: true }]);
  });

  test.each<[string, (scene: Awaited<ReturnType<typeof start>>) => void]>([
    ['after two minutes', ({ profile }) => (profile.nowMs += 120_000)],
    ['where the clock was set back', ({ profile }) => (profile.nowMs -= 1)],
    ['where the tab went to another origin', ({ tab }) => (tab.origin = 'https://evil.example')],
    ['where the tab went to another origin of the token', ({ tab }) => (tab.origin = otherOrigin)],
  ])('is forgotten %s', async (_, change) => {
    const scene = await start(2);
    expect(await scene.asking.byPointing(7, 3)).toBe('choice');
    change(scene);
    expect(await scene.asking.isAsked(pageIn(7, scene.tab.origin))).toBe(false);
    await scene.asking.inPopup(scene.tokenIds[0] ?? '', 7);
    expect(scene.tab.filled.filter(({ pointed }) => pointed)).toEqual([]);
  });

  test('is asked for in its own tab only', async () => {
    const { tokenIds, tab, asking } = await start(2);
    await asking.byPointing(7, 3);
    expect(await asking.isAsked(pageIn(8))).toBe(false);
    await asking.inPopup(tokenIds[0] ?? '', 8);
    expect(tab.filled).toEqual([{ frameId: 0, pointed: false }]);
  });
});
