import { createHmac } from 'node:crypto';
import type { OtpParameters } from '../shared/otp.ts';

/**
 * RFC 4226 section 5.3 and RFC 6238 section 4.2 a second time, straight from the text over the platform's HMAC:
 * what the tests compare the product's codes with.
 */
export function independentCode(seed: Uint8Array, parameters: OtpParameters, nowMs: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowMs / 1000 / parameters.periodSeconds)));
  const mac = createHmac(parameters.algorithm.toLowerCase(), seed).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** parameters.digits).padStart(parameters.digits, '0');
}
