import { expect, test } from 'vitest';
import { activeToken, bench, validate } from '../verifier/fixture.ts';

const under = (key: string) => ({ 'idempotency-key': key });

test('a key whose answer is over may be used again for an accepted code and for a replayed one', async () => {
  const at = await bench();
  const token = await activeToken(at);
  const period = at.institution.otp.periodSeconds * 1000;
  for (let round = 0; round < 3; round++) {
    expect((await validate(at, token.code(), {}, under('a'))).body.outcome).toBe('accepted');
    expect((await validate(at, token.code(), {}, under('b'))).body.reason).toBe('replayed');
    at.clock.advance(Math.ceil(600_001 / period) * period);
  }
  expect(at.rows('SELECT count(*) AS n FROM kept_answers')).toEqual([{ n: 2 }]);
});

test('answers that are over do not pile up under validations alone', async () => {
  const at = await bench();
  await activeToken(at);
  // Long enough for more than one removal.
  for (let round = 0; round < 8; round++) {
    for (let i = 0; i < 150; i++) await validate(at, '00000000', { operation: 'payroll' }, under(`${round}-${i}`));
    at.clock.advance(600_001);
  }
  const [row] = at.rows('SELECT count(*) AS n FROM kept_answers');
  expect(row?.n).toBeLessThan(600);
});
