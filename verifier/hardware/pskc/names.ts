import type { Naming } from '../xml-tree.ts';

/**
 * Namespaces of RFC 6030, of the drafts before it and of what they build on. Vendors mix them, so that an element is
 * known by its local name in any of these; one of another namespace is an extension.
 */
const known = [
  /^$/,
  /^urn:ietf:params:xml:ns:keyprov:/i,
  /^http:\/\/www\.ietf\.org\/keyprov\//,
  /^http:\/\/www\.openauthentication\.org\//i,
  /^http:\/\/www\.w3\.org\/(2000\/09\/xmldsig|2001\/04\/xmlenc|2001\/04\/xmldsig-more|2009\/xmlenc11|2009\/xmldsig11)#?$/,
  /^http:\/\/www\.rsasecurity\.com\/rsalabs\/pkcs\/schemas\/pkcs-5/,
];
const roots = ['KeyContainer', 'Keycontainer', 'SecretContainer'];

/** Names for one file. Its root's own namespace counts as known, whatever it is. */
export function pskcNaming(): Naming {
  let rootUri: string | null = null;
  const seen = new Map<string, boolean>();
  const isKnown = (uri: string) => {
    let answer = seen.get(uri);
    if (answer === undefined) {
      answer = uri === rootUri || known.some((pattern) => pattern.test(uri));
      seen.set(uri, answer);
    }
    return answer;
  };
  return {
    element(uri, local, isRoot) {
      if (isRoot && roots.includes(local)) rootUri = uri;
      return isKnown(uri) ? local : `{${uri}}${local}`;
    },
    attribute: (uri, local) => (isKnown(uri) ? local : null),
    isRecord: isPackage,
  };
}

/** A key package; the drafts called it a device. */
export function isPackage(name: string): boolean {
  return name === 'KeyPackage' || name === 'Device';
}

export function isPskcRoot(name: string | null): boolean {
  return name !== null && roots.includes(name);
}

/** The last part of an algorithm's name: `urn:…:pskc:totp`, `urn:…:pskc#totp` and `TOTP` are the same, `_` is `-`. */
export function tail(uri: string): string {
  return (uri.trim().split(/[#:/]/).at(-1) ?? '').toLowerCase().replaceAll('_', '-');
}
