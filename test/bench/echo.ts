import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loaded, serverOf } from './processes.ts';
import { names } from './report.ts';
import type { Target } from './target.ts';
import { validationBody, validationPath } from './validations.ts';

/** Where a target works and with how many connections. */
export interface Place {
  readonly connections: readonly number[];
  readonly folder: string;
  /** Of the larger of the two databases that growth compares. */
  readonly growthTokens: number;
}

/** Hono alone, sent the same headers and bodies as a verifier. */
export function echo({ connections, folder }: Place): Target {
  return {
    name: names.echo,
    connections,
    async start() {
      const server = await serverOf('echo-server.ts');
      const bodiesPath = join(folder, 'echo-bodies');
      const bodies = Array.from({ length: 100_000 }, (_, user) => validationBody(user, String(user).padStart(8, '0')));
      writeFileSync(bodiesPath, bodies.join('\n'));
      const headers = {
        authorization: `Bearer shk_${'0'.repeat(12)}_${'0'.repeat(43)}`,
        'content-type': 'application/json',
      };
      return {
        facts: [],
        round: (count, seconds) =>
          loaded({
            url: server.url,
            method: 'POST',
            paths: [validationPath],
            headers,
            connections: count,
            seconds,
            bodiesPath,
            again: true,
            pass: 0,
            addresses: false,
            expected: '"transfer"',
          }),
        end: () => server.end(),
      };
    },
  };
}
