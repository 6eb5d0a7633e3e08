import { type SeedEncoding, type SeedReadings, seedIn, seedReadings } from '../encoded.ts';
import type { RecordReason } from '../faults.ts';
import type { SeedRecord } from '../record.ts';
import { secondsOf } from '../times.ts';
import type { Column, Columns } from './columns.ts';

/** A row as a record, whose seed is not known as long as its text can be read in several encodings. */
export interface Row {
  readonly record: SeedRecord;
  readonly readings: SeedReadings;
}

/** The check digit of a serial, whatever stands between its digits. ISO/IEC 7812-1 annex B. */
function luhnDigit(serial: string): string {
  const digits = serial.normalize('NFKC').replace(/\D/g, '');
  let sum = 0;
  for (const [i, digit] of [...digits].reverse().entries()) {
    const weighted = Number(digit) * (i % 2 === 0 ? 2 : 1);
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return String((10 - (sum % 10)) % 10);
}

function digitsOf(text: string): number | null {
  const [, digits] = /^([0-9]{1,6})\s*(?:digits?|桁)?$/i.exec(text.normalize('NFKC')) ?? [];
  return digits === undefined ? null : Number(digits);
}

const noReadings: SeedReadings = new Map();

/** The seed of a row from all columns that hold it, each of which has to tell the same. */
function seedOf(cell: (column: Column) => string): SeedReadings | RecordReason {
  const told: SeedReadings[] = [];
  for (const encoding of ['hex', 'base32', 'base64'] as const satisfies readonly SeedEncoding[]) {
    const text = cell(`seed ${encoding}`);
    if (text === '') continue;
    const seed = seedIn(encoding, text);
    if (seed === null) return 'seedMalformed';
    told.push(new Map([[encoding, seed]]));
  }
  const text = cell('seed');
  if (text !== '') {
    const readings = seedReadings(text);
    if (readings.size === 0) return 'seedMalformed';
    told.push(readings);
  }
  const [first, ...others] = told;
  if (first === undefined) return noReadings;
  const [seed] = first.values();
  const same = (one: Uint8Array) => seed !== undefined && Buffer.from(one).equals(seed);
  return others.every((readings) => [...readings.values()].some(same)) ? first : 'contradictory';
}

/** 03/04/2031 is a day of March or of April, as the writer's country has it. */
function isAmbiguousDate(text: string): boolean {
  const [, first, second] = /^([0-9]{1,2})\/([0-9]{1,2})\/[0-9]{4}/.exec(text.normalize('NFKC')) ?? [];
  return first !== second && Number(first) <= 12 && Number(second) <= 12;
}

const timeWords = /(^|[^a-z])(totp|time)|時[刻間]|タイム/;
/** Words for any token: as silent about the kind of code as none. */
const silentWords = /^((oath|otp|hardware|hard|token)[-_ ]?)*$/;
const otherWords = /hotp|ocra|event|counter|challenge|イベント|カウンタ|回数|チャレンジ/;

/** A row of a seed list by its columns. */
export function recordOfRow(record: number, cells: readonly string[], columns: Columns): Row {
  // Some table programs mark text by an apostrophe; a dash stands where there is nothing.
  const cell = (column: Column) => cells[columns.get(column) ?? -1]?.trim().replace(/^'|'$|^[-－]+$/g, '') ?? '';
  const word = (column: Column) => cell(column).normalize('NFKC').toLowerCase();
  // Some name the kind of code where others name the hash, in PSKC's words too; some write a period without a type.
  const type = word('type');
  const hash = word('hash');
  const isPeriod = /^(30|60)$/.test(type) && cell('period') === '' && cell('digits') === '';
  const suite = word('suite');
  const told = [isPeriod ? '' : type, ...[hash, suite].filter((name) => /otp|ocra/.test(name))];
  const words = told.join(' ').trim();
  const [, hashInType] = /(?:^|[^a-z])totp[-_ ]?((?:hmac[-_ ]?)?(?:sha|md)[-_ ]?[0-9]+(?:-[0-9]+)?)/.exec(type) ?? [];
  const period = isPeriod ? type : cell('period');
  const serial = cell('serial') === '' ? null : cell('serial');
  const seed = seedOf(cell);
  const readings = typeof seed === 'string' ? noReadings : seed;
  const [only] = readings.values();
  let objection: RecordReason | null = null;
  if (typeof seed === 'string') objection = seed;
  else if (readings.size > 1) objection = 'seedAmbiguous';
  else if (cell('digits') !== '' && digitsOf(cell('digits')) === null) objection = 'digitsUnsupported';
  else if (period !== '' && secondsOf(period) === null) objection = 'periodUnsupported';
  else if (isAmbiguousDate(cell('expiry')) || isAmbiguousDate(cell('start'))) objection = 'dateMalformed';
  else if (cell('checkDigit') !== '' && word('checkDigit') !== luhnDigit(serial ?? '')) objection = 'checkDigits';
  return {
    readings,
    record: {
      record,
      serial,
      keyId: null,
      // Beside a period a counter means nothing; without one it is what the codes are made from.
      timeBased: silentWords.test(words)
        ? cell('counter') === '' || period !== ''
        : timeWords.test(words) && !otherWords.test(words),
      seed: readings.size === 1 ? (only ?? null) : null,
      suites: [hash, suite, hashInType ?? ''].filter((name) => name !== ''),
      digits: digitsOf(cell('digits')),
      periodSeconds: secondsOf(period),
      driftSteps: 0,
      startDates: [cell('start')].filter((text) => text !== ''),
      expiryDates: [cell('expiry')].filter((text) => text !== ''),
      objection,
    },
  };
}

/** A row whose seed can be read in several encodings, now that the other rows of the list have told theirs. */
export function settled({ record, readings }: Row, elsewhere: ReadonlySet<SeedEncoding>): SeedRecord {
  const fitting = [...readings].filter(([encoding]) => elsewhere.has(encoding));
  const [only] = fitting;
  return fitting.length === 1 && only !== undefined ? { ...record, seed: only[1], objection: null } : record;
}

const yubicoEvents = /^(yubico otp|oath-hotp|static password(: scan code)?|challenge-response: (hmac-sha1|yubico))$/i;
const modhex = /^[cbdefghijklnrtuv]{0,32}$/;

/** The first row of a log of Yubico's personalisation tool, which is no record. */
export function isYubicoStart(cells: readonly string[]): boolean {
  return /^logging start$/i.test(cells[0]?.trim() ?? '');
}

/**
 * A row of Yubico's logs, or null where it is none. Keys of these count or answer challenges: none makes codes from
 * the time. Its serial is the token's where it is told, else the public ID.
 */
export function recordOfYubicoRow(record: number, cells: readonly string[]): SeedRecord | null {
  const [first = '', second = '', third = '', fourth = '', , sixth = ''] = cells.map((cell) => cell.trim());
  const fromTool = yubicoEvents.test(first);
  const fromList =
    /^[0-9]+$/.test(first) &&
    modhex.test(second) &&
    /^(0|[0-9a-f]{12})?$/i.test(third) &&
    /^(0|[0-9a-f]{32,40})$/i.test(fourth) &&
    (second !== '' || /^\d{4}-\d{2}-\d{2}T/.test(sixth));
  if (!fromTool && !fromList) return null;
  const serial = fromTool ? fourth : first;
  const none = { keyId: null, seed: null, digits: null, periodSeconds: null, objection: null };
  return {
    record,
    serial: serial === '' ? null : serial,
    timeBased: false,
    suites: [],
    driftSteps: 0,
    startDates: [],
    expiryDates: [],
    ...none,
  };
}
