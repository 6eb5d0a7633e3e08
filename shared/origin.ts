/**
 * True for an origin on which a token may be filled: `https`, or plain `http` on the person's own computer for trials.
 * The text must be the origin exactly as a browser writes it. `*` passes for a host in a URL and would widen the
 * permission that the browser is asked for, so it is refused.
 */
export function isFillableOrigin(origin: string): boolean {
  const url = URL.parse(origin);
  if (url === null || url.origin !== origin || origin.includes('*')) return false;
  const own = url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]';
  return url.protocol === 'https:' || (url.protocol === 'http:' && own);
}
