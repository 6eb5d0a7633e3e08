import { createErasure, type ErasureReason } from '../../extension/erasure.ts';
import { createVault, type Vault } from '../../extension/vault.ts';
import { openVaultDatabase } from '../../extension/vault-database.ts';
import { minimumCost } from '../../extension/vault-slots.ts';
import { lockCode, Profile, token } from './support.ts';

/** An open vault with one token. */
export async function opened() {
  const profile = new Profile();
  const vault = await profile.startVault();
  await vault.create(lockCode);
  const added = await vault.add(token);
  if (!added.ok) throw new Error(added.reason);
  return { profile, vault, id: added.value };
}

/** A vault with erasing after 3 wrong codes, and what erasing reaches. */
export async function erasing(erases = 3) {
  const { profile, vault: first, id } = await opened();
  await first.close();
  profile.local.items.settings = { eraseAfterTries: true, language: 'en' };
  const hosts = new Set(['https://bank.example/*']);
  const start = async (): Promise<{ vault: Vault; reason: () => Promise<ErasureReason | null> }> => {
    const database = await openVaultDatabase();
    const { session, local } = profile;
    const withdrawHosts = async () => hosts.clear();
    const erasure = createErasure({ database, session, local, withdrawHosts });
    await erasure.finish();
    const vault = createVault({
      ...{ database, session, clock: () => profile.nowMs, closeAfterMs: async () => 300_000 },
      ...{ cost: async () => minimumCost, eraseAfterTries: async () => erases, erase: () => erasure.erase('tries') },
    });
    return { vault, reason: erasure.reason };
  };
  return { profile, hosts, start, id };
}
