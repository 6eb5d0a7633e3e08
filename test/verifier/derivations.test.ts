import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { hashConfirmation, isConfirmationRight } from '../../verifier/confirmation.ts';
import { inTurn } from '../../verifier/derivations.ts';
import { deriveKey } from '../../verifier/hardware/pskc/derivation.ts';
import { createKeyring } from '../../verifier/keyring.ts';

const keyring = createKeyring([{ id: 'testkey1', secret: new Uint8Array(32).fill(7) }], randomBytes);
const owner = { serviceId: '1001', loginId: 'hanako' };
const password = 'correct horse';
const parameters = { salt: new Uint8Array(16), iterations: 100_000, keyBytes: 16, digest: 'sha256' };

test.each([
  ['confirmation passwords', () => hashConfirmation(owner, password, keyring, randomBytes)],
  ['keys of seed files', () => deriveKey(password, parameters, 16)],
])(
  'many %s derived at once keep nobody from the disk, for which the same threads of Node’s work',
  async (_, derive) => {
    let done = 0;
    const derivations = Array.from({ length: 20 }, () => derive().then(() => done++));
    await stat('.');
    expect(done).toBeLessThan(5);
    await Promise.all(derivations);
    expect(done).toBe(20);
  },
);

test('a derivation that fails keeps no later one waiting', async () => {
  const tooCheap = { memoryKib: 1, passes: 1 };
  const failing = Array.from({ length: 5 }, () => hashConfirmation(owner, password, keyring, randomBytes, tooCheap));
  for (const { status } of await Promise.allSettled(failing)) expect(status).toBe('rejected');
  const stored = await hashConfirmation(owner, password, keyring, randomBytes, { memoryKib: 8, passes: 1 });
  expect(await isConfirmationRight(owner, password, stored, keyring)).toBe(true);
});

test('while 300 wait for their turn one more is refused, and none afterwards', async () => {
  const { promise: turn, resolve: release } = Promise.withResolvers<void>();
  const derivations = Array.from({ length: 302 }, () => inTurn(() => turn));
  await expect(inTurn(() => turn)).rejects.toMatchObject({ code: 'unavailable', headers: { 'retry-after': '5' } });
  release();
  await Promise.all(derivations);
  await inTurn(() => turn);
});

test('whoever waits longest is next', async () => {
  const order: number[] = [];
  await Promise.all(Array.from({ length: 6 }, (_, i) => inTurn(async () => order.push(i))));
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
});
