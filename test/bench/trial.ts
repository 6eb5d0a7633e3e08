import { createHmac, hash } from 'node:crypto';
import type { Institution } from '../../shared/institution.ts';
import { normaliseUserId } from '../../shared/user-id.ts';

/**
 * Trial users, counted from 0. All of one follows from its number, so that whoever sends requests need not ask the
 * database: which is why such a database is for trials alone.
 */

/** Users of one contract. */
export const usersPerContract = 100;

export const loginIdOf = (user: number) => `user${String(user).padStart(8, '0')}`;
export const contractIdOf = (user: number) => `C${String(Math.floor(user / usersPerContract)).padStart(6, '0')}`;

/** 24 hexadecimal digits without order, as the verifier's own IDs are. */
export const tokenIdOf = (user: number) => hash('sha256', `trial token ${user}`).slice(0, 24);
export const assignmentIdOf = (user: number) => hash('sha256', `trial assignment ${user}`).slice(0, 24);
export const userIdOf = (user: number) =>
  normaliseUserId(hash('sha256', `trial user ID ${user}`).slice(0, 12).toUpperCase());

const seedOf = (user: number) => hash('sha256', `trial seed ${user}`, 'buffer');

export { seedOf };

/** Chosen by every user whose token still waits for its set-up. */
export const trialActivationPassword = '583920';

/** RFC 4226 section 5.3, apart from the code that is measured. */
export function codeOf(user: number, otp: Institution['otp'], step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac(otp.algorithm, seedOf(user)).update(counter).digest();
  const number = mac.readUInt32BE((mac[mac.length - 1] ?? 0) & 15) & 0x7fffffff;
  return String(number % 10 ** otp.digits).padStart(otp.digits, '0');
}
