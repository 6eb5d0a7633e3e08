import { createHmac, hkdfSync } from 'node:crypto';

export interface Parameters {
  readonly algorithm: 'SHA1' | 'SHA256' | 'SHA512';
  readonly digits: number;
  readonly periodSeconds: number;
}

/** RFC 4226 section 5.3 over a time step, written here by hand so that it shares nothing with the code under test. */
export function independentCode(seed: Uint8Array, parameters: Parameters, nowMs: number, stepsAway = 0): string {
  const step = Math.floor(nowMs / 1000 / parameters.periodSeconds) + stepsAway;
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac(parameters.algorithm, seed).update(counter).digest();
  const offset = (mac[mac.length - 1] ?? 0) & 15;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** parameters.digits).padStart(parameters.digits, '0');
}

/** RFC 4648 section 6. */
export function base32Bytes(text: string): Uint8Array {
  let bits = '';
  for (const letter of text) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** The OTP seed of an envelope's secret for one key, by node:crypto alone. RFC 5869. */
export function independentSeed(secret: string, thumbprint: string): Uint8Array {
  const bytes = base32Bytes(secret);
  return new Uint8Array(hkdfSync('sha256', bytes, new Uint8Array(), `shirushi/1${thumbprint}`, bytes.length));
}

/** A code of the same length that is none of the given ones. */
export function wrongCode(...right: readonly string[]): string {
  const digits = right[0]?.length ?? 8;
  for (let number = 0; ; number++) {
    const code = String(number).padStart(digits, '0');
    if (!right.includes(code)) return code;
  }
}
