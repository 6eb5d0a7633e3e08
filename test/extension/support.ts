import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { createVault, type NewToken, type Vault } from '../../extension/vault.ts';
import { openVaultDatabase, type VaultDatabase } from '../../extension/vault-database.ts';
import type { SessionArea } from '../../extension/vault-lock.ts';
import { minimumCost } from '../../extension/vault-slots.ts';
import { type Envelope, type PublicKey, publicKeySchema, sealEnvelope } from '../../shared/envelope.ts';

/** The browser's storage areas: JSON in, JSON out. */
export class MemoryArea implements SessionArea {
  items: Record<string, unknown> = {};
  async get(key: string): Promise<Record<string, unknown>> {
    return key in this.items ? { [key]: JSON.parse(JSON.stringify(this.items[key])) } : {};
  }
  async set(items: Record<string, unknown>): Promise<void> {
    Object.assign(this.items, JSON.parse(JSON.stringify(items)));
  }
  async remove(key: string): Promise<void> {
    delete this.items[key];
  }
}

/** A profile whose background can be stopped and started: the disk stays, the session too until the browser ends. */
export class Profile {
  nowMs = Date.parse('2026-11-21T09:00:00+09:00');
  closeAfterMs = 5 * 60_000;
  session = new MemoryArea();
  local = new MemoryArea();
  readonly #databases: VaultDatabase[] = [];

  constructor() {
    globalThis.indexedDB = new IDBFactory();
  }

  async startVault(): Promise<Vault> {
    const database = await openVaultDatabase();
    this.#databases.push(database);
    return createVault({
      database,
      session: this.session,
      clock: () => this.nowMs,
      closeAfterMs: async () => this.closeAfterMs,
      cost: async () => minimumCost,
    });
  }

  /** Everything that the profile keeps on disk, byte by byte and as text. */
  async dump(): Promise<string> {
    const database = await openVaultDatabase();
    const rows: unknown[] = [this.local.items];
    for (const name of database.objectStoreNames) rows.push(...(await database.getAll(name)));
    database.close();
    const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return JSON.stringify(rows, (_, value) =>
      value instanceof Uint8Array ? { hex: hex(value), latin1: String.fromCharCode(...value) } : value,
    );
  }

  endSession(): void {
    this.session = new MemoryArea();
    for (const database of this.#databases.splice(0)) database.close();
  }
}

export const lockCode = '481516234208';

/** A token as the set-up makes it. */
export const token: NewToken = {
  serviceId: '1001',
  userId: 'K7QZ2M9XW4RT',
  institution: { ja: '成協信用組合', en: 'Seikyo Credit Union' },
  seed: Uint8Array.from({ length: 32 }, (_, index) => (index * 37 + 11) % 256),
  algorithm: 'SHA256',
  digits: 8,
  periodSeconds: 60,
  origins: ['https://bank.example'],
  fieldHints: [],
  expiresAtMs: null,
  verifier: 'https://otp.example',
  clock: null,
};

export const envelope: Envelope = {
  version: 1,
  serviceId: '1001',
  userId: 'K7QZ2M9XW4RT',
  institution: { ja: '成協信用組合', en: 'Seikyo Credit Union' },
  secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA',
  algorithm: 'SHA256',
  digits: 8,
  period: 60,
  origins: ['https://bank.example'],
  fieldHints: [],
  issuedAt: '2026-11-21T08:59:00+09:00',
  expiresAt: null,
};

/** The network with one verifier on it: what it was asked, and what it answers next. */
export class Network {
  readonly requests: { readonly url: string; readonly init: RequestInit; readonly body: unknown }[] = [];
  answer: (url: string, body: unknown) => Response | Promise<Response>;

  constructor(answer: Network['answer'] = provisioned()) {
    this.answer = answer;
  }

  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : null;
    this.requests.push({ url: String(input), init, body });
    return this.answer(String(input), body);
  };
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(value, { status, headers });
}

/** Provisions whatever key it is asked with. */
export function provisioned(changes: Partial<Envelope> = {}): Network['answer'] {
  return async (_, body) => {
    const publicKey: PublicKey = publicKeySchema.parse((body as { publicKey: unknown }).publicKey);
    return json({ outcome: 'provisioned', token: await sealEnvelope({ ...envelope, ...changes }, publicKey) });
  };
}
