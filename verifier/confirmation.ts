import { argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { inTurn } from './derivations.ts';
import type { Keyring, Random } from './keyring.ts';

/** Wrong confirmation passwords in a row until the bank must register a new one. */
export const confirmationAttempts = 10;

/** What a hash costs: memory in KiB, 8 or more, and passes over it, 1 or more. RFC 9106 section 3.1. */
export interface ConfirmationCost {
  readonly memoryKib: number;
  readonly passes: number;
}

/** 19 MiB and 2 passes; the keyring's HMAC in front is the pepper. */
export const defaultConfirmationCost: ConfirmationCost = { memoryKib: 19_456, passes: 2 };
const fixed = { parallelism: 1, tagBytes: 32, saltBytes: 16 } as const;
const derive = promisify(argon2);

function run(pepper: Uint8Array, salt: Uint8Array, cost: ConfirmationCost): Promise<Uint8Array> {
  return inTurn(() =>
    derive('argon2id', {
      message: pepper,
      nonce: salt,
      parallelism: fixed.parallelism,
      tagLength: fixed.tagBytes,
      memory: cost.memoryKib,
      passes: cost.passes,
    }),
  );
}

/** Whose password it is: the hash of one user fits no other. */
export interface ConfirmationOwner {
  readonly serviceId: string;
  readonly loginId: string;
}

function parts(owner: ConfirmationOwner, password: string): readonly string[] {
  return [owner.serviceId, owner.loginId, password.normalize('NFC')];
}

/** The text to be stored: like the PHC form, with the ID of the pepper's key before the salt. */
export async function hashConfirmation(
  owner: ConfirmationOwner,
  password: string,
  keyring: Keyring,
  random: Random,
  cost: ConfirmationCost = defaultConfirmationCost,
): Promise<string> {
  const salt = random(fixed.saltBytes);
  const pepper = keyring.mac('confirmationPassword', parts(owner, password));
  const tag = await run(pepper, salt, cost);
  const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const keyId = Buffer.from(pepper.subarray(0, 8)).toString('ascii');
  return `$argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=${fixed.parallelism}$${keyId}$${encode(salt)}$${encode(tag)}`;
}

/** True where the password is the registered one. Takes the full derivation either way, at the cost of the stored hash. */
export async function isConfirmationRight(
  owner: ConfirmationOwner,
  password: string,
  stored: string,
  keyring: Keyring,
): Promise<boolean> {
  const [, , , settings = '', keyId, salt, tag] = stored.split('$');
  const [, memory, passes] = /^m=(\d+),t=(\d+),p=1$/.exec(settings) ?? [];
  if (memory === undefined || passes === undefined) throw new Error('a stored hash has no PHC form');
  if (keyId === undefined || salt === undefined || tag === undefined) throw new Error('a stored hash has no PHC form');
  const pepper = keyring.macUnder(keyId, 'confirmationPassword', parts(owner, password));
  const cost = { memoryKib: Number(memory), passes: Number(passes) };
  const found = await run(pepper, Buffer.from(salt, 'base64url'), cost);
  return timingSafeEqual(found, Buffer.from(tag, 'base64url'));
}
