import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { problemSchema } from '../../shared/wire.ts';
import { createService } from '../../verifier/app.ts';
import { listenerOf, serverOptions } from '../../verifier/server.ts';
import type { Store } from '../../verifier/store/store.ts';
import { activeToken, addUser, type Bench, bench } from './fixture.ts';
import { wrongCode } from './totp.ts';

/** A verifier on a port of its own, with what stands in front of Hono or without it. */
interface Place {
  readonly server: Server;
  readonly at: Bench;
  readonly port: number;
  code(): string;
}

async function place(
  inFront: boolean,
  { limits, around = (store) => store }: { limits?: object; around?: (store: Store) => Store } = {},
): Promise<Place> {
  const at = await bench();
  const token = await activeToken(at);
  await addUser(at, 'jiro');
  const service = createService({
    ...at.options,
    limits: { ...at.options.limits, ...limits },
    store: around(at.store),
  });
  const server = createServer(serverOptions, listenerOf(service, inFront));
  service.unserved.listenTo(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { server, at, port: (server.address() as AddressInfo).port, code: () => token.code() };
}

/** Sends bytes as they stand and returns all that comes back until the server hangs up. */
async function exchanged(port: number, bytes: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  const parts: Uint8Array[] = [];
  socket.on('data', (part) => parts.push(Buffer.from(part)));
  await once(socket, 'close');
  return Buffer.concat(parts).toString('utf8');
}

/** Status, headers in the order of their names, body; without what differs from answer to answer. */
function told(exchange: string): { readonly head: readonly string[]; readonly body: string } {
  const answer = exchange.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const at = answer.indexOf('\r\n\r\n');
  const [status = '', ...headers] = answer.slice(0, at).split('\r\n');
  const named = headers
    .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
    .filter((line) => !/^(date|x-request-id):/.test(line));
  return { head: [status, ...named.sort()], body: answer.slice(at + 4) };
}

interface Case {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  readonly headers?: (at: Bench) => readonly string[];
  readonly body?: (code: string) => string | Buffer;
  /** The connection is kept for a next request. */
  readonly kept?: boolean;
}

const bearer = (at: Bench) => `Authorization: Bearer ${at.apiKey}`;
const json = 'Content-Type: application/json';
const right = (code: string) => JSON.stringify({ loginId: 'hanako', operation: 'transfer', otp: code });
const chunked = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;

/** In this order, each against what the ones before it left behind. */
const cases: Readonly<Record<string, Case>> = {
  'a right code': { body: right },
  'the same code again': { body: right },
  'a wrong code': { body: (code) => right(wrongCode(code)) },
  'a code in full width, with a reference': {
    body: (code) =>
      JSON.stringify({
        loginId: 'hanako',
        operation: 'transfer',
        otp: `${code.slice(0, 3)} ${code.slice(3)}`,
        reference: 'T-1',
      }),
  },
  'an operation without OTP': { body: (code) => right(code).replace('transfer', 'login') },
  'a user without a token': { body: (code) => right(code).replace('hanako', 'jiro') },
  'nobody of this name': { body: (code) => right(code).replace('hanako', 'nobody') },
  'no API key': { headers: () => [json], body: right },
  'a malformed API key': { headers: () => [json, 'Authorization: Bearer x'], body: right },
  'two API keys': { headers: (at) => [json, bearer(at), 'Authorization: Bearer x'], body: right },
  'names of headers in capitals': { headers: (at) => [json.toUpperCase(), bearer(at)], body: right },
  'no content type': { headers: (at) => [bearer(at)], body: right },
  Shift_JIS: { headers: (at) => [bearer(at), `${json}; charset=Shift_JIS`], body: right },
  'UTF-8 by name': { headers: (at) => [bearer(at), `${json}; charset="utf-8"`], body: right },
  'no JSON': { body: () => '{' },
  nothing: { body: () => '' },
  'a byte order mark': { body: (code) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(right(code))]) },
  'bytes that are no UTF-8': { body: (code) => Buffer.from(right(code).replace('hanako', '\u8a66'), 'latin1') },
  'fields that nobody knows': { body: (code) => right(code).replace('{', '{"more":1,') },
  'a list': { body: () => '[]' },
  'an idempotency key': { headers: (at) => [json, bearer(at), 'Idempotency-Key: 0001'], body: right },
  'the same once more': { headers: (at) => [json, bearer(at), 'Idempotency-Key: 0001'], body: right },
  'the same with another body': {
    headers: (at) => [json, bearer(at), 'Idempotency-Key: 0001'],
    body: (code) => right(wrongCode(code)),
  },
  'an idempotency key of a request that fails': {
    headers: (at) => [json, bearer(at), 'Idempotency-Key: 0002'],
    body: (code) => right(code).replace('hanako', 'nobody'),
  },
  'its answer again': {
    headers: (at) => [json, bearer(at), 'Idempotency-Key: 0002'],
    body: (code) => right(code).replace('hanako', 'nobody'),
  },
  'an idempotency key with a space': { headers: (at) => [json, bearer(at), 'Idempotency-Key: a b'], body: right },
  'as much as is allowed': { body: (code) => right(code).padEnd(65_536, ' ') },
  'one byte more': { body: (code) => right(code).padEnd(65_537, ' ') },
  'in chunks': {
    headers: (at) => [json, bearer(at), 'Transfer-Encoding: chunked'],
    body: (code) => chunked(right(code)),
  },
  'a query': { target: '/v1/validations?x=1', body: right },
  'a slash behind it': { target: '/v1/validations/', body: right },
  'the whole address': { target: 'http://otp.example/v1/validations', body: right },
  'HTTP/1.0': { version: 'HTTP/1.0', body: right },
  'after a 100': { headers: (at) => [json, bearer(at), 'Expect: 100-continue'], body: right },
  GET: { method: 'GET', body: () => '' },
  HEAD: { method: 'HEAD', body: () => '' },
  OPTIONS: { method: 'OPTIONS', body: () => '' },
  PUT: { method: 'PUT', body: right },
};

