/**
 * The match pattern of an origin's host: `https://bank.example:8443` gives `https://bank.example/*`. Firefox's
 * patterns carry no port, so a pattern only decides where a script may run; the exact origin is compared again
 * before a code leaves the background.
 */
export function patternOf(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${hostname}/*`;
}

/** Patterns of several origins, each once, in alphabetical order. */
export function patternsOf(origins: readonly string[]): string[] {
  return [...new Set(origins.map(patternOf))].sort();
}

/** The origin of an address as a browser writes it, or null where there is none of its own (`data:`, `about:`). */
export function originOf(address: string | undefined): string | null {
  if (address === undefined) return null;
  const origin = URL.parse(address)?.origin;
  return origin === undefined || origin === 'null' ? null : origin;
}
