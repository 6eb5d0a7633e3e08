import { expect, test } from 'vitest';
import { documentOf, operationsOf, schemaOf } from './documented.ts';
import { addUser, bench } from './fixture.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document of unknown depth
type Node = any;

test('the OpenAPI document describes every route of the interface, with summary, description and examples', async () => {
  const at = await bench();
  const document: Node = (await at.anyone('GET', '/openapi.json')).body;
  expect(document.openapi).toBe('3.1.0');
  const described = Object.entries<Node>(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(
    [
      'PUT /v1/contracts/{contractId}',
      'PUT /v1/users/{loginId}',
      'GET /v1/users/{loginId}',
      'DELETE /v1/users/{loginId}',
      'GET /v1/users',
      'POST /v1/users/{loginId}/software-token',
      'POST /v1/users/{loginId}/hardware-token',
      'POST /v1/users/{loginId}/resynchronisation',
      'POST /v1/users/{loginId}/deactivation',
      'POST /v1/unlocks',
      'POST /v1/revocations',
      'POST /v1/branch/unlocks',
      'POST /v1/branch/revocations',
      'POST /v1/branch/compromise-reports',
      'GET /v1/branch/requests',
      'GET /v1/branch/hardware-tokens',
      'PATCH /v1/branch/hardware-tokens/{serial}',
      'POST /v1/branch/hardware-tokens/import',
      'POST /v1/branch/hardware-tokens/{serial}/shipment',
      'POST /v1/branch/hardware-tokens/{serial}/unlock',
      'GET /v1/audit',
      'DELETE /v1/users/{loginId}/issue',
      'POST /v1/users/{loginId}/activation',
      'GET /v1/users/{loginId}/requirement',
      'POST /v1/validations',
      'POST /v1/provisioning',
      'GET /v1/time',
      'GET /healthz',
      'GET /readyz',
    ].sort(),
  );
  const ids = new Set<string>();
  for (const [path, item] of Object.entries<Node>(document.paths)) {
    for (const operation of Object.values<Node>(item)) {
      for (const field of ['summary', 'description', 'operationId'])
        expect(operation[field]?.length).toBeGreaterThan(3);
      ids.add(operation.operationId);
      expect(operation.tags).toHaveLength(1);
      expect(operation.responses[200].content['application/json'].examples).toBeDefined();
      if (operation.requestBody) {
        expect(operation.requestBody.required).toBe(true);
        expect(operation.requestBody.content['application/json'].example).toBeDefined();
      }
      const needsKey = path.startsWith('/v1/') && path !== '/v1/time' && path !== '/v1/provisioning';
      expect([path, operation.security]).toEqual([path, needsKey ? [{ apiKey: [] }] : undefined]);
      const inPath = (operation.parameters ?? []).filter((parameter: Node) => parameter.in === 'path');
      expect(inPath.map((parameter: Node) => `{${parameter.name}}`)).toEqual(path.match(/\{[^}]+\}/g) ?? []);
    }
  }
  expect(ids.size).toBe(described.length);
});

test('the OpenAPI document tells where an answer says how long to wait, and that a resynchronisation takes two OTPs', async () => {
  const at = await bench();
  const document: Node = (await at.anyone('GET', '/openapi.json')).body;
  const waited = Object.entries<Node>(document.paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([, item]) => Object.values<Node>(item))
    .flatMap(({ responses }) => [responses[409], responses[429], responses[503]].filter((one) => one !== undefined));
  expect(waited.length).toBeGreaterThan(40);
  for (const { headers } of waited) expect(headers?.['Retry-After']?.schema).toEqual({ type: 'integer', minimum: 1 });
  const { otps } = document.components.schemas.Resynchronise.properties;
  expect(otps).toMatchObject({ type: 'array', minItems: 2, maxItems: 2 });
});

