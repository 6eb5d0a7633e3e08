import type { RecordReason } from '../faults.ts';
import type { SeedRecord } from '../record.ts';
import type { PskcKey } from './key.ts';
import { tail } from './names.ts';

function objectionTo({ policy, responseFormat }: PskcKey): RecordReason | null {
  if (policy !== null) {
    if (policy.unknown) return 'policyUnknown';
    if (policy.keyUsages.length > 0 && !policy.keyUsages.includes('OTP')) return 'keyUsage';
    // Nobody counts uses here, and a PIN that is part of the code cannot be checked.
    if (policy.numberOfTransactions !== null) return 'policyUnsupported';
    if (policy.pin !== null && (policy.pin.PINUsageMode ?? 'Local') !== 'Local') return 'policyUnsupported';
  }
  if (responseFormat !== null) {
    // All large or all small: one letter of the other kind is a flipped bit.
    if (responseFormat.encoding !== 'DECIMAL' && responseFormat.encoding !== 'decimal') return 'responseUnsupported';
    if (responseFormat.checkDigits) return 'checkDigits';
    if (responseFormat.length === null) return 'digitsUnsupported';
  }
  return null;
}

/** What the stock needs of a key. A package without a serial is known by its key's ID. */
export function seedRecordOf(record: number, key: PskcKey): SeedRecord {
  const algorithm = key.algorithm === null ? '' : tail(key.algorithm);
  const dates = (...texts: readonly (string | null | undefined)[]) => texts.filter((text) => typeof text === 'string');
  return {
    record,
    serial: key.serial ?? key.id,
    keyId: key.id,
    timeBased: /^totp(-|$)/.test(algorithm),
    seed: key.secret,
    hash: key.suite ?? algorithm.replace(/^totp-?/, ''),
    digits: key.responseFormat?.length ?? null,
    // RFC 6238 section 4.1: 30 s where nothing is said.
    periodSeconds: key.timeInterval ?? 30,
    driftSteps: key.timeDrift ?? 0,
    startDates: dates(key.deviceStartDate, key.policy?.startDate),
    expiryDates: dates(key.deviceExpiryDate, key.policy?.expiryDate),
    objection: objectionTo(key),
  };
}
