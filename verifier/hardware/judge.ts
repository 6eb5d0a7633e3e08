import { normaliseDigits } from '../../shared/digits.ts';
import type { Institution } from '../../shared/institution.ts';
import type { OtpParameters } from '../../shared/otp.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { RecordReason } from './faults.ts';
import type { SeedRecord } from './record.ts';
import { suiteOfAll } from './suite.ts';
import { timeMs } from './times.ts';

/** A key as it comes into stock. */
export interface StockKey {
  readonly record: number;
  readonly serial: string;
  readonly seed: Uint8Array;
  readonly parameters: OtpParameters;
  readonly driftSteps: number;
  readonly expiresAtMs: number | null;
}

/** RFC 4226 section 4, R6: at least 128 bits. More than a hash's block is hashed first, and nobody ships it. */
const seedBytes = { min: 16, max: 128 } as const;
const defaultDigits = 6;
const defaultHash = 'SHA1';

/** Whether two texts differ in one bit: a serial beside an ID that is its copy, and one of them was damaged. */
function differInOneBit(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let bits = 0;
  for (let i = 0; i < a.length; i++) {
    for (let rest = a.charCodeAt(i) ^ b.charCodeAt(i); rest !== 0; rest &= rest - 1) bits++;
  }
  return bits === 1;
}

function expiryOf(record: SeedRecord, institution: Institution, nowMs: number): Result<number | null, RecordReason> {
  for (const text of record.startDates) {
    const startMs = timeMs(text, institution.timeZone, false);
    if (startMs === null) return err('dateMalformed');
    if (startMs > nowMs) return err('notYetValid');
  }
  let expiresAtMs: number | null = null;
  for (const text of record.expiryDates) {
    const endMs = timeMs(text, institution.timeZone, true);
    if (endMs === null) return err('dateMalformed');
    expiresAtMs = Math.min(expiresAtMs ?? endMs, endMs);
  }
  return ok(expiresAtMs);
}

/**
 * What makes a record's codes, whosever stock it is for. Where it is silent: SHA-1, 6 digits, this period.
 * A seed shorter than 16 bytes is refused: RFC 4226 section 4, R6.
 */
export function generatorOf(
  record: SeedRecord,
  defaultPeriodSeconds: number,
): Result<{ readonly seed: Uint8Array; readonly parameters: OtpParameters }, RecordReason> {
  if (record.seed === null) return err('seedMissing');
  if (record.seed.byteLength < seedBytes.min) return err('seedTooShort');
  if (record.seed.byteLength > seedBytes.max) return err('seedTooLong');
  const suite = suiteOfAll(record.suites);
  if (!suite.ok) return suite;
  if (record.digits !== null && suite.value.digits !== null && record.digits !== suite.value.digits)
    return err('contradictory');
  const algorithm = suite.value.hash ?? defaultHash;
  const digits = record.digits ?? suite.value.digits ?? defaultDigits;
  if (digits < 6 || digits > 8) return err('digitsUnsupported');
  const periodSeconds = record.periodSeconds ?? defaultPeriodSeconds;
  if (periodSeconds !== 30 && periodSeconds !== 60) return err('periodUnsupported');
  return ok({ seed: record.seed, parameters: { algorithm, digits, periodSeconds } });
}

/**
 * Whether a record may come into an institution's stock, and as what. Where it is silent: SHA-1, 6 digits, the
 * institution's period; one of PSKC always tells a period. A key whose end is past comes in and shows as expired; one whose start is to come does not.
 */
export function judge(record: SeedRecord, institution: Institution, nowMs: number): Result<StockKey, RecordReason> {
  if (!record.timeBased) return err('notTimeBased');
  if (record.objection !== null) return err(record.objection);
  if (record.serial === null) return err('serialMissing');
  const serial = normaliseDigits(record.serial);
  const { min, max } = institution.hardware.serialDigits;
  if (!/^[0-9]+$/.test(serial) || serial.length < min || serial.length > max) return err('serialPattern');
  if (record.keyId !== null && differInOneBit(record.serial, record.keyId)) return err('serialMismatch');
  const generator = generatorOf(record, institution.otp.periodSeconds);
  if (!generator.ok) return generator;
  if (Math.abs(record.driftSteps) > institution.drift.limitSteps) return err('driftTooLarge');
  const expiry = expiryOf(record, institution, nowMs);
  if (!expiry.ok) return expiry;
  const { seed, parameters } = generator.value;
  const { driftSteps } = record;
  return ok({ record: record.record, serial, seed, parameters, driftSteps, expiresAtMs: expiry.value });
}
