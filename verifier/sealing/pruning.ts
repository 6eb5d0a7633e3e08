import { createHash } from 'node:crypto';
import type { Keyring, Signature } from '../keyring.ts';

/**
 * What was pruned of the log, all in all: the rows of the segments up to `segmentId` are gone, their heads stay. The
 * database holds one such statement; each pruning puts the next in its place, in the transaction that deletes. Whoever
 * has no key of the ring can neither make one nor move it on.
 */
export interface Pruning {
  readonly segmentId: number;
  /** Of that segment: no row of the log has this ID or a smaller one. */
  readonly lastAuditId: number;
  /** Head of that segment, which stays in its place in the chain. */
  readonly segmentHead: Uint8Array;
  /** Rows that were pruned since the log began. */
  readonly rowCount: number;
  /** Unix milliseconds: only what was sealed before it was to go. */
  readonly beforeMs: number;
  readonly prunedAtMs: number;
  /** `retention` for the setting, `cli` for a command. */
  readonly actor: string;
  readonly signature: Signature;
}

/** Where a token's running numbers go on: those up to `number` were pruned. */
export interface Floor {
  readonly serviceId: string;
  readonly tokenId: string;
  readonly number: number;
  /** Of the three, under a key that is not in the database. */
  readonly mac: Uint8Array;
}

function signedBytes(pruning: Omit<Pruning, 'signature'>): Uint8Array {
  const { segmentId, lastAuditId, segmentHead, rowCount, beforeMs, prunedAtMs, actor } = pruning;
  const head = Buffer.from(segmentHead).toString('hex');
  const text = JSON.stringify([segmentId, lastAuditId, head, rowCount, beforeMs, prunedAtMs, actor]);
  const digest = createHash('sha256').update(text).digest();
  return Buffer.concat([Buffer.from('shirushi audit pruning 1\n'), digest]);
}

export function signPruning(pruning: Omit<Pruning, 'signature'>, keyring: Pick<Keyring, 'sign'>): Pruning {
  return { ...pruning, signature: keyring.sign(signedBytes(pruning)) };
}

/** Null where the key that signed is not in the ring. */
export function verifyPruning(pruning: Pruning, keyring: Pick<Keyring, 'verifySignature'>): boolean | null {
  return keyring.verifySignature(signedBytes(pruning), pruning.signature);
}

const partsOf = ({ serviceId, tokenId, number }: Omit<Floor, 'mac'>) => [serviceId, tokenId, String(number)];

export function makeFloor(floor: Omit<Floor, 'mac'>, keyring: Pick<Keyring, 'mac'>): Floor {
  return { ...floor, mac: keyring.mac('auditFloor', partsOf(floor)) };
}

export function verifyFloor(floor: Floor, keyring: Pick<Keyring, 'verifyMac'>): boolean {
  return keyring.verifyMac('auditFloor', partsOf(floor), floor.mac);
}
