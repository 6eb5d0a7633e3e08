import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { inTurn } from '../../derivations.ts';
import { base64Bytes } from '../encoded.ts';
import { FileFault } from '../faults.ts';
import { limits } from '../limits.ts';
import { only, type XmlElement } from '../xml-tree.ts';
import { tail } from './names.ts';

const derive = promisify(pbkdf2);
const unsupported = () => new FileFault('derivationUnsupported');

/** PBKDF2 as a file asks for it. RFC 8018 appendix A.2; XML Encryption 1.1 section 5.4.2. */
export interface Derivation {
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** Null where the file leaves it to the cipher. */
  readonly keyBytes: number | null;
  readonly digest: string;
}

function wholeNumber(element: XmlElement): number {
  const text = element.text.trim();
  if (!/^[0-9]{1,15}$/.test(text)) throw unsupported();
  return Number(text);
}

/** Reads a DerivedKey. @throws FileFault where it asks for something else than PBKDF2, or for too much */
export function readDerivation(derivedKey: XmlElement): Derivation {
  const method = only(derivedKey, 'KeyDerivationMethod', unsupported);
  if (method === null || tail(method.attributes.get('Algorithm') ?? '') !== 'pbkdf2') throw unsupported();
  const parameters = only(method, 'PBKDF2-params', unsupported);
  const salt = parameters === null ? null : only(parameters, 'Salt', unsupported);
  const specified = salt === null ? null : only(salt, 'Specified', unsupported);
  const iterations = parameters === null ? null : only(parameters, 'IterationCount', unsupported);
  if (parameters === null || specified === null || iterations === null) throw unsupported();
  const saltBytes = base64Bytes(specified.text);
  const count = wholeNumber(iterations);
  if (saltBytes === null || count < 1) throw unsupported();
  if (count > limits.pbkdf2Iterations) throw new FileFault('iterationsTooMany');
  const length = only(parameters, 'KeyLength', unsupported);
  const keyBytes = length === null ? null : wholeNumber(length);
  if (keyBytes !== null && ![16, 24, 32].includes(keyBytes)) throw unsupported();
  const prf = only(parameters, 'PRF', unsupported)?.attributes.get('Algorithm') ?? 'hmac-sha1';
  const [, bits] = /^(?:id-)?hmac-?(?:with)?-?sha-?(1|224|256|384|512)$/.exec(tail(prf)) ?? [];
  if (bits === undefined) throw unsupported();
  return { salt: saltBytes, iterations: count, keyBytes, digest: `sha${bits}` };
}

/** The key of a password: its UTF-8 bytes through PBKDF2. */
export async function deriveKey(password: string, derivation: Derivation, keyBytes: number): Promise<Uint8Array> {
  const { salt, iterations, digest } = derivation;
  return new Uint8Array(await inTurn(() => derive(password, salt, iterations, keyBytes, digest)));
}
