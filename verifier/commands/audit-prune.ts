import { type FileHandle, open } from 'node:fs/promises';
import type { Keyring } from '../keyring.ts';
import { PruningRefused, pruneExtent, pruneStep } from '../sealing/prune.ts';
import type { StoredRow } from '../sealing/segment.ts';
import type { Store } from '../store/store.ts';
import { type ExitStatus, styled, type Terminal } from './terminal.ts';

export interface PruneCommand {
  /** Unix milliseconds: what was sealed before it goes. */
  readonly beforeMs: number;
  readonly dryRun: boolean;
  /** A new file that gets the rows as JSON lines before they are deleted; null: none. */
  readonly exportPath: string | null;
  readonly nowMs: number;
}

/** One JSON object per row, every column by its name, on the disk before anything is deleted. */
function keeper(file: FileHandle): (rows: readonly StoredRow[]) => Promise<void> {
  return async (rows) => {
    await file.appendFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    await file.sync();
  };
}

/** `audit prune`: removes whole sealed segments from before a time and leaves a signed statement of it. */
export async function pruneAudit(
  { store, keyring }: { readonly store: Store; readonly keyring: Keyring },
  terminal: Terminal,
  { beforeMs, dryRun, exportPath, nowMs }: PruneCommand,
): Promise<ExitStatus> {
  const parts = { auditLog: store.auditLog, keyring };
  const before = new Date(beforeMs).toISOString();
  const refuse = (reason: string, ja: string, en: string): ExitStatus => {
    if (terminal.json) terminal.out(JSON.stringify({ outcome: 'refused', reason }));
    terminal.err(`${ja}\n${en}`);
    return 1;
  };
  let file: FileHandle | null = null;
  let [rows, segments] = [0, 0];
  try {
    if (dryRun) {
      const extent = await pruneExtent(parts, beforeMs);
      rows = extent?.rows ?? 0;
      segments = extent?.segments ?? 0;
    } else {
      if (exportPath !== null) file = await open(exportPath, 'wx', 0o600);
      const serviceIds = await store.serviceIds();
      const keep = file === null ? {} : { keep: keeper(file) };
      for (;;) {
        const step = await pruneStep(parts, { beforeMs, nowMs, actor: 'cli', serviceIds, ...keep });
        if (step === 'none') break;
        // Another process was faster with these; what comes after them is looked at anew.
        if (step === 'elsewhere') continue;
        rows += step.rows;
        segments += step.segments;
      }
    }
  } catch (error) {
    if (error instanceof PruningRefused) {
      return refuse(
        'logDiffers',
        `監査ログが封印時の状態と一致しないため、整理を中止しました(整理済み ${rows} 件)。audit verify で確認してください。`,
        `The log is not as it was sealed (${error.message}); pruned ${rows} rows and stopped. Look at it with audit verify.`,
      );
    }
    if (exportPath !== null && typeof (error as NodeJS.ErrnoException).syscall === 'string') {
      const { code } = error as NodeJS.ErrnoException;
      return refuse(
        'exportFailed',
        `${exportPath} に書き出せないため、整理を中止しました(${code}、整理済み ${rows} 件)。存在しないファイル名を指定してください。`,
        `The rows cannot be written to ${exportPath} (${code}); pruned ${rows} rows and stopped. Name a file that does not exist yet.`,
      );
    }
    throw error;
  } finally {
    await file?.close();
  }
  const outcome = dryRun ? 'wouldPrune' : 'pruned';
  if (terminal.json) terminal.out(JSON.stringify({ outcome, before, segments, rows, export: exportPath }));
  else {
    terminal.out(
      dryRun
        ? `${before} より前の ${rows} 件(${segments} セグメント)が対象です。何も変更していません。\n` +
            `${styled('green', 'would prune')}: ${rows} rows in ${segments} segments sealed before ${before}. Nothing was changed.`
        : `${before} より前の ${rows} 件(${segments} セグメント)を整理しました。\n` +
            `${styled('green', 'pruned')}: ${rows} rows in ${segments} segments sealed before ${before}.`,
    );
  }
  return 0;
}
