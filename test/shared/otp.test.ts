import { describe, expect, test } from 'vitest';
import {
  codeAt,
  codeOfStep,
  fromBase32,
  matchStep,
  type OtpParameters,
  otpAlgorithms,
  remainingMs,
  stepAt,
  toBase32,
} from '../../shared/otp.ts';
import { fc } from '../property.ts';
import { rfc4226, rfc6238 } from '../vectors/rfc.ts';
import { independentCode } from '../verifier/totp.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const parametersArbitrary = fc.record({
  algorithm: fc.constantFrom(...otpAlgorithms),
  digits: fc.constantFrom(6, 7, 8),
  periodSeconds: fc.constantFrom(30, 60),
});
const seedArbitrary = fc.uint8Array({ minLength: 16, maxLength: 64 });

describe('codes', () => {
  test.each(rfc4226.codes.map((code, counter) => ({ counter, code })))(
    'RFC 4226 appendix D, counter $counter: $code',
    ({ counter, code }) => {
      expect(codeOfStep(bytes(rfc4226.seed), { algorithm: 'SHA1', digits: 6, periodSeconds: 30 }, counter)).toBe(code);
    },
  );

  test.each(rfc6238.rows.flatMap((row) => otpAlgorithms.map((algorithm) => ({ ...row, algorithm }))))(
    'RFC 6238 appendix B, $algorithm at $seconds s',
    (row) => {
      const parameters = { algorithm: row.algorithm, digits: 8, periodSeconds: 30 };
      expect(codeAt(bytes(rfc6238.seeds[row.algorithm]), parameters, row.seconds * 1000)).toBe(row[row.algorithm]);
    },
  );

  test('agree with an independent implementation for every algorithm, length and period', () => {
    fc.assert(
      fc.property(seedArbitrary, parametersArbitrary, fc.nat({ max: 4_102_444_800_000 }), (seed, parameters, nowMs) => {
        expect(codeAt(seed, parameters, nowMs)).toBe(independentCode(seed, parameters, nowMs));
      }),
    );
  });

  test('change at the first millisecond of a step and not before', () => {
    expect(stepAt(60, 59_999)).toBe(0);
    expect(stepAt(60, 60_000)).toBe(1);
    expect(stepAt(30, 59_999)).toBe(1);
    expect(remainingMs(60, 59_999)).toBe(1);
    expect(remainingMs(60, 60_000)).toBe(60_000);
    expect(remainingMs(30, 31_000)).toBe(29_000);
  });
});

describe('matching a code to a step', () => {
  const parameters: OtpParameters = { algorithm: 'SHA256', digits: 8, periodSeconds: 60 };
  const seed = bytes(rfc6238.seeds.SHA256);
  const codeOf = (step: number) => codeOfStep(seed, parameters, step);

  test('finds exactly the steps of the window', () => {
    const window = { past: 1, future: 2 };
    const found = Array.from({ length: 9 }, (_, i) => matchStep(seed, parameters, codeOf(96 + i), 100, window));
    expect(found).toEqual([null, null, null, 99, 100, 101, 102, null, null]);
  });

  test('refuses a code of another length, even one that begins or ends with the right digits', () => {
    const code = codeOf(100);
    for (const other of [code.slice(0, 6), code.slice(2), `${code}0`, `0${code}`, '']) {
      expect(matchStep(seed, parameters, other, 100, { past: 1, future: 1 })).toBeNull();
    }
  });

  test('keeps leading zeros', () => {
    const step = Array.from({ length: 200 }, (_, i) => i).find((i) => codeOf(i).startsWith('0')) ?? -1;
    const code = codeOf(step);
    expect(code).toHaveLength(8);
    expect(matchStep(seed, parameters, code, step, { past: 0, future: 0 })).toBe(step);
    expect(matchStep(seed, parameters, code.slice(1), step, { past: 0, future: 0 })).toBeNull();
  });

  test('never looks before the first step', () => {
    expect(matchStep(seed, parameters, codeOf(0), 0, { past: 2, future: 0 })).toBe(0);
    expect(matchStep(seed, parameters, '00000000', 0, { past: 2, future: 0 })).toBeNull();
  });

  test('a code that stands for two steps spends the one nearest to now', () => {
    // One digit less than allowed makes such pairs common enough to find one.
    const short: OtpParameters = { algorithm: 'SHA1', digits: 2, periodSeconds: 30 };
    const pair = Array.from({ length: 5000 }, (_, i) => i + 2).find(
      (i) => codeOfStep(seed, short, i) === codeOfStep(seed, short, i - 1),
    );
    expect(pair).toBeDefined();
    const centre = pair ?? 0;
    const code = codeOfStep(seed, short, centre);
    expect(matchStep(seed, short, code, centre, { past: 1, future: 1 })).toBe(centre);
    expect(matchStep(seed, short, code, centre - 1, { past: 1, future: 1 })).toBe(centre - 1);
  });

  test('whatever matches lies in the window and has that code', () => {
    fc.assert(
      fc.property(
        seedArbitrary,
        parametersArbitrary,
        fc.integer({ min: 0, max: 100_000_000 }),
        fc.integer({ min: -5, max: 5 }),
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 2 }),
        (anySeed, anyParameters, centre, away, past, future) => {
          const step = Math.max(0, centre + away);
          const code = codeOfStep(anySeed, anyParameters, step);
          const found = matchStep(anySeed, anyParameters, code, centre, { past, future });
          if (step >= centre - past && step <= centre + future) expect(found).not.toBeNull();
          if (found !== null) {
            expect(found).toBeGreaterThanOrEqual(centre - past);
            expect(found).toBeLessThanOrEqual(centre + future);
            expect(codeOfStep(anySeed, anyParameters, found)).toBe(code);
          }
        },
      ),
    );
  });
});

describe('base32', () => {
  test('gives back the same bytes without padding', () => {
    fc.assert(
      fc.property(seedArbitrary, (seed) => {
        const text = toBase32(seed);
        expect(text).toMatch(/^[A-Z2-7]+$/);
        expect(fromBase32(text)).toEqual(seed);
      }),
    );
  });

  test('refuses what is no base32', () => {
    expect(() => fromBase32('GEZD1')).toThrow(TypeError);
  });
});
