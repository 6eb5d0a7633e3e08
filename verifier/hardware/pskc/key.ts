import { base64Bytes } from '../encoded.ts';
import { RecordFault } from '../faults.ts';
import { secondsOf } from '../times.ts';
import { only, type XmlElement } from '../xml-tree.ts';
import { type Policy, readPolicy } from './policy.ts';
import type { Value, ValueOpener } from './values.ts';

/** All that a key package tells of one key. Null where the file is silent. RFC 6030 section 4. */
export interface PskcKey {
  readonly id: string | null;
  readonly algorithm: string | null;
  readonly manufacturer: string | null;
  readonly serial: string | null;
  readonly model: string | null;
  readonly issueNo: string | null;
  readonly deviceStartDate: string | null;
  readonly deviceExpiryDate: string | null;
  readonly deviceUserId: string | null;
  readonly cryptoModuleId: string | null;
  readonly issuer: string | null;
  readonly userId: string | null;
  readonly keyProfileId: string | null;
  readonly keyReference: string | null;
  readonly friendlyName: string | null;
  readonly suite: string | null;
  /** What the drafts' Usage allows, such as OTP or CR; null where it names nothing. */
  readonly usages: readonly string[] | null;
  /** Dates that the drafts put beside the key. */
  readonly startDate: string | null;
  readonly expiryDate: string | null;
  readonly responseFormat: ResponseFormat | null;
  readonly secret: Uint8Array | null;
  readonly counter: number | null;
  readonly time: number | null;
  readonly timeInterval: number | null;
  readonly timeDrift: number | null;
  readonly policy: Policy | null;
  /** Whether it holds data or parameters that are not known, by which its codes may be others. */
  readonly unknown: boolean;
}

export interface ResponseFormat {
  readonly encoding: string;
  /** Null where the length is left out or no number. */
  readonly length: number | null;
  readonly checkDigits: boolean;
}

const malformed = () => new RecordFault('malformedRecord');
const child = (element: XmlElement | null, ...names: readonly string[]): XmlElement | null => {
  for (const name of names) {
    const found = element === null ? null : only(element, name, malformed);
    if (found !== null) return found;
  }
  return null;
};

function text(element: XmlElement | null, name: string): string | null {
  const found = child(element, name)?.text.trim();
  return found === undefined || found === '' ? null : found;
}

function attribute(element: XmlElement, ...names: readonly string[]): string | null {
  for (const name of names) {
    const found = element.attributes.get(name);
    if (found !== undefined) return found.trim();
  }
  return null;
}

/** A whole number: decimal digits, or big-endian bytes of 1 to 8, with sign where there are 4 or 8. */
function numberOf(value: Value): number {
  const asText = 'plain' in value ? value.plain : Buffer.from(value.bytes).toString('latin1').trim();
  if (/^-?[0-9]{1,15}$/.test(asText)) return Number(asText);
  const bytes = 'plain' in value ? base64Bytes(value.plain) : value.bytes;
  // Digits, and those in base64.
  const digits = Buffer.from(bytes ?? []).toString('latin1');
  if (/^[0-9]{1,8}$/.test(digits)) return Number(digits);
  if (bytes === null || bytes.byteLength < 1 || bytes.byteLength > 8) throw malformed();
  const signed = bytes.byteLength === 4 || bytes.byteLength === 8;
  const big = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const number = Number(signed ? BigInt.asIntN(bytes.byteLength * 8, big) : big);
  if (!Number.isSafeInteger(number)) throw malformed();
  return number;
}

/** Time steps in seconds, some of which are told with their unit. */
function intervalOf(value: Value): number {
  return ('plain' in value ? secondsOf(value.plain) : null) ?? numberOf(value);
}

function secretOf(value: Value): Uint8Array {
  // What encoders of hex and of base32 always write, and one of base64 once in billions of times.
  if ('plain' in value && /^((0x)?[0-9a-fA-F]{32,}|[A-Z2-7]{32,}|[a-z2-7]{32,})$/.test(value.plain))
    throw new RecordFault('seedAmbiguous');
  const bytes = 'plain' in value ? base64Bytes(value.plain) : value.bytes;
  if (bytes === null) throw new RecordFault('seedMalformed');
  return bytes;
}

/** A part of Data by its element, or in the first drafts by the Name of one of several Data. */
function dataPart(key: XmlElement, name: string): XmlElement | null {
  let found: XmlElement | null = null;
  for (const data of key.children) {
    if (data.name !== 'Data') continue;
    const named = attribute(data, 'Name');
    const part =
      named === null ? child(data, name) : named.replaceAll('_', '').toLowerCase() === name.toLowerCase() ? data : null;
    if (part === null) continue;
    if (found !== null) throw malformed();
    found = part;
  }
  return found;
}

