import { SaxesParser, type SaxesTagNS } from 'saxes';
import { FileFault } from './faults.ts';
import { limits } from './limits.ts';

/** One element with what is in it. Attributes of other namespaces are left out. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** The name under which an element or attribute is known; null for an attribute of no concern. */
export interface Naming {
  element(uri: string, local: string, isRoot: boolean): string;
  attribute(uri: string, local: string): string | null;
  /** Whether a child of the root of this name is a record, which faults are told by. */
  isRecord(name: string): boolean;
}

/** Small pieces: what a parser holds back is looked at after each. */
const pieceChars = 16 * 1024;
const doctype = '<!DOCTYPE';
const spaceOnly = /^[ \t\r\n]*$/;

/**
 * Reads XML piece by piece and hands out each child of the root as a small tree, so that a large file is never in
 * memory. No DOCTYPE, no entities but the five of XML itself, bounded depth and sizes.
 */
export class XmlTreeReader {
  readonly #parser = new SaxesParser({ xmlns: true });
  readonly #naming: Naming;
  readonly #open: XmlElement[] = [];
  #ready: XmlElement[] = [];
  #depth = 0;
  #elements = 0;
  #fed = 0;
  #lastEvent = 0;
  #partStart = 0;
  #rootName: string | null = null;
  #rootAttributes: ReadonlyMap<string, string> = new Map();
  #prolog = '';
  #records = 0;

  constructor(naming: Naming) {
    this.#naming = naming;
    const parser = this.#parser;
    parser.on('error', () => {
      throw new FileFault('malformedXml');
    });
    parser.on('doctype', () => {
      throw new FileFault('doctype');
    });
    for (const other of ['comment', 'processinginstruction', 'xmldecl'] as const) parser.on(other, () => this.#event());
    parser.on('text', (text) => this.#text(text));
    parser.on('cdata', (text) => this.#text(text));
    parser.on('opentag', (tag) => this.#opened(tag));
    parser.on('closetag', () => this.#closed());
  }

  /** Name of the root, once it was opened. */
  get rootName(): string | null {
    return this.#rootName;
  }

  /** Attributes of the root, once it was opened. */
  get rootAttributes(): ReadonlyMap<string, string> {
    return this.#rootAttributes;
  }

  /** Records that have begun. */
  get records(): number {
    return this.#records;
  }

  /** The child of the root that is being read; null between two. */
  get unfinished(): XmlElement | null {
    return this.#open[1] ?? null;
  }

  /** @returns children of the root that this text completed, @throws FileFault */
  write(given: string): readonly XmlElement[] {
    // Some write white space before the declaration, where XML has none.
    const text = this.#fed === 0 ? given.trimStart() : given;
    for (let start = 0; start < text.length; start += pieceChars) {
      const piece = text.slice(start, start + pieceChars);
      if (this.#rootName === null) this.#lookForDoctype(piece);
      this.#parser.write(piece);
      this.#fed += piece.length;
      // A parser hands on what is complete; a tag or text without an end would grow in it.
      if (this.#fed - this.#lastEvent > limits.tokenChars) throw new FileFault('tooLong');
      if (this.#open.length > 1 && this.#fed - this.#partStart > limits.partChars) throw new FileFault('tooLong');
    }
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** @throws FileFault where the document is not complete */
  end(): void {
    this.#parser.close();
    if (this.#rootName === null || this.#depth !== 0) throw new FileFault('malformedXml');
  }

  /** Refused by its first letters: what stands in it is not read. */
  #lookForDoctype(piece: string): void {
    this.#prolog = this.#prolog.slice(-doctype.length) + piece;
    if (this.#prolog.toUpperCase().includes(doctype)) throw new FileFault('doctype');
  }

  #event(): void {
    this.#lastEvent = this.#fed;
  }

  #text(text: string): void {
    this.#event();
    const element = this.#open.at(-1);
    if (element === undefined) return;
    if (this.#open.length === 1) {
      if (!spaceOnly.test(text)) throw new FileFault('malformedXml');
    } else {
      element.text += text;
    }
  }

  #opened(tag: SaxesTagNS): void {
    this.#event();
    this.#depth++;
    if (this.#depth > limits.depth) throw new FileFault('tooDeep');
    const name = this.#naming.element(tag.uri, tag.local, this.#depth === 1);
    const given = Object.values(tag.attributes);
    if (given.length > limits.attributes) throw new FileFault('tooLong');
    const attributes = new Map<string, string>();
    for (const { uri, local, value } of given) {
      const known = this.#naming.attribute(uri, local);
      if (known !== null) attributes.set(known, value);
    }
    const element: XmlElement = { name, attributes, children: [], text: '' };
    if (this.#depth === 1) {
      this.#rootName = name;
      this.#rootAttributes = attributes;
    }
    if (this.#depth === 2) {
      this.#elements = 0;
      this.#partStart = this.#fed;
      if (this.#naming.isRecord(name)) this.#records++;
    }
    if (++this.#elements > limits.partElements) throw new FileFault('tooLong');
    if (this.#depth > 2) this.#open.at(-1)?.children.push(element);
    this.#open.push(element);
  }

  #closed(): void {
    this.#event();
    this.#depth--;
    const element = this.#open.pop();
    if (element === undefined) return;
    const mixed = element.children.length > 0 && !spaceOnly.test(element.text);
    if (mixed && !element.name.startsWith('{')) throw new FileFault('malformedXml');
    if (this.#depth === 1) this.#ready.push(element);
  }
}

/** The only child of a name; null where there is none. @throws Error of `fault` where there are several */
export function only(element: XmlElement, name: string, fault: () => Error): XmlElement | null {
  let found: XmlElement | null = null;
  for (const child of element.children) {
    if (child.name !== name) continue;
    if (found !== null) throw fault();
    found = child;
  }
  return found;
}
