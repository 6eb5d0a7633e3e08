import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deriveSeed, type Envelope, publicKeySchema, sealEnvelope, thumbprintOf } from '../../shared/envelope.ts';
import { codeAt, toBase32 } from '../../shared/otp.ts';

const parameters = { algorithm: 'SHA256', digits: 8, periodSeconds: 60 } as const;

/** What a software token asks of a verifier, for whatever user asks: the time, and a token of its own. */
export interface Provisioner {
  readonly address: string;
  /** How often a token was asked for. */
  provisioned(): number;
  /** The codes of this step and the one before, in case the step went on. */
  codesOf(userId: string): readonly string[];
  close(): void;
}

/** @param origins where the tokens may be filled */
export async function startProvisioner(origins = ['https://bank.example']): Promise<Provisioner> {
  const seeds = new Map<string, Uint8Array>();
  let count = 0;
  const server = createServer(async (request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*').setHeader('Access-Control-Allow-Headers', 'content-type');
    let body = '';
    for await (const part of request) body += part;
    if (request.method !== 'POST') return response.end(JSON.stringify({ now: new Date().toISOString() }));
    const { serviceId, userId, publicKey: sent } = JSON.parse(body);
    const publicKey = publicKeySchema.parse(sent);
    const secret = toBase32(crypto.getRandomValues(new Uint8Array(32)));
    seeds.set(userId, await deriveSeed(secret, await thumbprintOf(publicKey)));
    count += 1;
    const envelope: Envelope = {
      ...{ version: 1, serviceId, userId, institution: { ja: '試験信用組合', en: 'Trial Credit Union' }, secret },
      ...{ algorithm: 'SHA256', digits: 8, period: 60, origins, fieldHints: [] },
      ...{ issuedAt: new Date().toISOString(), expiresAt: null },
    };
    return response.end(JSON.stringify({ outcome: 'provisioned', token: await sealEnvelope(envelope, publicKey) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    provisioned: () => count,
    codesOf: (userId) => {
      const seed = seeds.get(userId);
      if (seed === undefined) throw new Error(`${userId} has no token`);
      return [0, 60_000].map((agoMs) => codeAt(seed, parameters, Date.now() - agoMs));
    },
    close: () => server.close(),
  };
}
