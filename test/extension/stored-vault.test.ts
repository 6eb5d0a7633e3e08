import 'fake-indexeddb/auto';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { Profile } from './support.ts';

/**
 * What version 0.1.0 wrote, as it lies on customers' disks: whatever changes in the extension, this opens. The seed is
 * made up. The second token is of a version that knew neither clocks nor defaults nor marks. Never write this file anew.
 */
const stored = JSON.parse(readFileSync(new URL('./stored-vault.json', import.meta.url), 'utf8'), (_, value) =>
  typeof value === 'string' && value.startsWith('base64:')
    ? Uint8Array.from(Buffer.from(value.slice(7), 'base64'))
    : value,
) as Readonly<Record<'tokens' | 'tries' | 'slotsLockOn' | 'slotsLockOff', readonly object[]>>;

const lockCode = '481516234208';
const counted = (from: number) => Uint8Array.from({ length: 32 }, (_, index) => (index * 7 + from) % 256);
/** Of both tokens at 9:01, by oathtool. */
const code = '34415226';
const passkey = { credentialId: counted(1), secret: counted(3) };

/** Written without the extension's own code, which may have changed. */
function write(slots: readonly object[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('shirushi', 1);
    opening.onerror = () => reject(opening.error);
    opening.onupgradeneeded = () => {
      for (const name of ['slots', 'tokens', 'tries']) opening.result.createObjectStore(name, { keyPath: 'id' });
    };
    opening.onsuccess = () => {
      const writing = opening.result.transaction(['slots', 'tokens', 'tries'], 'readwrite');
      const rows = { slots, tokens: stored.tokens, tries: stored.tries };
      for (const [name, each] of Object.entries(rows)) for (const row of each) writing.objectStore(name).put(row);
      writing.oncomplete = () => {
        opening.result.close();
        resolve();
      };
    };
  });
}

describe('a vault that this version did not write', () => {
  let profile: Profile;
  beforeEach(() => {
    profile = new Profile();
    profile.nowMs = Date.parse('2026-11-21T09:01:00+09:00');
  });

  test.each([
    ['with its lock code', lockCode],
    ['with its passkey', passkey],
  ])('opens %s, with all of its tokens', async (_, key) => {
    await write(stored.slotsLockOn);
    const vault = await profile.startVault();
    expect(await vault.view(true)).toMatchObject({ state: 'closed', on: true, tokens: [], damaged: [] });
    expect(await vault.open('0000')).toMatchObject({ outcome: 'wrong', failures: 2 });
    profile.nowMs += 2000;
    expect(await vault.open(key)).toEqual({ outcome: 'opened' });
    const { tokens, damaged, codes, passkeys } = await vault.view(true);
    expect(damaged).toEqual([]);
    expect(passkeys.map(({ addedAtMs }) => addedAtMs)).toEqual([Date.parse('2026-11-21T09:00:00+09:00')]);
    const clock = { differenceMs: 1200, checkedAtMs: Date.parse('2026-11-21T09:00:00+09:00'), correctionMs: 0 };
    const both = { serviceId: '1001', digits: 8, periodSeconds: 60, origins: ['https://bank.example'], revoked: false };
    expect(tokens).toMatchObject([
      { ...both, userId: 'K7QZ2M9XW4RT', name: { ja: '成協信用組合経理' }, verifier: 'https://otp.example', clock },
      { ...both, userId: 'EARLIER', name: { ja: '成協信用組合_2' }, verifier: null, clock: null, autofill: true },
    ]);
    expect(tokens.map(({ id }) => codes.get(id)?.code)).toEqual([code, code]);
  });

  test('with the lock off, is open', async () => {
    await write(stored.slotsLockOff);
    const vault = await profile.startVault();
    const { on, state, damaged, codes } = await vault.view(true);
    expect({ on, state, damaged }).toEqual({ on: false, state: 'open', damaged: [] });
    expect([...codes.values()].map((each) => each.code)).toEqual([code, code]);
  });
});
