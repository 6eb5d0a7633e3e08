/** What the link of the activation mail says: `https://host[/base]/activate#serviceId=…&userId=…`. */
export interface ActivationLink {
  /** Base address of the verifier without a slash at the end, as `https://otp.example`. */
  readonly address: string;
  readonly serviceId: string;
  readonly userId: string;
}

const ownHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The verifier's base address from what a person pasted or typed, without a slash at the end. `https` is assumed
 * where no scheme stands; plain `http` is taken for the person's own computer only. Null where it is no address, or
 * one with a user name, a query or a fragment.
 */
export function parseVerifierAddress(text: string): string | null {
  const typed = text.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`);
  if (url === null) return null;
  const schemeFits = url.protocol === 'https:' || (url.protocol === 'http:' && ownHosts.includes(url.hostname));
  if (!schemeFits || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** Ends a link in running text: white space, quotes and brackets of both languages. */
const linkPattern = /https?:\/\/[^\s<>"'`「」『』（）()［］[\]【】、。]+/giu;

/**
 * The first activation link in a text, which may be the whole mail. Null where there is none, or where it lacks
 * one of the two IDs or names them twice.
 */
export function parseActivationLink(text: string): ActivationLink | null {
  for (const [candidate] of text.matchAll(linkPattern)) {
    const url = URL.parse(candidate.replace(/[.,;:!?]+$/, ''));
    const base = url?.pathname.match(/^(.*)\/activate\/?$/)?.[1];
    if (!url || base === undefined) continue;
    const values = new URLSearchParams(url.hash.slice(1));
    const [serviceIds, userIds] = [values.getAll('serviceId'), values.getAll('userId')];
    url.hash = '';
    url.pathname = base;
    const address = parseVerifierAddress(url.href);
    const [serviceId, userId] = [serviceIds[0], userIds[0]];
    if (address === null || !serviceId || !userId || serviceIds.length > 1 || userIds.length > 1) continue;
    return { address, serviceId, userId };
  }
  return null;
}
