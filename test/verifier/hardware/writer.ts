import {
  constants,
  createCipheriv,
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  pbkdf2Sync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';

/** Writes PSKC files by string and node:crypto alone; shares nothing with the reader. */

const xenc = 'http://www.w3.org/2001/04/xmlenc#';
const more = 'http://www.w3.org/2001/04/xmldsig-more#';
const xenc11 = 'http://www.w3.org/2009/xmlenc11#';

interface Scheme {
  readonly uri: string;
  readonly keyBytes: number;
  encrypt(plain: Uint8Array, key: Uint8Array): Buffer;
}

/** ISO 10126 padding: random bytes, then their number. */
function cbc(uri: string, name: string, keyBytes: number, block = 16): Scheme {
  return {
    uri,
    keyBytes,
    encrypt(plain, key) {
      const padding = block - (plain.length % block);
      const padded = Buffer.concat([plain, randomBytes(padding - 1), Buffer.from([padding])]);
      const iv = randomBytes(block);
      const cipher = createCipheriv(name, key, iv).setAutoPadding(false);
      return Buffer.concat([iv, cipher.update(padded), cipher.final()]);
    },
  };
}

/** RFC 3394 section 2.2.1 by its loop. */
function wrap(uri: string, ecb: string, keyBytes: number): Scheme {
  return {
    uri,
    keyBytes,
    encrypt(plain, key) {
      const blocks = Array.from({ length: plain.length / 8 }, (_, i) => Buffer.from(plain.subarray(i * 8, i * 8 + 8)));
      let a = Buffer.alloc(8, 0xa6);
      for (let j = 0; j < 6; j++) {
        for (const [i, block] of blocks.entries()) {
          const cipher = createCipheriv(ecb, key, null).setAutoPadding(false);
          const b = cipher.update(Buffer.concat([a, block]));
          const t = Buffer.alloc(8);
          t.writeBigUInt64BE(BigInt(blocks.length * j + i + 1));
          a = Buffer.from(b.subarray(0, 8).map((byte, k) => byte ^ (t[k] ?? 0)));
          blocks[i] = Buffer.from(b.subarray(8));
        }
      }
      return Buffer.concat([a, ...blocks]);
    },
  };
}

function platform(uri: string, name: string, keyBytes: number, iv: Buffer | null): Scheme {
  return {
    uri,
    keyBytes,
    encrypt(plain, key) {
      const cipher = createCipheriv(name, key, iv);
      return Buffer.concat([cipher.update(plain), cipher.final()]);
    },
  };
}

function gcm(bits: 128 | 192 | 256): Scheme {
  return {
    uri: `${xenc11}aes${bits}-gcm`,
    keyBytes: bits / 8,
    encrypt(plain, key) {
      const iv = randomBytes(12);
      const cipher = createCipheriv(`aes-${bits}-gcm`, key, iv);
      return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
  };
}

const alternative = Buffer.from('a65959a6', 'hex');
export const schemes = {
  'aes128-cbc': cbc(`${xenc}aes128-cbc`, 'aes-128-cbc', 16),
  'aes192-cbc': cbc(`${xenc}aes192-cbc`, 'aes-192-cbc', 24),
  'aes256-cbc': cbc(`${xenc}aes256-cbc`, 'aes-256-cbc', 32),
  'kw-aes128': wrap(`${xenc}kw-aes128`, 'aes-128-ecb', 16),
  'kw-aes192': wrap(`${xenc}kw-aes192`, 'aes-192-ecb', 24),
  'kw-aes256': wrap(`${xenc}kw-aes256`, 'aes-256-ecb', 32),
  'kw-aes-128-pad': platform(`${xenc11}kw-aes-128-pad`, 'id-aes128-wrap-pad', 16, alternative),
  'kw-aes-256-pad': platform(`${xenc11}kw-aes-256-pad`, 'id-aes256-wrap-pad', 32, alternative),
  'aes128-gcm': gcm(128),
  'aes192-gcm': gcm(192),
  'aes256-gcm': gcm(256),
  'tripledes-cbc': cbc(`${xenc}tripledes-cbc`, 'des-ede3-cbc', 24, 8),
  'kw-tripledes': platform(`${xenc}kw-tripledes`, 'des3-wrap', 24, null),
  'camellia128-cbc': cbc(`${more}camellia128-cbc`, 'camellia-128-cbc', 16),
  'camellia192-cbc': cbc(`${more}camellia192-cbc`, 'camellia-192-cbc', 24),
  'camellia256-cbc': cbc(`${more}camellia256-cbc`, 'camellia-256-cbc', 32),
  'kw-camellia128': wrap(`${more}kw-camellia128`, 'camellia-128-ecb', 16),
  'kw-camellia192': wrap(`${more}kw-camellia192`, 'camellia-192-ecb', 24),
  'kw-camellia256': wrap(`${more}kw-camellia256`, 'camellia-256-ecb', 32),
} as const satisfies Record<string, Scheme>;
export type SchemeName = keyof typeof schemes;

export const macs = {
  sha1: 'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
  sha224: `${more}hmac-sha224`,
  sha256: `${more}hmac-sha256`,
  sha384: `${more}hmac-sha384`,
  sha512: `${more}hmac-sha512`,
} as const;
export type MacName = keyof typeof macs;

export interface Token {
  readonly serial: string;
  readonly seed: Uint8Array;
  readonly digits?: number;
  readonly period?: number;
  readonly drift?: number;
  readonly counter?: number;
  readonly suite?: string;
  readonly policy?: string;
  readonly extra?: string;
}

export interface FileParts {
  readonly scheme?: SchemeName | null;
  readonly key?: Uint8Array;
  /** Null: no MACMethod. */
  readonly mac?: MacName | null;
  readonly macKey?: 'own' | 'absent';
  /** Also Time, TimeInterval, TimeDrift and Counter. */
  readonly encryptNumbers?: 'bytes' | 'digits' | null;
  readonly derivation?: Derivation | null;
  readonly rsa?: {
    readonly publicKey: KeyObject;
    readonly uri: string;
    readonly hash: string | null;
    /** OAEP's mask, where its hash is another one. */
    readonly mask?: string;
    /** The values, the file's key, or a key of each value's own. */
    readonly wraps: 'values' | 'key' | 'each';
  } | null;
}

export interface Derivation {
  readonly prefix: 'pkcs5' | 'xenc11';
  readonly password: string;
  readonly iterations: number;
  readonly prf: MacName | null;
  readonly withLength: boolean;
}

export const rsaKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });

