import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { createKeyring } from '../../verifier/keyring.ts';
import { loadKeyring } from '../../verifier/keyring-file.ts';
import { openSqliteStore } from '../../verifier/store/sqlite.ts';
import { activeToken, bench, temporaryFolder, validate } from './fixture.ts';

const oldKey = { id: 'aaaaaaaa', secret: new Uint8Array(32).fill(1) };
const newKey = { id: 'bbbbbbbb', secret: new Uint8Array(32).fill(2) };
const plain = new TextEncoder().encode('a seed');
const place = ['seed', '1001', 'token', 1];

describe('a sealed value', () => {
  const keyring = createKeyring([oldKey], randomBytes);

  test('opens in its own place and in no other', () => {
    const sealed = keyring.seal(plain, place);
    expect(keyring.open(sealed, place)).toEqual(plain);
    for (const other of [
      ['seed', '1001', 'token', 2],
      ['seed', '1001', 'other', 1],
      ['seed', '2002', 'token', 1],
      ['answer', '1001', 'token', 1],
      ['seed', '1001token', 1],
    ]) {
      expect(() => keyring.open(sealed, other)).toThrow();
    }
  });

  test('does not open when any of its bytes is changed or it is cut', () => {
    const sealed = keyring.seal(plain, place);
    for (let i = 0; i < sealed.length; i++) {
      const changed = Uint8Array.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => keyring.open(changed, place)).toThrow();
      expect(() => keyring.open(sealed.subarray(0, i), place)).toThrow();
    }
  });

  test('is another one each time', () => {
    expect(keyring.seal(plain, place)).not.toEqual(keyring.seal(plain, place));
  });

  test('still opens after a newer key was added, and new ones are closed by the newer key', () => {
    const sealed = keyring.seal(plain, place);
    const mac = keyring.mac('activationPassword', ['583920']);
    const rotated = createKeyring([oldKey, newKey], randomBytes);
    expect(rotated.open(sealed, place)).toEqual(plain);
    expect(rotated.verifyMac('activationPassword', ['583920'], mac)).toBe(true);
    expect(() => keyring.open(rotated.seal(plain, place), place)).toThrow('not in the keyring');
  });
});

test('a MAC belongs to its purpose and to its parts as they were divided', () => {
  const keyring = createKeyring([oldKey], randomBytes);
  const mac = keyring.mac('activationPassword', ['ab', 'c']);
  expect(keyring.verifyMac('activationPassword', ['ab', 'c'], mac)).toBe(true);
  expect(keyring.verifyMac('activationPassword', ['a', 'bc'], mac)).toBe(false);
  expect(keyring.verifyMac('idempotency', ['ab', 'c'], mac)).toBe(false);
  expect(keyring.verifyMac('activationPassword', ['ab', 'c'], new Uint8Array(40))).toBe(false);
});

test('seeds that were swapped between two rows do not open: 500, and no code is accepted', async () => {
  const at = await bench();
  const hanako = await activeToken(at, 'hanako');
  const taro = await activeToken(at, 'taro');
  const database = new DatabaseSync(join(at.folder, 'verifier.sqlite'));
  const [one, two] = database.prepare('SELECT token_id, sealed_seed FROM tokens').all() as Record<string, string>[];
  const put = database.prepare('UPDATE tokens SET sealed_seed = ? WHERE token_id = ?');
  put.run(one?.sealed_seed ?? '', two?.token_id ?? '');
  put.run(two?.sealed_seed ?? '', one?.token_id ?? '');
  database.close();
  for (const [loginId, other] of [
    ['hanako', taro],
    ['taro', hanako],
  ] as const) {
    expect((await validate(at, other.code(), { loginId })).status).toBe(500);
  }
});

describe('the key file', () => {
  test('is made once with mode 0600 and read again', async () => {
    const folder = temporaryFolder();
    const store = openSqliteStore(join(folder, 'verifier.sqlite'), 0);
    const path = join(folder, 'keyring.json');
    const sealed = (await loadKeyring(path, store, randomBytes)).seal(plain, place);
    const text = readFileSync(path, 'utf8');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await loadKeyring(path, store, randomBytes)).open(sealed, place)).toEqual(plain);
    expect(readFileSync(path, 'utf8')).toBe(text);
    await store.close();
  });

  test.each([
    ['no JSON', 'x'],
    ['no keys', '{"version":1,"keys":[]}'],
    ['a short key', '{"version":1,"keys":[{"id":"aaaaaaaa","secret":"AAAA"}]}'],
    ['another version', `{"version":2,"keys":[{"id":"aaaaaaaa","secret":"${Buffer.alloc(32).toString('base64')}"}]}`],
  ])('with %s is refused', async (_name, text) => {
    const folder = temporaryFolder();
    const store = openSqliteStore(join(folder, 'verifier.sqlite'), 0);
    const path = join(folder, 'keyring.json');
    writeFileSync(path, text);
    await expect(loadKeyring(path, store, randomBytes)).rejects.toMatchObject({ problem: 'malformed' });
    expect(await store.keyChecks()).toEqual(new Map());
    await store.close();
  });
});
