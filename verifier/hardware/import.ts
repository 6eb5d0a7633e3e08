import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Institution } from '../../shared/institution.ts';
import { type AuditEntry, auditEntry } from '../audit.ts';
import type { Keyring, Random } from '../keyring.ts';
import type { StockToken, Store, Transaction } from '../store/store.ts';
import { FileFault, type RefusalReason } from './faults.ts';
import { judge, type StockKey } from './judge.ts';
import { KeyList } from './key-list.ts';
import type { KeyMaterial } from './material.ts';
import { readSeedFile } from './read.ts';
import type { SeedFile } from './source.ts';

export interface Refusal {
  readonly serial: string | null;
  /** From 1: the key's place in a PSKC file, the line in a list. Null where it is about the whole file. */
  readonly record: number | null;
  readonly reason: RefusalReason;
}

export interface ImportReport {
  /** Serials that came into stock, or would have in a dry run. */
  readonly accepted: readonly string[];
  readonly refused: readonly Refusal[];
  /** Serials without fault that were held back, since others of the file were refused. */
  readonly held: readonly string[];
  /** Signatures are not verified here: what a MAC does not cover is as the file says. */
  readonly signature: 'none' | 'notVerified';
}

export interface ImportOrder {
  readonly file: SeedFile;
  readonly material: KeyMaterial;
  readonly institution: Institution;
  readonly nowMs: number;
  readonly dryRun: boolean;
  /** Takes what is sound where other records are refused. A damaged file is refused as a whole all the same. */
  readonly partial: boolean;
  /** Who imports, for the log. */
  readonly by: Pick<AuditEntry, 'actor'> & Partial<Pick<AuditEntry, 'operator' | 'document'>>;
  /** Told how many bytes were read. */
  readonly onProgress?: (readBytes: number) => void;
  /** Written in the same transaction, with the report. */
  readonly along?: (transaction: Transaction, report: ImportReport) => Promise<void>;
}

interface Reading {
  readonly sound: KeyList;
  readonly refused: readonly Refusal[];
  /** Null, or why nothing of the file counts. */
  readonly fault: Refusal | null;
  readonly signed: boolean;
  readonly digest: string;
}

const lookUpSerials = 500;
const insertTokens = 250;

/** The file with its bytes counted, and hashed by each reading that reaches its end. */
function watched(file: SeedFile, onProgress: (bytes: number) => void): { file: SeedFile; digest(): string } {
  let digest = '';
  async function* open(): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    let read = 0;
    for await (const chunk of file.open()) {
      hash.update(chunk);
      read += chunk.byteLength;
      onProgress(read);
      yield chunk;
    }
    digest = hash.digest('hex');
  }
  return { file: { sizeBytes: file.sizeBytes, open }, digest: () => digest };
}

/** Reads the whole file before anything is written: what is wrong in its last record is known by then. */
async function readAll({ file, material, institution, nowMs, onProgress }: ImportOrder): Promise<Reading> {
  const sound = new KeyList();
  const refused: Refusal[] = [];
  const notes = { signed: false };
  const { file: counted, digest } = watched(file, onProgress ?? (() => {}));
  try {
    for await (const batch of readSeedFile(counted, material, notes)) {
      for (const found of batch) {
        if (found.kind === 'refused') {
          refused.push({ serial: found.serial, record: found.record, reason: found.reason });
          continue;
        }
        const { record, serial } = found.key;
        const judged = judge(found.key, institution, nowMs);
        if (!judged.ok) refused.push({ serial, record, reason: judged.reason });
        else if (!sound.add(judged.value)) refused.push({ serial, record, reason: 'duplicateInFile' });
      }
      // Reading a large file leaves the process free for other work between its pieces.
      await setImmediate();
    }
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    const { serial, record, reason } = error;
    sound.wipe();
    return { sound: new KeyList(), refused, fault: { serial, record, reason }, signed: notes.signed, digest: digest() };
  }
  return { sound, refused, fault: null, signed: notes.signed, digest: digest() };
}