function mask(hash: string, seed: Buffer, size: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(size / 20) }, (_, i) =>
    createHash(hash)
      .update(seed)
      .update(Buffer.from([0, 0, 0, i]))
      .digest(),
  );
  return Buffer.concat(blocks).subarray(0, size);
}

const mixed = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));

/** OAEP by its drawing, for two hashes that the platform does not put together. RFC 8017 section 7.1.1. */
function oaepEncrypt(key: KeyObject, plain: Uint8Array, hash: string, maskHash: string): Buffer {
  const size = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const label = createHash(hash).digest();
  const zeros = Buffer.alloc(size - plain.length - 2 * label.length - 2);
  const data = Buffer.concat([label, zeros, Buffer.from([1]), plain]);
  const seed = randomBytes(label.length);
  const closed = mixed(data, mask(maskHash, seed, data.length));
  const block = Buffer.concat([Buffer.from([0]), mixed(seed, mask(maskHash, closed, seed.length)), closed]);
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
}

function cipherXml(uri: string, bytes: Buffer, inner = '', keyInfo = ''): string {
  const lines = bytes.toString('base64').replace(/.{76}/g, '$&\n');
  return `<xenc:EncryptionMethod Algorithm="${uri}">${inner}</xenc:EncryptionMethod>${keyInfo}
        <xenc:CipherData><xenc:CipherValue>${lines}</xenc:CipherValue></xenc:CipherData>`;
}

function derivationXml(d: Derivation, salt: Buffer, keyBytes: number): string {
  const p = d.prefix;
  const algorithm =
    p === 'pkcs5' ? 'http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2' : `${xenc11}pbkdf2`;
  const prf = d.prf === null ? '' : `<${p}:PRF Algorithm="${macs[d.prf]}"/>`;
  return `<xenc11:DerivedKey><xenc11:KeyDerivationMethod Algorithm="${algorithm}"><${p}:PBKDF2-params>
    <${p}:Salt><${p}:Specified>${salt.toString('base64')}</${p}:Specified></${p}:Salt>
    <${p}:IterationCount>${d.iterations}</${p}:IterationCount>${d.withLength ? `<${p}:KeyLength>${keyBytes}</${p}:KeyLength>` : ''}${prf}
  </${p}:PBKDF2-params></xenc11:KeyDerivationMethod><xenc11:MasterKeyName>x</xenc11:MasterKeyName></xenc11:DerivedKey>`;
}

