import type { RecordReason } from '../faults.ts';
import type { SeedRecord } from '../record.ts';
import type { PskcKey } from './key.ts';

function objectionTo({ policy, responseFormat, usages, unknown }: PskcKey): RecordReason | null {
  if (unknown) return 'dataUnknown';
  if (usages !== null && !usages.includes('OTP')) return 'keyUsage';
  if (policy !== null) {
    if (policy.unknown) return 'policyUnknown';
    if (policy.keyUsages.length > 0 && !policy.keyUsages.includes('OTP')) return 'keyUsage';
    // Nobody counts uses here, and a PIN that is part of the code cannot be checked.
    if (policy.numberOfTransactions !== null) return 'policyUnsupported';
    if (policy.pin !== null && (policy.pin.PINUsageMode ?? 'Local') !== 'Local') return 'policyUnsupported';
  }
  if (responseFormat !== null) {
    // As people write it: one letter of the other kind elsewhere is a flipped bit.
    if (!['DECIMAL', 'decimal', 'Decimal'].includes(responseFormat.encoding)) return 'responseUnsupported';
    if (responseFormat.checkDigits) return 'checkDigits';
    if (responseFormat.length === null) return 'digitsUnsupported';
  }
  return null;
}

/** TOTP at the end of an algorithm's name, or before its hash: `urn:…:pskc:totp`, `urn:…:pskc#totp-sha256`, `TOTP`. */
const totp = /(?:^|[#:/])(?:oath-)?totp(?:[-:#/]([a-z0-9-]{1,32}))?$/;

/** What the stock needs of a key. A package without a serial is known by its key's ID. */
export function seedRecordOf(record: number, key: PskcKey): SeedRecord {
  const algorithm = totp.exec(key.algorithm?.trim().toLowerCase().replaceAll('_', '-') ?? '');
  const told = (...texts: readonly (string | null | undefined)[]) => texts.filter((text) => typeof text === 'string');
  return {
    record,
    serial: key.serial ?? key.id,
    keyId: key.id,
    timeBased: algorithm !== null,
    seed: key.secret,
    suites: told(key.suite, algorithm?.[1]),
    digits: key.responseFormat?.length ?? null,
    // RFC 6238 section 4.1: 30 s where nothing is said.
    periodSeconds: key.timeInterval ?? 30,
    driftSteps: key.timeDrift ?? 0,
    startDates: told(key.deviceStartDate, key.startDate, key.policy?.startDate),
    expiryDates: told(key.deviceExpiryDate, key.expiryDate, key.policy?.expiryDate),
    objection: objectionTo(key),
  };
}