function bytesOf(
  { method, target, version, headers, body, kept }: Case,
  { at, code }: Pick<Place, 'at' | 'code'>,
): Buffer {
  const sent = Buffer.from((body ?? right)(code()));
  const given = headers?.(at) ?? [json, bearer(at)];
  const inChunks = given.some((line) => line.startsWith('Transfer-Encoding'));
  const head = [
    `${method ?? 'POST'} ${target ?? '/v1/validations'} ${version ?? 'HTTP/1.1'}`,
    'Host: otp.example',
    ...(kept === true ? [] : ['Connection: close']),
    ...given,
    ...(inChunks ? [] : [`Content-Length: ${sent.byteLength}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), sent]);
}

test('what is answered in front of Hono is answered as Hono answers it, to the byte, and logged alike', async () => {
  const [front, hono] = [await place(true), await place(false)];
  for (const [name, one] of Object.entries(cases)) {
    const answers = [];
    for (const place of [front, hono]) {
      const exchange = await exchanged(place.port, bytesOf(one, place));
      const [, requestId] = /^x-request-id: (.+)\r$/im.exec(exchange) ?? [];
      expect([name, JSON.parse(place.at.logs.at(-1) ?? '{}')]).toMatchObject([name, { requestId }]);
      answers.push(told(exchange));
    }
    expect({ name, ...answers[0] }).toEqual({ name, ...answers[1] });
    // Codes of a step of their own, in both places alike.
    for (const place of [front, hono]) place.at.clock.advance(60_000);
  }
  const lines = ({ at }: Place) =>
    at.logs
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === 'request')
      // Each of the two has an API key of its own.
      .map(({ method, route, status, ms, keyId }) => [method, route, status, ms, keyId && at.apiKey.includes(keyId)]);
  expect(lines(front)).toEqual(lines(hono));
  expect(lines(front).length).toBeGreaterThan(30);
  expect(lines(front)).toContainEqual(['POST', '/v1/validations', 200, expect.any(Number), true]);
  const decided = 'SELECT login_id, operation, purpose, outcome, reason, reference, at_ms FROM audit ORDER BY audit_id';
  expect(front.at.rows(decided)).toEqual(hono.at.rows(decided));
});

test('a body that comes in parts is put together before it is read as text', async () => {
  const { server, at, port, code } = await place(true);
  const body = JSON.stringify({ ...JSON.parse(right(code())), reference: '振込' });
  const whole = bytesOf({ body: () => body }, { at, code });
  const within = whole.indexOf('振') + 1;
  const asked = once(server, 'request');
  const socket = connect(port, '127.0.0.1');
  socket.write(whole.subarray(0, within));
  const [incoming] = await asked;
  await expect.poll(() => incoming.listenerCount('data')).toBe(1);
  const answered = once(socket, 'data');
  socket.write(whole.subarray(within));
  expect(String(await answered)).toContain('"accepted"');
  expect(at.rows(`SELECT reference FROM audit WHERE operation = 'validate'`)).toEqual([{ reference: '振込' }]);
});

test.each([
  ['the body', false],
  ['the API key', true],
])('a caller who goes while the verifier waits for %s is logged and leaves nothing at work', async (_, untilGone) => {
  let gone: Promise<unknown> = Promise.resolve();
  const { server, at, port, code } = await place(true, {
    limits: { inFlight: 1 },
    around: (store) => ({ ...store, apiKey: (keyId) => gone.then(() => store.apiKey(keyId)) }),
  });
  const whole = bytesOf({}, { at, code });
  const socket = connect(port, '127.0.0.1');
  const [there] = await once(server, 'connection');
  const closed = new Promise((resolve) => there.once('close', resolve));
  if (untilGone) gone = closed;
  const asked = once(server, 'request');
  socket.write(whole.subarray(0, -5));
  await asked;
  socket.destroy();
  await closed;
  const statuses = () =>
    at.logs.map((line) => JSON.parse(line)).flatMap(({ route, status }) => (route === '/v1/validations' ? status : []));
  await expect.poll(statuses).toEqual([400]);
  expect(await exchanged(port, whole)).toContain('"accepted"');
});

test.each([
  ['of a length', 'Content-Length: 500', '{"log'],
  ['of a length that is too large', 'Content-Length: 100000', '{"log'],
  ['in chunks', 'Transfer-Encoding: chunked', '5\r\n{"log\r\n'],
])('a body %s that ends early is malformed, and no error of the verifier’s in its log', async (_, length, begun) => {
  const { server, at, port } = await place(true);
  const before = at.logs.length;
  const asked = once(server, 'request');
  const socket = connect(port, '127.0.0.1');
  const head = ['POST /v1/validations HTTP/1.1', 'Host: otp.example', json, bearer(at), length];
  socket.write(`${head.join('\r\n')}\r\n\r\n${begun}`);
  await asked;
  socket.destroy();
  const lines = await vi.waitUntil(
    () => {
      const logged = at.logs.slice(before).map((line) => JSON.parse(line));
      return logged.some(({ msg }) => msg === 'request') && logged;
    },
    { timeout: 20_000 },
  );
  expect(lines).toEqual([expect.objectContaining({ level: 30, msg: 'request', status: 400 })]);
});

test('a request of HTTP/1.0 without a Host is served, as those who watch over services send it', async () => {
  const { port } = await place(true);
  for (const [path, answer] of [
    ['/healthz', '{"alive":true}'],
    ['/v1/time', '"now"'],
  ]) {
    expect(await exchanged(port, Buffer.from(`GET ${path} HTTP/1.0\r\n\r\n`))).toContain(answer);
  }
});

test.each([
  ['in front of Hono', true],
  ['by Hono', false],
])('%s everything but /healthz is refused beyond the limit, and told of once a second', async (_, inFront) => {
  const held = Promise.withResolvers<void>();
  const { server, at, port, code } = await place(inFront, {
    limits: { inFlight: 1 },
    around: (store) => ({ ...store, apiKey: (keyId) => held.promise.then(() => store.apiKey(keyId)) }),
  });
  const asked = once(server, 'request');
  const first = exchanged(port, bytesOf({}, { at, code }));
  await asked;
  const answer = async (one: Case) => told(await exchanged(port, bytesOf(one, { at, code })));
  for (const one of [{}, { method: 'GET', target: '/v1/users', body: () => '' }]) {
    const { head, body } = await answer(one);
    expect(head[0]).toBe('HTTP/1.1 503 Service Unavailable');
    expect(problemSchema.parse(JSON.parse(body)).code).toBe('unavailable');
    const length = `content-length: ${Buffer.byteLength(body)}`;
    expect(head).toEqual(expect.arrayContaining([length, 'content-type: application/problem+json', 'retry-after: 1']));
  }
  expect((await answer({ method: 'GET', target: '/healthz', body: () => '' })).body).toBe('{"alive":true}');
  at.clock.advance(1_000);
  await answer({});
  const said = at.logs.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'too many requests at once');
  expect(said.map(({ refused }) => refused)).toEqual([1, 2]);
  held.resolve();
  expect(await first).toContain('"accepted"');
  expect((await answer({})).body).toContain('"replayed"');
});

describe('what never becomes a request of the service', () => {
  const [time, host] = ['GET /v1/time HTTP/1.1\r\n', 'Host: otp.example\r\n'];
  const validation = 'POST /v1/validations HTTP/1.1\r\n';
  const sent = 'secret-value';

  test.each([
    ['headers over 16 KiB', `${time}${host}X-A: ${sent.repeat(2_000)}\r\n\r\n`, 431, 'tooLarge'],
    ['an address over 16 KiB', `GET /v1/${sent.repeat(2_000)} HTTP/1.1\r\n${host}\r\n`, 431, 'tooLarge'],
    ['a method that does not exist', `FOO /v1/${sent} HTTP/1.1\r\n${host}\r\n`, 400, 'malformed'],
    ['bytes that are no HTTP', `\0\x01${sent}\r\n\r\n`, 400, 'malformed'],
    ['chunks without a length', `${validation}${host}Transfer-Encoding: chunked\r\n\r\n${sent}`, 400, 'malformed'],
    ['no Host', `${time}X-A: ${sent}\r\n\r\n`, 400, 'malformed'],
    ['no Host for a validation', `${validation}Content-Length: 2\r\n\r\n{}`, 400, 'malformed'],
    ['a Host with a space', `${time}Host: ${sent} b\r\n\r\n`, 400, 'malformed'],
    ['a Host with a path', `${time}Host: ${sent}/../\r\n\r\n`, 400, 'malformed'],
    ['two Hosts', `${time}${host}Host: ${sent}\r\n\r\n`, 400, 'malformed'],
    ['an expectation', `${validation}${host}Expect: ${sent}\r\nContent-Length: 2\r\n\r\n{}`, 417, 'malformed'],
  ])('%s: problem details that say nothing of it', async (_, bytes, status, code) => {
    const { port } = await place(true);
    const answer = await exchanged(port, Buffer.from(bytes, 'latin1'));
    const { head, body } = told(answer);
    expect(head[0]).toMatch(new RegExp(`^HTTP/1.1 ${status} [A-Z]`));
    const problem = problemSchema.parse(JSON.parse(body));
    expect(problem).toMatchObject({ status, code, detail: expect.any(String) });
    expect(head).toEqual(
      expect.arrayContaining([
        'cache-control: no-store',
        'connection: close',
        `content-length: ${Buffer.byteLength(body)}`,
        'content-type: application/problem+json',
        'x-content-type-options: nosniff',
      ]),
    );
    expect(answer).toMatch(/^x-request-id: [0-9a-f]{16}\r$/m);
    expect(answer).not.toContain(sent);
  });

  test('is not told of while an answer is waited for, which it would be taken for', async () => {
    const released = Promise.withResolvers<void>();
    const { server, at, port, code } = await place(true, {
      around: (store) => ({ ...store, apiKey: (keyId) => released.promise.then(() => store.apiKey(keyId)) }),
    });
    const refused = once(server, 'clientError');
    const answer = exchanged(
      port,
      Buffer.concat([bytesOf({ kept: true }, { at, code }), Buffer.from('FOO / HTTP/1.1')]),
    );
    await refused;
    expect(await answer).toBe('');
    released.resolve();
  });

  test('is answered after an answer on the same connection', async () => {
    const { port } = await place(true);
    const socket = connect(port, '127.0.0.1', () => socket.write(`${time}${host}\r\n`));
    const [first] = await once(socket, 'data');
    expect(String(first)).toContain('200 OK');
    socket.write('FOO / HTTP/1.1\r\n\r\n');
    const [second] = await once(socket, 'data');
    expect(told(String(second)).body).toContain('"malformed"');
    await once(socket, 'close');
  });

  test('a client that is gone is answered nothing', async () => {
    const { server, port } = await place(true);
    const refused = once(server, 'clientError');
    const connected = once(server, 'connection');
    const socket = connect(port, '127.0.0.1', () => socket.write('POST /v1/validations HTTP/1.1\r\nHost: x'));
    const [there] = await connected;
    const closed = new Promise((resolve) => there.once('close', resolve));
    socket.resetAndDestroy();
    await Promise.all([refused, closed]);
    server.emit('clientError', new Error('once more'), there);
    expect(there.bytesWritten).toBe(0);
  });
});
