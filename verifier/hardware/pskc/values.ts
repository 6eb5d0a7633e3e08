import { createHmac, timingSafeEqual } from 'node:crypto';
import { base64Bytes } from '../encoded.ts';
import { FileFault, RecordFault } from '../faults.ts';
import type { KeyMaterial } from '../material.ts';
import { only, type XmlElement } from '../xml-tree.ts';
import { type Cipher, cipherOf, decrypt, decryptRsa, mayBeClosed, type SymmetricCipher, takesKey } from './ciphers.ts';
import { type Derivation, deriveKey, readDerivation } from './derivation.ts';
import type { PskcHead } from './head.ts';
import { tail } from './names.ts';

const damaged = () => new FileFault('decryptionFailed');
const malformed = () => new RecordFault('malformedRecord');

/** Text of a value that is not encrypted, or the bytes of one that was. */
export type Value = { readonly plain: string } | { readonly bytes: Uint8Array };

/** Opens the values of one file. Keys are derived and unwrapped when the first value needs them. */
export class ValueOpener {
  readonly #head: PskcHead;
  readonly #material: KeyMaterial;
  readonly #keys = new Map<number, Uint8Array>();
  #derivation: Derivation | undefined;
  #mac: { readonly digest: string; readonly key: Uint8Array | null } | undefined;

  constructor(head: PskcHead, material: KeyMaterial) {
    this.#head = head;
    this.#material = material;
  }

