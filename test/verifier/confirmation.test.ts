import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { hashConfirmation, isConfirmationRight } from '../../verifier/confirmation.ts';
import { createKeyring } from '../../verifier/keyring.ts';

const keyring = createKeyring([{ id: 'testkey1', secret: new Uint8Array(32).fill(7) }], randomBytes);
const owner = { serviceId: '1001', loginId: 'hanako' };
const password = 'correct horse';

test('many derivations at once keep nobody from the disk, which the same threads of Node’s work for', async () => {
  const stored = await hashConfirmation(owner, password, keyring, randomBytes);
  let done = 0;
  const derivations = Array.from({ length: 20 }, async (_, i) => {
    const right = await isConfirmationRight(owner, i % 2 === 0 ? password : 'wrong', stored, keyring);
    done++;
    return right;
  });
  await stat('.');
  expect(done).toBeLessThan(5);
  expect(await Promise.all(derivations)).toEqual(derivations.map((_, i) => i % 2 === 0));
});

test('a derivation that fails keeps no later one waiting', async () => {
  const tooCheap = { memoryKib: 1, passes: 1 };
  const failing = Array.from({ length: 5 }, () => hashConfirmation(owner, password, keyring, randomBytes, tooCheap));
  for (const { status } of await Promise.allSettled(failing)) expect(status).toBe('rejected');
  const stored = await hashConfirmation(owner, password, keyring, randomBytes, { memoryKib: 8, passes: 1 });
  expect(await isConfirmationRight(owner, password, stored, keyring)).toBe(true);
});
