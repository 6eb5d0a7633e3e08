import { randomBytes } from 'node:crypto';
import { argon2id } from 'hash-wasm';
import { expect, test } from 'vitest';
import { hashConfirmation, isConfirmationRight } from '../../verifier/confirmation.ts';
import { createKeyring } from '../../verifier/keyring.ts';

const key = (id: string, byte: number) => ({ id, secret: new Uint8Array(32).fill(byte) });
const keyring = createKeyring([key('testkey1', 7)], randomBytes);
const owner = { serviceId: '1001', loginId: 'hanako' };
const password = '正しい馬 が';
const cost = { memoryKib: 64, passes: 3 };
const hash = () => hashConfirmation(owner, password, keyring, randomBytes, cost);

test('a hash is Argon2id of the peppered password, as another implementation has it, with a salt of its own', async () => {
  const stored = await hash();
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=64,t=3,p=1\$testkey1\$[\w-]{22}\$[\w-]{43}$/);
  const [salt = '', tag] = stored.split('$').slice(-2);
  const expected = await argon2id({
    password: keyring.mac('confirmationPassword', [owner.serviceId, owner.loginId, password]),
    salt: Buffer.from(salt, 'base64url'),
    parallelism: 1,
    iterations: cost.passes,
    memorySize: cost.memoryKib,
    hashLength: 32,
    outputType: 'binary',
  });
  expect(tag).toBe(Buffer.from(expected).toString('base64url'));
  expect((await hash()).split('$').at(-2)).not.toBe(salt);
});

test('a password is right for its owner alone, however its characters are composed', async () => {
  const stored = await hash();
  expect(await isConfirmationRight(owner, password, stored, keyring)).toBe(true);
  expect(await isConfirmationRight(owner, password.normalize('NFD'), stored, keyring)).toBe(true);
  for (const other of ['正しい馬', '正しい馬\u3000が', '']) {
    expect([other, await isConfirmationRight(owner, other, stored, keyring)]).toEqual([other, false]);
  }
  for (const other of [{ serviceId: '1002' }, { loginId: 'jiro' }]) {
    expect(await isConfirmationRight({ ...owner, ...other }, password, stored, keyring)).toBe(false);
  }
});

test('a hash of which only the end differs is not the same', async () => {
  const stored = await hash();
  const tag = Buffer.from(stored.split('$').at(-1) ?? '', 'base64url');
  tag.writeUInt8(tag.readUInt8(31) ^ 1, 31);
  const edited = [...stored.split('$').slice(0, -1), tag.toString('base64url')].join('$');
  expect(await isConfirmationRight(owner, password, edited, keyring)).toBe(false);
});

test('a hash is compared under the key with which it was made, also once there is a newer one', async () => {
  const newer = createKeyring([key('testkey1', 7), key('testkey2', 8)], randomBytes);
  expect(await isConfirmationRight(owner, password, await hash(), newer)).toBe(true);
  expect(await hashConfirmation(owner, password, newer, randomBytes, cost)).toContain('$testkey2$');
});

test.each([
  ['nothing', () => ''],
  ['two lanes', (stored: string) => stored.replace('p=1', 'p=2')],
  ['no passes', (stored: string) => stored.replace('t=3,', '')],
  ['no tag', (stored: string) => stored.split('$').slice(0, -1).join('$')],
])('a stored hash with %s is an error and no wrong password', async (_, edit) => {
  const edited = edit(await hash());
  await expect(isConfirmationRight(owner, password, edited, keyring)).rejects.toThrow('no PHC form');
});
