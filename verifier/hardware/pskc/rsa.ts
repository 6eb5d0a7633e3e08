import { constants, createHash, type KeyObject, privateDecrypt, timingSafeEqual } from 'node:crypto';
import { FileFault } from '../faults.ts';
import type { Cipher } from './ciphers.ts';

/** A mask of so many bytes. RFC 8017 appendix B.2.1. */
function mgf1(hash: string, seed: Uint8Array, bytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let counter = 0, length = 0; length < bytes; counter++) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const part = createHash(hash).update(seed).update(count).digest();
    parts.push(part);
    length += part.byteLength;
  }
  return Buffer.concat(parts).subarray(0, bytes);
}

const xor = (a: Uint8Array, b: Uint8Array) => Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));

/**
 * What an OAEP block of an RSA key's length holds, where its mask is made by another hash than its label's, which the
 * platform does not open by itself. Null where it is no such block. RFC 8017 section 7.1.2 step 3.
 */
function oaepMessage(block: Uint8Array, hash: string, mask: string, label: Uint8Array): Uint8Array | null {
  const labelHash = createHash(hash).update(label).digest();
  const size = labelHash.byteLength;
  if (block.byteLength < 2 * size + 2) return null;
  const closed = block.subarray(1 + size);
  const seed = xor(block.subarray(1, 1 + size), mgf1(mask, closed, size));
  const data = xor(closed, mgf1(mask, seed, closed.byteLength));
  const padding = data.subarray(size);
  const end = padding.findIndex((byte) => byte !== 0);
  const isLabel = timingSafeEqual(data.subarray(0, size), labelHash);
  return isLabel && block[0] === 0 && padding[end] === 1 ? new Uint8Array(padding.subarray(end + 1)) : null;
}

/** Opens a value that was encrypted to an RSA key. @throws FileFault where it does not open */
export function decryptRsa(
  cipher: Extract<Cipher, { kind: 'rsa' }>,
  privateKey: KeyObject,
  bytes: Uint8Array,
  label: Uint8Array | null,
): Uint8Array {
  const { RSA_PKCS1_OAEP_PADDING, RSA_PKCS1_PADDING, RSA_NO_PADDING } = constants;
  try {
    if (cipher.padding === 'pkcs1')
      return new Uint8Array(privateDecrypt({ key: privateKey, padding: RSA_PKCS1_PADDING }, bytes));
    if (cipher.mask !== cipher.hash) {
      const block = privateDecrypt({ key: privateKey, padding: RSA_NO_PADDING }, bytes);
      const message = oaepMessage(block, cipher.hash, cipher.mask, label ?? new Uint8Array());
      if (message === null) throw new FileFault('decryptionFailed');
      return message;
    }
    const oaep = { oaepHash: cipher.hash, ...(label === null ? {} : { oaepLabel: label }) };
    return new Uint8Array(privateDecrypt({ key: privateKey, padding: RSA_PKCS1_OAEP_PADDING, ...oaep }, bytes));
  } catch {
    throw new FileFault('decryptionFailed');
  }
}
