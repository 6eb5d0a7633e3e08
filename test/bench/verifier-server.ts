import { serve, systemClock } from '../../verifier/server.ts';
import { readSettings } from '../../verifier/settings.ts';

/**
 * The verifier as `serve` runs it, but for a clock that runs ahead as its parent says: it enters the next time step as
 * soon as every token has used this one, so that any number of right codes fits into a short time.
 */
let aheadMs = 0;
process.on('message', (message: { readonly aheadMs: number } | { readonly memory: true }) => {
  if ('aheadMs' in message) aheadMs = message.aheadMs;
  else process.send?.(process.memoryUsage());
});
// The parent gone, nobody needs it any more.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));

const read = readSettings(process.env);
if ('problems' in read) throw new Error(JSON.stringify(read.problems));
await serve(read.settings, { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs });
process.exit(0);
