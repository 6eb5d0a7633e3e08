import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A page of its own making: path to HTML, which may come later. */
export type Pages = Readonly<Record<string, string | Promise<string>>>;

/** What a browser asked for, and what for where it said so. */
interface Asked {
  readonly path: string;
  readonly purpose: string | undefined;
}

/**
 * Serves `test/extension/pages/`, the given pages, and our own modules as a browser can run them (types stripped).
 * Every request's headers may be changed by `headers`.
 */
export async function servePages(
  pages: Pages = {},
  headers: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Promise<{ readonly port: number; readonly asked: readonly Asked[]; close(): Promise<void> }> {
  const asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    asked.push({ path, purpose: request.headers['sec-purpose']?.toString() });
    content(path, pages).then(
      ({ type, text }) => response.writeHead(200, { 'Content-Type': type, ...headers[path] }).end(text),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function content(path: string, pages: Pages): Promise<{ readonly type: string; readonly text: string }> {
  const html = await pages[path];
  if (html !== undefined) return { type: 'text/html; charset=utf-8', text: html };
  if (/^\/[a-z]+\.html$/.test(path)) {
    return { type: 'text/html; charset=utf-8', text: await readFile(`${root}test/extension/pages${path}`, 'utf8') };
  }
  if (!/^\/(shared|extension)\/([a-z-]+\/)?[a-z-]+\.ts$/.test(path)) throw new Error('no such page');
  return { type: 'text/javascript', text: stripTypeScriptTypes(await readFile(root + path.slice(1), 'utf8')) };
}
