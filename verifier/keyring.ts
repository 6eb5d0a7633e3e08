import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';

/** What a keyed hash is for; each purpose has its own key. */
export type MacPurpose = 'activationPassword' | 'confirmationPassword' | 'idempotency' | 'auditFloor';

/** Size random bytes from a cryptographic source. */
export type Random = (sizeBytes: number) => Uint8Array;

/** One key encryption key: its ID, which is stored beside what it closed, and 32 random bytes. */
export interface KeyringKey {
  readonly id: string;
  readonly secret: Uint8Array;
}

/** An Ed25519 signature of 64 bytes and the key of the ring that made it. RFC 8032 section 5.1. */
export interface Signature {
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

/**
 * The keys that never lie in the database. Sealed values and MACs start with the ID of their key, so that a newer key
 * can be added while the older ones still open what they closed.
 */
export interface Keyring {
  /** Of the key that comes first: it stays the same when newer ones are added. */
  readonly oldestId: string;
  /**
   * AES-256-GCM under the current key, bound to `place` (table, row, version): it opens nowhere else.
   * NIST SP 800-38D, 96-bit random nonce.
   */
  seal(plain: Uint8Array, place: readonly (string | number)[]): Uint8Array;
  /** @throws Error where the value was altered, belongs to another place or its key is not in the ring */
  open(sealed: Uint8Array, place: readonly (string | number)[]): Uint8Array;
  /** HMAC-SHA256 over the parts under the current key of the purpose. */
  mac(purpose: MacPurpose, parts: readonly (string | Uint8Array)[]): Uint8Array;
  /** The same under a named key. @throws Error where the key is not in the ring */
  macUnder(keyId: string, purpose: MacPurpose, parts: readonly (string | Uint8Array)[]): Uint8Array;
  /** True where `mac` was made over the same parts, by whichever key of the ring. Compares in constant time. */
  verifyMac(purpose: MacPurpose, parts: readonly (string | Uint8Array)[], mac: Uint8Array): boolean;
  /** Signs under the current key. What is signed names its own purpose in its first bytes. */
  sign(message: Uint8Array): Signature;
  /** Null where the key that made it is not in the ring. */
  verifySignature(message: Uint8Array, signature: Signature): boolean | null;
  /** Public keys of the signatures by key ID, as base64 of SubjectPublicKeyInfo (RFC 8410): whoever has them can check without the ring. */
  signingKeys(): ReadonlyMap<string, string>;
  /** Fingerprint of each key, by ID: tells a right key from a wrong one and tells nothing else. */
  checks(): ReadonlyMap<string, string>;
}

const nonceBytes = 12;
const tagBytes = 16;
const idBytes = 8;
export const keyIdPattern = /^[a-z0-9]{8}$/;

interface Subkeys {
  readonly seal: Uint8Array;
  readonly check: string;
  readonly signing: KeyObject;
  readonly macs: Readonly<Record<MacPurpose, Uint8Array>>;
}

function subkey(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `shirushi keyring 1 ${purpose}`, 32));
}

/** An Ed25519 key from its 32 bytes: they stand behind the fixed head of PKCS #8. RFC 8410 section 7. */
function signingKey(secret: Uint8Array): KeyObject {
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = Buffer.concat([head, subkey(secret, 'sign')]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/** Each part with its length before it: no two lists of parts give the same bytes. */
function joined(parts: readonly (string | Uint8Array)[]): Uint8Array {
  let sizeBytes = 0;
  for (const part of parts) sizeBytes += 4 + (typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength);
  const all = Buffer.allocUnsafe(sizeBytes);
  let at = 0;
  for (const part of parts) {
    const length = typeof part === 'string' ? all.write(part, at + 4) : part.byteLength;
    if (typeof part !== 'string') all.set(part, at + 4);
    all.writeUInt32BE(length, at);
    at += 4 + length;
  }
  return all;
}

/**
 * A keyring over keys from a file or a test.
 * @param keys oldest first; the last one is current
 * @param random for nonces
 */
export function createKeyring(keys: readonly KeyringKey[], random: Random): Keyring {
  const ring = new Map<string, Subkeys>();
  for (const { id, secret } of keys) {
    ring.set(id, {
      seal: subkey(secret, 'seal'),
      check: Buffer.from(subkey(secret, 'check')).toString('base64url').slice(0, 16),
      signing: signingKey(secret),
      macs: {
        activationPassword: subkey(secret, 'activationPassword'),
        confirmationPassword: subkey(secret, 'confirmationPassword'),
        idempotency: subkey(secret, 'idempotency'),
        auditFloor: subkey(secret, 'auditFloor'),
      },
    });
  }
  const [oldestId, currentId] = [keys[0]?.id, keys.at(-1)?.id];
  if (oldestId === undefined || currentId === undefined) throw new Error('a keyring has at least one key');

  const keysOf = (id: string): Subkeys => {
    const found = ring.get(id);
    if (found === undefined) throw new Error(`key ${id} is not in the keyring`);
    return found;
  };
  const additionalData = (place: readonly (string | number)[]) => joined(place.map(String));
  const hmac = (id: string, purpose: MacPurpose, parts: readonly (string | Uint8Array)[]) =>
    createHmac('sha256', keysOf(id).macs[purpose]).update(joined(parts)).digest();

  return {
    oldestId,

    seal(plain, place) {
      const nonce = random(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keysOf(currentId).seal, nonce);
      cipher.setAAD(additionalData(place));
      const closed = Buffer.concat([cipher.update(plain), cipher.final()]);
      return new Uint8Array(Buffer.concat([Buffer.from(currentId, 'ascii'), nonce, closed, cipher.getAuthTag()]));
    },

    open(sealed, place) {
      if (sealed.byteLength < idBytes + nonceBytes + tagBytes) throw new Error('a sealed value is too short');
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const id = bytes.toString('latin1', 0, idBytes);
      const nonce = bytes.subarray(idBytes, idBytes + nonceBytes);
      const decipher = createDecipheriv('aes-256-gcm', keysOf(id).seal, nonce, { authTagLength: tagBytes });
      decipher.setAAD(additionalData(place));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      const plain = decipher.update(bytes.subarray(idBytes + nonceBytes, -tagBytes));
      // Of this mode it gives no bytes, but throws where the tag is another.
      decipher.final();
      return new Uint8Array(plain);
    },

    mac(purpose, parts) {
      return this.macUnder(currentId, purpose, parts);
    },

    macUnder(keyId, purpose, parts) {
      return new Uint8Array(Buffer.concat([Buffer.from(keyId, 'ascii'), hmac(keyId, purpose, parts)]));
    },

    verifyMac(purpose, parts, mac) {
      const bytes = Buffer.from(mac);
      const id = bytes.subarray(0, idBytes).toString('ascii');
      const expected = hmac(ring.has(id) ? id : currentId, purpose, parts);
      const given = bytes.subarray(idBytes);
      return given.byteLength === expected.byteLength && timingSafeEqual(given, expected) && ring.has(id);
    },

    sign: (message) => ({ keyId: currentId, bytes: new Uint8Array(sign(null, message, keysOf(currentId).signing)) }),

    verifySignature(message, { keyId, bytes }) {
      const keys = ring.get(keyId);
      return keys === undefined ? null : verify(null, message, createPublicKey(keys.signing), bytes);
    },

    signingKeys() {
      const spki = ({ signing }: Subkeys) => createPublicKey(signing).export({ format: 'der', type: 'spki' });
      return new Map([...ring].map(([id, keys]) => [id, spki(keys).toString('base64')]));
    },

    checks() {
      return new Map([...ring].map(([id, { check }]) => [id, check]));
    },
  };
}
