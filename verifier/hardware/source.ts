import { createReadStream, statSync } from 'node:fs';
import { FileFault } from './faults.ts';
import { limits } from './limits.ts';

/** Small, so that little of a file is in memory at once and its garbage dies young. */
const chunkBytes = 16 * 1024;

/** A file that can be read from its beginning more than once. */
export interface SeedFile {
  readonly sizeBytes: number;
  open(): AsyncIterable<Uint8Array>;
}

/** A file on disk. @throws what node:fs says where it cannot be read, FileFault where it is too large */
export function seedFileAt(path: string): SeedFile {
  const { size, mode } = statSync(path);
  // Of a pipe or device nobody knows the end.
  if ((mode & 0o170000) !== 0o100000) throw new FileFault('unknownFormat');
  if (size > limits.fileBytes) throw new FileFault('tooLarge');
  // No further than it was long: a file that grows while it is read has an end, too.
  const end = Math.max(0, size - 1);
  return { sizeBytes: size, open: () => createReadStream(path, { end, highWaterMark: chunkBytes }) };
}

/** Bytes that are in memory already. */
export function seedFileOf(bytes: Uint8Array): SeedFile {
  async function* open(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  return { sizeBytes: bytes.byteLength, open };
}
