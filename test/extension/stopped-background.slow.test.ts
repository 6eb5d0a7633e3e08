import { describe, expect, test } from 'vitest';
import { randomBytes } from '../../extension/bytes.ts';
import { createErasure, type ErasureReason } from '../../extension/erasure.ts';
import { createVault, type Vault } from '../../extension/vault.ts';
import { openVaultDatabase } from '../../extension/vault-database.ts';
import { minimumCost, type Passkey } from '../../extension/vault-slots.ts';
import { codeAt } from '../../shared/otp.ts';
import { stopAnywhere } from './stopping.ts';
import { lockCode, Profile, token } from './support.ts';
import { erasing, opened } from './support-lock.ts';

const newCode = '90817263';
const made: Passkey = { credentialId: randomBytes(32), salt: randomBytes(32), secret: randomBytes(32) };

describe('a background that is stopped between any two steps', () => {
  /** Runs a change of the lock stopped everywhere; afterwards one of the keys opens, and the token is there. */
  async function stopped(
    prepare: (vault: Vault, profile: Profile) => Promise<unknown>,
    change: (vault: Vault) => Promise<unknown>,
    keys: readonly (string | Passkey)[],
  ): Promise<void> {
    let profile = new Profile();
    let id = '';
    const begin = async () => {
      const made = await opened();
      ({ profile, id } = made);
      await prepare(made.vault, profile);
      return { database: await openVaultDatabase(), session: profile.session, local: profile.local };
    };
    const steps = await stopAnywhere(
      begin,
      (storage) =>
        change(
          createVault({
            ...{ ...storage, clock: () => profile.nowMs, closeAfterMs: async () => 300_000 },
            cost: async () => minimumCost,
          }),
        ),
      async () => {
        const vault = await profile.startVault();
        const right = codeAt(token.seed, token, profile.nowMs);
        // While the browser runs: whatever the session holds, the tokens are there or a key is asked for.
        if ((await vault.state()) === 'open') expect((await vault.code(id))?.code).toBe(right);
        profile.endSession();
        const later = await profile.startVault();
        const outcomes = [];
        for (const key of (await later.state()) === 'open' ? [] : keys) {
          profile.nowMs += 1_000_000;
          outcomes.push((await later.open(key)).outcome);
          if (outcomes.at(-1) === 'opened') break;
        }
        expect(await later.state(), outcomes.join()).toBe('open');
        expect((await later.code(id))?.code).toBe(codeAt(token.seed, token, profile.nowMs));
        profile.endSession();
      },
    );
    expect(steps).toBeGreaterThan(2);
  }
  const nothing = async () => {};

  test('loses no token by turning the lock off', () =>
    stopped(nothing, (vault) => vault.turnOff(lockCode), [lockCode]));
  test('loses no token by turning the lock on, where the session still holds the key of before', () =>
    stopped(
      async (vault, profile) => {
        const { vault: session } = profile.session.items;
        await vault.turnOff(lockCode);
        // As a stop leaves it, right after the lock went off.
        profile.session.items.vault = session;
      },
      (vault) => vault.turnOn(newCode),
      [newCode],
    ));
  test('loses no token by a change of the lock code', () =>
    stopped(nothing, (vault) => vault.changeLockCode(lockCode, newCode), [lockCode, newCode]));
  test('loses no token by adding a passkey', () =>
    stopped(nothing, (vault) => vault.addPasskey(lockCode, made), [lockCode]));
  test('loses no token by removing a passkey', () =>
    stopped(
      (vault) => vault.addPasskey(lockCode, made),
      async (vault) => vault.removePasskey((await vault.describe()).passkeys[0]?.id ?? ''),
      [lockCode],
    ));
  test('loses no token by opening', () =>
    stopped(
      (vault) => vault.close(),
      (vault) => vault.open(lockCode),
      [lockCode],
    ));
  test('loses no token by a correction of the clock', () => {
    const clock = { differenceMs: 120_000, checkedAtMs: 0, correctionMs: 0 };
    return stopped(nothing, (vault) => vault.setClock('https://otp.example', () => clock), [lockCode]);
  });

  test('has erased all or nothing when it starts again', async () => {
    let around = await erasing();
    let reasons: (ErasureReason | null)[] = [];
    const steps = await stopAnywhere(
      async () => {
        around = await erasing();
        return { database: await openVaultDatabase(), session: around.profile.session, local: around.profile.local };
      },
      ({ database, session, local }) =>
        createErasure({ database, session, local, withdrawHosts: async () => around.hosts.clear() }).erase('reset'),
      async () => {
        const { vault, reason } = await around.start();
        const why = await reason();
        reasons = [...reasons, why];
        expect(await vault.state()).toBe(why === null ? 'closed' : 'empty');
        expect(around.hosts.size).toBe(why === null ? 1 : 0);
        if (why === null) expect(await vault.open(lockCode)).toEqual({ outcome: 'opened' });
      },
    );
    expect(steps).toBeGreaterThan(5);
    expect(new Set(reasons)).toEqual(new Set([null, 'reset']));
  });
});
