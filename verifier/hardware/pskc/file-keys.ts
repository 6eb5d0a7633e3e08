import { setImmediate } from 'node:timers/promises';
import { base64Bytes } from '../encoded.ts';
import { FileFault } from '../faults.ts';
import type { Allowance, KeyMaterial } from '../material.ts';
import { only, type XmlElement } from '../xml-tree.ts';
import { type Cipher, cipherOf, decrypt, type SymmetricCipher, takesKey } from './ciphers.ts';
import { type Derivation, deriveKey, readDerivation } from './derivation.ts';
import type { PskcHead } from './head.ts';
import { tail } from './names.ts';
import { decryptRsa } from './rsa.ts';

export const damaged = () => new FileFault('decryptionFailed');

/** An encrypted value's cipher, its EncryptionMethod with what else that tells, and its bytes. */
export interface Closed {
  readonly cipher: Cipher;
  readonly method: XmlElement;
  readonly bytes: Uint8Array;
  /** The value's own key, wrapped; null where it is under the file's. */
  readonly ownKey: XmlElement | null;
}

/** Reads an EncryptedValue, EncryptedKey or MACKey. XML Encryption section 3.1. @throws FileFault */
export function closedIn(value: XmlElement, allow: ReadonlySet<Allowance>): Closed {
  const method = only(value, 'EncryptionMethod', damaged);
  if (method === null) throw new FileFault('cipherUnsupported');
  // PBES2 names the cipher one level below.
  const scheme = only(method, 'EncryptionScheme', damaged) ?? method;
  const algorithm = scheme.attributes.get('Algorithm') ?? '';
  const cipher = withHashes(cipherOf(algorithm, allow), tail(algorithm), method);
  const data = only(value, 'CipherData', damaged);
  const text = data === null ? null : only(data, 'CipherValue', damaged);
  const bytes = text === null ? null : base64Bytes(text.text);
  if (bytes === null) throw damaged();
  const info = only(value, 'KeyInfo', damaged);
  return { cipher, method, bytes, ownKey: info === null ? null : only(info, 'EncryptedKey', damaged) };
}

/** OAEP's hashes: SHA-1 where nothing else is told, and always SHA-1 in the older algorithm's mask. */
function withHashes(cipher: Cipher, name: string, method: XmlElement): Cipher {
  if (cipher.kind !== 'rsa' || cipher.padding !== 'oaep') return cipher;
  const told = (element: string) => tail(only(method, element, damaged)?.attributes.get('Algorithm') ?? 'sha1');
  const hash = told('DigestMethod');
  const mask = name === 'rsa-oaep-mgf1p' ? 'sha1' : told('MGF').replace(/^mgf1/, '');
  const known = /^sha(1|224|256|384|512)$/;
  if (!known.test(hash) || !known.test(mask)) throw new FileFault('cipherUnsupported');
  return { ...cipher, hash, mask };
}

/** The keys of one file: handed over, derived from the password or unwrapped, each when it is first needed. */
export class FileKeys {
  readonly #head: PskcHead;
  readonly #material: KeyMaterial;
  readonly #known = new Map<number, Uint8Array>();
  #derivation: Derivation | undefined;

  constructor(head: PskcHead, material: KeyMaterial) {
    this.#head = head;
    this.#material = material;
  }

  /** Whether a person allowed to open what is not proven to be whole before. */
  get trusting(): boolean {
    return this.#material.allow.has('unauthenticated');
  }

  get allow(): ReadonlySet<Allowance> {
    return this.#material.allow;
  }

  /** @throws FileFault where it does not open */
  async decrypt({ cipher, method, bytes, ownKey }: Closed): Promise<Uint8Array> {
    if (cipher.kind === 'rsa') {
      const { privateKey } = this.#material;
      if (privateKey === null) throw new FileFault('keyMissing');
      const label = only(method, 'OAEPparams', damaged);
      // It cannot be done beside other work, which gets its turn before each.
      await setImmediate();
      return decryptRsa(cipher, privateKey, bytes, label === null ? null : base64Bytes(label.text));
    }
    const iv = only(method, 'IV', damaged);
    const key = await this.of(cipher, ownKey);
    return decrypt(cipher, key, bytes, iv === null ? null : base64Bytes(iv.text));
  }

  /** The key of a value under this cipher: its own one, or the file's. */
  async of(cipher: SymmetricCipher, ownKey: XmlElement | null): Promise<Uint8Array> {
    const known = ownKey === null ? this.#known.get(cipher.keyBytes) : undefined;
    if (known !== undefined) return known;
    const key = ownKey === null ? await this.#ofFile(cipher.keyBytes) : await this.#unwrapped(ownKey);
    if (!takesKey(cipher, key)) throw new FileFault('keyLengthWrong');
    if (ownKey === null) this.#known.set(cipher.keyBytes, key);
    return key;
  }

  async #ofFile(keyBytes: number): Promise<Uint8Array> {
    const { key, password, privateKey } = this.#material;
    const head = this.#head.encryptionKey;
    // EncryptionKey is a KeyInfo by another name; some put one into it.
    const info = head === null ? null : only(head, 'KeyInfo', damaged);
    const told = (name: string) =>
      (head === null ? null : only(head, name, damaged)) ?? (info === null ? null : only(info, name, damaged));
    const wrapped = told('EncryptedKey');
    if (wrapped !== null) return this.#unwrapped(wrapped);
    const derived = told('DerivedKey');
    if (derived !== null) {
      this.#derivation ??= readDerivation(derived);
      if (key !== null) return key;
      if (password === null) throw new FileFault('keyMissing');
      if (this.#derivation.keyBytes !== null && this.#derivation.keyBytes !== keyBytes)
        throw new FileFault('keyLengthWrong');
      return deriveKey(password, this.#derivation, keyBytes);
    }
    if (key !== null) return key;
    // The first drafts derive keys in ways of their own.
    const method = this.#head.encryptionMethod;
    if (method !== null && only(method, 'PBESalt', damaged) !== null) throw new FileFault('derivationUnsupported');
    throw new FileFault(privateKey !== null && password === null ? 'keyLengthWrong' : 'keyMissing');
  }

  /** A key that stands in the file, encrypted to the private key or under the handed-over one. */
  async #unwrapped(wrapped: XmlElement): Promise<Uint8Array> {
    const closed = closedIn(wrapped, this.#material.allow);
    const { cipher, bytes } = closed;
    if (cipher.kind === 'rsa') return this.decrypt(closed);
    const { key } = this.#material;
    if (key === null) throw new FileFault('keyMissing');
    if (!cipher.authenticated && !this.trusting) throw new FileFault('macMissing');
    return decrypt(cipher, key, bytes, null);
  }
}
