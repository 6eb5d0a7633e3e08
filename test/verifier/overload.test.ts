import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { createService } from '../../verifier/app.ts';
import { inTurn } from '../../verifier/derivations.ts';
import { listenerOf, serverOptions } from '../../verifier/server.ts';
import { activationPassword, activeToken, addUser, type Bench, bench, browser, issue, validate } from './fixture.ts';

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

/** Listens with places for two at work, and begins requests on connections of their own. */
async function crowded(at: Bench) {
  const service = createService({ ...at.options, limits: { ...at.options.limits, inFlight: 2 } });
  const server = createServer(serverOptions, listenerOf(service));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const begin = async (target: string, withKey: boolean, length: string, begun: string): Promise<Socket> => {
    const asked = once(server, 'request');
    const socket = connect(port, '127.0.0.1');
    // Whoever is refused may be hung up on.
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    const key = withKey ? [`Authorization: Bearer ${at.apiKey}`] : [];
    const head = [`${target} HTTP/1.1`, 'Host: otp.example', 'Content-Type: application/json', length, ...key];
    socket.write(`${head.join('\r\n')}\r\n\r\n${begun}`);
    await asked;
    return socket;
  };
  return { server, url: `http://127.0.0.1:${port}`, begin };
}

test('confirmation passwords that wait for their turn shut out no code', async () => {
  const at = await bench({ options: { limits: { inFlight: 2 } } });
  const token = await activeToken(at);
  const confirmationPassword = 'correct horse';
  await addUser(at, 'jiro', { confirmationPassword });
  const { promise: turn, resolve: release } = Promise.withResolvers<void>();
  for (let i = 0; i < 2; i++) void inTurn(() => turn);
  const registering = at.bank('PUT', '/v1/users/saburo', {
    ...{ contractId: 'C-1', name: '三郎', role: 'general' },
    confirmationPassword,
  });
  const issuing = issue(at, 'jiro', { confirmationPassword });
  await expect.poll(async () => (await at.bank('GET', '/v1/users/hanako')).status).toBe(200);
  expect((await validate(at, token.code())).body.outcome).toBe('accepted');
  release();
  expect((await registering).status).toBe(200);
  expect((await issuing).body.outcome).toBe('issued');
});

const inChunks = 'Transfer-Encoding: chunked';

test.each([
  ['without an API key, in chunks', 'POST /v1/users/hanako/activation', false, inChunks, '5\r\n{"otp\r\n'],
  ['without an API key, of a validation', 'POST /v1/validations', false, inChunks, '5\r\n{"otp\r\n'],
  ['to where nothing is served', 'POST /v1/nothing', false, inChunks, '5\r\n{"otp\r\n'],
  ['of a set-up, in chunks', 'POST /v1/provisioning', false, inChunks, '5\r\n{"ser\r\n'],
  ['of a set-up, of a length', 'POST /v1/provisioning', false, 'Content-Length: 500', '{"ser'],
  ['of a bank', 'POST /v1/users/hanako/activation', true, 'Content-Length: 500', '{"otp'],
  ['of a bank, of a validation', 'POST /v1/validations', true, 'Content-Length: 500', '{"otp'],
])('bodies %s that never end hold up nobody else', async (_, target, withKey, length, begun) => {
  const at = await bench();
  const token = await activeToken(at);
  const { url, begin } = await crowded(at);
  for (let i = 0; i < 3; i++) await begin(target, withKey, length, begun);
  const answer = await fetch(`${url}/v1/validations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${at.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ loginId: 'hanako', operation: 'transfer', otp: token.code() }),
  });
  expect([answer.status, await answer.json()]).toMatchObject([200, { outcome: 'accepted' }]);
});

test.each([
  ['of a bank', 'POST /v1/validations', true],
  ['of a set-up', 'POST /v1/provisioning', false],
])('of bodies %s that end at once no more come to work than may: one more is refused', async (_, target, withKey) => {
  const at = await bench();
  const token = await activeToken(at);
  const { begin, url } = await crowded(at);
  const { publicKey } = await browser();
  const body = JSON.stringify(
    withKey
      ? { loginId: 'hanako', operation: 'transfer', otp: token.code() }
      : { serviceId: '1001', userId: 'ABCD-EFGH', activationPassword, publicKey },
  );
  const sockets: Socket[] = [];
  for (let i = 0; i < 5; i++) {
    sockets.push(await begin(target, withKey, `Content-Length: ${body.length}`, body.slice(0, 5)));
  }
  // Somebody else writes, so that what is at work stays at work.
  const other = new DatabaseSync(`${at.folder}/verifier.sqlite`);
  onTestFinished(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const heads: string[] = [];
  const answers = sockets.map(async (socket) => {
    const [bytes] = await once(socket, 'data');
    heads.push(String(bytes).slice(0, 12));
  });
  for (const socket of sockets) socket.write(body.slice(5));
  await expect.poll(() => heads).toEqual(Array(3).fill('HTTP/1.1 503'));
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/v1/time`)).status).toBe(503);
  other.exec('COMMIT');
  await Promise.all(answers);
  expect(heads.slice(3)).toEqual(Array(2).fill('HTTP/1.1 200'));
});

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

test('a body in chunks of one byte takes the memory of its bytes, not a hundred times as much', async () => {
  const at = await bench();
  const { server, begin } = await crowded(at);
  const connections: Socket[] = [];
  server.on('connection', (socket: Socket) => connections.push(socket));
  const usedBytes = () => {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const beforeBytes = usedBytes();
  const crumbs = '1\r\nx\r\n'.repeat(65_000);
  for (let i = 0; i < 5; i++) await begin('POST /v1/provisioning', false, inChunks, crumbs);
  const areRead = () => connections.every((socket) => socket.bytesRead > crumbs.length);
  await expect.poll(areRead, { timeout: 20_000 }).toBe(true);
  await expect.poll(() => usedBytes() - beforeBytes, { timeout: 20_000 }).toBeLessThan(5_000_000);
});
