import { Problem } from './problem.ts';

/** Node's four threads bring commits to the disk too: where derivations took all of them, every code would wait. */
const atOnce = 2;
/** The last of so many passwords waits for about 5 s, and few callers longer. */
const mostWaiting = 300;
let running = 0;
const waiting: (() => void)[] = [];

/**
 * Runs what occupies a thread of Node's for long, such as the derivation of a key from a password, in its turn.
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
    // Whoever is next takes this one's place.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}
