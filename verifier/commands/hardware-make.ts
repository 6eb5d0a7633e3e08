import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import type { OtpParameters } from '../../shared/otp.ts';
import { makePskc } from '../hardware/make.ts';
import type { Random } from '../keyring.ts';
import { type ExitStatus, refuse, styled, type Terminal } from './terminal.ts';

export interface MakeOptions {
  readonly count: number;
  readonly output: string;
  /** Where the key is written; null: it is shown, once. */
  readonly keyOutput: string | null;
  readonly parameters: OtpParameters;
  readonly nowMs: number;
}

const lifeMs = 5 * 365.25 * 86_400_000;

/** Writes a file that only its owner reads and that was not there before. */
function writeNew(path: string, pieces: Iterable<string>): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (const piece of pieces) writeSync(file, piece);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

/** `hardware make`: a file of trial tokens, encrypted under a key of its own. */
export function makeHardware(terminal: Terminal, options: MakeOptions, random: Random): ExitStatus {
  const key = random(32);
  const hex = Buffer.from(key).toString('hex');
  const { count, output, keyOutput, parameters, nowMs } = options;
  const expiryDate = `${new Date(nowMs + lifeMs).toISOString().slice(0, 16)}:00Z`;
  try {
    // Tokens whose key nobody has are of no use: the key is there first, and does not stay alone.
    if (keyOutput !== null) writeNew(keyOutput, [`${hex}\n`]);
    try {
      writeNew(output, makePskc({ count, parameters, expiryDate, key }, random));
    } catch (error) {
      if (keyOutput !== null) unlinkSync(keyOutput);
      throw error;
    }
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).syscall !== 'string') throw error;
    const path = (error as NodeJS.ErrnoException).path ?? output;
    return (error as NodeJS.ErrnoException).code === 'EEXIST'
      ? refuse(
          terminal,
          `${path} exists already and was left as it is.`,
          `${path} はすでにあります。変更していません。`,
        )
      : refuse(terminal, `${path} cannot be written.`, `${path} に書き込めません。`);
  }
  if (terminal.json) {
    terminal.out(
      JSON.stringify({ file: output, count, ...(keyOutput === null ? { key: hex } : { keyFile: keyOutput }) }),
    );
    return 0;
  }
  terminal.out(`${styled('bold', output)}  ${count} 件 (${count} tokens)`);
  if (keyOutput === null) {
    terminal.out(`  ${styled('bold', hex)}`);
    terminal.out('  この鍵は今だけ表示されます。 The key is shown only now.');
  } else {
    terminal.out(`  鍵: ${keyOutput} (key)`);
  }
  return 0;
}
