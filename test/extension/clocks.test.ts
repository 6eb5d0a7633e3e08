import { describe, expect, test } from 'vitest';
import { createClocks } from '../../extension/clocks.ts';
import { codeAt } from '../../shared/otp.ts';
import { Profile, token } from './support.ts';

const address = 'https://otp.example';
const minute = 60_000;
const hour = 60 * minute;

/** A vault with two tokens of one verifier and one of another; each verifier's clock is `skewMs` from this one. */
async function start({ skewMs = 0, allowed = true } = {}) {
  const profile = new Profile();
  const vault = await profile.startVault();
  await vault.create('481516234208');
  const ids: string[] = [];
  for (const [index, verifier] of [address, address, 'https://elsewhere.example'].entries()) {
    const added = await vault.add({ ...token, userId: `USER${index}`, verifier });
    if (!added.ok) throw new Error(added.reason);
    ids.push(added.value);
  }
  const network = { skewMs, takesMs: 0, reachable: true, asked: [] as string[] };
  const clocks = createClocks({
    vault,
    session: profile.session,
    clock: () => profile.nowMs,
    isAllowed: async () => allowed,
    verifier: {
      async time(asked) {
        network.asked.push(asked);
        profile.nowMs += network.takesMs / 2;
        const value = profile.nowMs + network.skewMs;
        profile.nowMs += network.takesMs / 2;
        return network.reachable ? { ok: true, value } : { ok: false, reason: 'unreachable' };
      },
    },
  });
  const first = ids[0] ?? '';
  const clockOf = async (id: string) => (await vault.list())?.find((each) => each.id === id)?.clock ?? null;
  return { profile, vault, network, clocks, ids, first, clockOf };
}

describe('measuring', () => {
  test('takes the answer to be of the middle between question and answer', async () => {
    const { clocks, network } = await start({ skewMs: -90_000 });
    network.takesMs = 4000;
    expect(await clocks.measure(address)).toEqual({ ok: true, value: 90_000 });
  });

  test.each([
    ['took longer than ten seconds', 10_002],
    ['came before it was asked for, by a clock that was set back', -2],
  ])('believes no answer that %s', async (_, takesMs) => {
    const { clocks, network } = await start({ skewMs: -90_000 });
    network.takesMs = takesMs;
    expect(await clocks.measure(address)).toEqual({ ok: false, reason: 'unreachable' });
    expect(await clocks.measured(address)).toBeNull();
  });

  test('of a set-up goes along with its token', async () => {
    const { clocks, profile } = await start({ skewMs: 30_000 });
    await clocks.measure(address);
    expect(await clocks.measured(address)).toEqual({
      differenceMs: -30_000,
      checkedAtMs: profile.nowMs,
      correctionMs: 0,
    });
  });

  test('keeps what was measured, with its own time, where the verifier does not answer the next time', async () => {
    const { clocks, network, profile } = await start({ skewMs: 30_000 });
    await clocks.measure(address);
    const checkedAtMs = profile.nowMs;
    profile.nowMs += minute;
    network.reachable = false;
    expect(await clocks.measure(address)).toMatchObject({ ok: false });
    expect(await clocks.measured(address)).toEqual({ differenceMs: -30_000, checkedAtMs, correctionMs: 0 });
    // The pace goes by the last question all the same.
    profile.nowMs = checkedAtMs + hour;
    profile.closeAfterMs = Number.POSITIVE_INFINITY;
    await clocks.checkIfDue();
    expect(network.asked.filter((asked) => asked === address)).toHaveLength(2);
  });
});

