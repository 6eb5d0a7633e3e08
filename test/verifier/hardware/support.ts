import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FileFault } from '../../../verifier/hardware/faults.ts';
import { type ImportReport, importSeedFile } from '../../../verifier/hardware/import.ts';
import { type KeyMaterial, noMaterial, parseMaterial } from '../../../verifier/hardware/material.ts';
import type { PskcKey } from '../../../verifier/hardware/pskc/key.ts';
import { type PskcFound, readPskcKeys } from '../../../verifier/hardware/pskc/reader.ts';
import { seedFileOf } from '../../../verifier/hardware/source.ts';
import type { Bench } from '../fixture.ts';

export function vector(name: string): string {
  return readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8');
}

export function material(given: Parameters<typeof parseMaterial>[0]): KeyMaterial {
  const parsed = parseMaterial(given);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** All that the reader finds in a PSKC text, or its fault. */
export async function pskc(text: string, by: KeyMaterial = noMaterial): Promise<readonly PskcFound[] | FileFault> {
  const all: PskcFound[] = [];
  try {
    for await (const some of readPskcKeys(once(text), by)) all.push(...some);
  } catch (error) {
    if (error instanceof FileFault) return error;
    throw error;
  }
  return all;
}

/** The keys of a PSKC text, all of which have to be readable. */
export async function pskcKeys(text: string, by: KeyMaterial = noMaterial): Promise<readonly PskcKey[]> {
  const found = await pskc(text, by);
  if (found instanceof FileFault) throw found;
  return found.map((one) => {
    if (one.kind === 'refused') throw new Error(one.reason);
    return one.key;
  });
}

export interface StockRow {
  readonly serial: string;
  readonly seed: string;
  readonly algorithm: string;
  readonly digits: number;
  readonly period: number;
  readonly drift: number;
  readonly expiresAtMs: number | null;
}

/** What lies in stock, its seeds opened. */
export function stock(at: Bench): readonly StockRow[] {
  return at.rows(`SELECT * FROM tokens WHERE kind = 'hardware' ORDER BY serial`).map((row) => ({
    serial: String(row.serial),
    seed: Buffer.from(
      at.options.keyring.open(row.sealed_seed as Uint8Array, [
        'seed',
        String(row.service_id),
        String(row.token_id),
        Number(row.seed_version),
      ]),
    ).toString('hex'),
    algorithm: String(row.algorithm),
    digits: Number(row.digits),
    period: Number(row.period_seconds),
    drift: Number(row.drift_steps),
    expiresAtMs: row.expires_at_ms === null ? null : Number(row.expires_at_ms),
  }));
}

/** Imports bytes or text as the command line does. */
export function bring(
  at: Bench,
  file: string | Uint8Array,
  more: { by?: KeyMaterial; dryRun?: boolean; partial?: boolean } = {},
): Promise<ImportReport> {
  const { store, keyring } = at.options;
  return importSeedFile(
    { store, keyring, random: randomBytes },
    {
      file: seedFileOf(typeof file === 'string' ? Buffer.from(file) : file),
      material: more.by ?? noMaterial,
      institution: at.institution,
      nowMs: at.clock.nowMs(),
      dryRun: more.dryRun ?? false,
      partial: more.partial ?? false,
      by: { actor: 'cli' },
    },
  );
}
