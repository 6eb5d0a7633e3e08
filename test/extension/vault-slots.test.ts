import { argon2id } from 'hash-wasm';
import { describe, expect, test } from 'vitest';
import { randomBytes } from '../../extension/bytes.ts';
import {
  calibrateCost,
  makeLockCodeSlot,
  maximumCost,
  minimumCost,
  newMasterKey,
  openLockCodeSlot,
} from '../../extension/vault-slots.ts';

describe('a lock-code slot', () => {
  test('opens with its code and no other', async () => {
    const masterKey = newMasterKey();
    const slot = await makeLockCodeSlot(masterKey, '1357', minimumCost);
    expect(await openLockCodeSlot(slot, '1357')).toEqual(masterKey);
    expect(await openLockCodeSlot(slot, '1358')).toBeNull();
    expect(await openLockCodeSlot(slot, '01357')).toBeNull();
  });

  test('does not open under another id, salt or cost', async () => {
    const slot = await makeLockCodeSlot(newMasterKey(), '1357', minimumCost);
    expect(await openLockCodeSlot({ ...slot, id: 'other' }, '1357')).toBeNull();
    expect(await openLockCodeSlot({ ...slot, salt: randomBytes(16) }, '1357')).toBeNull();
    expect(await openLockCodeSlot({ ...slot, passes: 3 }, '1357')).toBeNull();
  });

  test('refuses a cost below the least or above the most', async () => {
    const slot = await makeLockCodeSlot(newMasterKey(), '1357', minimumCost);
    await expect(openLockCodeSlot({ ...slot, passes: 1 }, '1357')).rejects.toThrow(RangeError);
    await expect(openLockCodeSlot({ ...slot, memoryKib: 4_000_000 }, '1357')).rejects.toThrow(RangeError);
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
