import type { Asked, Caller, Context } from './context.ts';
import { Problem } from './problem.ts';
import { AlreadyAnswered, type KeptAnswer } from './store/store.ts';

export const idempotencyMs = { short: 10 * 60_000, long: 24 * 3_600_000 } as const;

/**
 * Turns an answer into the row that keeps it; null where the caller sent no key.
 * @param interimMs for an answer that another one is about to replace: how long it is waited for, by other processes too.
 *   Afterwards the answer counts, since the process at work may have been killed.
 */
export type Keep = (answer: object, interimMs?: number) => KeptAnswer | null;

/** Beside the fields of an answer that is not yet the last one: until when, in Unix milliseconds. */
interface Interim {
  readonly interimUntilMs?: number;
}

const inFlight = new WeakMap<Context, Set<string>>();

function stillAtWork(): Problem {
  return new Problem('conflict', 'A request under this Idempotency-Key is at work. Ask again shortly.', {
    headers: { 'retry-after': '1' },
  });
}

function replay(context: Context, serviceId: string, kept: KeptAnswer, bodyParts: readonly string[]): object {
  if (!context.keyring.verifyMac('idempotency', bodyParts, kept.bodyMac)) {
    throw new Problem('unprocessable', 'This Idempotency-Key was used with another body. Use a new key per attempt.');
  }
  const opened = context.keyring.open(kept.sealedAnswer, placeOf(serviceId, kept.keyMac));
  const { interimUntilMs = 0, ...answer } = JSON.parse(new TextDecoder().decode(opened)) as Interim;
  if (context.clock.nowMs() < interimUntilMs) throw stillAtWork();
  if (kept.status === 200) return answer;
  throw new KeptProblem(kept.status, answer);
}

/** A problem that was the first answer under an idempotency key. */
export class KeptProblem extends Error {
  override readonly name = 'KeptProblem';
  readonly status: number;
  readonly answer: object;

  constructor(status: number, answer: object) {
    super('the first answer was a problem');
    this.status = status;
    this.answer = answer;
  }
}

function placeOf(serviceId: string, keyMac: Uint8Array): readonly string[] {
  return ['answer', serviceId, Buffer.from(keyMac).toString('hex')];
}

/**
 * Runs a request once per idempotency key, API key, method and path: the same key with the same body gets the first
 * answer again, another body 422, and 409 while the first is at work. `work` writes what `keep` makes of its answer
 * in its own transaction, so that answer and change stand or fall together.
 * @param lifetimeMs how long the first answer is kept
 */
export async function once<Answer extends object>(
  context: Context,
  asked: Asked,
  caller: Caller,
  lifetimeMs: number,
  work: (keep: Keep) => Promise<Answer>,
): Promise<Answer> {
  const key = asked.header('idempotency-key');
  if (key === undefined) return work(() => null);

  const { serviceId } = caller.institution;
  const { keyring, store, clock } = context;
  // Not under the newest: a repeat must find its answer also after a newer one was added.
  const keyParts = ['key', caller.keyId, asked.method, asked.path, key];
  const keyMac = keyring.macUnder(keyring.oldestId, 'idempotency', keyParts);
  const bodyParts = ['body', await asked.text()];
  const name = Buffer.from(keyMac).toString('hex');
  const atWork = inFlight.get(context) ?? new Set();
  inFlight.set(context, atWork);
  if (atWork.has(name)) throw stillAtWork();

  const row = (status: number, answer: object & Interim): KeptAnswer => ({
    keyMac,
    bodyMac: keyring.mac('idempotency', bodyParts),
    status,
    sealedAnswer: keyring.seal(new TextEncoder().encode(JSON.stringify(answer)), placeOf(serviceId, keyMac)),
    expiresAtMs: clock.nowMs() + lifetimeMs,
  });
  const first = async (): Promise<Answer | null> => {
    const kept = await store.keptAnswer(serviceId, keyMac, clock.nowMs());
    return kept === null ? null : (replay(context, serviceId, kept, bodyParts) as Answer);
  };

  atWork.add(name);
  try {
    const before = await first();
    if (before !== null) return before;
    try {
      return await work((answer, interimMs) =>
        row(200, interimMs === undefined ? answer : { ...answer, interimUntilMs: clock.nowMs() + interimMs }),
      );
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      await store.transaction(serviceId, (transaction) =>
        transaction.keepAnswer(serviceId, row(error.status, error.body()), clock.nowMs()),
      );
      throw error;
    }
  } catch (error) {
    // Another process was first: what this one did is rolled back, and its answer is the first one's.
    const other = error instanceof AlreadyAnswered ? await first() : null;
    if (other !== null) return other;
    throw error;
  } finally {
    atWork.delete(name);
  }
}
