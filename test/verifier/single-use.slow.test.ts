import { expect, test } from 'vitest';
import { setUp, temporaryFolder, validate } from './fixture.ts';
import { benchOf, databaseAt, overHttp, prepare, serve } from './processes.ts';
import { independentCode, wrongCode } from './totp.ts';

// Two steps to each side leave unspent codes at any moment, before and after the clock enters the next step.
const institution = { otp: { periodSeconds: 30, acceptedSteps: { past: 2, future: 2 } } };

async function activated(url: () => string, apiKey: string, loginId: string) {
  const at = benchOf(url, apiKey, institution);
  const token = await setUp(at, loginId);
  const nowMs = Date.now();
  const code = (away: number) => independentCode(token.seed, at.institution.otp, nowMs, away);
  const activation = await at.bank('POST', `/v1/users/${loginId}/activation`, { otp: code(-1) });
  expect(activation.body.outcome).toBe('accepted');
  return { at, code };
}

test('100 parallel requests over HTTP with one code: exactly one is accepted', async () => {
  const folder = temporaryFolder();
  const apiKey = await prepare(folder, institution);
  const server = await serve(folder);
  for (let round = 0; round < 3; round++) {
    const loginId = `user${round}`;
    const { at, code } = await activated(() => server.url, apiKey, loginId);
    const bodies = await Promise.all(Array.from({ length: 100 }, () => validate(at, code(0), { loginId })));
    expect(bodies.filter((answer) => answer.body.outcome === 'accepted')).toHaveLength(1);
    expect(bodies.filter((answer) => answer.body.reason === 'replayed')).toHaveLength(99);
  }
});

test('over 3 processes on one database: one of 200 is accepted, and exactly afterFailures wrong ones count', async () => {
  const folder = temporaryFolder();
  const apiKey = await prepare(folder, institution);
  const servers = await Promise.all([serve(folder), serve(folder), serve(folder)]);
  const asks = servers.map((server) => overHttp(() => server.url, apiKey));
  const spread = (count: number, body: object) =>
    Promise.all(
      Array.from({ length: count }, (_, i) => {
        const ask = asks[i % asks.length];
        if (ask === undefined) throw new Error('no server');
        return validate({ bank: ask }, '', body);
      }),
    );
  for (let round = 0; round < 3; round++) {
    const loginId = `user${round}`;
    const { code } = await activated(() => servers[0].url, apiKey, loginId);
    const right = await spread(200, { loginId, otp: code(0) });
    expect(right.filter((answer) => answer.body.outcome === 'accepted')).toHaveLength(1);
    expect(right.filter((answer) => answer.body.reason === 'replayed')).toHaveLength(199);

    const otp = wrongCode(...[-4, -3, -2, -1, 0, 1, 2, 3, 4].map(code));
    const wrong = await spread(60, { loginId, otp });
    expect(wrong.filter((answer) => answer.body.outcome === 'rejected')).toHaveLength(5);
    expect(wrong.filter((answer) => answer.body.reason === 'locked')).toHaveLength(55);
    const after = await spread(3, { loginId, otp: code(1) });
    expect(after.map((answer) => answer.body.reason)).toEqual(['locked', 'locked', 'locked']);
  }
  for (const server of servers) await server.end();
  const gaps = databaseAt(folder).query(
    'SELECT token_id, count(*) AS n, max(token_number) AS top FROM audit WHERE token_id IS NOT NULL GROUP BY token_id',
  );
  expect(gaps).toHaveLength(3);
  for (const { n, top } of gaps) expect(n).toBe(top);
});

test('several processes that start at once on an empty folder share one key file', async () => {
  const folder = temporaryFolder();
  const apiKey = await prepare(folder, institution);
  const servers = await Promise.all(Array.from({ length: 4 }, () => serve(folder)));
  const [first] = servers;
  if (first === undefined) throw new Error('no server');
  const { code } = await activated(() => first.url, apiKey, 'hanako');
  for (const [i, server] of servers.entries()) {
    const answer = await validate({ bank: overHttp(() => server.url, apiKey) }, code(0));
    expect(answer.body).toMatchObject(i === 0 ? { outcome: 'accepted' } : { reason: 'replayed' });
  }
});

test('kill -9 right after an acceptance under load: after the restart no accepted code is accepted again', async () => {
  const folder = temporaryFolder();
  const apiKey = await prepare(folder, institution);
  let server = await serve(folder);
  const url = () => server.url;
  for (let round = 0; round < 8; round++) {
    const loginId = `user${round}`;
    const { at, code } = await activated(url, apiKey, loginId);
    const other = await activated(url, apiKey, `other${round}`);
    const otp = wrongCode(...[-4, -3, -2, -1, 0, 1, 2, 3, 4].map(other.code));
    const counted = [
      validate(other.at, otp, { loginId: `other${round}` }),
      validate(other.at, otp, { loginId: `other${round}` }),
    ];
    const [accepted, ...wrong] = await Promise.all([validate(at, code(0), { loginId }), ...counted]);
    const load = Array.from({ length: 20 }, () => validate(at, code(0), { loginId }).catch(() => null));
    const ended = server.end('SIGKILL');
    expect(accepted.body.outcome).toBe('accepted');
    await Promise.all([ended, ...load]);

    server = await serve(folder);
    expect((await validate(at, code(0), { loginId })).body).toMatchObject({ outcome: 'rejected', reason: 'replayed' });
    expect(wrong.map((answer) => answer.body.reason)).toEqual(['wrong', 'wrong']);
    const user = await at.bank('GET', `/v1/users/other${round}`);
    expect(user.body.otp.remainingAttempts).toBe(3);
  }
});
