import { createDecipheriv } from 'node:crypto';
import { FileFault } from '../faults.ts';
import type { Allowance } from '../material.ts';
import { tail } from './names.ts';

/** A way to encrypt a value. `authenticated`: an altered value does not open, without a MAC beside it. */
export type Cipher =
  | {
      readonly kind: 'cbc' | 'gcm' | 'wrap';
      readonly name: string;
      readonly keyBytes: number;
      readonly authenticated: boolean;
    }
  | {
      readonly kind: 'rsa';
      readonly padding: 'oaep' | 'pkcs1';
      /** OAEP's hash of its label, and that of its mask. */
      readonly hash: string;
      readonly mask: string;
      readonly authenticated: boolean;
    };

export type SymmetricCipher = Extract<Cipher, { keyBytes: number }>;

interface Known {
  readonly cipher: Cipher;
  readonly needs: Allowance | null;
}

function known(given: string): Known | null {
  // The words of the first drafts say that the key is of a password; how it is of it stands elsewhere.
  const name = given.replace(/^pbe-/, '');
  const [, aes, mode] = /^aes-?(128|192|256)-?(cbc|gcm)$/.exec(name) ?? [];
  if (mode !== undefined && aes !== undefined) {
    const kind = mode === 'gcm' ? 'gcm' : 'cbc';
    const cipher = {
      kind,
      name: `aes-${aes}-${mode}`,
      keyBytes: Number(aes) / 8,
      authenticated: kind === 'gcm',
    } as const;
    return { cipher, needs: null };
  }
  const [, wrap, pad] = /^kw-aes-?(128|192|256)(-pad)?$/.exec(name) ?? [];
  if (wrap !== undefined) {
    const cipher = {
      kind: 'wrap',
      name: `id-aes${wrap}-wrap${pad ?? ''}`,
      keyBytes: Number(wrap) / 8,
      authenticated: true,
    } as const;
    return { cipher, needs: null };
  }
  const [, camellia] = /^camellia-?(128|192|256)(-cbc)?$/.exec(name) ?? [];
  if (camellia !== undefined) {
    const cipher = {
      kind: 'cbc',
      name: `camellia-${camellia}-cbc`,
      keyBytes: Number(camellia) / 8,
      authenticated: false,
    } as const;
    return { cipher, needs: 'camellia' };
  }
  const [, camelliaWrap] = /^kw-camellia-?(128|192|256)$/.exec(name) ?? [];
  if (camelliaWrap !== undefined) {
    const cipher = {
      kind: 'wrap',
      name: `camellia-${camelliaWrap}-ecb`,
      keyBytes: Number(camelliaWrap) / 8,
      authenticated: true,
    } as const;
    return { cipher, needs: 'camellia' };
  }
  if (/^(tripledes|3des(112|168)?|desede|des-ede3)-cbc$/.test(name)) {
    return { cipher: { kind: 'cbc', name: 'des-ede3-cbc', keyBytes: 24, authenticated: false }, needs: 'tripledes' };
  }
  if (/^kw-(tripledes|3des)$/.test(name)) {
    return { cipher: { kind: 'wrap', name: 'des3-wrap', keyBytes: 24, authenticated: true }, needs: 'tripledes' };
  }
  if (name === 'rsa-1-5') {
    // An altered value opens as random bytes (implicit rejection), so that it proves nothing.
    return {
      cipher: { kind: 'rsa', padding: 'pkcs1', hash: 'sha1', mask: 'sha1', authenticated: false },
      needs: 'rsa15',
    };
  }
  if (name === 'rsa-oaep-mgf1p' || name === 'rsa-oaep') {
    return { cipher: { kind: 'rsa', padding: 'oaep', hash: 'sha1', mask: 'sha1', authenticated: true }, needs: null };
  }
  return null;
}

/** Keys that a cipher takes, in bytes. A Triple-DES key of 16 stands for one whose third part is its first. */
export function takesKey(cipher: SymmetricCipher, key: Uint8Array): boolean {
  return key.byteLength === cipher.keyBytes || (isTripleDes(cipher) && key.byteLength === 16);
}

const isTripleDes = ({ name }: { readonly name: string }) => name === 'des-ede3-cbc' || name === 'des3-wrap';

