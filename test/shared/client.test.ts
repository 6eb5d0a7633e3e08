import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import {
  createVerifierClient,
  type VerifierClient,
  VerifierProblem,
  VerifierUnreachable,
} from '../../shared/client.ts';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function answering(response: () => Response | Promise<Response>) {
  const sent: Sent[] = [];
  const client = createVerifierClient({
    baseUrl: 'https://otp.example/',
    apiKey: 'shk_x',
    fetch: async (url, init) => {
      sent.push({ url, init });
      return response();
    },
  });
  return { client, sent };
}

const accepted = { outcome: 'accepted', reason: null, remainingAttempts: 5, status: 'active' };
const json = (value: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(value), { status, headers });
const validation = { loginId: 'hanako', operation: 'transfer', otp: '71959276' } as const;

describe('a request', () => {
  test('carries the key, the body and the idempotency key, and follows no redirect', async () => {
    const { client, sent } = answering(() => json(accepted));
    expect(await client.validate(validation, { idempotencyKey: 'a-1' })).toEqual(accepted);
    const [{ url, init } = { url: '', init: {} }] = sent;
    expect([url, init.method, init.redirect]).toEqual(['https://otp.example/v1/validations', 'POST', 'error']);
    expect(init.headers).toEqual({
      authorization: 'Bearer shk_x',
      accept: 'application/json',
      'content-type': 'application/json',
      'idempotency-key': 'a-1',
    });
    expect(JSON.parse(String(init.body))).toEqual(validation);
  });

  test('puts the IDs into the path, encoded, and not into the body', async () => {
    const { client, sent } = answering(() => json({}, 500));
    const put = client.putUser({ loginId: 'a/../b?c#山', contractId: 'C-1', name: 'x', role: 'general' });
    await expect(put).rejects.toThrow();
    expect(sent[0]?.url).toBe('https://otp.example/v1/users/a%2F..%2Fb%3Fc%23%E5%B1%B1');
    expect(JSON.parse(String(sent[0]?.init.body))).toEqual({ contractId: 'C-1', name: 'x', role: 'general' });
  });

  test('puts what a list asks for into the query, encoded, and leaves out what is undefined', async () => {
    const { client, sent } = answering(() => json({ items: [], nextCursor: null }));
    await client.listAudit({ since: '2026-11-21T09:00:00+09:00', loginId: 'a&b', limit: 5 });
    await client.listUsers();
    expect(sent.map(({ url }) => url)).toEqual([
      'https://otp.example/v1/audit?since=2026-11-21T09%3A00%3A00%2B09%3A00&loginId=a%26b&limit=5',
      'https://otp.example/v1/users',
    ]);
    expect(sent.map(({ init }) => init.body)).toEqual([null, null]);
  });
});

