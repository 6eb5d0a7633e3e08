import { expect, test } from 'vitest';
import { activeToken, bench, fakeClock, validate } from './fixture.ts';

test('a clock set back by up to one step goes on, by more it refuses and says why', async () => {
  const at = await bench();
  const token = await activeToken(at);
  at.clock.advance(10 * 60_000);
  await at.bank('GET', '/v1/users/hanako');
  const old = token.code(-5);
  at.clock.advance(-60_000);
  expect((await at.bank('GET', '/v1/users/hanako')).status).toBe(200);
  expect((await at.anyone('GET', '/readyz')).body).toEqual({ ready: true, reason: null });
  at.clock.advance(-4 * 60_000);
  const refused = await validate(at, old);
  expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
  const ready = await at.anyone('GET', '/readyz');
  expect(ready.status).toBe(503);
  expect(ready.body.reason).toContain('the clock was set back by 300 s');
  at.clock.advance(5 * 60_000);
  expect((await validate(at, token.code())).body.outcome).toBe('accepted');
});

test('a restart does not forget the time: the newest row of the log keeps it', async () => {
  const at = await bench();
  const token = await activeToken(at);
  expect((await validate(at, token.code())).body.outcome).toBe('accepted');
  const again = await bench({ folder: at.folder, clock: fakeClock(at.clock.nowMs() - 61_000) });
  expect((await validate(again, token.code(-1))).status).toBe(503);
  expect((await again.anyone('POST', '/v1/provisioning', {})).status).toBe(503);
});
