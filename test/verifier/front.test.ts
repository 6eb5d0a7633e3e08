import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { expect, onTestFinished, test } from 'vitest';
import { createService } from '../../verifier/app.ts';
import { serverOptions } from '../../verifier/server.ts';
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
  const server = createAdaptorServer({
    fetch: service.app.fetch,
    serverOptions,
    hostname: 'localhost',
    createServer: ((options: ServerOptions, listener: RequestListener) =>
      createServer(options, inFront ? service.inFront(listener) : listener)) as typeof createServer,
  }) as Server;
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

function bytesOf({ method, target, version, headers, body }: Case, { at, code }: Pick<Place, 'at' | 'code'>): Buffer {
  const sent = Buffer.from((body ?? right)(code()));
  const given = headers?.(at) ?? [json, bearer(at)];
  const inChunks = given.some((line) => line.startsWith('Transfer-Encoding'));
  const head = [
    `${method ?? 'POST'} ${target ?? '/v1/validations'} ${version ?? 'HTTP/1.1'}`,
    'Host: otp.example',
    'Connection: close',
    ...given,
    ...(inChunks ? [] : [`Content-Length: ${sent.byteLength}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), sent]);
}

test('what is answered in front of Hono is answered as Hono answers it, to the byte, and logged alike', async () => {
  const [front, hono] = [await place(true), await place(false)];
  for (const [name, one] of Object.entries(cases)) {
    const answers = [];
    for (const place of [front, hono]) answers.push(told(await exchanged(place.port, bytesOf(one, place))));
    expect({ name, ...answers[0] }).toEqual({ name, ...answers[1] });
    // Codes of a step of their own, in both places alike.
    for (const place of [front, hono]) place.at.clock.advance(60_000);
  }
  const lines = ({ at }: Place) =>
    at.logs
      .map((line) => JSON.parse(line))
      .flatMap(({ msg, method, route, status }) => (msg === 'request' ? [[method, route, status]] : []));
  expect(lines(front)).toEqual(lines(hono));
  expect(lines(front).length).toBeGreaterThan(30);
  const decided = 'SELECT login_id, operation, purpose, outcome, reason, reference, at_ms FROM audit ORDER BY audit_id';
  expect(front.at.rows(decided)).toEqual(hono.at.rows(decided));
});

test.each([
  ['the body', false],
  ['the API key', true],
])('a caller who goes while the verifier waits for %s leaves nothing at work', async (_, untilGone) => {
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
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(await exchanged(port, whole)).toContain('"accepted"');
});
