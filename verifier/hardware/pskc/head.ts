import { FileFault } from '../faults.ts';
import type { XmlElement } from '../xml-tree.ts';

/** What stands before the key packages and holds for all of them. */
export interface PskcHead {
  readonly encryptionKey: XmlElement | null;
  /** MACMethod of RFC 6030; MACAlgorithm and DigestMethod of the drafts. */
  readonly macMethod: XmlElement | null;
  /** EncryptionMethod of the first drafts, for all values of the file. */
  readonly encryptionMethod: XmlElement | null;
}

const parts = {
  EncryptionKey: 'encryptionKey',
  MACMethod: 'macMethod',
  MACAlgorithm: 'macMethod',
  DigestMethod: 'macMethod',
  EncryptionMethod: 'encryptionMethod',
} as const;

export const emptyHead: PskcHead = { encryptionKey: null, macMethod: null, encryptionMethod: null };

/** The head with one more part, or null where the element is none. @throws FileFault where it has that part already */
export function withPart(head: PskcHead, element: XmlElement): PskcHead | null {
  if (!Object.hasOwn(parts, element.name)) return null;
  const part = parts[element.name as keyof typeof parts];
  if (head[part] !== null) throw new FileFault('malformedXml');
  return { ...head, [part]: element };
}
