import { setTimeout as sleep } from 'node:timers/promises';
import { normaliseDigits } from '../../shared/digits.ts';
import { codeAt, remainingMs } from '../../shared/otp.ts';
import { FileFault } from '../hardware/faults.ts';
import { type Fob, fobsOf } from '../hardware/fob.ts';
import type { KeyMaterial } from '../hardware/material.ts';
import { seedFileAt } from '../hardware/source.ts';
import { refusalWords } from '../hardware/words.ts';
import { type ExitStatus, refuse, styled, type Terminal } from './terminal.ts';

export interface FobOptions {
  /**
   * A fob, or where its seed lies. Never the verifier's own database: whoever may run commands there would read the
   * codes of customers.
   */
  readonly source: Fob | { readonly serial: string; readonly file: string; readonly material: KeyMaterial };
  readonly nowMs: () => number;
  /** Draws on a terminal until Ctrl-C; null: one answer and the end. */
  readonly draw: ((text: string) => void) | null;
}

/** Under so many seconds a code is about to change. */
const lastSeconds = 8;

function faultWords(terminal: Terminal, file: string, reason: keyof typeof refusalWords): 1 {
  const { ja, en } = refusalWords[reason];
  return refuse(terminal, `${file}: ${en}`, `${file}: ${ja}`, { code: reason });
}

async function find(terminal: Terminal, source: Exclude<FobOptions['source'], Fob>): Promise<Fob | 1> {
  const { file, material } = source;
  const serial = normaliseDigits(source.serial);
  try {
    for await (const found of fobsOf(seedFileAt(file), material)) {
      if (found.serial !== serial) continue;
      return 'fob' in found ? found.fob : faultWords(terminal, file, found.refused);
    }
  } catch (error) {
    if (error instanceof FileFault) return faultWords(terminal, file, error.reason);
    if (typeof (error as NodeJS.ErrnoException).syscall !== 'string') throw error;
    return refuse(
      terminal,
      `${file} cannot be read. Name the token’s seed file with --file, or make one: hardware make`,
      `${file} を読み込めません。--file でシードファイルを指定するか、hardware make で作成してください。`,
    );
  }
  return refuse(
    terminal,
    `${file} has no token with this serial.`,
    `${file} にこのシリアル番号のトークンはありません。`,
  );
}

function clockText(seconds: number): string {
  return `[${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}]`;
}

function lineOf({ serial, seed, parameters }: Fob, nowMs: number): string {
  const code = codeAt(seed, parameters, nowMs);
  const half = Math.floor(code.length / 2);
  const seconds = Math.ceil(remainingMs(parameters.periodSeconds, nowMs) / 1000);
  const left = clockText(seconds);
  const grouped = `${code.slice(0, half)} ${code.slice(half)}`;
  return `${serial === null ? '' : `${serial}  `}${styled('bold', grouped)}  ${seconds < lastSeconds ? styled('red', left) : left}`;
}

async function countDown(fob: Fob, nowMs: () => number, draw: (text: string) => void): Promise<void> {
  const ended = new AbortController();
  process.once('SIGINT', () => ended.abort());
  while (!ended.signal.aborted) {
    const now = nowMs();
    draw(`\r\x1b[K${lineOf(fob, now)}`);
    // Drawn anew at each full second of the clock, where codes change too.
    await sleep(1000 - (now % 1000), undefined, { signal: ended.signal }).catch(() => {});
  }
  draw('\r\x1b[K');
}

/** `fob SERIAL`, `fob --secret …`: the code and its remaining time, as a key fob shows them. For trials. */
export async function showFob(terminal: Terminal, { source, nowMs, draw }: FobOptions): Promise<ExitStatus> {
  const fob = 'seed' in source ? source : await find(terminal, source);
  if (fob === 1) return 1;
  if (draw !== null) {
    await countDown(fob, nowMs, draw);
    return 0;
  }
  const now = nowMs();
  const { serial, seed, parameters } = fob;
  const remainingSeconds = Math.ceil(remainingMs(parameters.periodSeconds, now) / 1000);
  if (terminal.json) {
    terminal.out(JSON.stringify({ serial, code: codeAt(seed, parameters, now), remainingSeconds, ...parameters }));
  } else {
    terminal.out(lineOf(fob, now));
  }
  return 0;
}