describe('what is no answer', () => {
  test('problem details become a VerifierProblem', async () => {
    const problem = {
      type: 'about:blank',
      title: 'The request is malformed',
      status: 400,
      code: 'malformed',
      detail: 'Correct the fields that are named.',
      fields: [{ path: 'otp', expected: 'expects 6 to 8 digits' }],
    };
    const { client } = answering(() => json(problem, 400));
    const error = await client.validate(validation).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(VerifierProblem);
    expect(error).toMatchObject({
      status: 400,
      code: 'malformed',
      detail: problem.detail,
      fields: problem.fields,
      retryAfterSeconds: null,
    });
    expect(error.message).toBe('the verifier answered 400 malformed; otp: expects 6 to 8 digits');
  });

  test('429 and 503 tell how long to wait', async () => {
    for (const [status, code] of [
      [429, 'tooManyRequests'],
      [503, 'unavailable'],
    ] as const) {
      const problem = { type: 'about:blank', title: 'x', status, code };
      const { client } = answering(() => json(problem, status, { 'retry-after': '7' }));
      await expect(client.getUser({ loginId: 'x' })).rejects.toMatchObject({ status, code, retryAfterSeconds: 7 });
    }
  });

  test.each([
    ['a page of a proxy', () => new Response('<html>', { status: 502 })],
    ['an answer that is no JSON', () => new Response('<html>')],
    ['an empty answer', () => new Response(null, { status: 204 })],
    ['an answer of another kind', () => json({ outcome: 'perhaps' })],
    ['problem details of somebody else', () => json({ status: 404 }, 404)],
    ['no connection', () => Promise.reject(new TypeError('fetch failed'))],
  ])('%s is VerifierUnreachable', async (_, response) => {
    const { client } = answering(response);
    await expect(client.validate(validation)).rejects.toBeInstanceOf(VerifierUnreachable);
  });

  test('a verifier that does not answer in time, and a call that is ended, are VerifierUnreachable', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => server.closeAllConnections());
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const hasty = createVerifierClient({ baseUrl, apiKey: 'x', timeoutMs: 50 });
    await expect(hasty.getUser({ loginId: 'x' })).rejects.toBeInstanceOf(VerifierUnreachable);
    const ending = new AbortController();
    const call = createVerifierClient({ baseUrl, apiKey: 'x' }).getUser({ loginId: 'x' }, { signal: ending.signal });
    ending.abort();
    await expect(call).rejects.toBeInstanceOf(VerifierUnreachable);
  });

  test('what cannot be sent is no outage: a wrong address or API key throws at once, a wrong idempotency key is malformed', async () => {
    const wrong = ['', 'otp.example', 'localhost:4001', '127.0.0.1:4001', 'ftp://otp.example'];
    const unsendable = ['https://otp.example:99999', 'https://otp.example ', 'https://bank:secret@otp.example'];
    // The path of each call would be taken for a part of these.
    const swallowing = ['https://otp.example?tenant=1', 'https://otp.example/otp?', 'https://otp.example/#top'];
    const unset = undefined as unknown as string;
    for (const baseUrl of [...wrong, ...unsendable, ...swallowing, unset]) {
      expect(() => createVerifierClient({ baseUrl, apiKey: 'shk_x' }), baseUrl).toThrow(/^baseUrl: /);
    }
    for (const baseUrl of ['https://otp.example', 'http://127.0.0.1:4001/', 'https://[::1]:4001/otp']) {
      for (const apiKey of ['shk_x', 'shk_x\r\n']) createVerifierClient({ baseUrl, apiKey });
      for (const apiKey of ['shk_x\nshk_y', '鍵', 'shk_x\u3000']) {
        expect(() => createVerifierClient({ baseUrl, apiKey }), apiKey).toThrow(/^apiKey: /);
      }
    }
    const { client, sent } = answering(() => json(accepted));
    for (const idempotencyKey of ['', '試行', 'a b', 'a\n', 'a'.repeat(256)]) {
      await expect(client.validate(validation, { idempotencyKey })).rejects.toMatchObject({
        name: 'VerifierProblem',
        code: 'malformed',
        fields: [{ path: 'idempotency-key' }],
      });
    }
    expect(sent).toEqual([]);
  });

  test('fields that a later verifier adds are left out, and known ones stay', async () => {
    const { client } = answering(() => json({ ...accepted, later: 1 }));
    expect(await client.validate(validation)).toEqual(accepted);
  });
});

test('the types are those of the schemas: what must be given, what may, and what comes back', () => {
  type Request<Name extends keyof VerifierClient> = NonNullable<Parameters<VerifierClient[Name]>[0]>;
  type Answer<Name extends keyof VerifierClient> = Awaited<ReturnType<VerifierClient[Name]>>;
  expectTypeOf<Request<'validate'>>().toEqualTypeOf<{
    loginId: string;
    operation: Request<'getRequirement'>['operation'];
    otp: string;
    reference?: string | undefined;
  }>();
  expectTypeOf<Request<'getUser'>>().toEqualTypeOf<{ readonly loginId: string }>();
  expectTypeOf<Request<'listAudit'>['limit']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<Answer<'validate'>['outcome']>().toEqualTypeOf<'accepted' | 'rejected' | 'blocked'>();
  expectTypeOf<Extract<Answer<'activate'>, { outcome: 'accepted' }>['token']['serial']>().toEqualTypeOf<
    string | null
  >();
  expectTypeOf<Parameters<VerifierClient['listUsers']>['length']>().toEqualTypeOf<0 | 1 | 2>();
  expectTypeOf<Parameters<VerifierClient['getUser']>['length']>().toEqualTypeOf<1 | 2>();
  expectTypeOf<Parameters<VerifierClient['getUser']>[1]>().not.toHaveProperty('idempotencyKey');
  // @ts-expect-error a validation needs a code
  const withoutCode: Request<'validate'> = { loginId: 'x', operation: 'transfer' };
  // @ts-expect-error this operation does not exist
  const unknown: Request<'validate'> = { ...validation, operation: 'gift' };
  expect([withoutCode, unknown]).toHaveLength(2);
});

test('the client needs zod and nothing else: neither another package nor a part of Node', () => {
  const open = [new URL('../../shared/client.ts', import.meta.url).href];
  const seen = new Set(open);
  const packages = new Set<string>();
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const [, target = ''] of readFileSync(new URL(file), 'utf8').matchAll(
      /^(?:import|export)[^;]*?from '([^']+)';/gm,
    )) {
      if (!target.startsWith('.')) packages.add(target);
      else {
        const next = new URL(target, file).href;
        if (!seen.has(next)) open.push(next);
        seen.add(next);
      }
    }
  }
  expect(seen.size).toBeGreaterThan(6);
  expect([...packages]).toEqual(['zod']);
});
