import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { syncFolder } from '../keyring-file.ts';
import { canonicalForms, type Head } from './segment.ts';

const count = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const lineSchema = z.strictObject({
  segment: count.min(1),
  form: z.int().refine((form) => canonicalForms[form] !== undefined),
  firstAuditId: z.int(),
  lastAuditId: z.int(),
  rows: count,
  rowsHash: hash,
  previousHead: hash,
  sealedAtMs: z.int(),
  head: hash,
  keyId: z.string(),
  signature: z.base64url(),
});

/** One line of the file: a head, or null if the line is not one. */
export interface HeadLine {
  /** From 1. */
  readonly line: number;
  readonly head: Head | null;
}

/**
 * The heads outside the database: a file of JSON lines, one for each segment, only ever appended to and readable by its
 * owner alone. A copy of it on another machine, taken from time to time, shows later whether the log was cut off.
 */
export interface HeadsFile {
  readonly path: string;
  /** Appends, and syncs to the disk before it resolves. Removes a torn last line first, as a power failure leaves it. */
  append(heads: readonly Head[]): Promise<void>;
  /** The last head in the file; null where there is none or its line cannot be read. */
  last(): Promise<Head | null>;
  /** Null where there is no file. A torn last line is left out. */
  lines(): Promise<AsyncIterable<HeadLine> | null>;
}

function lineOf(head: Head): string {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  return `${JSON.stringify({
    segment: head.segmentId,
    form: head.form,
    firstAuditId: head.firstAuditId,
    lastAuditId: head.lastAuditId,
    rows: head.rowCount,
    rowsHash: hex(head.rowsHash),
    previousHead: hex(head.previousHead),
    sealedAtMs: head.sealedAtMs,
    head: hex(head.head),
    keyId: head.signature.keyId,
    signature: Buffer.from(head.signature.bytes).toString('base64url'),
  } satisfies z.input<typeof lineSchema>)}\n`;
}

function parseLine(text: string): Head | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) return null;
  const line = parsed.data;
  const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
  return {
    segmentId: line.segment,
    form: line.form,
    firstAuditId: line.firstAuditId,
    lastAuditId: line.lastAuditId,
    rowCount: line.rows,
    rowsHash: bytes(line.rowsHash),
    previousHead: bytes(line.previousHead),
    sealedAtMs: line.sealedAtMs,
    head: bytes(line.head),
    signature: { keyId: line.keyId, bytes: new Uint8Array(Buffer.from(line.signature, 'base64url')) },
  };
}

const longestLineBytes = 4_096;
const newline = 0x0a;

/** Length of the file up to its last line break, and the text of the line before that. */
async function ending(file: FileHandle): Promise<{ wholeBytes: number; lastLine: string; sizeBytes: number }> {
  const { size: sizeBytes } = await file.stat();
  const start = Math.max(0, sizeBytes - 2 * longestLineBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(sizeBytes - start), 0, sizeBytes - start, start);
  const bytes = buffer.subarray(0, bytesRead);
  const end = bytes.lastIndexOf(newline);
  const begin = end <= 0 ? 0 : bytes.lastIndexOf(newline, end - 1) + 1;
  return { wholeBytes: end < 0 ? start : start + end + 1, lastLine: bytes.toString('utf8', begin, end), sizeBytes };
}

async function opened<Value>(path: string, work: (file: FileHandle) => Promise<Value>): Promise<Value | null> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** @param path the file; made at the first append */
export function headsFile(path: string): HeadsFile {
  return {
    path,

    async append(heads) {
      const before = await opened(path, ending);
      const file = await open(path, 'a', 0o600);
      try {
        if (before === null) {
          await file.chmod(0o600);
          syncFolder(dirname(path));
        } else if (before.wholeBytes < before.sizeBytes) {
          const torn = before.sizeBytes - before.wholeBytes <= longestLineBytes;
          if (torn) await file.truncate(before.wholeBytes);
          else await file.appendFile('\n');
        }
        await file.appendFile(heads.map(lineOf).join(''));
        await file.sync();
      } finally {
        await file.close();
      }
    },

    async last() {
      const end = await opened(path, ending);
      return end === null ? null : parseLine(end.lastLine);
    },

    async lines() {
      const end = await opened(path, ending);
      if (end === null) return null;
      return (async function* () {
        if (end.wholeBytes === 0) return;
        const input = createReadStream(path, { end: end.wholeBytes - 1 });
        let line = 0;
        for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
          yield { line: ++line, head: parseLine(text) };
        }
      })();
    },
  };
}
