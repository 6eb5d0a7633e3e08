/** Node's four threads bring commits to the disk too: where derivations took all of them, every code would wait. */
const atOnce = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** Runs what occupies a thread of Node's for long, such as the derivation of a key from a password, in its turn. */
export async function inTurn<Value>(derive: () => Promise<Value>): Promise<Value> {
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
