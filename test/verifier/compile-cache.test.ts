import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { nodeOptions } from '../node-options.ts';

const cli = new URL('../../verifier/cli.ts', import.meta.url).pathname;

/** Says at the end whether what strips types was needed. */
const teller = `data:text/javascript,
  process.on('exit', () => console.log('strips', process.moduleLoadList.some((name) => name.includes('amaro'))));`;

function started(options: readonly string[]): string {
  const args = ['--import', teller, ...options, cli, '--help'];
  return execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

test('the second start finds the program with its types stripped', () => {
  expect(started(nodeOptions)).toContain('audit verify');
  expect(started(nodeOptions)).toContain('strips false');
  expect(started([])).toContain('strips true');
});
