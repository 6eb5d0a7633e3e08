import { normaliseDigits } from '../../shared/digits.ts';
import type { OtpParameters } from '../../shared/otp.ts';
import type { RecordReason } from './faults.ts';
import { generatorOf } from './judge.ts';
import type { KeyMaterial } from './material.ts';
import { readSeedFile } from './read.ts';
import type { SeedFile } from './source.ts';

/** A key fob of a trial, with its seed: what a customer would hold in the hand. */
export interface Fob {
  /** Null where only a seed was given. */
  readonly serial: string | null;
  readonly seed: Uint8Array;
  readonly parameters: OtpParameters;
}

/** A record of a seed file: its fob, or why it makes no codes. */
export type FoundFob =
  | { readonly serial: string; readonly fob: Fob; readonly expiryDates: readonly string[] }
  | { readonly serial: string | null; readonly refused: RecordReason };

/** Period where a file names none. */
const defaultPeriodSeconds = 60;

/**
 * The fobs of a seed file, as they come.
 * @throws FileFault where the file cannot be relied on
 */
export async function* fobsOf(file: SeedFile, material: KeyMaterial): AsyncGenerator<FoundFob> {
  for await (const records of readSeedFile(file, material, { signed: false })) {
    for (const record of records) {
      if (record.kind === 'refused') {
        yield { serial: record.serial === null ? null : normaliseDigits(record.serial), refused: record.reason };
        continue;
      }
      const { key } = record;
      const serial = key.serial === null ? null : normaliseDigits(key.serial);
      const objection = key.timeBased ? key.objection : 'notTimeBased';
      const generator = generatorOf(key, defaultPeriodSeconds);
      if (serial === null) yield { serial, refused: 'serialMissing' };
      else if (objection !== null) yield { serial, refused: objection };
      else if (!generator.ok) yield { serial, refused: generator.reason };
      else yield { serial, fob: { serial, ...generator.value }, expiryDates: key.expiryDates };
    }
  }
}
