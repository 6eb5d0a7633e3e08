import { writeFileSync } from 'node:fs';
import type { Institution } from '../../shared/institution.ts';
import { loaded, type Server } from './processes.ts';
import type { Figures } from './target.ts';
import { codeOf, loginIdOf } from './trial.ts';

export const validationPath = '/v1/validations';

export function validationBody(user: number, otp: string): string {
  return JSON.stringify({ loginId: loginIdOf(user), operation: 'transfer', otp });
}

/** A running verifier with trial users, and who asks it. */
export interface Loaded {
  readonly server: Server;
  readonly institution: Institution;
  readonly apiKey: string;
  readonly tokens: number;
}

const outOfCodes = 'used up';

/** A stride that reaches every token once a pass, and with few requests already all parts of the database. */
export function strideOver(tokens: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let stride = Math.max(1, Math.round(tokens * 0.618));
  while (divisor(stride, tokens) !== 1) stride++;
  return stride;
}

/**
 * Rounds of validations, each over the tokens behind those of the round before. Every request has a right code that
 * nobody sent before: pass after pass over all tokens, each with the next time step, which the verifier's clock enters
 * when a pass begins. The window around the clock takes what is still on its way.
 * @param bodiesPath a file for the bodies
 * @param stride from one token to the next, without a common divisor with their number. Default 1: in their order
 * @param from first time step whose codes are used; left out, the one after the next
 */
export function validationRounds(
  at: Loaded,
  bodiesPath: string,
  stride = 1,
  from?: number,
): (connections: number, seconds: number) => Promise<Figures> {
  const { server, institution, apiKey, tokens } = at;
  const { otp } = institution;
  const periodMs = otp.periodSeconds * 1000;
  let nextStep = from ?? Math.floor(Date.now() / periodMs) + 2;
  let before = 0;
  let perSecond = 4_000;

  const setClock = (step: number) => server.child.send({ aheadMs: (step + 0.5) * periodMs - Date.now() });
  const write = (count: number): number => {
    const first = nextStep;
    nextStep += Math.ceil(count / tokens);
    const bodies: string[] = [];
    for (let i = 0; i < count; i++) {
      const user = ((before + i) * stride) % tokens;
      bodies.push(validationBody(user, codeOf(user, otp, first + Math.floor(i / tokens))));
    }
    before = (before + count) % tokens;
    writeFileSync(bodiesPath, bodies.join('\n'));
    return first;
  };

  return async (connections, seconds) => {
    for (;;) {
      const firstStep = write(Math.ceil(perSecond * 1.5 * (seconds + 1)));
      setClock(firstStep);
      try {
        const figures = await loaded(
          {
            url: server.url,
            method: 'POST',
            paths: [validationPath],
            headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
            connections,
            seconds,
            bodiesPath,
            again: false,
            pass: tokens,
            addresses: false,
            expected: '"accepted"',
          },
          (pass) => setClock(firstStep + pass),
        );
        perSecond = Math.max(perSecond, figures.perSecond);
        return figures;
      } catch (error) {
        if (!(error as Error).message.includes(outOfCodes)) throw error;
        perSecond *= 2;
      }
    }
  };
}
