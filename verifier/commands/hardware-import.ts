import { readFileSync } from 'node:fs';
import { FileFault } from '../hardware/faults.ts';
import { type ImportReport, importSeedFile, type Refusal } from '../hardware/import.ts';
import type { KeyMaterial } from '../hardware/material.ts';
import { type SeedFile, seedFileAt } from '../hardware/source.ts';
import { refusalWords } from '../hardware/words.ts';
import type { Keyring, Random } from '../keyring.ts';
import type { Store } from '../store/store.ts';
import { chooseInstitution } from './choose-institution.ts';
import { type ExitStatus, refuse, styled, type Terminal, table } from './terminal.ts';

export interface ImportOptions {
  readonly file: string;
  readonly material: KeyMaterial;
  readonly serviceId: string | null;
  readonly dryRun: boolean;
  readonly partial: boolean;
  readonly nowMs: number;
  /** Draws on a terminal; null where there is none. */
  readonly draw: ((text: string) => void) | null;
}

/** Refusals that a person reads at once; --json has all. */
const shownRefusals = 20;
const barWidth = 30;

function progressBar(draw: (text: string) => void, sizeBytes: number): (readBytes: number) => void {
  let shown = -1;
  return (readBytes) => {
    const percent = Math.min(100, Math.floor((readBytes / Math.max(1, sizeBytes)) * 100));
    if (percent === shown) return;
    shown = percent;
    const full = Math.round((percent / 100) * barWidth);
    draw(`\r  ${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${String(percent).padStart(3)} %`);
  };
}

/** A serial as a file may write it, fit for a terminal. */
function shownSerial(serial: string | null): string {
  return serial === null ? '-' : serial.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?').slice(0, 40);
}

function refusalRows(refused: readonly Refusal[]): string[][] {
  return refused.slice(0, shownRefusals).map(({ serial, record, reason }) => {
    const { ja, en } = refusalWords[reason];
    return [record === null ? '-' : String(record), shownSerial(serial), reason, `${ja} (${en})`];
  });
}

function show(terminal: Terminal, report: ImportReport, dryRun: boolean): void {
  const { accepted, refused, held } = report;
  const counts = `${styled('bold', String(accepted.length))} 件を${dryRun ? '登録できます' : '登録しました'} (${accepted.length} ${dryRun ? 'would come into stock' : 'came into stock'})`;
  terminal.out(counts);
  if (report.signature === 'notVerified') {
    terminal.out('  署名は検証していません。 The file’s signature was not verified.');
  }
  if (refused.length === 0) return;
  terminal.out(`${styled('bold', String(refused.length))} 件は受け付けられません (${refused.length} refused)`);
  terminal.out(table(['record', 'serial', 'reason', ''], refusalRows(refused)));
  if (refused.length > shownRefusals) {
    terminal.out(
      `  … ほか ${refused.length - shownRefusals} 件 (and ${refused.length - shownRefusals} more; --json lists all)`,
    );
  }
  if (held.length > 0) {
    terminal.out(
      `  問題のない ${held.length} 件も登録していません。--partial を付けると、その分だけ登録します。\n` +
        `  ${held.length} sound records were held back as well; --partial takes them.`,
    );
  }
}

/** `hardware import FILE`: brings a vendor's file into stock, or tells record by record why not. */
export async function importHardware(
  parts: { readonly store: Store; readonly keyring: Keyring; readonly random: Random },
  terminal: Terminal,
  options: ImportOptions,
): Promise<ExitStatus> {
  const institution = await chooseInstitution(parts.store, terminal, options.serviceId);
  if (institution === null) return 1;
  let file: SeedFile;
  let report: ImportReport;
  try {
    file = seedFileAt(options.file);
    const { material, dryRun, partial, nowMs, draw } = options;
    const bar = draw === null ? null : progressBar(draw, file.sizeBytes);
    const order = { file, material, institution, nowMs, dryRun, partial, by: { actor: 'cli' } };
    report = await importSeedFile(parts, bar === null ? order : { ...order, onProgress: bar });
    draw?.('\r\x1b[K');
  } catch (error) {
    if (error instanceof FileFault) {
      const { reason, record, serial } = error;
      report = { accepted: [], refused: [{ serial, record, reason }], held: [], signature: 'none' };
    } else if (typeof (error as NodeJS.ErrnoException).syscall === 'string') {
      return refuse(terminal, `${options.file} cannot be read.`, `${options.file} を読み込めません。`);
    } else {
      throw error;
    }
  }
  if (terminal.json) terminal.out(JSON.stringify(report));
  else show(terminal, report, options.dryRun);
  return report.refused.length === 0 ? 0 : 1;
}

/** A key or private key that lies in a file of its own; null where it cannot be read. */
export function readSecretFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