describe('checking now and then', () => {
  test('asks nobody unless the person allowed it', async () => {
    const { clocks, network } = await start({ allowed: false });
    await clocks.checkIfDue();
    expect(network.asked).toEqual([]);
  });

  test('asks each verifier once, and again a day later', async () => {
    const { clocks, network, profile, first, ids, clockOf } = await start({ skewMs: -15_000 });
    for (let times = 0; times < 3; times++) await clocks.checkIfDue();
    expect(network.asked.toSorted()).toEqual(['https://elsewhere.example', address]);
    expect((await clockOf(first))?.differenceMs).toBe(15_000);
    expect((await clockOf(ids[1] ?? ''))?.differenceMs).toBe(15_000);
    profile.closeAfterMs = Number.POSITIVE_INFINITY;
    profile.nowMs += 24 * hour - 1;
    await clocks.checkIfDue();
    expect(network.asked).toHaveLength(2);
    profile.nowMs += 1;
    await clocks.checkIfDue();
    expect(network.asked).toHaveLength(4);
  });

  test('asks each verifier once, however many messages find the check due at the same time', async () => {
    const { clocks, network } = await start();
    await Promise.all(Array.from({ length: 10 }, () => clocks.checkIfDue()));
    expect(network.asked).toHaveLength(2);
  });

  test('asks a verifier that did not answer no sooner than an hour later', async () => {
    const { clocks, network, profile, first, clockOf } = await start();
    profile.closeAfterMs = Number.POSITIVE_INFINITY;
    network.reachable = false;
    await clocks.checkIfDue();
    await clocks.checkIfDue();
    expect(network.asked).toHaveLength(2);
    expect(await clockOf(first)).toBeNull();
    profile.nowMs += hour;
    await clocks.checkIfDue();
    expect(network.asked).toHaveLength(4);
  });

  test('asks again where the clock was set back meanwhile', async () => {
    const { clocks, network, profile } = await start();
    profile.closeAfterMs = Number.POSITIVE_INFINITY;
    await clocks.checkIfDue();
    profile.nowMs -= 24 * hour;
    await clocks.checkIfDue();
    expect(network.asked).toHaveLength(4);
  });

  test('asks nobody while the vault is closed', async () => {
    const { clocks, network, vault } = await start();
    await vault.close();
    await clocks.checkIfDue();
    expect(network.asked).toEqual([]);
  });
});

describe('checking because the person wants to know', () => {
  test('asks each verifier once, names the hosts that did not answer, and leaves out a token without a verifier', async () => {
    const { clocks, network, vault } = await start();
    await vault.add({ ...token, userId: 'NOWHERE', verifier: null });
    network.reachable = false;
    expect(await clocks.checkAll()).toEqual({ outcome: 'checked', unreached: ['otp.example', 'elsewhere.example'] });
    expect(network.asked).toEqual([address, 'https://elsewhere.example']);
    await clocks.checkIfDue();
    expect(network.asked).toHaveLength(2);
    await vault.close();
    expect(await clocks.checkAll()).toEqual({ outcome: 'vaultClosed' });
  });
});

