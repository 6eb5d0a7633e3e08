import { FileFault, RecordFault } from '../faults.ts';
import { limits } from '../limits.ts';
import type { KeyMaterial } from '../material.ts';
import type { Found } from '../record.ts';
import { type XmlElement, XmlTreeReader } from '../xml-tree.ts';
import { emptyHead, type PskcHead, withPart } from './head.ts';
import { keysIn, type PskcKey, readKey, serialIn } from './key.ts';
import { isPackage, isPskcRoot, pskcNaming } from './names.ts';
import { seedRecordOf } from './seed-record.ts';
import { ValueOpener } from './values.ts';

/** One key of a PSKC file, or why it cannot be read. */
export type PskcFound =
  | { readonly kind: 'key'; readonly record: number; readonly key: PskcKey }
  | Extract<Found, { kind: 'refused' }>;

export interface PskcNotes {
  /** Whether the file carries a signature, which this reader does not verify. */
  signed: boolean;
}

/**
 * Keys of a PSKC file, RFC 6030 or a draft before it, as they come. Nothing is kept of what was handed out.
 * @throws FileFault, naming the record where it showed
 */
export async function* readPskcKeys(
  chunks: AsyncIterable<string>,
  material: KeyMaterial,
  notes: PskcNotes = { signed: false },
): AsyncGenerator<readonly PskcFound[]> {
  const reader = new XmlTreeReader(pskcNaming());
  let head: PskcHead = emptyHead;
  let opener: ValueOpener | null = null;
  let records = 0;

  async function keyOf(keyPackage: XmlElement, key: XmlElement, from: ValueOpener): Promise<PskcFound> {
    const record = ++records;
    const serial = serialIn(keyPackage);
    if (record > limits.records) throw new FileFault('tooManyRecords');
    try {
      return { kind: 'key', record, key: await readKey(keyPackage, key, from) };
    } catch (error) {
      if (error instanceof RecordFault) return { kind: 'refused', record, serial, reason: error.reason };
      throw error instanceof FileFault ? error.at(record, serial) : error;
    }
  }

  async function* take(parts: readonly XmlElement[]): AsyncGenerator<PskcFound> {
    if (reader.rootName !== null && !isPskcRoot(reader.rootName)) throw new FileFault('unknownFormat');
    const version = reader.rootAttributes.get('Version') ?? reader.rootAttributes.get('version') ?? '1.0';
    // RFC 6030 section 4: 1.0; another minor one can be read, another major one means something else.
    if (!/^1(\.|$)/.test(version.trim())) throw new FileFault('versionUnsupported');
    for (const part of parts) {
      if (isPackage(part.name)) {
        opener ??= new ValueOpener(head, material);
        const keys = keysIn(part);
        if (keys.length === 0)
          yield { kind: 'refused', record: ++records, serial: serialIn(part), reason: 'seedMissing' };
        for (const key of keys) yield await keyOf(part, key, opener);
        continue;
      }
      if (part.name === 'Signature') notes.signed = true;
      const next = withPart(head, part);
      // What is said after the first key would not have been heeded for it.
      if (next !== null && opener !== null) throw new FileFault('malformedXml');
      head = next ?? head;
    }
  }

  try {
    for await (const chunk of chunks) {
      const found: PskcFound[] = [];
      for await (const one of take(reader.write(chunk))) found.push(one);
      if (found.length > 0) yield found;
    }
    reader.end();
  } catch (error) {
    // Told by the package that was being read, before the first one by that.
    throw error instanceof FileFault ? error.at(Math.max(1, reader.records), serialIn(reader.unfinished)) : error;
  }
  if (records === 0) throw new FileFault('noRecords');
}

/** The same as records for the stock. */
export async function* readPskc(
  chunks: AsyncIterable<string>,
  material: KeyMaterial,
  notes: PskcNotes,
): AsyncGenerator<readonly Found[]> {
  for await (const found of readPskcKeys(chunks, material, notes)) {
    yield found.map((one) => (one.kind === 'key' ? { kind: 'key', key: seedRecordOf(one.record, one.key) } : one));
  }
}
