import { readFile } from 'node:fs/promises';
import type { App, Context } from '../context.ts';
import { named } from '../middleware.ts';
import { activatePage } from '../screens/activate.ts';

const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const assets: Readonly<Record<string, string>> = {
  'page.css': 'text/css; charset=utf-8',
  'activate.js': 'text/javascript; charset=utf-8',
  'mark.svg': 'image/svg+xml',
};

/**
 * GET /activate: how to install the extension and set the token up. The IDs stand in the address's fragment, which a
 * browser does not send, so that they reach no log.
 */
export function pages(app: App, context: Context): void {
  app.get('/activate', named('/activate'), (c) => {
    c.header('content-security-policy', pagePolicy);
    return c.html(activatePage(context.publicUrl));
  });

  for (const [file, type] of Object.entries(assets)) {
    app.get(`/assets/${file}`, named('/assets/{file}'), async (c) => {
      const bytes = await readFile(new URL(`../screens/assets/${file}`, import.meta.url));
      return c.body(new Uint8Array(bytes), 200, { 'content-type': type, 'cache-control': 'public, max-age=300' });
    });
  }
}
