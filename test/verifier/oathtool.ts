import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findOathtool } from '../browser/install.ts';
import type { Parameters } from './totp.ts';

const execute = promisify(execFile);

/**
 * Codes of consecutive steps by Debian's `oathtool`, the present one first.
 * @param more steps after the present one
 */
export async function oathtoolCodes(
  seed: Uint8Array,
  { algorithm, digits, periodSeconds }: Parameters,
  nowMs: number,
  more = 0,
): Promise<readonly string[]> {
  const oathtool = findOathtool();
  if (oathtool === null) throw new Error('no oathtool here: install oath-toolkit');
  const { stdout } = await execute(oathtool, [
    `--totp=${algorithm.toLowerCase()}`,
    `--time-step-size=${periodSeconds}s`,
    `--digits=${digits}`,
    `--window=${more}`,
    `--now=@${Math.floor(nowMs / 1000)}`,
    Buffer.from(seed).toString('hex'),
  ]);
  return stdout.trim().split('\n');
}
