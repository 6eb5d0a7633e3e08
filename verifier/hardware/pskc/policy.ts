import { RecordFault } from '../faults.ts';
import type { XmlElement } from '../xml-tree.ts';

/** Limits that the issuer puts on a key's use. RFC 6030 section 5. */
export interface Policy {
  readonly startDate: string | null;
  readonly expiryDate: string | null;
  readonly keyUsages: readonly string[];
  readonly numberOfTransactions: number | null;
  readonly pin: Readonly<Record<string, string>> | null;
  /** True where the policy holds something that is not known: the key must not be used then. */
  readonly unknown: boolean;
}

const keyUsages = [
  'OTP',
  'CR',
  'Encrypt',
  'Integrity',
  'Verify',
  'Unlock',
  'Decrypt',
  'KeyWrap',
  'Unwrap',
  'Derive',
  'Generate',
];
const pinAttributes = ['PINKeyId', 'PINUsageMode', 'MaxFailedAttempts', 'MinLength', 'MaxLength', 'PINEncoding'];
const pinModes = ['Local', 'Prepend', 'Append', 'Algorithmic'];

/** Reads a Policy; what is unknown in it is marked, as RFC 6030 section 5 demands. */
export function readPolicy(element: XmlElement): Policy {
  let startDate: string | null = null;
  let expiryDate: string | null = null;
  let numberOfTransactions: number | null = null;
  let pin: Record<string, string> | null = null;
  let unknown = element.attributes.size > 0;
  const usages: string[] = [];
  const seen = new Set<string>();
  for (const child of element.children) {
    const text = child.text.trim();
    if (child.name !== 'KeyUsage' && seen.has(child.name)) throw new RecordFault('malformedRecord');
    seen.add(child.name);
    switch (child.name) {
      case 'StartDate':
        startDate = text === '' ? null : text;
        break;
      case 'ExpiryDate':
        expiryDate = text === '' ? null : text;
        break;
      case 'KeyUsage':
        usages.push(text);
        unknown ||= !keyUsages.includes(text);
        break;
      case 'NumberOfTransactions':
        if (!/^[0-9]{1,15}$/.test(text)) throw new RecordFault('malformedRecord');
        numberOfTransactions = Number(text);
        break;
      case 'PINPolicy':
        pin = Object.fromEntries(child.attributes);
        unknown ||= child.children.length > 0 || Object.keys(pin).some((name) => !pinAttributes.includes(name));
        unknown ||= !pinModes.includes(pin.PINUsageMode ?? 'Local');
        break;
      default:
        unknown = true;
    }
  }
  return { startDate, expiryDate, keyUsages: usages, numberOfTransactions, pin, unknown };
}
