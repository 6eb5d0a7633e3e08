import * as z from 'zod';
import type { NewToken } from '../../verifier/store/store.ts';
import { type Bench, bench } from './fixture.ts';

/** One operation as the OpenAPI document describes it. */
export interface Documented {
  readonly method: string;
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: a document of unknown depth
  readonly operation: any;
}

// biome-ignore lint/suspicious/noExplicitAny: a document of unknown depth
export type Document = any;

export async function documentOf(at: Pick<Bench, 'anyone'>): Promise<Document> {
  return (await at.anyone('GET', '/openapi.json')).body;
}

export function operationsOf(document: Document): readonly Documented[] {
  return Object.entries<Record<string, unknown>>(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/** A schema of the document as zod reads it, with everything that it refers to. */
export function schemaOf(document: Document, schema: object): z.ZodType {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
}

function hardware(at: Bench, tokenId: string, serial: string): NewToken {
  return {
    serviceId: '1001',
    tokenId,
    kind: 'hardware',
    serial,
    status: 'stock',
    parameters: { algorithm: 'SHA256', digits: 8, periodSeconds: 60 },
    sealedSeed: at.options.keyring.seal(new Uint8Array(20), ['seed', '1001', tokenId, 1]),
    seedVersion: 1,
    expiresAtMs: null,
  };
}

/**
 * Those whose names stand in the examples: a contract with a master and a general user, a hardware token in stock, a
 * key with every scope. The master has the confirmation password of the examples where the operation's example sends
 * it, and a token of their own where they act on others.
 */
export async function documentedBench({ operation }: Documented): Promise<Bench & { readonly everyKey: string }> {
  const at = await bench({
    institution: { application: 'selfService', deactivation: { offered: true } },
    options: { confirmationCost: { memoryKib: 64, passes: 1 } },
  });
  const everyKey = await at.key(['bank', 'branch', 'audit']);
  const example = operation.requestBody?.content['application/json'].example ?? {};
  const { confirmationPassword, actor } = example;
  const user = { contractId: 'C-1001', name: '山田 花子', role: 'general' };
  for (const [path, body] of [
    ['/v1/contracts/C-1001', { kind: 'business', name: '株式会社山田商店' }],
    ['/v1/users/hanako', { ...user, role: 'master', confirmationPassword }],
    ['/v1/users/jiro', { ...user, name: '山田 次郎' }],
  ] as const) {
    const answer = await at.bank('PUT', path, body);
    if (answer.status !== 200) throw new Error(answer.text);
  }
  await at.store.transaction('1001', async (transaction) => {
    await transaction.addToken(hardware(at, 'h1', '00123456'));
    if (actor === undefined) return;
    await transaction.addToken(hardware(at, 'h2', '00123457'));
    const lineage = { priorStatus: 'unregistered', previousAssignmentId: null } as const;
    const own = { serviceId: '1001', assignmentId: 'a2', loginId: actor, tokenId: 'h2', nowMs: at.clock.nowMs() };
    await transaction.registerHardware({ ...own, ...lineage });
  });
  return { ...at, everyKey };
}

/** A path with its IDs and its query filled with the document's examples; parameters that may be left out are. */
export function addressOf({ path, operation }: Documented): string {
  const query = new URLSearchParams();
  let filled = path;
  for (const { name, required, schema, in: place } of operation.parameters ?? []) {
    if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(schema.example));
    if (place === 'query' && required) query.set(name, schema.example);
  }
  return query.size === 0 ? filled : `${filled}?${query}`;
}