function responseFormatOf(key: XmlElement): ResponseFormat | null {
  const element = child(child(key, 'AlgorithmParameters', 'Usage'), 'ResponseFormat');
  if (element === null) return null;
  const length = attribute(element, 'Length', 'length');
  const checkDigits = attribute(element, 'CheckDigits', 'CheckDigit') ?? 'false';
  if (!/^(true|false|0|1)$/i.test(checkDigits)) throw malformed();
  return {
    encoding: attribute(element, 'Encoding', 'Format', 'format') ?? 'DECIMAL',
    length: length !== null && /^[0-9]{1,3}$/.test(length) ? Number(length) : null,
    checkDigits: /^(true|1)$/i.test(checkDigits),
  };
}

function usagesOf(key: XmlElement): readonly string[] | null {
  const usage = child(key, 'Usage');
  if (usage === null || usage.attributes.size === 0) return null;
  return [...usage.attributes].filter(([, value]) => /^(true|1)$/i.test(value.trim())).map(([name]) => name);
}

const knownData = ['Secret', 'Counter', 'Time', 'TimeInterval', 'TimeDrift', 'Extensions'];
const knownParameters = ['Suite', 'ChallengeFormat', 'ResponseFormat', 'Extensions'];

/** Names of other namespaces are extensions; one of PSKC's own that nobody knows is not passed over. */
function holdsUnknown(key: XmlElement): boolean {
  return key.children.some(({ name, attributes, children }) => {
    const isParameters = name === 'AlgorithmParameters' || name === 'Usage';
    if (!isParameters && (name !== 'Data' || attributes.has('Name'))) return false;
    const known = isParameters ? knownParameters : knownData;
    return children.some((one) => !one.name.startsWith('{') && !known.includes(one.name));
  });
}

/** The keys in a package: one in RFC 6030, several in the drafts, where a key was also called a secret. */
export function keysIn(keyPackage: XmlElement): readonly XmlElement[] {
  return keyPackage.children.filter(({ name }) => name === 'Key' || name === 'Secret');
}

/** The serial of a package, as far as it was read; null where it has none or several. */
export function serialIn(keyPackage: XmlElement | null): string | null {
  const device = keyPackage?.children.find(({ name }) => name === 'DeviceInfo' || name === 'DeviceId');
  const serial = device?.children.find(({ name }) => name === 'SerialNo')?.text.trim();
  return serial === undefined || serial === '' ? null : serial;
}

/** @throws RecordFault where the key is misshapen, FileFault where a value of it does not prove to be whole */
export async function readKey(keyPackage: XmlElement, key: XmlElement, opener: ValueOpener): Promise<PskcKey> {
  const secret = dataPart(key, 'Secret');
  const numbers: Record<'Counter' | 'Time' | 'TimeInterval' | 'TimeDrift', number | null> = {
    Counter: null,
    Time: null,
    TimeInterval: null,
    TimeDrift: null,
  };
  const secretValue = secret === null ? null : await opener.open(secret);
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const part = dataPart(key, name);
    const value = part === null ? null : await opener.open(part);
    if (value !== null) numbers[name] = name === 'TimeInterval' ? intervalOf(value) : numberOf(value);
  }
  const device = child(keyPackage, 'DeviceInfo', 'DeviceId');
  const policy = child(key, 'Policy');
  const parameters = child(key, 'AlgorithmParameters', 'Usage');
  return {
    id: attribute(key, 'Id', 'KeyId', 'SecretId'),
    algorithm: attribute(key, 'Algorithm', 'KeyAlgorithm', 'SecretAlgorithm'),
    manufacturer: text(device, 'Manufacturer'),
    serial: text(device, 'SerialNo'),
    model: text(device, 'Model'),
    issueNo: text(device, 'IssueNo'),
    deviceStartDate: text(device, 'StartDate'),
    deviceExpiryDate: text(device, 'ExpiryDate') ?? text(device, 'Expiry'),
    deviceUserId: text(device, 'UserId'),
    cryptoModuleId: text(child(keyPackage, 'CryptoModuleInfo'), 'Id'),
    issuer: text(key, 'Issuer'),
    userId: text(key, 'UserId'),
    keyProfileId: text(key, 'KeyProfileId'),
    keyReference: text(key, 'KeyReference'),
    // One for each language, RFC 6030 section 4.2.
    friendlyName: key.children.find(({ name }) => name === 'FriendlyName')?.text.trim() || null,
    suite: text(parameters, 'Suite'),
    usages: usagesOf(key),
    startDate: text(key, 'StartDate'),
    expiryDate: text(key, 'ExpiryDate'),
    responseFormat: responseFormatOf(key),
    secret: secretValue === null ? null : secretOf(secretValue),
    counter: numbers.Counter,
    time: numbers.Time,
    timeInterval: numbers.TimeInterval,
    timeDrift: numbers.TimeDrift,
    policy: policy === null ? null : readPolicy(policy),
    unknown: holdsUnknown(key),
  };
}
