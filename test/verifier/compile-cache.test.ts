import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = new URL('../../', import.meta.url).pathname;

/** Says at the end whether what strips types was needed. */
const teller = `data:text/javascript,
  process.on('exit', () => console.log('strips', process.moduleLoadList.some((name) => name.includes('amaro'))));`;

function started(words: readonly string[]): string {
  const args = ['--import', teller, ...words, '--help'];
  return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

test('the second start finds the program with its types stripped', () => {
  const [, ...words] = manifest.scripts.verifier.split(' ');
  expect(started(words)).toContain('audit verify');
  expect(started(words)).toContain('strips false');
  expect(started(['verifier/cli.ts'])).toContain('strips true');
});
