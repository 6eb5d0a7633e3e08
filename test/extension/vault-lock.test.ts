import { describe, expect, test } from 'vitest';
import { randomBytes, toBase64 } from '../../extension/bytes.ts';
import { openVaultDatabase } from '../../extension/vault-database.ts';
import type { Passkey } from '../../extension/vault-slots.ts';
import { codeAt } from '../../shared/otp.ts';
import { lockCode, token } from './support.ts';
import { erasing, opened } from './support-lock.ts';

const newCode = '90817263';
const passkey = (): Passkey => ({ credentialId: randomBytes(32), salt: randomBytes(32), secret: randomBytes(32) });

describe('the lock off', () => {
  test('shows the tokens without a code, after the browser ended too', async () => {
    const { profile, vault, id } = await opened();
    expect(await vault.turnOff(lockCode)).toEqual({ outcome: 'done' });
    profile.endSession();
    const later = await profile.startVault();
    expect(await later.state()).toBe('open');
    expect((await later.describe()).on).toBe(false);
    expect((await later.code(id))?.code).toBe(codeAt(token.seed, token, profile.nowMs));
    profile.nowMs += 365 * 86_400_000;
    expect(await later.state()).toBe('open');
    expect(await later.closesAtMs()).toBeNull();
  });

  test('is not to be had with a wrong code, and the try counts', async () => {
    const { vault } = await opened();
    expect(await vault.turnOff('0000')).toMatchObject({ outcome: 'wrong', failures: 1 });
    expect(await vault.turnOff(lockCode)).toMatchObject({ outcome: 'wait', failures: 1 });
    expect((await vault.describe()).on).toBe(true);
  });

  test('forgets lock code and passkeys', async () => {
    const { vault } = await opened();
    await vault.addPasskey(lockCode, passkey());
    await vault.turnOff(lockCode);
    expect(await vault.describe()).toEqual({ on: false, passkeys: [] });
    expect(await vault.open(lockCode)).toMatchObject({ outcome: 'wrong' });
  });
});

describe('the lock on again', () => {
  test('keeps the tokens under a key that never lay in plain bytes', async () => {
    const { profile, vault, id } = await opened();
    await vault.turnOff(lockCode);
    const database = await openVaultDatabase();
    const [slot] = await database.getAll('slots');
    const before = await database.get('tokens', id);
    if (slot?.kind !== 'open' || before === undefined) throw new Error('the lock is off, and a token is there');
    const key = await crypto.subtle.importKey('raw', slot.masterKey, 'AES-GCM', false, ['decrypt']);
    expect(await vault.turnOn(newCode)).toEqual({ outcome: 'done' });
    const after = await database.get('tokens', id);
    database.close();
    if (after === undefined) throw new Error('the token is there');
    const additionalData = new TextEncoder().encode(`shirushi token 1 ${id}`);
    const opens = (row: typeof after) =>
      crypto.subtle.decrypt({ name: 'AES-GCM', iv: row.iv, additionalData }, key, row.sealed).then(
        () => true,
        () => false,
      );
    expect([await opens(before), await opens(after)]).toEqual([true, false]);
    expect(await profile.dump()).not.toContain(Buffer.from(slot.masterKey).toString('hex'));
    expect(toBase64(slot.masterKey)).not.toBe((profile.session.items.vault as { masterKey: string }).masterKey);
  });

  test('opens with the new code alone', async () => {
    const { profile, vault, id } = await opened();
    await vault.turnOff(lockCode);
    await vault.turnOn(newCode);
    expect((await vault.code(id))?.code).toBe(codeAt(token.seed, token, profile.nowMs));
    await vault.close();
    expect(await vault.code(id)).toBeNull();
    expect(await vault.open(lockCode)).toMatchObject({ outcome: 'wrong' });
    profile.nowMs += 1000;
    expect(await vault.open(newCode)).toEqual({ outcome: 'opened' });
    expect((await vault.list())?.map((each) => each.id)).toEqual([id]);
  });

  test('is refused where it is on, and for what is no lock code', async () => {
    const { vault } = await opened();
    expect(await vault.turnOn(newCode)).toEqual({ outcome: 'refused' });
    await vault.turnOff(lockCode);
    for (const wrong of ['', 'letters', '1'.repeat(33)]) {
      expect(await vault.turnOn(wrong)).toEqual({ outcome: 'refused' });
    }
    expect((await vault.describe()).on).toBe(false);
  });

  test('leaves a row that nobody could open as it was', async () => {
    const { vault, id } = await opened();
    await vault.turnOff(lockCode);
    const database = await openVaultDatabase();
    const row = await database.get('tokens', id);
    if (row === undefined) throw new Error('the token is there');
    const damaged = { ...row, id: 'damaged' };
    await database.put('tokens', damaged);
    await vault.turnOn(newCode);
    expect(await database.get('tokens', 'damaged')).toEqual(damaged);
    database.close();
    expect((await vault.list())?.map((each) => each.id)).toEqual([id]);
  });
});