test('the OpenAPI document refuses the texts that the verifier refuses', async () => {
  const at = await bench();
  const document = await documentOf(at);
  await addUser(at);
  const user = { contractId: 'C-1', name: '山田 ジロー', role: 'general' };
  const use = { loginId: 'hanako', operation: 'transfer', otp: '12345678' };
  for (const [method, path, right, wrong] of [
    ['PUT', '/v1/users/{loginId}', user, { name: 'a\u0000' }],
    ['PUT', '/v1/users/{loginId}', user, { name: 'a\u202eb' }],
    ['PUT', '/v1/users/{loginId}', user, { name: 'a\u2028' }],
    ['PUT', '/v1/users/{loginId}', user, { contractId: 'a\u0085' }],
    ['PUT', '/v1/users/{loginId}', user, { confirmationPassword: 'a\u0000b' }],
    ['PUT', '/v1/users/{loginId}', user, { confirmationPassword: '\ufffd' }],
    ['POST', '/v1/validations', use, { loginId: '' }],
    ['POST', '/v1/validations', use, { loginId: 'x'.repeat(65) }],
    ['POST', '/v1/validations', use, { loginId: 'a\n' }],
    ['POST', '/v1/validations', use, { reference: 'a\tb' }],
    ['POST', '/v1/unlocks', { actor: 'hanako', loginIds: ['jiro'] }, { loginIds: ['jiro', ''] }],
  ] as const) {
    const { operation } = operationsOf(document).find((one) => one.path === path && one.method === method) ?? {};
    const schema = schemaOf(document, operation.requestBody.content['application/json'].schema);
    const taken = async (body: object) => [
      schema.safeParse(body).success,
      (await at.bank(method, path.replace('{loginId}', 'jiro'), body)).status !== 400,
    ];
    expect(await taken({ ...right, ...wrong })).toEqual([false, false]);
    expect(await taken(right)).toEqual([true, true]);
  }
  const { loginIds } = document.components.schemas.Unlock.properties;
  expect(loginIds).toMatchObject({ minItems: 1, maxItems: 100, uniqueItems: true });
  const [loginId] = document.paths['/v1/users/{loginId}'].get.parameters;
  expect(loginId.schema).toMatchObject({ minLength: 1, maxLength: 64 });
});

test('every reference in the OpenAPI document points at something', async () => {
  const at = await bench();
  const document: Node = (await at.anyone('GET', '/openapi.json')).body;
  expect(new URL(document.servers[0].url, 'https://bank.example/otp/openapi.json').href).toBe(
    'https://bank.example/otp/',
  );
  const references: string[] = [];
  const walk = (node: Node) => {
    if (typeof node !== 'object' || node === null) return;
    if (typeof node.$ref === 'string') references.push(node.$ref);
    for (const inner of Object.values(node)) walk(inner);
  };
  walk(document);
  expect(references.length).toBeGreaterThan(20);
  for (const reference of new Set(references)) {
    const found = reference
      .slice(2)
      .split('/')
      .reduce((node: Node, name) => node?.[name], document);
    expect([reference, typeof found]).toEqual([reference, 'object']);
  }
});

test('/docs and /activate load only what the verifier serves itself, without inline script, under any PUBLIC_URL', async () => {
  const at = await bench();
  // Where a proxy in front has the verifier under a path of a bank's own address.
  const root = 'https://bank.example/otp';
  for (const page of ['/docs', '/activate']) {
    const { text, headers } = await at.anyone('GET', page);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|https?:\/\/(?!otp\.example)/);
    const used = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path]) => path ?? '');
    expect(used.length).toBeGreaterThan(1);
    for (const path of used) {
      const { href } = new URL(path, `${root}${page}`);
      expect(href.startsWith(`${root}/`), href).toBe(true);
      const asset = await at.anyone('GET', href.slice(root.length));
      expect([path, asset.status, asset.text.length > 50]).toEqual([path, 200, true]);
    }
  }
});

test('/activate is in two languages, names the verifier and holds no ID: those stand in the fragment', async () => {
  const at = await bench({ options: { publicUrl: 'https://otp.example/<b>' } });
  const { text } = await at.anyone('GET', '/activate');
  for (const part of ['サービスID', 'ユーザID', 'Service ID', 'User ID', '利用開始パスワード', 'activation password']) {
    expect(text).toContain(part);
  }
  expect(text).toContain('https://otp.example/&lt;b&gt;');
});
