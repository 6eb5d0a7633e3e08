import { Problem } from './problem.ts';

/** Node's four pool threads also sync commits to the disk: if derivations took all of them, every code would wait. */
const atOnce = 2;
/** The last of this many waits about 5 s, which is as long as most callers wait. */
const mostWaiting = 300;
let running = 0;
const waiting: (() => void)[] = [];

/**
 * Runs work that occupies one of Node's pool threads for long, such as deriving a key from a password; the rest queues.
 * @throws Problem while too many wait
 */
export async function inTurn<Value>(derive: () => Promise<Value>): Promise<Value> {
  if (waiting.length >= mostWaiting) {
    throw new Problem('unavailable', 'Too many passwords at once. Try again shortly.', {
      headers: { 'retry-after': '5' },
    });
  }
  if (running < atOnce) running++;
  else await new Promise<void>((begin) => waiting.push(begin));
  try {
    return await derive();
  } finally {
    // The next in the queue takes this one's place.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}
