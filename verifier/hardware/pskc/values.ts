import { createHmac, timingSafeEqual } from 'node:crypto';
import { base64Bytes } from '../encoded.ts';
import { FileFault, RecordFault } from '../faults.ts';
import type { KeyMaterial } from '../material.ts';
import { only, type XmlElement } from '../xml-tree.ts';
import { cipherOf, isBlock } from './ciphers.ts';
import { type Closed, closedIn, damaged, FileKeys } from './file-keys.ts';
import type { PskcHead } from './head.ts';
import { tail } from './names.ts';

const malformed = () => new RecordFault('malformedRecord');

/** Text of a value that is not encrypted, or the bytes of one that was. */
export type Value = { readonly plain: string } | { readonly bytes: Uint8Array };

/** Opens the values of one file. */
export class ValueOpener {
  readonly #head: PskcHead;
  readonly #keys: FileKeys;
  #mac: { readonly digest: string; readonly key: Uint8Array | null } | undefined;

  constructor(head: PskcHead, material: KeyMaterial) {
    this.#head = head;
    this.#keys = new FileKeys(head, material);
  }

  /**
   * The value inside of Secret, Counter or the like; null where it holds none.
   * @throws FileFault where an encrypted value does not prove to be whole, RecordFault where it is misshapen
   */
  async open(element: XmlElement): Promise<Value | null> {
    // XML Encryption's own name for it is EncryptedData.
    const data = only(element, 'EncryptedData', malformed);
    const encrypted = only(element, 'EncryptedValue', malformed) ?? data;
    const plain = only(element, 'PlainValue', malformed);
    if (encrypted !== null) {
      if (plain !== null || (data !== null && data !== encrypted)) throw malformed();
      // One draft's example has the MAC inside of the value that it is for.
      const mac = only(element, 'ValueMAC', damaged) ?? only(encrypted, 'ValueMAC', damaged);
      return { bytes: await this.#openEncrypted(encrypted, mac) };
    }
    if (plain !== null) return { plain: plain.text.trim() };
    const old = only(element, 'Value', malformed);
    if (old === null) {
      if (element.children.some(({ name }) => !name.startsWith('{'))) throw malformed();
      // Some leave the element out in which a plain value stands.
      const text = element.text.trim();
      return text === '' ? null : { plain: text };
    }
    return this.#openOfFirstDrafts(old, only(element, 'ValueDigest', damaged));
  }

  async #openEncrypted(value: XmlElement, valueMac: XmlElement | null): Promise<Uint8Array> {
    const closed = closedIn(value, this.#keys.allow);
    const mac = this.#head.macMethod === null ? null : valueMac;
    if (mac === null && !closed.cipher.authenticated && !this.#keys.trusting) throw new FileFault('macMissing');
    if (mac === null || (await this.#isProof(mac, closed.bytes, closed))) return this.#keys.decrypt(closed);
    if (!this.#keys.trusting) throw new FileFault('macMismatch');
    return this.#openProvenInside(closed, mac);
  }

  /** Data/Value of the first drafts. Their digest is over the plain value, which nobody can check before opening it. */
  async #openOfFirstDrafts(value: XmlElement, digest: XmlElement | null): Promise<Value> {
    const method = this.#head.encryptionMethod;
    const algorithm = attribute(method, 'Algorithm') ?? 'NONE';
    const bytes = base64Bytes(value.text);
    if (bytes === null) throw malformed();
    if (method === null || tail(algorithm) === 'none') return { bytes };
    const closed = { cipher: cipherOf(algorithm, this.#keys.allow), method, bytes, ownKey: null };
    const mac = this.#head.macMethod === null ? null : digest;
    // Beside an encrypted secret, some let numbers stand in the clear: 8 bytes and less, which are no block.
    if (mac === null && bytes.byteLength <= 8 && !isBlock(closed.cipher, bytes)) return { bytes };
    if (mac !== null && (await this.#isProof(mac, bytes, closed))) return { bytes: await this.#keys.decrypt(closed) };
    if (!this.#keys.trusting) throw new FileFault('macMissing');
    if (mac === null) return { bytes: await this.#keys.decrypt(closed) };
    return { bytes: await this.#openProvenInside(closed, mac) };
  }

  /** Opens a value whose MAC is over what is inside, as some vendors have it, and checks that. */
  async #openProvenInside(closed: Closed, mac: XmlElement): Promise<Uint8Array> {
    try {
      const opened = await this.#keys.decrypt(closed);
      if (await this.#isProof(mac, opened, closed)) return opened;
    } catch (error) {
      if (!(error instanceof FileFault && error.reason === 'decryptionFailed')) throw error;
    }
    throw new FileFault('macMismatch');
  }

  /** Whether the MAC is over these bytes. RFC 6030 section 6.1.1: the encrypted ones, initialisation vector included. */
  async #isProof(valueMac: XmlElement, bytes: Uint8Array, { cipher, ownKey }: Closed): Promise<boolean> {
    const expected = base64Bytes(valueMac.text);
    this.#mac ??= await this.#readMac();
    const { digest } = this.#mac;
    const key = this.#mac.key ?? (cipher.kind === 'rsa' ? null : await this.#keys.of(cipher, ownKey));
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
    const closed = closedIn(macKey, this.#keys.allow);
    try {
      const key = await this.#keys.decrypt(closed);
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