async function inStock(
  transaction: Transaction,
  serviceId: string,
  serials: ReadonlySet<string>,
): Promise<Set<string>> {
  const all = [...serials];
  const found = new Set<string>();
  for (let at = 0; at < all.length; at += lookUpSerials) {
    for (const serial of await transaction.serialsInStock(serviceId, all.slice(at, at + lookUpSerials)))
      found.add(serial);
  }
  return found;
}

function stockToken(keyring: Keyring, random: Random, serviceId: string, key: StockKey): StockToken {
  const tokenId = Buffer.from(random(12)).toString('hex');
  const { serial, seed, parameters, driftSteps, expiresAtMs } = key;
  const sealedSeed = keyring.seal(seed, ['seed', serviceId, tokenId, 1]);
  seed.fill(0);
  return {
    serviceId,
    tokenId,
    kind: 'hardware',
    serial,
    status: 'stock',
    parameters,
    sealedSeed,
    seedVersion: 1,
    driftSteps,
    expiresAtMs,
  };
}

type Parts = { readonly store: Store; readonly keyring: Keyring; readonly random: Random };

/** Seals and adds all keys but those that are in stock. */
async function addAll(
  { keyring, random }: Parts,
  transaction: Transaction,
  keys: KeyList,
  known: ReadonlySet<string>,
  audit: AuditEntry,
): Promise<void> {
  let tokens: StockToken[] = [];
  for (const key of keys) {
    if (known.has(key.serial)) continue;
    tokens.push(stockToken(keyring, random, audit.serviceId, key));
    if (tokens.length < insertTokens) continue;
    await transaction.addStock(tokens, audit);
    tokens = [];
  }
  await transaction.addStock(tokens, audit);
}

/**
 * Brings a vendor's file into an institution's stock: all of it or nothing, in one transaction with its rows of the
 * log. The report names every record that was refused, and never holds a seed or a key.
 */
export async function importSeedFile(parts: Parts, order: ImportOrder): Promise<ImportReport> {
  const { institution, nowMs, dryRun, partial, by } = order;
  const { serviceId } = institution;
  const reading = await readAll(order);
  const { digest } = reading;
  const signature = reading.signed ? 'notVerified' : 'none';

  const { sound } = reading;
  return parts.store
    .transaction(serviceId, async (transaction) => {
      const known = await inStock(transaction, serviceId, sound.serials);
      const refused = [...reading.refused];
      if (known.size > 0) {
        for (const { serial, record } of sound)
          if (known.has(serial)) refused.push({ serial, record, reason: 'duplicateInStock' });
        refused.sort((a, b) => (a.record ?? 0) - (b.record ?? 0));
      }
      if (reading.fault !== null) refused.push(reading.fault);
      const serials = [...sound.serials].filter((serial) => !known.has(serial));
      const taken = reading.fault === null && (refused.length === 0 || (partial && serials.length > 0));
      const report: ImportReport = taken
        ? { accepted: serials, refused, held: [], signature }
        : { accepted: [], refused, held: serials, signature };
      if (!dryRun) {
        const entry = { serviceId, atMs: nowMs, operation: 'importHardware', ...by } as const;
        if (taken) await addAll(parts, transaction, sound, known, auditEntry({ ...entry, outcome: 'stocked' }));
        const counts = `accepted ${report.accepted.length}, refused ${refused.length}`;
        const note = digest === '' ? counts : `${counts}, SHA-256 ${digest}`;
        const outcome = taken ? 'imported' : 'refused';
        const reason = reading.fault?.reason ?? refused[0]?.reason ?? null;
        await transaction.addAudit(auditEntry({ ...entry, outcome, reason, note }));
      }
      await order.along?.(transaction, report);
      return report;
    })
    .finally(() => sound.wipe());
}