/** Whether bytes are as long as one block of the cipher. */
export function isBlock(cipher: Cipher, bytes: Uint8Array): boolean {
  return cipher.kind === 'cbc' && bytes.byteLength === blockBytesOf(cipher);
}

const blockBytesOf = (cipher: SymmetricCipher) => (isTripleDes(cipher) ? 8 : 16);

/** The cipher of an algorithm's name. @throws FileFault where it is not known, or too weak without permission */
export function cipherOf(algorithm: string, allow: ReadonlySet<Allowance>): Cipher {
  const found = known(tail(algorithm));
  if (found === null) throw new FileFault('cipherUnsupported');
  if (found.needs !== null && !allow.has(found.needs)) throw new FileFault('cipherNotAllowed');
  return found.cipher;
}

const failed = () => new FileFault('decryptionFailed');

/** XML Encryption section 5.2: the last byte tells the padding's length, the other bytes of it are free. */
function unpadded(bytes: Buffer, blockBytes: number): Buffer {
  const length = bytes.at(-1) ?? 0;
  if (bytes.length === 0 || length < 1 || length > blockBytes) throw failed();
  return bytes.subarray(0, bytes.length - length);
}

const wrapCheck = Buffer.from('a6a6a6a6a6a6a6a6', 'hex');

/** RFC 3394 section 2.2.2 over a block cipher that the platform does not wrap with by itself. */
function unwrapBy(name: string, key: Uint8Array, bytes: Uint8Array): Buffer {
  const blocks = bytes.length / 8 - 1;
  if (!Number.isInteger(blocks) || blocks < 2) throw failed();
  const out = Buffer.from(bytes.subarray(8));
  let register = Buffer.from(bytes.subarray(0, 8));
  for (let round = 5; round >= 0; round--) {
    for (let block = blocks; block >= 1; block--) {
      const count = Buffer.alloc(8);
      count.writeBigUInt64BE(BigInt(blocks * round + block));
      const mixed = Buffer.from(register.map((byte, i) => byte ^ (count[i] ?? 0)));
      const decipher = createDecipheriv(name, key, null).setAutoPadding(false);
      const at = (block - 1) * 8;
      const opened = decipher.update(Buffer.concat([mixed, out.subarray(at, at + 8)]));
      register = Buffer.from(opened.subarray(0, 8));
      opened.copy(out, at, 8, 16);
    }
  }
  if (!register.equals(wrapCheck)) throw failed();
  return out;
}

function unwrap(name: string, key: Uint8Array, bytes: Uint8Array): Buffer {
  if (name.startsWith('camellia')) return unwrapBy(name, key, bytes);
  const check = name === 'des3-wrap' ? null : name.endsWith('-pad') ? Buffer.from('a65959a6', 'hex') : wrapCheck;
  const decipher = createDecipheriv(name, key, check);
  return Buffer.concat([decipher.update(bytes), decipher.final()]);
}

/**
 * Opens a value under a symmetric key of the cipher's length.
 * @param iv where it does not stand before the value
 * @throws FileFault where it does not open
 */
export function decrypt(
  cipher: SymmetricCipher,
  given: Uint8Array,
  bytes: Uint8Array,
  iv: Uint8Array | null,
): Uint8Array {
  if (!takesKey(cipher, given)) throw new FileFault('keyLengthWrong');
  const key = given.byteLength < cipher.keyBytes ? Buffer.concat([given, given.subarray(0, 8)]) : given;
  try {
    if (cipher.kind === 'wrap') return new Uint8Array(unwrap(cipher.name, key, bytes));
    if (cipher.kind === 'gcm') {
      if (bytes.byteLength < 12 + 16) throw failed();
      const decipher = createDecipheriv(cipher.name as 'aes-128-gcm', key, bytes.subarray(0, 12), {
        authTagLength: 16,
      });
      decipher.setAuthTag(bytes.subarray(-16));
      return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]));
    }
    const blockBytes = blockBytesOf(cipher);
    const start = iv ?? bytes.subarray(0, blockBytes);
    const closed = iv === null ? bytes.subarray(blockBytes) : bytes;
    const decipher = createDecipheriv(cipher.name, key, start).setAutoPadding(false);
    return new Uint8Array(unpadded(Buffer.concat([decipher.update(closed), decipher.final()]), blockBytes));
  } catch (error) {
    if (error instanceof FileFault) throw error;
    throw failed();
  }
}
