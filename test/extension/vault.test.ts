import { describe, expect, test, vi } from 'vitest';
import { toBase64 } from '../../extension/bytes.ts';
import { openVaultDatabase } from '../../extension/vault-database.ts';
import { codeAt, toBase32 } from '../../shared/otp.ts';
import { lockCode, Profile, token } from './support.ts';

async function openedVault() {
  const profile = new Profile();
  const vault = await profile.startVault();
  await vault.create(lockCode);
  return { profile, vault };
}

async function add(vault: Awaited<ReturnType<Profile['startVault']>>, changes: Partial<typeof token> = {}) {
  const added = await vault.add({ ...token, ...changes });
  if (!added.ok) throw new Error(added.reason);
  return added.value;
}

describe('what is on disk', () => {
  test('holds no seed, master key, user ID, name, origin or lock code', async () => {
    const { profile, vault } = await openedVault();
    // Long enough not to stand in some ciphertext's hexadecimal by chance.
    const serviceId = 'SEIKYO10017355';
    const id = await add(vault, { serviceId });
    await vault.rename(id, '経理部');
    const { masterKey } = profile.session.items.vault as { masterKey: string };
    const raw = (text: string) => Buffer.from(text, 'base64').toString('latin1');
    const seed = toBase64(token.seed);
    const secrets = [
      ...[Buffer.from(token.seed).toString('hex'), toBase32(token.seed), seed, raw(seed)],
      ...[masterKey, raw(masterKey), Buffer.from(masterKey, 'base64').toString('hex')],
      ...[token.userId, serviceId, token.institution.en, token.institution.ja, '経理部', 'bank.example', lockCode],
    ];
    const dump = await profile.dump();
    const utf8 = (text: string) => Buffer.from(text).toString('latin1');
    for (const secret of secrets) {
      expect(dump).not.toContain(JSON.stringify(secret).slice(1, -1));
      expect(dump).not.toContain(JSON.stringify(utf8(secret)).slice(1, -1));
    }
  });

  test('is found by that search where it is not encrypted', async () => {
    const { profile } = await openedVault();
    profile.local.items.leak = token.userId;
    expect(await profile.dump()).toContain(token.userId);
  });

  test('opens no row that was exchanged for another', async () => {
    const { vault } = await openedVault();
    const [first, second] = [await add(vault), await add(vault, { userId: 'OTHER' })];
    const database = await openVaultDatabase();
    const [one, two] = [await database.get('tokens', first), await database.get('tokens', second)];
    if (!one || !two) throw new Error('two rows were stored');
    await database.put('tokens', { ...two, id: first });
    database.close();
    expect((await vault.list())?.map((each) => each.userId)).toEqual(['OTHER']);
    await expect(vault.code(first)).rejects.toThrow('no such token');
  });

  test('is never sealed twice under one nonce', async () => {
    const { vault } = await openedVault();
    const [first] = [await add(vault), await add(vault, { userId: 'OTHER' })];
    const database = await openVaultDatabase();
    const nonces: string[] = [];
    const look = async () => {
      for (const { iv } of await database.getAll('tokens')) nonces.push(toBase64(iv));
    };
    await look();
    await vault.move(first, 1);
    await look();
    await vault.turnOff(lockCode);
    await vault.turnOn('90817263');
    await look();
    database.close();
    expect(new Set(nonces).size).toBe(6);
  });

  test('takes nothing that could not be read again', async () => {
    const { vault } = await openedVault();
    await expect(vault.add({ ...token, digits: 6.5 })).rejects.toThrow('int');
    expect(await vault.view(true)).toMatchObject({ tokens: [], damaged: [] });
  });

  test('keeps a row that cannot be read, and tells of it until it is removed', async () => {
    const { vault } = await openedVault();
    const [first, second] = [await add(vault), await add(vault, { userId: 'OTHER' })];
    expect((await vault.view(true)).damaged).toEqual([]);
    const database = await openVaultDatabase();
    const row = await database.get('tokens', first);
    if (!row) throw new Error('a row was stored');
    await database.put('tokens', { ...row, sealed: row.sealed.map((byte) => byte ^ 1) });
    database.close();
    expect(await vault.view(true)).toMatchObject({ damaged: [first], tokens: [{ id: second }] });
    await vault.rename(second, '経理');
    await vault.move(second, 0);
    await vault.close();
    expect((await vault.view(true)).damaged).toEqual([]);
    await vault.open(lockCode);
    expect((await vault.view(true)).damaged).toEqual([first]);
    await vault.remove(first);
    expect(await vault.view(true)).toMatchObject({ damaged: [], tokens: [{ id: second }] });
  });
});

