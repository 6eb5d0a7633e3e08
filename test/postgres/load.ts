import { setTimeout } from 'node:timers/promises';
import { type Answer, type Ask, validate } from '../verifier/fixture.ts';
import type { Holder } from '../verifier/stock-of-tokens.ts';
import { ask } from './ask.ts';

/** Codes of each holder that are sent, of steps one after the other. */
export const codesEach = 3;

/** Sends every code of every holder again and again until it is spent, and remembers each answer. */
export function spending(bank: Ask, holders: readonly Holder[]) {
  const accepted = new Map<string, number>();
  const refusals: Answer[] = [];
  let ended = false;
  const spend = async ({ loginId, code }: Holder) => {
    for (let step = 0; step < codesEach; step++) {
      const otp = code(step - 1);
      for (;;) {
        const answer = await validate({ bank }, otp, { loginId });
        if (answer.status === 503) {
          refusals.push(answer);
          await setTimeout(20);
          continue;
        }
        if (answer.body.outcome === 'accepted') accepted.set(otp, (accepted.get(otp) ?? 0) + 1);
        else if (answer.body.reason !== 'replayed') throw new Error(answer.text);
        // Every code is sent once more after it is spent: somebody may have reopened it.
        if (answer.body.reason === 'replayed') break;
      }
      // The spent code goes on being asked for until the server is away, however quick the rest was.
      while (step === 0 && !ended && refusals.length === 0) {
        await setTimeout(10);
        const again = await validate({ bank }, otp, { loginId });
        if (again.status === 503) refusals.push(again);
        else if (again.body.reason !== 'replayed') throw new Error(again.text);
      }
    }
  };
  const done = Promise.all(holders.map(spend));
  return {
    accepted,
    refusals,
    done,
    end: () => {
      ended = true;
    },
  };
}

/** Rows of validations with this outcome in the log. */
export async function rowsOf(url: string, outcome: string, names: readonly string[]): Promise<number> {
  const text = `SELECT count(*) AS n FROM audit WHERE operation = 'validate' AND outcome = $1 AND login_id = ANY ($2)`;
  const [row] = await ask(url, text, [outcome, names]);
  return Number(row?.n);
}
