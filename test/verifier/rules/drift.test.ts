import { describe, expect, test } from 'vitest';
import { driftAfterAccepted, searchForRegistration } from '../../../verifier/rules/drift.ts';
import { institutionOf } from '../fixture.ts';
import { aFob, aToken } from './state-fixture.ts';

const { drift } = institutionOf();
const after = (driftSteps: number, away: number, window = { past: 1, future: 1 }, token = aFob) =>
  driftAfterAccepted({ ...token, driftSteps }, 1000 + away, 1000, window, drift);

describe('after an accepted code', () => {
  test('moves by one step at the window’s edge, however far that lies, and by none within', () => {
    const wide = { past: 2, future: 1 };
    expect([-2, -1, 0, 1].map((away) => after(3, away, wide))).toEqual([2, 3, 3, 4]);
    expect([-1, 0, 1, 2].map((away) => after(3, away, { past: 1, future: 2 }))).toEqual([2, 3, 3, 4]);
  });

  test('goes up to the limit, and from beyond it only back', () => {
    expect([after(9, 1), after(10, 1), after(-9, -1), after(-10, -1)]).toEqual([10, 10, -10, -10]);
    expect([after(15, 1), after(15, -1), after(-15, 1), after(-15, -1)]).toEqual([15, 14, -14, -15]);
  });

  test('does not move for software', () => {
    expect(after(0, 1, { past: 1, future: 1 }, aToken)).toBe(0);
  });
});

describe('a registration searches', () => {
  const institution = institutionOf({
    otp: { acceptedSteps: { past: 2, future: 1 } },
    drift: { limitSteps: 10, activationSteps: 4, resynchronisationSteps: 20 },
  });

  test('equally far to both sides around the known drift where nobody uses the token', () => {
    for (const used of [
      { status: 'stock', lastStep: -1 },
      { status: 'active', lastStep: 100 },
    ] as const) {
      const search = searchForRegistration({ ...aFob, ...used, driftSteps: 3 }, false, 1000, institution);
      expect(search).toEqual({ centre: 1003, window: { past: 4, future: 4 }, wide: true });
    }
  });

  test('as a validation does where somebody does', () => {
    const search = searchForRegistration({ ...aFob, driftSteps: -3 }, true, 1000, institution);
    expect(search).toEqual({ centre: 997, window: { past: 2, future: 1 }, wide: false });
  });
});
