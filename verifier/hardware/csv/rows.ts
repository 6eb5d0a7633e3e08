import { seedBytes } from '../encoded.ts';
import type { RecordReason } from '../faults.ts';
import type { SeedRecord } from '../record.ts';
import type { Column } from './columns.ts';

/** ISO/IEC 7812-1 annex B. */
export function luhnDigit(digits: string): number {
  let sum = 0;
  for (const [i, digit] of [...digits].reverse().entries()) {
    const weighted = Number(digit) * (i % 2 === 0 ? 2 : 1);
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return (10 - (sum % 10)) % 10;
}

function wholeNumber(text: string): number | 'wrong' | null {
  if (text === '') return null;
  const digits = text.normalize('NFKC').replace(/\s*(s|秒|桁)$/i, '');
  return /^[0-9]{1,6}$/.test(digits) ? Number(digits) : 'wrong';
}

/** A row of a seed list by its columns. */
export function recordOfRow(
  record: number,
  cells: readonly string[],
  columns: ReadonlyMap<Column, number>,
): SeedRecord {
  const cell = (column: Column) => cells[columns.get(column) ?? -1]?.trim() ?? '';
  const textOrNull = (column: Column) => (cell(column) === '' ? null : cell(column));
  // Some name the kind of code where others name the hash, in PSKC's words too.
  const named = cell('hash').toLowerCase();
  const [, , kind] = /^(.*[:#/])?([a-z]otp|ocra)$/.exec(named) ?? [];
  const type = kind ?? cell('type').toLowerCase();
  const digits = wholeNumber(cell('digits'));
  const period = wholeNumber(cell('period'));
  const serial = textOrNull('serial');
  const seed = cell('seed') === '' ? null : seedBytes(cell('seed'));
  let objection: RecordReason | null = null;
  if (cell('seed') !== '' && seed === null) objection = 'seedMalformed';
  else if (digits === 'wrong') objection = 'digitsUnsupported';
  else if (period === 'wrong') objection = 'periodUnsupported';
  else if (cell('checkDigit') !== '' && cell('checkDigit') !== String(luhnDigit((serial ?? '').replace(/\D/g, ''))))
    objection = 'checkDigits';
  return {
    record,
    serial,
    keyId: null,
    timeBased: /^$|^(oath[-_ ]?)?totp([-_ ]|$)|^time/.test(type),
    seed,
    hash: (kind === undefined ? textOrNull('hash') : null) ?? type.replace(/^(oath[-_ ]?)?totp[-_ ]?|^time.*/, ''),
    digits: digits === 'wrong' ? null : digits,
    periodSeconds: period === 'wrong' ? null : period,
    driftSteps: 0,
    startDates: [cell('start')].filter((text) => text !== ''),
    expiryDates: [cell('expiry')].filter((text) => text !== ''),
    objection,
  };
}

const yubicoEvents = /^(yubico otp|oath-hotp|static password(: scan code)?|challenge-response: (hmac-sha1|yubico))$/i;
const modhex = /^[cbdefghijklnrtuv]{2,32}$/;

/** The first row of a log of Yubico's personalisation tool, which is no record. */
export function isYubicoStart(cells: readonly string[]): boolean {
  return /^logging start$/i.test(cells[0]?.trim() ?? '');
}

/**
 * A row of Yubico's logs, or null where it is none. Keys of these count or answer challenges: none makes codes from
 * the time. Its serial is the token's where it is told, else the public ID.
 */
export function recordOfYubicoRow(record: number, cells: readonly string[]): SeedRecord | null {
  const [first = '', second = '', , fourth = ''] = cells.map((cell) => cell.trim());
  const fromTool = yubicoEvents.test(first);
  const fromList = /^[0-9]+$/.test(first) && modhex.test(second) && /^[0-9a-f]{32,40}$/i.test(fourth);
  if (!fromTool && !fromList) return null;
  const serial = fromTool ? fourth : first;
  const none = { keyId: null, seed: null, hash: null, digits: null, periodSeconds: null, objection: null };
  return {
    record,
    serial: serial === '' ? null : serial,
    timeBased: false,
    driftSteps: 0,
    startDates: [],
    expiryDates: [],
    ...none,
  };
}
