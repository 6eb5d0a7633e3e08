import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A verifier whose clock seems to go otherwise. */
export interface SkewedVerifier {
  readonly url: string;
  /** Added to the verifier's time in its answers, in ms. May be changed. */
  skewMs: number;
  /** How often it was asked for its time. */
  timesAsked: number;
  close(): void;
}

/** Passes everything on to the verifier, but for its time. */
export async function startSkewedVerifier(verifierUrl: string, skewMs: number): Promise<SkewedVerifier> {
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'content-type' });
      return response.end();
    }
    const answer = await fetch(verifierUrl + request.url, {
      method: request.method ?? 'GET',
      headers: { 'Content-Type': 'application/json' },
      body: chunks.length === 0 ? null : Buffer.concat(chunks),
    });
    response.writeHead(answer.status, {
      'Access-Control-Allow-Origin': '*',
      'Content-Type': answer.headers.get('Content-Type') ?? 'application/json',
    });
    if (request.url !== '/v1/time') return response.end(await answer.text());
    skewed.timesAsked++;
    const { now } = (await answer.json()) as { now: string };
    return response.end(JSON.stringify({ now: new Date(Date.parse(now) + skewed.skewMs).toISOString() }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const skewed: SkewedVerifier = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    skewMs,
    timesAsked: 0,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return skewed;
}
