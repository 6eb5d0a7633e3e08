import { expect, test } from 'vitest';
import { createVerifierClient, type VerifierClient, VerifierProblem } from '../../shared/client.ts';
import { type Call, verifierCalls } from '../../shared/client-calls.ts';
import { createVerifier } from '../../verifier/app.ts';
import { type Documented, documentedBench, documentOf, operationsOf, schemaOf } from './documented.ts';
import { activeToken, type Bench, bench } from './fixture.ts';
import { wrongCode } from './totp.ts';

/** A client that asks a real verifier in this process. */
function clientOf(at: Bench, apiKey = at.apiKey): VerifierClient {
  const app = createVerifier(at.options);
  const fetch = async (url: string, init: RequestInit) => app.request(url.replace('https://otp.example', ''), init);
  return createVerifierClient({ baseUrl: 'https://otp.example', apiKey, fetch });
}

type Name = keyof VerifierClient;
const calls: Readonly<Record<string, Call>> = verifierCalls;
const withKey = (operations: readonly Documented[]) => operations.filter(({ operation }) => operation.security);

test('the client has every operation that takes an API key, under its name, with its method and path, and no other', async () => {
  const operations = withKey(operationsOf(await documentOf(await bench())));
  expect(operations.length).toBeGreaterThan(19);
  const documented = operations.map(({ method, path, operation }) => [operation.operationId, { method, path }]);
  const known = Object.entries(calls).map(([name, { method, path }]) => [name, { method, path }]);
  expect(Object.fromEntries(known)).toEqual(Object.fromEntries(documented));
});

test('no name stands in a call’s path, query and body at once: they are given side by side', () => {
  for (const [name, { path, query, body }] of Object.entries(calls)) {
    const ids = [...path.matchAll(/\{(\w+)\}/g)].map(([, id]) => id ?? '');
    const shape = body !== undefined && 'shape' in body ? Object.keys(body.shape as object) : [];
    const names = [...ids, ...Object.keys(query?.shape ?? {}), ...shape];
    expect([name, new Set(names).size]).toEqual([name, names.length]);
    // An object's own fields are known here; a body of another kind could hide one.
    if (body !== undefined) expect([name, 'shape' in body]).toEqual([name, true]);
  }
});

test('bodies, queries and answers are the document’s: each example of the one fits the other', async () => {
  const document = await documentOf(await bench());
  for (const { operation } of withKey(operationsOf(document))) {
    const { operationId, requestBody, responses, parameters = [] } = operation;
    const call = calls[operationId];
    if (call === undefined) throw new Error(operationId);
    expect([operationId, call.body !== undefined]).toEqual([operationId, requestBody !== undefined]);
    if (requestBody !== undefined) call.body?.parse(requestBody.content['application/json'].example);
    const inQuery = parameters.filter((parameter: { in: string }) => parameter.in === 'query');
    const names = inQuery.map(({ name }: { name: string }) => name);
    expect([operationId, Object.keys(call.query?.shape ?? {})]).toEqual([operationId, names]);
    const answer = responses[200].content['application/json'];
    for (const { value } of Object.values<{ value: unknown }>(answer.examples)) {
      expect(call.answer.parse(value)).toEqual(value);
      expect(schemaOf(document, answer.schema).parse(call.answer.parse(value))).toEqual(value);
    }
  }
});

test('each request of the document goes through the client to a real verifier, and its answer comes back typed', async () => {
  const operations = withKey(operationsOf(await documentOf(await bench())));
  for (const documented of operations) {
    const { operation } = documented;
    const at = await documentedBench(documented);
    const client = clientOf(at, at.everyKey);
    const given = (operation.parameters ?? []).filter(
      (parameter: { in: string; schema: { example?: unknown } }) =>
        parameter.in !== 'header' && parameter.schema.example !== undefined,
    );
    const ids = Object.fromEntries(
      given.map(({ name, schema }: { name: string; schema: { example: unknown } }) => [name, schema.example]),
    );
    const request = { ...ids, ...operation.requestBody?.content['application/json'].example };
    const method = client[operation.operationId as Name] as (request: object) => Promise<unknown>;
    await expect(method(request)).resolves.toBeTypeOf('object');
  }
});

test('a bank’s day through the client: put, issue, validate, a repeat under the same key, a problem', async () => {
  const at = await bench();
  const client = clientOf(at);
  const token = await activeToken(at);
  expect((await client.getUser({ loginId: 'hanako' })).otp.status).toBe('active');
  const required = await client.getRequirement({ loginId: 'hanako', operation: 'transfer' });
  expect(required.otp).toBe('required');
  const validation = { loginId: 'hanako', operation: 'transfer', otp: token.code() } as const;
  const first = await client.validate(validation, { idempotencyKey: 'attempt-1' });
  expect(first).toEqual({ outcome: 'accepted', reason: null, remainingAttempts: 5, status: 'active' });
  expect(await client.validate(validation, { idempotencyKey: 'attempt-1' })).toEqual(first);
  expect((await client.validate(validation, { idempotencyKey: 'attempt-2' })).reason).toBe('replayed');
  expect((await client.validate({ ...validation, otp: wrongCode(token.code()) })).remainingAttempts).toBe(4);
  expect((await client.listUsers({ contractId: 'C-1', limit: 1 })).items).toHaveLength(1);

  const problem = (call: Promise<unknown>) => call.catch((error: unknown) => error);
  expect(await problem(client.getUser({ loginId: 'nobody' }))).toMatchObject({ status: 404, code: 'notFound' });
  const malformed = await problem(client.validate({ ...validation, otp: '12' }));
  expect(malformed).toBeInstanceOf(VerifierProblem);
  expect(malformed).toMatchObject({ code: 'malformed', fields: [{ path: 'otp' }] });
  expect(await problem(client.listAudit())).toMatchObject({ status: 403, code: 'forbidden' });
});

test('an ID that no path can hold is refused as the verifier refuses it, and nothing is asked', async () => {
  const asked: string[] = [];
  const fetch = async (url: string) => {
    asked.push(url);
    return Response.json({});
  };
  const client = createVerifierClient({ baseUrl: 'https://otp.example', apiKey: 'shk_x', fetch });
  const expected = { name: 'VerifierProblem', status: 400, code: 'malformed', fields: [{ path: 'loginId' }] };
  for (const loginId of ['', '.', '..', '\ud800']) {
    await expect(client.cancelIssue({ loginId })).rejects.toMatchObject(expected);
  }
  // A program without types that has lost its user asks about nobody, not about one who is called `undefined`.
  for (const loginId of [undefined, null, 7]) {
    await expect(client.cancelIssue({ loginId } as unknown as { loginId: string })).rejects.toMatchObject(expected);
  }
  expect(asked).toEqual([]);
  await client.cancelIssue({ loginId: 'a/..' }).catch(() => {});
  expect(asked).toEqual(['https://otp.example/v1/users/a%2F../issue']);
});