describe('a change of the lock code', () => {
  test('needs the present one, and leaves no way back to it', async () => {
    const { profile, vault } = await opened();
    expect(await vault.changeLockCode('0000', newCode)).toMatchObject({ outcome: 'wrong' });
    profile.nowMs += 1000;
    expect(await vault.changeLockCode(lockCode, '９０８１ ７２６３')).toEqual({ outcome: 'done' });
    await vault.close();
    expect(await vault.open(lockCode)).toMatchObject({ outcome: 'wrong' });
    profile.nowMs += 1000;
    expect(await vault.open(newCode)).toEqual({ outcome: 'opened' });
  });

  test('can be made with a passkey, where the code is forgotten', async () => {
    const { vault } = await opened();
    const made = passkey();
    await vault.addPasskey(lockCode, made);
    expect(await vault.changeLockCode(made, newCode)).toEqual({ outcome: 'done' });
    await vault.close();
    expect(await vault.open(newCode)).toEqual({ outcome: 'opened' });
    await vault.close();
    expect(await vault.open(made)).toEqual({ outcome: 'opened' });
  });
});

describe('a passkey', () => {
  test('opens beside the lock code, until it is removed', async () => {
    const { vault, id } = await opened();
    const made = passkey();
    expect(await vault.addPasskey(lockCode, made)).toEqual({ outcome: 'done' });
    await vault.close();
    expect(await vault.open(made)).toEqual({ outcome: 'opened' });
    expect((await vault.list())?.map((each) => each.id)).toEqual([id]);
    const [slot] = (await vault.describe()).passkeys;
    expect(await vault.removePasskey(slot?.id ?? '')).toBe(true);
    await vault.close();
    expect(await vault.open(made)).toMatchObject({ outcome: 'wrong' });
    expect(await vault.open(lockCode)).toEqual({ outcome: 'opened' });
  });

  test('with another secret opens nothing, and counts no try', async () => {
    const { vault } = await opened();
    const made = passkey();
    await vault.addPasskey(lockCode, made);
    await vault.close();
    expect(await vault.open({ ...made, secret: randomBytes(32) })).toEqual({
      outcome: 'wrong',
      failures: 0,
      waitMs: 0,
    });
    expect(await vault.open({ ...made, credentialId: randomBytes(32) })).toMatchObject({ outcome: 'wrong' });
    expect(await vault.open(made)).toEqual({ outcome: 'opened' });
  });

  test('is added by nobody who only found the vault open', async () => {
    const { vault } = await opened();
    expect(await vault.addPasskey('0000', passkey())).toMatchObject({ outcome: 'wrong', failures: 1 });
    expect((await vault.describe()).passkeys).toEqual([]);
  });

  test('cannot be removed while the vault is closed, and the lock code never like one', async () => {
    const { vault } = await opened();
    await vault.addPasskey(lockCode, passkey());
    const database = await openVaultDatabase();
    const codeSlot = (await database.getAll('slots')).find((slot) => slot.kind === 'lockCode');
    database.close();
    await vault.removePasskey(codeSlot?.id ?? '');
    expect((await vault.describe()).on).toBe(true);
    await vault.close();
    expect(await vault.removePasskey((await vault.describe()).passkeys[0]?.id ?? '')).toBe(false);
  });

  test('leaves nothing on disk that opens by itself', async () => {
    const { profile, vault } = await opened();
    const made = passkey();
    await vault.addPasskey(lockCode, made);
    const dump = await profile.dump();
    expect(dump).toContain(Buffer.from(made.salt).toString('hex'));
    expect(dump).not.toContain(Buffer.from(made.secret).toString('hex'));
  });
});

describe('closing not before the browser ends', () => {
  test('keeps the vault open however long, and whatever the clock does', async () => {
    const { profile, vault } = await opened();
    profile.closeAfterMs = Number.POSITIVE_INFINITY;
    profile.nowMs += 30 * 86_400_000;
    expect(await vault.state()).toBe('open');
    profile.nowMs -= 60 * 86_400_000;
    expect(await vault.state()).toBe('open');
    expect(await vault.closesAtMs()).toBeNull();
    profile.endSession();
    expect(await (await profile.startVault()).state()).toBe('closed');
  });
});

describe('erasing after wrong codes', () => {
  test('comes with the last one of them, in a row, and takes everything', async () => {
    const { profile, hosts, start } = await erasing();
    const { vault, reason } = await start();
    for (const failures of [1, 2]) {
      expect(await vault.open('0000')).toMatchObject({ outcome: 'wrong', failures });
      profile.nowMs += 10_000;
    }
    expect(await vault.open('0000')).toEqual({ outcome: 'erased' });
    expect(await vault.state()).toBe('empty');
    expect(await reason()).toBe('tries');
    expect([...hosts]).toEqual([]);
    expect(profile.local.items.settings).toEqual({ language: 'en' });
    const database = await openVaultDatabase();
    for (const name of database.objectStoreNames) expect(await database.count(name)).toBe(0);
    database.close();
  });

  test('does not come where the right code stood in between, nor for a passkey', async () => {
    const { profile, start } = await erasing();
    const { vault } = await start();
    for (const tried of ['0000', '0000', lockCode, '0000', '0000']) {
      await vault.open(tried);
      profile.nowMs += 10_000;
    }
    for (let tries = 0; tries < 5; tries++) await vault.open(passkey());
    expect(await vault.open(lockCode)).toEqual({ outcome: 'opened' });
  });

  test('counts the wrong codes of every other question too', async () => {
    const { profile, start } = await erasing();
    const { vault } = await start();
    await vault.open(lockCode);
    for (const ask of [vault.turnOff, (key: string) => vault.changeLockCode(key, newCode)]) {
      expect(await ask('0000')).toMatchObject({ outcome: 'wrong' });
      profile.nowMs += 10_000;
    }
    expect(await vault.prove('0000')).toEqual({ outcome: 'erased' });
  });
});