  /**
   * The value inside of Secret, Counter or the like; null where it holds none.
   * @throws FileFault where an encrypted value does not prove to be whole, RecordFault where it is misshapen
   */
  async open(element: XmlElement): Promise<Value | null> {
    // XML Encryption's own name for it is EncryptedData.
    const encrypted = only(element, 'EncryptedValue', malformed) ?? only(element, 'EncryptedData', malformed);
    const plain = only(element, 'PlainValue', malformed);
    if (encrypted !== null) {
      if (plain !== null) throw malformed();
      // One draft's example has the MAC inside of the value that it is for.
      const mac = only(element, 'ValueMAC', damaged) ?? only(encrypted, 'ValueMAC', damaged);
      return { bytes: await this.#openEncrypted(encrypted, mac) };
    }
    if (plain !== null) return { plain: plain.text.trim() };
    const old = only(element, 'Value', malformed);
    return old === null ? null : this.#openOfFirstDrafts(old, only(element, 'ValueDigest', damaged));
  }

  async #openEncrypted(value: XmlElement, valueMac: XmlElement | null): Promise<Uint8Array> {
    const { cipher, method } = this.#cipherIn(value);
    const bytes = cipherValue(value);
    const mac = this.#head.macMethod === null ? null : valueMac;
    if (mac === null && !cipher.authenticated && !this.#trusting) throw new FileFault('macMissing');
    if (mac === null || (await this.#isProof(mac, bytes, cipher))) return this.#decrypt(cipher, method, bytes);
    if (!this.#trusting) throw new FileFault('macMismatch');
    return this.#openProvenInside(cipher, method, bytes, mac);
  }

  /** Data/Value of the first drafts. Their digest is over the plain value, which nobody can check before opening it. */
  async #openOfFirstDrafts(value: XmlElement, digest: XmlElement | null): Promise<Value> {
    const method = this.#head.encryptionMethod;
    const algorithm = attribute(method, 'Algorithm') ?? 'NONE';
    const bytes = base64Bytes(value.text);
    if (bytes === null) throw malformed();
    if (method === null || tail(algorithm) === 'none') return { bytes };
    const cipher = cipherOf(algorithm, this.#material.allow);
    const mac = this.#head.macMethod === null ? null : digest;
    // Beside an encrypted secret, some let its numbers stand in the clear: they are no blocks of the cipher.
    if (mac === null && !mayBeClosed(cipher, bytes, only(method, 'IV', damaged) !== null)) return { bytes };
    if (mac !== null && (await this.#isProof(mac, bytes, cipher)))
      return { bytes: await this.#decrypt(cipher, method, bytes) };
    if (!this.#trusting) throw new FileFault('macMissing');
    if (mac === null) return { bytes: await this.#decrypt(cipher, method, bytes) };
    return { bytes: await this.#openProvenInside(cipher, method, bytes, mac) };
  }

  /** Whether a person allowed to open what is not proven to be whole before. */
  get #trusting(): boolean {
    return this.#material.allow.has('unauthenticated');
  }

  /** Opens a value whose MAC is over what is inside, as some vendors have it, and checks that. */
  async #openProvenInside(cipher: Cipher, method: XmlElement, bytes: Uint8Array, mac: XmlElement): Promise<Uint8Array> {
    try {
      const opened = await this.#decrypt(cipher, method, bytes);
      if (await this.#isProof(mac, opened, cipher)) return opened;
    } catch (error) {
      if (!(error instanceof FileFault && error.reason === 'decryptionFailed')) throw error;
    }
    throw new FileFault('macMismatch');
  }

  #cipherIn(value: XmlElement): { readonly cipher: Cipher; readonly method: XmlElement } {
    const method = only(value, 'EncryptionMethod', damaged);
    if (method === null) throw new FileFault('cipherUnsupported');
    // PBES2 names the cipher one level below.
    const scheme = only(method, 'EncryptionScheme', damaged) ?? method;
    const cipher = cipherOf(scheme.attributes.get('Algorithm') ?? '', this.#material.allow);
    if (cipher.kind !== 'rsa' || cipher.padding !== 'oaep') return { cipher, method };
    const digest = tail(only(method, 'DigestMethod', damaged)?.attributes.get('Algorithm') ?? 'sha1');
    const isMgf1Sha1 = tail(scheme.attributes.get('Algorithm') ?? '') === 'rsa-oaep-mgf1p';
    const mgf = isMgf1Sha1 ? 'mgf1sha1' : tail(only(method, 'MGF', damaged)?.attributes.get('Algorithm') ?? 'mgf1sha1');
    // The platform takes one hash for both.
    if (!/^sha(1|256|384|512)$/.test(digest) || mgf !== `mgf1${digest}`) throw new FileFault('cipherUnsupported');
    return { cipher: { ...cipher, hash: digest }, method };
  }

  async #decrypt(cipher: Cipher, method: XmlElement, bytes: Uint8Array): Promise<Uint8Array> {
    if (cipher.kind === 'rsa') {
      const { privateKey } = this.#material;
      if (privateKey === null) throw new FileFault('keyMissing');
      const label = only(method, 'OAEPparams', damaged);
      return decryptRsa(cipher, privateKey, bytes, label === null ? null : base64Bytes(label.text));
    }
    const iv = only(method, 'IV', damaged);
    return decrypt(cipher, await this.#symmetricKey(cipher), bytes, iv === null ? null : base64Bytes(iv.text));
  }

  /** The file's key: as it was handed over, derived from the password, or unwrapped from the file's head. */
  async #symmetricKey(cipher: SymmetricCipher): Promise<Uint8Array> {
    const known = this.#keys.get(cipher.keyBytes);
    if (known !== undefined) return known;
    const key = await this.#findKey(cipher.keyBytes);
    if (!takesKey(cipher, key)) throw new FileFault('keyLengthWrong');
    this.#keys.set(cipher.keyBytes, key);
    return key;
  }

  async #findKey(keyBytes: number): Promise<Uint8Array> {
    const { key, password, privateKey } = this.#material;
    const head = this.#head.encryptionKey;
    // EncryptionKey is a KeyInfo by another name; some put one into it.
    const part = head === null ? null : (only(head, 'KeyInfo', damaged) ?? head);
    const wrapped = part === null ? null : only(part, 'EncryptedKey', damaged);
    if (wrapped !== null) {
      const { cipher, method } = this.#cipherIn(wrapped);
      if (cipher.kind === 'rsa') return this.#decrypt(cipher, method, cipherValue(wrapped));
      if (key === null) throw new FileFault('keyMissing');
      if (!cipher.authenticated && !this.#trusting) throw new FileFault('macMissing');
      return decrypt(cipher, key, cipherValue(wrapped), null);
    }
    const derived = part === null ? null : only(part, 'DerivedKey', damaged);
    if (derived !== null) {
      this.#derivation ??= readDerivation(derived);
      if (key !== null) return key;
      if (password === null) throw new FileFault('keyMissing');
      if (this.#derivation.keyBytes !== null && this.#derivation.keyBytes !== keyBytes)
        throw new FileFault('keyLengthWrong');
      return deriveKey(password, this.#derivation, keyBytes);
    }
    if (key !== null) return key;
    throw new FileFault(privateKey !== null && password === null ? 'keyLengthWrong' : 'keyMissing');
  }

  /** Whether the MAC is over these bytes. RFC 6030 section 6.1.1: the encrypted ones, initialisation vector included. */
  async #isProof(valueMac: XmlElement, bytes: Uint8Array, cipher: Cipher): Promise<boolean> {
    const expected = base64Bytes(valueMac.text);
    this.#mac ??= await this.#readMac();
    const { digest } = this.#mac;
    const key = this.#mac.key ?? (cipher.kind === 'rsa' ? null : await this.#symmetricKey(cipher));
    if (key === null) throw new FileFault('macUnsupported');
    const mac = createHmac(digest, key).update(bytes).digest();
    return expected !== null && expected.byteLength === mac.byteLength && timingSafeEqual(mac, expected);
  }

  /** The file's MAC; `key` null means the key that encrypts. */
  async #readMac(): Promise<{ readonly digest: string; readonly key: Uint8Array | null }> {
    const unsupported = () => new FileFault('macUnsupported');
    const method = this.#head.macMethod;
    const algorithm = attribute(method, 'Algorithm') ?? method?.text ?? '';
    const [, bits] = /^hmac-?sha-?(1|224|256|384|512)$/.exec(tail(algorithm)) ?? [];
    if (method === null || bits === undefined || only(method, 'MACKeyReference', unsupported) !== null)
      throw unsupported();
    const macKey = only(method, 'MACKey', unsupported);
    if (macKey === null) return { digest: `sha${bits}`, key: null };
    const { cipher, method: encryption } = this.#cipherIn(macKey);
    try {
      const key = await this.#decrypt(cipher, encryption, cipherValue(macKey));
      if (key.byteLength === 0) throw new FileFault('macMismatch');
      return { digest: `sha${bits}`, key };
    } catch (error) {
      // A wrong key shows here by its padding, or at the first MAC: to a person it is the same.
      throw error instanceof FileFault && error.reason === 'decryptionFailed' ? new FileFault('macMismatch') : error;
    }
  }
}

function attribute(element: XmlElement | null, name: string): string | undefined {
  return element?.attributes.get(name) ?? element?.attributes.get(name.toLowerCase());
}

function cipherValue(element: XmlElement): Uint8Array {
  const data = only(element, 'CipherData', damaged);
  const value = data === null ? null : only(data, 'CipherValue', damaged);
  const bytes = value === null ? null : base64Bytes(value.text);
  if (bytes === null) throw damaged();
  return bytes;
}
