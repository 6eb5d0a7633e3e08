import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { App } from '../context.ts';
import { completeDocument } from '../documentation/complete.ts';
import type { Document } from '../documentation/document.ts';
import { named } from '../middleware.ts';
import { documentationPage, documentationScript } from '../screens/documentation.ts';
import { machinesText } from '../screens/machine-tables.ts';

const require = createRequire(import.meta.url);

const about = {
  openapi: '3.1.0',
  info: {
    title: 'Shirushi verifier',
    version: '1',
    description: [
      'Issues tokens for one-time passwords and checks their codes for a bank. A request that is understood but ' +
        'refused answers 200 with `outcome` and `reason`; misuse answers problem details (RFC 9457).',
      'Retry if no answer came, and after 503, 429 or a 409 with `Retry-After`: POST and PATCH with the same body and the ' +
        'same `Idempotency-Key`, so that nothing is done twice. After other problems a retry gets the same answer.',
      'For the `curl` commands: `export VERIFIER=http://127.0.0.1:4001 API_KEY=…`, with this verifier’s address and a ' +
        'key that `key create` showed.',
      '<details><summary>Statuses, and the calls that move them</summary>',
      machinesText(),
      '</details>',
    ].join('\n\n'),
    license: { name: 'MIT', identifier: 'MIT' },
  },
  // Where this document lies.
  servers: [{ url: '.' }],
  tags: [
    { name: 'Directory', description: 'Contracts and users, as the bank knows them.' },
    { name: 'Issue and activation', description: 'From the order of a token to its first code.' },
    { name: 'Software token', description: 'What the extension itself asks, without an API key.' },
    { name: 'Use', description: 'Whether an operation needs a code, and whether the code is right.' },
    {
      name: 'Administration by users',
      description: 'What users do for each other, as far as the institution’s manual lets them.',
    },
    {
      name: 'Branch',
      description:
        'Scope `branch`. `operator` and `document`, the number of the written application, are kept in the log; ' +
        '`document` may be left out where the institution does not demand it.',
    },
    { name: 'Audit log', description: 'Scope `audit`: every decision with who, for whom and why.' },
    { name: 'Operation', description: 'For those who run the verifier.' },
  ],
};

// Swagger UI sets styles from its script and shows small images as data.
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const files: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** GET /openapi.json, and /docs to browse it: everything comes from this process, so that it works offline. */
export function documentation(app: App): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'API key of a bank: `shk_…`, made by `npm run verifier -- key create`.',
  });

  let made: object | null = null;
  app.get('/openapi.json', named('/openapi.json'), (c) => {
    if (made === null) {
      // A copy: what the generator hands out may still be the routes' own.
      const document = structuredClone(app.getOpenAPI31Document(about));
      completeDocument(document as unknown as Document);
      made = document;
    }
    return c.json(made);
  });

  app.get('/docs', named('/docs'), (c) => {
    c.header('content-security-policy', pagePolicy);
    return c.html(documentationPage());
  });

  app.get('/docs/start.js', named('/docs/{file}'), (c) =>
    c.body(documentationScript, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );

  for (const [file, type] of Object.entries(files)) {
    app.get(`/docs/${file}`, named('/docs/{file}'), async (c) => {
      const bytes = await readFile(require.resolve(`swagger-ui-dist/${file}`));
      return c.body(new Uint8Array(bytes), 200, { 'content-type': type, 'cache-control': 'public, max-age=3600' });
    });
  }
}