describe('opening', () => {
  test('gives the same tokens again after the browser ended', async () => {
    const { profile, vault } = await openedVault();
    const id = await add(vault);
    profile.endSession();
    const later = await profile.startVault();
    expect(await later.state()).toBe('closed');
    expect(await later.list()).toBeNull();
    expect(await later.code(id)).toBeNull();
    expect(await later.open(lockCode)).toEqual({ outcome: 'opened' });
    expect((await later.list())?.map((each) => each.id)).toEqual([id]);
  });

  test('takes full-width digits', async () => {
    const { vault } = await openedVault();
    await vault.close();
    expect(await vault.open('４８１５ １６２３ ４２０８')).toEqual({ outcome: 'opened' });
  });

  test('survives a stopped background while the browser runs', async () => {
    const { profile } = await openedVault();
    expect(await (await profile.startVault()).state()).toBe('open');
  });

  test('of a vault that exists already cannot be had by creating it anew', async () => {
    const { vault } = await openedVault();
    expect(await vault.create('9999')).toBe(false);
    await vault.close();
    expect((await vault.open('9999')).outcome).toBe('wrong');
  });

  test('waits 1, 2, 4 … seconds after each wrong lock code, at most 15 minutes', async () => {
    const { profile, vault } = await openedVault();
    await vault.close();
    const waits = [];
    for (let failures = 1; failures <= 12; failures++) {
      const opening = await vault.open('0000');
      if (opening.outcome !== 'wrong') throw new Error(opening.outcome);
      expect(opening.failures).toBe(failures);
      waits.push(opening.waitMs / 1000);
      profile.nowMs += opening.waitMs;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    // Twelve times Argon2id.
  }, 60_000);

  test('during the wait is neither tried nor counted, not even with the right code', async () => {
    const { profile, vault } = await openedVault();
    await vault.close();
    await vault.open('0000');
    expect(await vault.open(lockCode)).toEqual({ outcome: 'wait', failures: 1, waitMs: 1000 });
    profile.nowMs += 999;
    expect(await vault.open(lockCode)).toEqual({ outcome: 'wait', failures: 1, waitMs: 1 });
    profile.nowMs += 1;
    expect(await vault.open(lockCode)).toEqual({ outcome: 'opened' });
    await vault.close();
    expect(await vault.open('0000')).toMatchObject({ outcome: 'wrong', failures: 1 });
  });

  test('keeps the count over a stopped background and an ended browser', async () => {
    const { profile, vault } = await openedVault();
    await vault.close();
    await vault.open('0000');
    profile.endSession();
    const later = await profile.startVault();
    expect(await later.open('1111')).toEqual({ outcome: 'wait', failures: 1, waitMs: 1000 });
    profile.nowMs += 1000;
    expect(await later.open('1111')).toEqual({ outcome: 'wrong', failures: 2, waitMs: 2000 });
  });

  test('gives no free try to several at once', async () => {
    const { vault } = await openedVault();
    await vault.close();
    const openings = await Promise.all(['0000', '1111', '2222', '3333', lockCode].map((code) => vault.open(code)));
    expect(openings.map((each) => each.outcome)).toEqual(['wrong', 'wait', 'wait', 'wait', 'wait']);
  });

  test('gives no free try to two backgrounds at once', async () => {
    const { profile, vault } = await openedVault();
    await vault.close();
    const second = await profile.startVault();
    const outcomes = (await Promise.all([vault.open('0000'), second.open('1111')])).map((each) => each.outcome);
    expect(outcomes.toSorted()).toEqual(['wait', 'wrong']);
  });

  test('waits no longer than its wait where the clock was set back', async () => {
    const { profile, vault } = await openedVault();
    await vault.close();
    for (let failures = 1; failures <= 5; failures++) {
      await vault.open('0000');
      profile.nowMs += failures < 5 ? 2 ** (failures - 1) * 1000 : 0;
    }
    profile.nowMs -= 365 * 86_400_000;
    expect((await vault.view(false)).waitMs).toBe(16_000);
    profile.nowMs += 16_000;
    expect(await vault.open(lockCode)).toEqual({ outcome: 'opened' });
  });

  test('counts nothing for a text that can be no lock code', async () => {
    const { vault } = await openedVault();
    await vault.close();
    expect(await vault.open('letters')).toEqual({ outcome: 'wrong', failures: 0, waitMs: 0 });
  });
});

describe('closing', () => {
  test('comes after five minutes without use, and no earlier', async () => {
    const { profile, vault } = await openedVault();
    const id = await add(vault);
    profile.nowMs += profile.closeAfterMs - 1;
    expect(await vault.code(id)).not.toBeNull();
    profile.nowMs += 1;
    expect(await vault.code(id)).toBeNull();
    expect(profile.session.items).toEqual({});
  });

  test('is put off by use', async () => {
    const { profile, vault } = await openedVault();
    profile.nowMs += profile.closeAfterMs - 1;
    await vault.touch();
    profile.nowMs += profile.closeAfterMs - 1;
    expect(await vault.state()).toBe('open');
    expect(await vault.closesAtMs()).toBe(profile.nowMs + 1);
  });

  test('is not put off by a clock that was set back', async () => {
    const { profile, vault } = await openedVault();
    profile.nowMs -= 3_600_000;
    expect(await vault.state()).toBe('closed');
  });

  test('on request forgets the key, whatever was under way', async () => {
    const { profile, vault } = await openedVault();
    await Promise.all([vault.touch(), vault.close(), vault.touch()]);
    expect(await vault.state()).toBe('closed');
    expect(profile.session.items).toEqual({});
  });
});

describe('tokens', () => {
  test('and their lock are on the disk, and not on the way there, when they are said to have come', async () => {
    const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction');
    const { vault } = await openedVault();
    await add(vault);
    const written = transactions.mock.results.map(({ value }) => value as IDBTransaction);
    for (const name of ['slots', 'tokens']) {
      const writing = written.filter(
        ({ mode, objectStoreNames }) => mode === 'readwrite' && objectStoreNames.contains(name),
      );
      expect(
        writing.map(({ durability }) => durability),
        name,
      ).toEqual(['strict']);
    }
    transactions.mockRestore();
  });

  test('give the code of now and of the next minute', async () => {
    const { profile, vault } = await openedVault();
    const id = await add(vault);
    profile.nowMs += 12_345;
    expect(await vault.code(id)).toEqual({
      code: codeAt(token.seed, token, profile.nowMs),
      next: codeAt(token.seed, token, profile.nowMs + 60_000),
      changesAtMs: profile.nowMs - 12_345 + 60_000,
    });
  });

  test('stand in the person’s order, which stays with them, and a new one comes last', async () => {
    const { vault } = await openedVault();
    const [a, b, c] = [await add(vault), await add(vault, { userId: 'B' }), await add(vault, { userId: 'C' })];
    await vault.move(c, 0);
    await vault.move(a, 9);
    await vault.rename(b, '経理');
    const d = await add(vault, { userId: 'D' });
    expect((await vault.list())?.map(({ id }) => id)).toEqual([c, b, a, d]);
    await vault.close();
    expect(await vault.move(a, 0)).toBe(false);
  });

  test('bear the person’s mark of a revocation until it is taken back', async () => {
    const { vault } = await openedVault();
    const id = await add(vault);
    expect((await vault.list())?.[0]?.revoked).toBe(false);
    await vault.markRevoked(id, true);
    expect((await vault.list())?.[0]?.revoked).toBe(true);
    await vault.markRevoked(id, false);
    expect((await vault.list())?.[0]?.revoked).toBe(false);
  });

  test('of one institution are told apart by _2, _3 in order of adding', async () => {
    const { vault } = await openedVault();
    for (const userId of ['A', 'B', 'C']) await add(vault, { userId });
    await add(vault, { institution: { ja: '熊谷商工信用組合', en: 'Kumagaya Shoko Credit Union' } });
    expect((await vault.list())?.map((each) => each.name.ja)).toEqual([
      '成協信用組合',
      '成協信用組合_2',
      '成協信用組合_3',
      '熊谷商工信用組合',
    ]);
  });

  test('of one institution are told apart in each language, also where its name changed in one', async () => {
    const { vault } = await openedVault();
    await add(vault);
    await add(vault, { userId: 'B', institution: { ...token.institution, en: 'Seikyo Shinkumi Bank' } });
    await add(vault, { userId: 'C', institution: { ja: '成協しんくみ', en: 'Seikyo Shinkumi Bank' } });
    const names = (await vault.list())?.map(({ name }) => name);
    for (const language of ['ja', 'en'] as const) expect(new Set(names?.map((name) => name[language])).size).toBe(3);
    expect(names?.[2]).toEqual({ ja: '成協しんくみ_3', en: 'Seikyo Shinkumi Bank_3' });
  });

  test('keep their number when another is removed, and a new one gets its own', async () => {
    const { vault } = await openedVault();
    const first = await add(vault);
    await add(vault, { userId: 'B' });
    await vault.remove(first);
    await add(vault, { userId: 'C' });
    expect((await vault.list())?.map((each) => each.name.en)).toEqual([
      'Seikyo Credit Union_2',
      'Seikyo Credit Union_3',
    ]);
  });

  test('bear the person’s own text instead, until it is emptied', async () => {
    const { vault } = await openedVault();
    await add(vault);
    const second = await add(vault, { userId: 'B' });
    await vault.rename(second, '（経理）');
    expect((await vault.list())?.[1]?.name).toEqual({ ja: '成協信用組合（経理）', en: 'Seikyo Credit Union （経理）' });
    await vault.rename(second, '');
    expect((await vault.list())?.[1]?.name.ja).toBe('成協信用組合_2');
  });

  test('are one where the very same comes twice', async () => {
    const { vault } = await openedVault();
    const first = await add(vault);
    expect(await add(vault)).toBe(first);
    expect(await vault.list()).toHaveLength(1);
  });

  test('of the same user do not replace each other', async () => {
    const { vault } = await openedVault();
    const first = await add(vault);
    const second = await add(vault, { seed: new Uint8Array(32) });
    expect((await vault.code(first))?.code).not.toBe((await vault.code(second))?.code);
  });

  test('are at most ten, also when they come at once', async () => {
    const { vault } = await openedVault();
    const added = await Promise.all(
      Array.from({ length: 12 }, (_, index) => vault.add({ ...token, seed: new Uint8Array(32).fill(index) })),
    );
    expect(added.filter((each) => each.ok)).toHaveLength(10);
    expect(added.at(-1)).toEqual({ ok: false, reason: 'full' });
  });

  test('cannot be changed while the vault is closed', async () => {
    const { vault } = await openedVault();
    const id = await add(vault);
    await vault.close();
    expect([await vault.rename(id, 'x'), await vault.setAutofill(id, true), await vault.remove(id)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(await vault.add(token)).toEqual({ ok: false, reason: 'vaultClosed' });
  });

  test('show nothing of their seed', async () => {
    const { vault } = await openedVault();
    await add(vault);
    expect(JSON.stringify(await vault.list())).not.toContain(toBase64(token.seed).slice(0, 12));
    expect(Object.keys((await vault.list())?.[0] ?? {})).not.toContain('seed');
  });
});