describe('a correction', () => {
  test('changes the codes of that verifier alone, once the person confirmed the difference that they saw', async () => {
    const { clocks, vault, ids, first, profile } = await start({ skewMs: -10 * minute });
    await clocks.checkAll();
    expect((await vault.code(first))?.code).toBe(codeAt(token.seed, token, profile.nowMs));
    expect(await clocks.correct({ tokenId: first, correctionMs: 10 * minute })).toEqual({ outcome: 'corrected' });
    const corrected = codeAt(token.seed, token, profile.nowMs - 10 * minute);
    expect((await vault.code(first))?.code).toBe(corrected);
    expect((await vault.code(ids[1] ?? ''))?.code).toBe(corrected);
    expect((await vault.code(ids[2] ?? ''))?.code).toBe(codeAt(token.seed, token, profile.nowMs));
  });

  test('counts down to the change of the corrected code', async () => {
    const { clocks, vault, first, profile } = await start({ skewMs: -90_000 });
    await clocks.checkAll();
    await clocks.correct({ tokenId: first, correctionMs: 90_000 });
    const code = await vault.code(first);
    if (code === null) throw new Error('the vault is open');
    expect(code.changesAtMs - profile.nowMs).toBe(30_000);
    profile.nowMs = code.changesAtMs;
    expect((await vault.code(first))?.code).toBe(code.next);
  });

  test('holds for a token that is added later, too', async () => {
    const { clocks, vault, first, profile, clockOf } = await start({ skewMs: -10 * minute });
    await clocks.checkAll();
    await clocks.correct({ tokenId: first, correctionMs: 10 * minute });
    const clock = { differenceMs: 10 * minute + 5, checkedAtMs: profile.nowMs, correctionMs: 0 };
    const added = await vault.add({ ...token, userId: 'LATER', clock });
    expect(added.ok && (await clockOf(added.value))).toEqual({ ...clock, correctionMs: 10 * minute });
  });

  test('is taken back', async () => {
    const { clocks, vault, first, profile } = await start({ skewMs: -10 * minute });
    await clocks.checkAll();
    await clocks.correct({ tokenId: first, correctionMs: 10 * minute });
    expect(await clocks.correct({ tokenId: first, correctionMs: 0 })).toEqual({ outcome: 'corrected' });
    expect((await vault.code(first))?.code).toBe(codeAt(token.seed, token, profile.nowMs));
  });

  test('is refused where it is another than was measured, or nothing was', async () => {
    const { clocks, first, clockOf } = await start({ skewMs: -10 * minute });
    expect(await clocks.correct({ tokenId: first, correctionMs: 10 * minute })).toEqual({ outcome: 'refused' });
    await clocks.checkAll();
    expect(await clocks.correct({ tokenId: first, correctionMs: 11 * minute })).toEqual({ outcome: 'refused' });
    expect((await clockOf(first))?.correctionMs).toBe(0);
  });

  test.each([
    ['older than five minutes', 5 * minute + 1],
    ['of a time that is still to come, since the clock was set back', -1],
  ])('is refused where the measurement is %s, and taken back all the same', async (_, laterMs) => {
    const { clocks, profile, first } = await start({ skewMs: -10 * minute });
    profile.closeAfterMs = Number.POSITIVE_INFINITY;
    await clocks.checkAll();
    profile.nowMs += laterMs;
    expect(await clocks.correct({ tokenId: first, correctionMs: 10 * minute })).toEqual({ outcome: 'refused' });
    await clocks.checkAll();
    expect(await clocks.correct({ tokenId: first, correctionMs: 10 * minute })).toEqual({ outcome: 'corrected' });
    profile.nowMs += laterMs;
    expect(await clocks.correct({ tokenId: first, correctionMs: 0 })).toEqual({ outcome: 'corrected' });
  });

  test('goes no further than a day, whatever a verifier says', async () => {
    for (const [skewMs, outcome] of [
      [-24 * hour, 'corrected'],
      [-24 * hour - 1, 'refused'],
      [24 * hour + 1, 'refused'],
    ] as const) {
      const { clocks, first } = await start({ skewMs });
      await clocks.checkAll();
      expect(await clocks.correct({ tokenId: first, correctionMs: -skewMs })).toEqual({ outcome });
    }
  });

  test('stays what the person confirmed when the verifier later says something else', async () => {
    const { clocks, network, first, clockOf } = await start({ skewMs: -10 * minute });
    await clocks.checkAll();
    await clocks.correct({ tokenId: first, correctionMs: 10 * minute });
    network.skewMs = -3 * hour;
    await clocks.checkAll();
    expect(await clockOf(first)).toMatchObject({ differenceMs: 3 * hour, correctionMs: 10 * minute });
  });

  test('has the clock checked every hour, where checking is allowed', async () => {
    const { clocks, network, profile, first } = await start({ skewMs: -10 * minute });
    profile.closeAfterMs = Number.POSITIVE_INFINITY;
    await clocks.checkAll();
    await clocks.correct({ tokenId: first, correctionMs: 10 * minute });
    network.asked.length = 0;
    profile.nowMs += hour;
    await clocks.checkIfDue();
    expect(network.asked).toEqual([address]);
  });
});
