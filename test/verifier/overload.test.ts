import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { activeToken, bench, validate } from './fixture.ts';

test('more requests than may be at work are refused with 503 and Retry-After; the others, and later ones, are answered', async () => {
  const at = await bench({ options: { limits: { inFlight: 5 } } });
  const token = await activeToken(at);
  // Somebody else writes, so that what is at work stays at work.
  const other = new DatabaseSync(`${at.folder}/verifier.sqlite`);
  onTestFinished(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const answers = Array.from({ length: 12 }, () => validate(at, token.code()));
  const refused = await Promise.all(answers.slice(5));
  for (const answer of refused) {
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After');
  }
  expect((await at.anyone('GET', '/healthz')).body).toEqual({ alive: true });
  other.exec('COMMIT');
  const served = await Promise.all(answers.slice(0, 5));
  expect(served.filter((answer) => answer.body.outcome === 'accepted')).toHaveLength(1);
  expect(served.filter((answer) => answer.body.reason === 'replayed')).toHaveLength(4);
  at.clock.advance(60_000);
  expect((await validate(at, token.code())).body.outcome).toBe('accepted');
});
