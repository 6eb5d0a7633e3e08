import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { deriveSeed, type Envelope, publicKeySchema, sealEnvelope, thumbprintOf } from '../../shared/envelope.ts';

interface Site {
  readonly port: number;
  close(): Promise<void>;
}

function listen(server: Server): Promise<Site> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const close = () =>
        new Promise<void>((closed) => {
          server.close(() => closed());
          server.closeAllConnections();
        });
      resolve({ port, close });
    });
  });
}

/** A bank's web site: `/<set>/<file>` of the folders. `{{OTHER}}` in a page is the same site under another origin. */
export function serveSite(folders: ReadonlyMap<string, string>, charsets: ReadonlyMap<string, string>): Promise<Site> {
  const server = createServer((request, response) => {
    const [, set = '', file = ''] = new URL(request.url ?? '/', 'http://localhost').pathname.split('/');
    const folder = folders.get(set);
    const { port } = server.address() as AddressInfo;
    if (folder === undefined || !/^[\w.-]+$/.test(file)) return void response.writeHead(404).end();
    readFile(join(folder, file)).then(
      (bytes) => {
        const charset = charsets.get(`${set}/${file}`) ?? 'utf-8';
        const content = charset === 'utf-8' ? bytes.toString('utf8').replaceAll('{{OTHER}}', other(port, set)) : bytes;
        response.writeHead(200, { 'Content-Type': `text/html; charset=${charset}` }).end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  return listen(server);
}

/** The same pages where no token is of the origin. */
export const other = (port: number, set: string) => `http://127.0.0.1:${port}/${set}`;

export type TokenWanted = Pick<Envelope, 'secret' | 'digits' | 'origins' | 'fieldHints'>;

/** A verifier that provisions whatever token is wanted under a User ID, and tells the seed that came of it. */
export async function serveVerifier(
  tokens: ReadonlyMap<string, TokenWanted>,
): Promise<Site & { readonly seeds: ReadonlyMap<string, Uint8Array> }> {
  const seeds = new Map<string, Uint8Array>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = async () => {
      if (request.method === 'GET') return { now: new Date().toISOString() };
      const { userId, publicKey } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const wanted = tokens.get(userId);
      if (wanted === undefined) return { outcome: 'refused' };
      const envelope: Envelope = {
        version: 1,
        serviceId: '1001',
        userId,
        institution: { ja: '見本信用組合', en: 'Mihon Credit Union' },
        algorithm: 'SHA256',
        period: 60,
        issuedAt: new Date().toISOString(),
        expiresAt: null,
        ...wanted,
      };
      const key = publicKeySchema.parse(publicKey);
      seeds.set(userId, await deriveSeed(envelope.secret, await thumbprintOf(key)));
      return { outcome: 'provisioned', token: await sealEnvelope(envelope, key) };
    };
    const allowed = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'Content-Type' };
    if (request.method === 'OPTIONS') return void response.writeHead(204, allowed).end();
    const body = JSON.stringify(await answer());
    response.writeHead(200, { 'Content-Type': 'application/json', ...allowed }).end(body);
  });
  return { ...(await listen(server)), seeds };
}
