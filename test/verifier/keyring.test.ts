import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createVerifier } from '../../verifier/app.ts';
import { createKeyring } from '../../verifier/keyring.ts';
import { loadKeyring } from '../../verifier/keyring-file.ts';
import { databaseOf } from './database.ts';
import { activeToken, addUser, asker, bench, browser, issue, provision, temporaryFolder, validate } from './fixture.ts';

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
  const [one, two] = at.rows('SELECT token_id, sealed_seed FROM tokens') as {
    readonly token_id: string;
    readonly sealed_seed: Uint8Array;
  }[];
  const put = (seed: Uint8Array = new Uint8Array(), tokenId = '') =>
    databaseOf(at.folder).query('UPDATE tokens SET sealed_seed = ? WHERE token_id = ?', seed, tokenId);
  put(one?.sealed_seed, two?.token_id);
  put(two?.sealed_seed, one?.token_id);
  for (const [loginId, other] of [
    ['hanako', taro],
    ['taro', hanako],
  ] as const) {
    expect((await validate(at, other.code(), { loginId })).status).toBe(500);
  }
});

test('what was made before a newer key was added is right after it: seeds, activation and confirmation passwords', async () => {
  const at = await bench();
  const token = await activeToken(at, 'saburo');
  const confirmationPassword = 'correct horse';
  await addUser(at, 'hanako', { confirmationPassword });
  const { userId } = (await issue(at, 'hanako', { confirmationPassword })).body;
  const keyring = createKeyring([{ id: 'testkey1', secret: new Uint8Array(32).fill(7) }, newKey], randomBytes);
  const app = createVerifier({ ...at.options, keyring });
  const later = { ...at, bank: asker(app, at.apiKey), anyone: asker(app, null) };
  expect((await validate(later, token.code(), { loginId: 'saburo' })).body.outcome).toBe('accepted');
  expect((await provision(later, userId, await browser())).body.outcome).toBe('provisioned');
  const wrong = await issue(later, 'hanako', { confirmationPassword: 'wrong' });
  expect(wrong.body.reason).toBe('confirmationPasswordWrong');
  expect((await issue(later, 'hanako', { confirmationPassword })).body.outcome).toBe('issued');
});

describe('the key file', () => {
  test('is made once with mode 0600 and read again', async () => {
    const folder = temporaryFolder();
    const store = await databaseOf(folder).open(0);
    const path = join(folder, 'keyring.json');
    const sealed = (await loadKeyring(path, store, randomBytes)).seal(plain, place);
    const text = readFileSync(path, 'utf8');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await loadKeyring(path, store, randomBytes)).open(sealed, place)).toEqual(plain);
    expect(readFileSync(path, 'utf8')).toBe(text);
    await store.close();
  });

  /** Two nodes with a database in common and no key file yet, that start in the same moment. */
  async function startedTogether(paths: (folder: string) => readonly [string, string]) {
    const folder = temporaryFolder();
    const stores = [await databaseOf(folder).open(0), await databaseOf(folder).open(0)] as const;
    onTestFinished(() => Promise.all(stores.map((store) => store.close())).then(() => {}));
    const nodes = paths(folder).map((path, node) => ({ path, store: stores[node] ?? stores[0] }));
    // Both have seen that there is none before either goes on.
    const asked = Promise.withResolvers<void>();
    let waiting = nodes.length;
    const starts = nodes.map(({ path, store }) => {
      const keyChecks = async () => {
        const known = await store.keyChecks();
        if (--waiting === 0) asked.resolve();
        await asked.promise;
        return known;
      };
      return loadKeyring(path, { ...store, keyChecks }, randomBytes);
    });
    const results = await Promise.allSettled(starts);
    return { folder, store: stores[0], nodes: nodes.map((node, i) => ({ ...node, result: results[i] })) };
  }

  test('of two nodes that each make one for the same new database one is let in', async () => {
    const { folder, store, nodes } = await startedTogether((folder) => [
      join(folder, 'a.json'),
      join(folder, 'b.json'),
    ]);
    const [first] = nodes.filter(({ result }) => result?.status === 'fulfilled');
    const [second] = nodes.filter(({ result }) => result?.status === 'rejected');
    if (first?.result?.status !== 'fulfilled' || second?.result?.status !== 'rejected') throw new Error('not one each');
    expect(second.result.reason).toMatchObject({ problem: 'wrongKey' });
    expect(await store.keyChecks()).toEqual(first.result.value.checks());
    // Its own file does not stand in the way of the right one, and is not lost.
    await expect(loadKeyring(second.path, store, randomBytes)).rejects.toMatchObject({ problem: 'missing' });
    expect(readdirSync(folder).filter((name) => name.startsWith(`${basename(second.path)}.unused-`))).toHaveLength(1);
    copyFileSync(first.path, second.path);
    expect((await loadKeyring(second.path, store, randomBytes)).checks()).toEqual(first.result.value.checks());
  });

  test('is one for both of two that start together where they have its place in common', async () => {
    const { store, nodes } = await startedTogether((folder) => [join(folder, 'a.json'), join(folder, 'a.json')]);
    expect(nodes.map(({ result }) => result?.status)).toEqual(['fulfilled', 'fulfilled']);
    expect((await store.keyChecks()).size).toBe(1);
  });

  test('with a newer key is taken, and from then on the one without it is refused', async () => {
    const folder = temporaryFolder();
    const store = await databaseOf(folder).open(0);
    onTestFinished(() => store.close());
    const [older, newer] = [join(folder, 'older.json'), join(folder, 'newer.json')];
    const fileOf = (...keys: readonly (typeof oldKey)[]) =>
      JSON.stringify({
        version: 1,
        keys: keys.map(({ id, secret }) => ({ id, secret: Buffer.from(secret).toString('base64') })),
      });
    writeFileSync(older, fileOf(oldKey));
    writeFileSync(newer, fileOf(oldKey, newKey));
    await loadKeyring(older, store, randomBytes);
    await loadKeyring(newer, store, randomBytes);
    expect([...(await store.keyChecks()).keys()].sort()).toEqual([oldKey.id, newKey.id]);
    await expect(loadKeyring(older, store, randomBytes)).rejects.toMatchObject({ problem: 'wrongKey' });
    expect(readFileSync(older, 'utf8')).toBe(fileOf(oldKey));
  });

  test.each([
    ['no JSON', 'x'],
    ['no keys', '{"version":1,"keys":[]}'],
    ['a short key', '{"version":1,"keys":[{"id":"aaaaaaaa","secret":"AAAA"}]}'],
    ['another version', `{"version":2,"keys":[{"id":"aaaaaaaa","secret":"${Buffer.alloc(32).toString('base64')}"}]}`],
  ])('with %s is refused', async (_name, text) => {
    const folder = temporaryFolder();
    const store = await databaseOf(folder).open(0);
    const path = join(folder, 'keyring.json');
    writeFileSync(path, text);
    await expect(loadKeyring(path, store, randomBytes)).rejects.toMatchObject({ problem: 'malformed' });
    expect(await store.keyChecks()).toEqual(new Map());
    await store.close();
  });
});
