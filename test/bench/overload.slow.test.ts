import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../verifier/fixture.ts';

test('at twice the capacity each request is answered, each acceptance is in the log once, no queue stands, and normal load is served afterwards', async () => {
  const path = join(temporaryFolder(), 'overload.json');
  const script = new URL('overload.ts', import.meta.url).pathname;
  const parameters = [script, '--seconds', '4', '--around', '2', '--json', path];
  // Its status tells of timing too, which is nothing for a test.
  const stderr = await new Promise<string>((resolve) =>
    execFile(process.execPath, parameters, (_, __, text) => resolve(text)),
  );
  const report = JSON.parse(readFileSync(path, 'utf8')) as {
    during: {
      sent: number;
      accepted: { count: number };
      refused: { count: number };
      others: object;
      unanswered: number;
    };
    atWork: number;
    rows: number;
    after: { perSecond: number };
  };
  const { sent, accepted, refused, others, unanswered } = report.during;
  expect([others, unanswered, stderr]).toEqual([{}, 0, '']);
  expect(accepted.count + refused.count).toBe(sent);
  expect(accepted.count).toBeGreaterThan(0);
  expect(report.rows).toBe(accepted.count);
  expect(report.atWork).toBeLessThan(520);
  expect(report.after.perSecond).toBeGreaterThan(0);
});
