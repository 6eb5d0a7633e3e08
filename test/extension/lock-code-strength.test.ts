import { expect, test } from 'vitest';
import { weaknessOf } from '../../extension/lock-code-strength.ts';

test.each([
  ['short', ['7', '12', '4907', '48151']],
  ['repeat', ['0000', '000000', '4747', '123123', '48154815', '7007007']],
  ['sequence', ['1234', '123456', '9876', '890123', '112233', '3210']],
  ['date', ['1985', '0703', '3107', '850703', '031207', '19850703', '03071985', '20261121']],
  [null, ['490751', '4071592836', '630518274911', '48151623', '99000000000000000000000000000004']],
] as const)('a lock code that comes to mind is called %s', (weakness, lockCodes) => {
  for (const lockCode of lockCodes) expect(weaknessOf(lockCode), lockCode).toBe(weakness);
});
