import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Document, documentOf, operationsOf } from './documented.ts';
import { bench, temporaryFolder } from './fixture.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A program that gives the client every request of the document and takes every answer of it, as literals. */
function programOf(document: Document): string {
  const lines = [
    `import type { VerifierClient as Client } from ${JSON.stringify(join(root, 'shared/client.ts'))};`,
    'type Request<Name extends keyof Client> = NonNullable<Parameters<Client[Name]>[0]>;',
    'type Answer<Name extends keyof Client> = Awaited<ReturnType<Client[Name]>>;',
  ];
  for (const { operation } of operationsOf(document)) {
    if (operation.security === undefined) continue;
    const { operationId, requestBody, responses, parameters = [] } = operation;
    const given = Object.fromEntries(
      parameters
        .filter((parameter: Document) => parameter.in !== 'header' && parameter.schema.example !== undefined)
        .map(({ name, schema }: Document) => [name, schema.example]),
    );
    const request = { ...given, ...requestBody?.content['application/json'].example };
    lines.push(`export const ${operationId}: Request<'${operationId}'> = ${JSON.stringify(request)};`);
    const examples = responses[200].content['application/json'].examples;
    for (const [outcome, { value }] of Object.entries<Document>(examples)) {
      const name = `${operationId}_${outcome}`;
      lines.push(`export const ${name}: Answer<'${operationId}'> = ${JSON.stringify(value)};`);
    }
  }
  return lines.join('\n');
}

/** What the compiler says about a program; empty where it is right. */
async function compiled(program: string): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'program.mts'), program);
  const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')], rootDir: '/' };
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['program.mts'], exclude: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return promisify(execFile)(process.execPath, [tsc, '-p', folder]).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}

test('every request and answer of the document is one of the client’s types', async () => {
  const program = programOf(await documentOf(await bench()));
  expect(program.split('\n').length).toBeGreaterThan(50);
  expect(await compiled(program)).toBe('');
});

test('a document with another outcome, a field less or a field more in a request is not', async () => {
  const document = await documentOf(await bench());
  const { examples } = document.paths['/v1/validations'].post.responses[200].content['application/json'];
  const broken: ((copy: Document) => void)[] = [
    (copy) => {
      copy.paths['/v1/validations'].post.responses[200].content['application/json'].examples = {
        perhaps: { value: { ...examples.accepted.value, outcome: 'perhaps' } },
      };
    },
    (copy) => delete copy.paths['/v1/validations'].post.requestBody.content['application/json'].example.otp,
    (copy) => {
      copy.paths['/v1/unlocks'].post.requestBody.content['application/json'].example.document = 'D-1';
    },
  ];
  for (const breaking of broken) {
    const copy = structuredClone(document);
    breaking(copy);
    expect(await compiled(programOf(copy))).toMatch(/^[^\n]*program\.mts\(\d+,\d+\): error TS2/);
  }
});
