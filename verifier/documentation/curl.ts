import type { Operation, Parameter } from './document.ts';

/** A text as one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function exampleOf({ schema, name }: Parameter): string {
  if (schema.example === undefined) throw new Error(`the parameter ${name} has no example`);
  return String(schema.example);
}

const capitalised = (header: string) => header.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());

/**
 * The operation as a `curl` command with its examples. It reads `$VERIFIER` (such as `http://127.0.0.1:4001`) and, where
 * one is needed, `$API_KEY`.
 */
export function curlOf(method: string, path: string, operation: Operation): string {
  const parameters = operation.parameters ?? [];
  const shown = parameters.filter(({ required, schema }) => required || schema.example !== undefined);
  const of = (place: Parameter['in']) => shown.filter((parameter) => parameter.in === place);

  const filled = of('path').reduce(
    (text, parameter) => text.replace(`{${parameter.name}}`, encodeURIComponent(exampleOf(parameter))),
    path,
  );
  const query = new URLSearchParams(of('query').map((parameter) => [parameter.name, exampleOf(parameter)]));
  const words = [
    `curl --request ${method.toUpperCase()} "$VERIFIER"${quoted(query.size === 0 ? filled : `${filled}?${query}`)}`,
  ];
  if (operation.security !== undefined) words.push(`--header "Authorization: Bearer $API_KEY"`);
  for (const parameter of of('header')) {
    words.push(`--header ${quoted(`${capitalised(parameter.name)}: ${exampleOf(parameter)}`)}`);
  }
  const body = operation.requestBody?.content['application/json'].example;
  if (body !== undefined) {
    words.push(`--header 'Content-Type: application/json'`, `--data ${quoted(JSON.stringify(body))}`);
  }
  return words.join(' \\\n  ');
}
