import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { outcomesOf } from '../../verifier/documentation/sample.ts';
import { addressOf, documentedBench, documentOf, operationsOf, schemaOf } from './documented.ts';
import { bench } from './fixture.ts';

test('the document is OpenAPI 3.1', async () => {
  const document = await documentOf(await bench());
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect([valid, errors]).toEqual([true, undefined]);
  expect(validator.version).toBe('3.1');
  const broken = structuredClone(document);
  broken.paths['/v1/validations'].post.responses = [];
  expect((await new Validator().validate(broken)).valid).toBe(false);
});

test('every operation has an example for each outcome, every example fits its schema, and every parameter says what it is', async () => {
  const document = await documentOf(await bench());
  let outcomes = 0;
  for (const { operation } of operationsOf(document)) {
    const { operationId, requestBody, responses, parameters = [] } = operation;
    const body = requestBody?.content['application/json'];
    if (body !== undefined) schemaOf(document, body.schema).parse(body.example);
    for (const { name, schema } of parameters) {
      expect([operationId, name, typeof schema.description]).toEqual([operationId, name, 'string']);
      if (schema.example !== undefined) expect([name, typeof schema.example]).toEqual([name, schema.type]);
    }
    const answer = responses[200].content['application/json'];
    const named = outcomesOf(document, answer.schema).map(({ name }) => name);
    expect([operationId, Object.keys(answer.examples)]).toEqual([operationId, named.length > 0 ? named : ['answer']]);
    for (const [name, { value }] of Object.entries<{ value: Record<string, unknown> }>(answer.examples)) {
      const fits = schemaOf(document, answer.schema).safeParse(value);
      expect([operationId, name, fits.error?.message]).toEqual([operationId, name, undefined]);
      if (named.length > 0) expect([operationId, value.outcome ?? value.otp]).toEqual([operationId, name]);
    }
    outcomes += named.length;
    for (const status of Object.keys(responses).filter((status) => status !== '200')) {
      const [content] = Object.values<{ schema: object; example: object }>(responses[status].content);
      if (content === undefined) throw new Error(`${operationId} ${status} has no content`);
      schemaOf(document, content.schema).parse(content.example);
    }
  }
  expect(outcomes).toBeGreaterThan(30);
});

test('the schemas of the document do tell a wrong answer from a right one', async () => {
  const document = await documentOf(await bench());
  const schema = schemaOf(document, { $ref: '#/components/schemas/ValidateAnswer' });
  const right = { outcome: 'accepted', reason: null, remainingAttempts: 5, status: 'active' };
  expect(schema.safeParse(right).success).toBe(true);
  for (const wrong of [{ ...right, outcome: 'perhaps' }, { ...right, remainingAttempts: '5' }, { outcome: 'accepted' }])
    expect(schema.safeParse(wrong).success).toBe(false);
});

test('every operation shows a curl command, as a code sample and in its text', async () => {
  const document = await documentOf(await bench());
  for (const { method, path, operation } of operationsOf(document)) {
    const [{ lang, label, source }] = operation['x-codeSamples'];
    expect([lang, label]).toEqual(['Shell', 'curl']);
    expect(source).toMatch(new RegExp(`^curl --request ${method} "\\$VERIFIER"'/[^{}]*'`));
    expect(source.includes('$API_KEY')).toBe(operation.security !== undefined);
    expect(source.includes('--data')).toBe(operation.requestBody !== undefined);
    expect([path, operation.description.split('```').length]).toEqual([path, 3]);
    expect(operation.description).toContain(`\`\`\`sh\n${source}\n\`\`\``);
  }
});

test('the document is the same each time it is asked for', async () => {
  const at = await bench();
  expect(await documentOf(at)).toEqual(await documentOf(at));
});

test('every request of the document is understood by the verifier: none of 400, 404, 415 or 5xx', async () => {
  const operations = operationsOf(await documentOf(await bench()));
  for (const documented of operations) {
    const { method, path, operation } = documented;
    const at = await documentedBench(documented);
    const headers: Record<string, string> =
      operation.security === undefined ? {} : { authorization: `Bearer ${at.everyKey}` };
    const body = operation.requestBody?.content['application/json'].example;
    const answer = await at.anyone(method, addressOf(documented), body, headers);
    expect([path, answer.status, answer.body.code]).toEqual([path, 200, undefined]);
    const answered = operation.responses[200].content['application/json'];
    schemaOf(await documentOf(at), answered.schema).parse(answer.body);
  }
});

test('the example of a 400 is what the verifier answers', async () => {
  const at = await bench();
  const { responses, requestBody } = (await documentOf(at)).paths['/v1/validations'].post;
  const answer = await at.bank('POST', '/v1/validations', {
    ...requestBody.content['application/json'].example,
    loginId: '',
  });
  expect([answer.status, answer.body]).toEqual([400, responses[400].content['application/problem+json'].example]);
});
