import { problemCodes } from '../../shared/wire.ts';
import { Problem } from '../problem.ts';
import { curlOf } from './curl.ts';
import { type Content, type Document, type Example, methods, type Operation } from './document.ts';
import { answerExamples } from './examples.ts';
import { outcomesOf, sampleOf } from './sample.ts';

/** One example for each outcome: the route's own, then those written for the documentation, then a plain one. */
function answersOf(document: Document, operationId: string, content: Content): Record<string, Example> {
  const outcomes = outcomesOf(document, content.schema);
  if (outcomes.length === 0) return { answer: { summary: 'answer', value: content.example } };
  const own = content.example as Readonly<Record<string, unknown>>;
  const written = answerExamples[operationId] ?? {};
  return Object.fromEntries(
    outcomes.map(({ name, field, schema }) => {
      const plain = () => ({ ...(sampleOf(document, schema) as object), [field]: name });
      const value = own[field] === name ? own : (written[name] ?? plain());
      return [name, { summary: name, value }];
    }),
  );
}

function problemOf(status: string): object | null {
  const code = problemCodes.find((known) => new Problem(known).status === Number(status));
  if (code === undefined) return null;
  if (code !== 'malformed') return new Problem(code).body();
  const fields = [{ path: 'loginId', expected: 'expects at least 1 character' }];
  return new Problem(code, 'Correct the fields that are named.', { fields }).body();
}

function complete(document: Document, method: string, path: string, operation: Operation): void {
  for (const [status, { content = {} }] of Object.entries(operation.responses)) {
    const answer = content['application/json'];
    if (answer !== undefined && status === '200') {
      answer.examples = answersOf(document, operation.operationId, answer);
      delete answer.example;
    }
    const problem = content['application/problem+json'];
    const example = problem === undefined ? null : problemOf(status);
    if (problem !== undefined && example !== null) problem.example ??= example;
  }
  const source = curlOf(method, path, operation);
  operation['x-codeSamples'] = [{ lang: 'Shell', label: 'curl', source }];
  // Swagger UI does not show code samples, but it shows descriptions.
  operation.description += `\n\n\`\`\`sh\n${source}\n\`\`\``;
}

/**
 * Adds to each operation what follows from its route: an example for each outcome and each problem, and a `curl`
 * command. A route that is added gets all of it by itself.
 * @param document changed in place
 */
export function completeDocument(document: Document): void {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      const operation = item[method];
      if (operation !== undefined) complete(document, method, path, operation);
    }
  }
}
