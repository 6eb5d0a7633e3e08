import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { documentedBench, documentOf, operationsOf } from './documented.ts';
import { bench } from './fixture.ts';

/** The words that a shell makes of a script's `curl` commands, without running any program of that name. */
function wordsOf(script: string, variables: Record<string, string>): readonly string[] {
  const shell = `curl() { printf '%s\\0' "$@"; }\n${script}\n`;
  const out = execFileSync('sh', ['-eu', '-c', shell], { env: { PATH: process.env.PATH, ...variables } });
  return out.toString('utf8').split('\0').slice(0, -1);
}

test('each curl command of the documentation, as a shell reads it, is a request that the verifier understands', async () => {
  const operations = operationsOf(await documentOf(await bench()));
  for (const documented of operations) {
    const { operation } = documented;
    const at = await documentedBench(documented);
    const [{ source }] = operation['x-codeSamples'];
    const words = [...wordsOf(source, { VERIFIER: 'http://127.0.0.1:4001', API_KEY: at.everyKey })];
    const options = new Map<string, string[]>();
    const addresses: string[] = [];
    for (let word = words.shift(); word !== undefined; word = words.shift()) {
      if (word.startsWith('--')) options.set(word, [...(options.get(word) ?? []), words.shift() ?? '']);
      else addresses.push(word);
    }
    expect([...options.keys()].filter((name) => !['--request', '--header', '--data'].includes(name))).toEqual([]);
    expect(addresses).toHaveLength(1);
    const headers = Object.fromEntries(
      (options.get('--header') ?? []).map((header) => {
        const [name = '', value] = header.split(/: (.*)/, 2);
        return [name.toLowerCase(), value ?? ''];
      }),
    );
    const { pathname, search, origin } = new URL(addresses[0] ?? '');
    expect(origin).toBe('http://127.0.0.1:4001');
    const [method = ''] = options.get('--request') ?? [];
    const answer = await at.anyone(method, pathname + search, options.get('--data')?.[0], headers);
    expect([operation.operationId, answer.status, answer.body.code]).toEqual([operation.operationId, 200, undefined]);
    expect(headers.authorization).toBe(operation.security === undefined ? undefined : `Bearer ${at.everyKey}`);
  }
});

test('a name with quotes, spaces and dollars stays one word', async () => {
  const { curlOf } = await import('../../verifier/documentation/curl.ts');
  const value = { name: `it's $HOME "and" \`date\` \\ 山` };
  const operation = {
    operationId: 'x',
    summary: 'x',
    description: 'x',
    responses: {},
    parameters: [{ name: 'id', in: 'path', required: true, schema: { example: `a'b/c` } }],
    requestBody: { content: { 'application/json': { schema: {}, example: value } } },
  } as const;
  const words = wordsOf(curlOf('post', '/v1/things/{id}', operation), { VERIFIER: 'http://x' });
  expect(words.slice(0, 3)).toEqual(['--request', 'POST', `http://x/v1/things/a'b%2Fc`]);
  expect(JSON.parse(words.at(-1) ?? '')).toEqual(value);
});
