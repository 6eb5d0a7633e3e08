import { expect, test } from 'vitest';
import { createClockGuard } from '../../verifier/clock-guard.ts';
import { activeToken, addUser, bench, browser, fakeClock, issue, provision, validate } from './fixture.ts';

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

test('the log is asked for the time at the start alone, and an answer that comes late sets no time back', async () => {
  const { store, clock } = await bench();
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let asked = 0;
  const newestAuditMs = async () => {
    await answers[asked++]?.promise;
    return store.newestAuditMs();
  };
  const guard = createClockGuard({ ...store, newestAuditMs }, clock);
  const [early, late] = [guard.behindMs(), guard.behindMs()];
  answers[0]?.resolve();
  expect(await early).toBe(0);
  clock.advance(-1_000);
  answers[1]?.resolve();
  expect(await late).toBe(1_000);
  expect(await guard.behindMs()).toBe(1_000);
  expect(asked).toBe(2);
});

test('an institution that this version does not read keeps nobody else from the time and from a set-up', async () => {
  const at = await bench();
  const { store } = at;
  await store.transaction('2002', async (transaction) => {
    await transaction.putInstitution({ ...at.institution, serviceId: '2002' }, 5);
  });
  at.rows(`UPDATE institutions SET document = replace(document, '"digits":8', '"digits":9') WHERE service_id = '2002'`);
  await expect(store.institution('2002')).rejects.toThrow(/otp\.digits/);
  await addUser(at);
  const mail = await issue(at);
  expect((await at.anyone('GET', '/v1/time')).status).toBe(200);
  expect((await at.anyone('GET', '/readyz')).status).toBe(200);
  expect((await provision(at, mail.body.userId, await browser())).status).toBe(200);
  // Its period is not known: the shortest that there is counts.
  at.clock.advance(40_000);
  await at.anyone('GET', '/v1/time');
  at.clock.advance(-31_000);
  expect((await at.anyone('GET', '/v1/time')).status).toBe(503);
});
