import { readFileSync } from 'node:fs';
import type { OtpParameters } from '../../shared/otp.ts';
import { fobsOf } from '../../verifier/hardware/fob.ts';
import { parseMaterial } from '../../verifier/hardware/material.ts';
import { seedFileAt } from '../../verifier/hardware/source.ts';
import type { VerifierCalls } from './verifier-calls.ts';

/** A key fob of the demo: what a customer would hold in the hand. */
export interface TrialFob {
  readonly serial: string;
  readonly seed: Uint8Array;
  readonly parameters: OtpParameters;
  /** As printed on its back: RFC 3339, to the minute; null where nothing is printed. */
  readonly expiresAt: string | null;
}

/** The demo's box of key fobs: the vendor's seed file, its key, and the fobs themselves. */
export interface FobBox {
  readonly file: Buffer;
  readonly key: string;
  readonly fobs: readonly TrialFob[];
}

/** @param keyPath a file with the seed file's key in hex, as `hardware make --key-output` writes it */
export async function openFobBox(path: string, keyPath: string): Promise<FobBox> {
  const key = readFileSync(keyPath, 'utf8').trim();
  const material = parseMaterial({ key });
  if (!material.ok) throw new Error(`${keyPath} holds no key`);
  const fobs: TrialFob[] = [];
  for await (const found of fobsOf(seedFileAt(path), material.value)) {
    if (!('fob' in found)) throw new Error(`${path} holds a token without codes: ${found.refused}`);
    const { seed, parameters } = found.fob;
    fobs.push({ serial: found.serial, seed, parameters, expiresAt: found.expiryDates[0] ?? null });
  }
  return { file: readFileSync(path), key, fobs };
}

/** What a branch does with a box of fobs: into stock, then to the contract. May be repeated: nothing changes then. */
export async function sendFobs(verifier: VerifierCalls, box: FobBox, contractId: string): Promise<void> {
  const known = await verifier.listHardwareTokens();
  if (!box.fobs.every(({ serial }) => known.some((each) => each.serial === serial))) {
    const answer = await verifier.importHardwareTokens(box.file.toString('base64'), box.key);
    if (answer.outcome !== 'imported') throw new Error(`the fobs did not come into stock: ${JSON.stringify(answer)}`);
  }
  for (const { serial } of box.fobs) {
    if (known.some((each) => each.serial === serial && each.contractId !== null)) continue;
    const answer = await verifier.shipHardwareToken(serial, contractId);
    if (answer.outcome === 'refused') throw new Error(`the fob ${serial} was not sent: ${answer.reason}`);
  }
}
