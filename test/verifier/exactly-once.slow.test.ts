import { expect, test } from 'vitest';
import { drawsAnew } from '../property.ts';
import { temporaryFolder, validate } from './fixture.ts';
import { databaseAt, overHttp, prepare, run, serve } from './processes.ts';
import { addHolders, wideWindow } from './stock-of-tokens.ts';
import { wrongCode } from './totp.ts';

// `npm run test:long` has the time for all of them.
const codes = drawsAnew ? 1_000 : 40;
const kills = drawsAnew ? 100 : 4;
const timeout = drawsAnew ? 3_600_000 : 240_000;

async function holdersOf(folder: string, names: readonly string[]) {
  const store = await databaseAt(folder).open(Date.now());
  try {
    return await addHolders(store, folder, names);
  } finally {
    await store.close();
  }
}

test('200 parallel requests for each code over 3 processes on one database: each code is accepted once', {
  timeout,
}, async () => {
  const folder = temporaryFolder();
  const apiKey = await prepare(folder, wideWindow);
  const servers = await Promise.all([serve(folder), serve(folder), serve(folder)]);
  const asks = servers.map((server) => overHttp(() => server.url, apiKey));
  const spread = (i: number, otp: string, loginId: string) => {
    const bank = asks[i % asks.length];
    if (bank === undefined) throw new Error('no server');
    return validate({ bank }, otp, { loginId });
  };
  let accepted = 0;
  for (let first = 0; first < codes; first += 20) {
    // A few tokens at a time, so that no code grows old while the machine is busy.
    const names = Array.from({ length: Math.min(20, codes - first) }, (_, i) => `user${first + i}`);
    for (const { loginId, code } of await holdersOf(folder, names)) {
      const otp = code();
      const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => spread(i, otp, loginId)));
      const reasons = answers.map(({ body }) => (body.outcome === 'accepted' ? 'accepted' : body.reason));
      expect(reasons.filter((reason) => reason === 'accepted')).toHaveLength(1);
      expect(reasons.filter((reason) => reason === 'replayed')).toHaveLength(199);
      accepted++;
    }
  }
  expect(accepted).toBe(codes);
  for (const server of servers) expect(await server.end()).toBe(0);
  const rows = databaseAt(folder).query(
    `SELECT count(*) AS n FROM audit WHERE outcome = 'accepted' AND operation = 'validate'`,
  );
  expect(rows).toEqual([{ n: codes }]);
  expect((await run(folder, ['audit', 'verify'])).status).toBe(0);
});

test('kill -9 of a process under load: nothing accepted twice, no acknowledged failure, lock or revocation missing', {
  timeout,
}, async () => {
  const folder = temporaryFolder();
  const apiKey = await prepare(folder, {
    ...wideWindow,
    revoke: { general: ['general'], actorOtp: false },
    lockout: { afterFailures: 3, disableAfterFailures: 100 },
  });
  let server = await serve(folder);
  const bank = overHttp(() => server.url, apiKey);
  for (let round = 0; round < kills; round++) {
    const names = Array.from({ length: 20 }, (_, i) => `r${round}-${i}`);
    const holders = await holdersOf(folder, names);
    const [failing, locked, revoked, actor, ...using] = holders;
    if (failing === undefined || locked === undefined || revoked === undefined || actor === undefined)
      throw new Error();
    const wrongOf = ({ code }: typeof failing) => wrongCode(...[-4, -3, -2, -1, 0, 1, 2, 3, 4].map(code));
    const acknowledged = { accepted: new Set<string>(), failures: 0, locks: 0, revoked: false };
    const quietly = (work: Promise<unknown>) => work.catch(() => {});
    const load = [
      ...using.map(({ loginId, code }) =>
        quietly(
          validate({ bank }, code(), { loginId }).then(({ body }) => {
            if (body.outcome === 'accepted') acknowledged.accepted.add(loginId);
          }),
        ),
      ),
      ...[0, 1].map(() =>
        quietly(
          validate({ bank }, wrongOf(failing), { loginId: failing.loginId }).then(({ body }) => {
            if (body.reason === 'wrong') acknowledged.failures++;
          }),
        ),
      ),
      ...[0, 1, 2].map(() =>
        quietly(
          validate({ bank }, wrongOf(locked), { loginId: locked.loginId }).then(({ body }) => {
            if (body.reason === 'wrong') acknowledged.locks++;
          }),
        ),
      ),
      quietly(
        bank('POST', '/v1/revocations', {
          actor: actor.loginId,
          loginIds: [revoked.loginId],
          cause: 'lost',
        }).then(({ body }) => {
          acknowledged.revoked = body.outcome === 'done';
        }),
      ),
    ];
    // Now and then before, now and then behind what is at work.
    await Promise.race([...load.slice(round % load.length), Promise.all(load)]);
    await server.end('SIGKILL');
    await Promise.all(load);

    server = await serve(folder);
    for (const { loginId, code } of using) {
      const { body } = await validate({ bank }, code(), { loginId });
      if (acknowledged.accepted.has(loginId)) expect(body).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
      else expect(['accepted', 'replayed']).toContain(body.reason ?? body.outcome);
      expect((await validate({ bank }, code(), { loginId })).body.reason).toBe('replayed');
    }
    const otpOf = async (loginId: string) => (await bank('GET', `/v1/users/${loginId}`)).body.otp;
    expect((await otpOf(failing.loginId)).remainingAttempts).toBeLessThanOrEqual(3 - acknowledged.failures);
    if (acknowledged.locks === 3) expect((await otpOf(locked.loginId)).status).toBe('locked');
    if (acknowledged.revoked) expect((await otpOf(revoked.loginId)).status).toBe('revoked');
  }
  await server.end();
  expect((await run(folder, ['audit', 'verify'])).status).toBe(0);
});