/** The text of a file, and its key in hex where it has one. */
export function pskcFile(
  tokens: readonly Token[],
  parts: FileParts = {},
): { readonly text: string; readonly key: string } {
  const { mac = null, macKey: macKeyKind = 'own', encryptNumbers = null, derivation = null, rsa = null } = parts;
  const scheme: Scheme | null = parts.scheme == null ? null : schemes[parts.scheme];
  const salt = randomBytes(8);
  let key = parts.key ?? randomBytes(scheme?.keyBytes ?? 16);
  if (derivation !== null && scheme !== null) {
    key = pbkdf2Sync(derivation.password, salt, derivation.iterations, scheme.keyBytes, derivation.prf ?? 'sha1');
  }
  const rsaInner =
    rsa?.hash == null
      ? ''
      : `<ds:DigestMethod Algorithm="${xenc}${rsa.hash}"/><xenc11:MGF Algorithm="${xenc11}mgf1${rsa.mask ?? rsa.hash}"/>`;
  const rsaEncrypt = (plain: Uint8Array) => {
    if (rsa === null) throw new Error('no RSA');
    if (rsa.mask !== undefined && rsa.hash !== null) return oaepEncrypt(rsa.publicKey, plain, rsa.hash, rsa.mask);
    const padding =
      rsa.uri.endsWith('rsa-1_5') || rsa.uri.endsWith('rsa_1_5')
        ? constants.RSA_PKCS1_PADDING
        : constants.RSA_PKCS1_OAEP_PADDING;
    return publicEncrypt(
      {
        key: rsa.publicKey,
        padding,
        ...(padding === constants.RSA_PKCS1_OAEP_PADDING ? { oaepHash: rsa.hash ?? 'sha1' } : {}),
      },
      plain,
    );
  };
  const wrapped = (secret: Uint8Array) =>
    rsa === null ? '' : `<xenc:EncryptedKey>${cipherXml(rsa.uri, rsaEncrypt(secret), rsaInner)}</xenc:EncryptedKey>`;
  const close = (plain: Uint8Array): { bytes: Buffer; xml: string } => {
    if (rsa?.wraps === 'values') {
      const bytes = rsaEncrypt(plain);
      return { bytes, xml: cipherXml(rsa.uri, bytes, rsaInner) };
    }
    if (scheme === null) throw new Error('no scheme');
    const own = rsa?.wraps === 'each' ? randomBytes(scheme.keyBytes) : null;
    const bytes = scheme.encrypt(plain, own ?? key);
    return {
      bytes,
      xml: cipherXml(scheme.uri, bytes, '', own === null ? '' : `<ds:KeyInfo>${wrapped(own)}</ds:KeyInfo>`),
    };
  };
  const isEncrypted = scheme !== null || rsa !== null;
  const ownMacKey = randomBytes(mac === 'sha1' ? 24 : 32);
  const macSecret = macKeyKind === 'own' ? ownMacKey : key;
  const macXml =
    mac === null
      ? ''
      : macKeyKind === 'own'
        ? `<MACMethod Algorithm="${macs[mac]}"><MACKey>${close(ownMacKey).xml}</MACKey></MACMethod>`
        : `<MACMethod Algorithm="${macs[mac]}"/>`;
  const value = (plain: Uint8Array, asPlain: string, always: boolean): string => {
    if (!isEncrypted || !always) return `<PlainValue>${asPlain}</PlainValue>`;
    const { bytes, xml } = close(plain);
    const valueMac =
      mac === null ? '' : `<ValueMAC>${createHmac(mac, macSecret).update(bytes).digest('base64')}</ValueMAC>`;
    return `<EncryptedValue>${xml}</EncryptedValue>${valueMac}`;
  };
  const number = (name: string, given: number | undefined): string => {
    if (given === undefined) return '';
    const eight = Buffer.alloc(8);
    eight.writeBigInt64BE(BigInt(given));
    const plain = encryptNumbers === 'digits' ? Buffer.from(String(given)) : eight;
    return `<${name}>${value(plain, String(given), encryptNumbers !== null)}</${name}>`;
  };
  const wrappedKey = rsa?.wraps === 'key' ? wrapped(key) : '';
  const encryptionKey = !isEncrypted
    ? ''
    : `<EncryptionKey>${derivation !== null ? derivationXml(derivation, salt, scheme?.keyBytes ?? 0) : wrappedKey || '<ds:KeyName>x</ds:KeyName>'}</EncryptionKey>`;
  const packages = tokens.map(
    (token, i) => `
  <KeyPackage>
    <DeviceInfo><Manufacturer>Vendor</Manufacturer><SerialNo>${token.serial}</SerialNo></DeviceInfo>
    <Key Id="K${i + 1}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
      <AlgorithmParameters>${token.suite === undefined ? '' : `<Suite>${token.suite}</Suite>`}<ResponseFormat Length="${token.digits ?? 6}" Encoding="DECIMAL"/></AlgorithmParameters>
      <Data>
        <Secret>${value(token.seed, Buffer.from(token.seed).toString('base64'), true)}</Secret>
        ${number('Counter', token.counter)}${number('Time', 0)}${number('TimeInterval', token.period ?? 60)}${number('TimeDrift', token.drift)}
      </Data>${token.policy === undefined ? '' : `<Policy>${token.policy}</Policy>`}${token.extra ?? ''}
    </Key>
  </KeyPackage>`,
  );
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
  xmlns:xenc="${xenc}" xmlns:xenc11="${xenc11}" xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#">
  ${encryptionKey}
  ${macXml}${packages.join('')}
</KeyContainer>
`;
  return { text, key: Buffer.from(key).toString('hex') };
}
