import { describe, expect, test } from 'vitest';
import { fc } from '../property.ts';
import { activeToken } from './fixture.ts';
import { activated, check, fob, lockOut, office, otpOf, person, written } from './office.ts';

type Office = Awaited<ReturnType<typeof office>>;
const resynchronise = (at: Office, otps: readonly string[], headers?: Record<string, string>) =>
  at.bank('POST', '/v1/users/hanako/resynchronisation', { otps }, headers);

async function withFob(offsetSteps = 0) {
  const at = await office();
  await person(at, 'hanako');
  const token = await fob(at);
  await activated(at, 'hanako', token);
  at.clock.advance(3_600_000);
  token.offsetMs = offsetSteps * 60_000;
  return { at, token };
}

describe('two codes in a row', () => {
  test.each([-19, -7, 0, 12, 20])(
    'of a fob that is off by %i steps are accepted, and its next code too',
    async (steps) => {
      const { at, token } = await withFob(steps);
      const otps = [token.code(-1), token.code()];
      expect((await resynchronise(at, otps)).body).toEqual({ outcome: 'accepted', driftSteps: steps });
      at.clock.advance(60_000);
      expect((await check(at, 'hanako', token.code())).body.outcome).toBe('accepted');
    },
  );

  test('are both spent: neither is accepted afterwards, nor are they as a pair', async () => {
    const { at, token } = await withFob(3);
    const otps = [token.code(-1), token.code()];
    await resynchronise(at, otps);
    for (const otp of otps) expect((await check(at, 'hanako', otp)).body.reason).toBe('replayed');
    expect((await resynchronise(at, otps)).body).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
  });

  test('of which the first was used before are replayed, and nothing is counted', async () => {
    const { at, token } = await withFob();
    const used = token.code();
    expect((await check(at, 'hanako', used)).body.outcome).toBe('accepted');
    expect((await resynchronise(at, [used, token.code(1)])).body).toEqual({
      outcome: 'rejected',
      reason: 'replayed',
      remainingAttempts: 5,
    });
  });

  test('of which one is wrong, that lie apart, in the wrong order or too far away count as one wrong code', async () => {
    const { at, token } = await withFob();
    let left = 5;
    for (const otps of [
      [token.code(), token.wrong()],
      [token.code(), token.code(2)],
      [token.code(1), token.code()],
      [token.code(20), token.code(21)],
    ]) {
      expect((await resynchronise(at, otps)).body).toEqual({
        outcome: 'rejected',
        reason: 'wrong',
        remainingAttempts: --left,
      });
    }
    expect((await resynchronise(at, [token.code(), token.code()])).body.remainingAttempts).toBe(0);
    expect((await otpOf(at, 'hanako')).status).toBe('locked');
  });

  test('over and over do not lead further than the search of one', async () => {
    const { at, token } = await withFob(20);
    await resynchronise(at, [token.code(-1), token.code()]);
    at.clock.advance(3_600_000);
    token.offsetMs = 30 * 60_000;
    expect((await resynchronise(at, [token.code(-1), token.code()])).body.reason).toBe('wrong');
  });

  test('are not looked at for a locked token, for software, or for nobody’s', async () => {
    const { at, token } = await withFob(2);
    await lockOut(at, 'hanako', token);
    expect((await resynchronise(at, [token.code(-1), token.code()])).body).toEqual({
      outcome: 'refused',
      reason: 'locked',
    });
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'] });
    const nothing = { outcome: 'refused', reason: 'nothingToResynchronise' };
    expect((await resynchronise(at, ['123456', '123456'])).body).toEqual(nothing);
    const software = await office();
    await activeToken(software);
    expect((await resynchronise(software, ['12345678', '12345678'])).body).toEqual(nothing);
  });

  test('are two and look like codes: otherwise malformed, and the same attempt answers the same', async () => {
    const { at, token } = await withFob(2);
    expect((await resynchronise(at, [token.code()])).status).toBe(400);
    expect((await resynchronise(at, [token.code(), '12345'])).status).toBe(400);
    const otps = [token.code(-1), token.code()];
    const headers = { 'idempotency-key': 'attempt-1' };
    const first = (await resynchronise(at, otps, headers)).body;
    expect((await resynchronise(at, otps, headers)).body).toEqual(first);
  });
});

describe('drift learned from codes at the window’s edge', () => {
  test('follows a fob whose clock runs slow, one step per code, up to the limit', async () => {
    const { at, token } = await withFob();
    for (let steps = 1; steps <= 11; steps++) {
      at.clock.advance(30 * 60_000);
      token.offsetMs = -steps * 60_000;
      const outcome = (await check(at, 'hanako', token.code())).body.outcome;
      expect([steps, outcome]).toEqual([steps, 'accepted']);
    }
    expect(at.rows('SELECT drift_steps FROM tokens')).toEqual([{ drift_steps: -10 }]);
    at.clock.advance(30 * 60_000);
    token.offsetMs = -12 * 60_000;
    expect((await check(at, 'hanako', token.code())).body.reason).toBe('wrong');
  });

  test('comes back towards zero from beyond the limit', async () => {
    const { at, token } = await withFob(15);
    await resynchronise(at, [token.code(-1), token.code()]);
    at.clock.advance(600_000);
    token.offsetMs = 16 * 60_000;
    await check(at, 'hanako', token.code());
    expect(at.rows('SELECT drift_steps FROM tokens')).toEqual([{ drift_steps: 15 }]);
    at.clock.advance(600_000);
    token.offsetMs = 14 * 60_000;
    await check(at, 'hanako', token.code());
    expect(at.rows('SELECT drift_steps FROM tokens')).toEqual([{ drift_steps: 14 }]);
  });

  test('does not move by wrong or replayed codes', async () => {
    const { at, token } = await withFob();
    await check(at, 'hanako', token.code(1));
    await check(at, 'hanako', token.code(1));
    await check(at, 'hanako', token.code(5));
    expect(at.rows('SELECT drift_steps FROM tokens')).toEqual([{ drift_steps: 1 }]);
  });

  test('keeps any fob in use whose clock is off by no multiple of a step, at whatever moment it is read', async () => {
    const at = await office();
    let run = 0;
    const uses = fc.array(
      fc.record({
        pauseMs: fc.integer({ min: 120_000, max: 86_400_000 }),
        withinMs: fc.integer({ min: 0, max: 59_999 }),
      }),
      { minLength: 1, maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -5, max: 4 }), uses, async (steps, moments) => {
        const loginId = `user${run++}`;
        await person(at, loginId);
        const token = await fob(at, String(10_000_000 + run), 'C-1', { offsetMs: steps * 60_000 + 30_000 });
        await activated(at, loginId, token);
        for (const { pauseMs, withinMs } of moments) {
          at.clock.advance(pauseMs);
          // Between two whole steps the server sees now the one and now the other, and follows.
          token.offsetMs = steps * 60_000 + withinMs;
          expect((await check(at, loginId, token.code())).body.outcome).toBe('accepted');
          const [row] = at.rows(`SELECT drift_steps FROM tokens WHERE token_id = '${token.tokenId}'`);
          expect([steps, steps + 1]).toContain(row?.drift_steps);
        }
      }),
      { numRuns: 25 },
    );
  }, 30_000);
});
