import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { AppEnv, Context } from './context.ts';
import { clientAddress } from './middleware.ts';
import { Problem } from './problem.ts';

/** Refuses set-ups past the limit of one client address: 429 with `Retry-After` in seconds. */
export function limited(context: Context): MiddlewareHandler<AppEnv> {
  const { requests, perSeconds } = context.limits.provisioning;
  const limiter = new RateLimiterMemory({ points: requests, duration: perSeconds });
  return async (c, next) => {
    try {
      await limiter.consume(clientAddress(c, context.trustedProxies));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      throw new Problem('tooManyRequests', 'Wait before the next set-up.', {
        headers: { 'retry-after': String(seconds) },
      });
    }
    await next();
  };
}
