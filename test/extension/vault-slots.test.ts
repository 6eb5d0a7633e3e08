import { argon2id } from 'hash-wasm';
import { describe, expect, test } from 'vitest';
import { randomBytes } from '../../extension/bytes.ts';
import {
  calibrateCost,
  makeLockCodeSlot,
  makePasskeySlot,
  maximumCost,
  minimumCost,
  newMasterKey,
  openLockCodeSlot,
  openPasskeySlot,
} from '../../extension/vault-slots.ts';

describe('a lock-code slot', () => {
  test('opens with its code and no other', async () => {
    const masterKey = newMasterKey();
    const slot = await makeLockCodeSlot(masterKey, '1357', minimumCost);
    expect(await openLockCodeSlot(slot, '1357')).toEqual(masterKey);
    expect(await openLockCodeSlot(slot, '1358')).toBeNull();
    expect(await openLockCodeSlot(slot, '01357')).toBeNull();
  });

  test('does not open under another id, key, version, kind, salt or cost', async () => {
    const slot = await makeLockCodeSlot(newMasterKey(), '1357', minimumCost);
    expect(await openLockCodeSlot({ ...slot, id: 'other' }, '1357')).toBeNull();
    expect(await openLockCodeSlot({ ...slot, salt: randomBytes(16) }, '1357')).toBeNull();
    expect(await openLockCodeSlot({ ...slot, passes: 3 }, '1357')).toBeNull();
    expect(await openLockCodeSlot({ ...slot, keyId: 'other' }, '1357')).toBeNull();
    expect(await openLockCodeSlot({ ...slot, version: 2 as never }, '1357')).toBeNull();
    expect(await openLockCodeSlot({ ...slot, kind: 'passkey' as never }, '1357')).toBeNull();
  });

  test('refuses a cost below the least or above the most', async () => {
    const slot = await makeLockCodeSlot(newMasterKey(), '1357', minimumCost);
    for (const part of ['memoryKib', 'passes'] as const) {
      for (const cost of [minimumCost[part] - 1, maximumCost[part] + 1]) {
        await expect(openLockCodeSlot({ ...slot, [part]: cost }, '1357')).rejects.toThrow(RangeError);
      }
    }
    await expect(openLockCodeSlot({ ...slot, passes: Number.NaN }, '1357')).rejects.toThrow(RangeError);
  });

  test('is derived by Argon2id of RFC 9106', async () => {
    // Section 5.3 has a secret and associated data: without them, the reference implementation's own vector.
    const tag = await argon2id({
      password: 'password',
      salt: 'somesalt',
      parallelism: 1,
      iterations: 2,
      memorySize: 65536,
      hashLength: 32,
    });
    expect(tag).toBe('09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7');
  });
});

test('a passkey’s slot never wraps twice under one nonce, and its master key has 32 bytes', async () => {
  const masterKey = newMasterKey();
  expect(masterKey.raw).toHaveLength(32);
  const passkey = { credentialId: randomBytes(32), salt: randomBytes(32), secret: randomBytes(32) };
  const slots = [await makePasskeySlot(masterKey, passkey, 0), await makePasskeySlot(masterKey, passkey, 0)];
  expect(slots[0]?.iv).not.toEqual(slots[1]?.iv);
  for (const slot of slots) expect(await openPasskeySlot(slot, passkey.secret)).toEqual(masterKey);
});

describe('the cost', () => {
  const cost = (minimumMs: number) => calibrateCost(async () => minimumMs);
  test('never falls below 19 MiB and two passes on a slow computer', async () => {
    expect(await cost(5000)).toEqual(minimumCost);
  });
  test('takes memory first', async () => {
    expect(await cost(250)).toEqual({ memoryKib: 38 * 1024, passes: 2 });
  });
  test('takes passes when the memory is at its most', async () => {
    expect(await cost(50)).toEqual({ memoryKib: 64 * 1024, passes: 5 });
  });
  test('is capped on a fast one', async () => {
    expect(await cost(0)).toEqual(maximumCost);
  });
  test('can be measured here', async () => {
    const { memoryKib, passes } = await calibrateCost();
    expect(memoryKib).toBeGreaterThanOrEqual(minimumCost.memoryKib);
    expect(passes).toBeGreaterThanOrEqual(minimumCost.passes);
  });
});
