/** Why a file is refused as a whole: nothing of it comes into stock, not even what was sound. */
export const fileReasons = [
  'tooLarge',
  'tooManyRecords',
  'tooDeep',
  'tooLong',
  'doctype',
  'encodingWrong',
  'malformedXml',
  'malformedCsv',
  'formula',
  'unknownFormat',
  'noRecords',
  'keyMissing',
  'keyLengthWrong',
  'derivationUnsupported',
  'iterationsTooMany',
  'cipherUnsupported',
  'cipherNotAllowed',
  'macUnsupported',
  'macMissing',
  'macMismatch',
  'decryptionFailed',
] as const;
export type FileReason = (typeof fileReasons)[number];

/** Why one record is refused. */
export const recordReasons = [
  'malformedRecord',
  'notTimeBased',
  'seedMissing',
  'seedMalformed',
  'seedTooShort',
  'seedTooLong',
  'serialMissing',
  'serialPattern',
  'serialMismatch',
  'duplicateInFile',
  'duplicateInStock',
  'algorithmUnsupported',
  'digitsUnsupported',
  'periodUnsupported',
  'responseUnsupported',
  'checkDigits',
  'policyUnknown',
  'policyUnsupported',
  'keyUsage',
  'notYetValid',
  'driftTooLarge',
] as const;
export type RecordReason = (typeof recordReasons)[number];
export type RefusalReason = FileReason | RecordReason;

/** One record could not be read; the others can. */
export class RecordFault extends Error {
  override readonly name = 'RecordFault';
  readonly reason: RecordReason;

  constructor(reason: RecordReason) {
    super(reason);
    this.reason = reason;
  }
}

/** The file cannot be relied on. Its message holds nothing of what the file says. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
  readonly reason: FileReason;
  /** The record at which it showed, from 1; null where none was reached. */
  readonly record: number | null;
  readonly serial: string | null;

  constructor(reason: FileReason, record: number | null = null, serial: string | null = null) {
    super(record === null ? reason : `${reason} at record ${record}`);
    this.reason = reason;
    this.record = record;
    this.serial = serial;
  }

  /** The same fault, with the record where it showed. */
  at(record: number, serial: string | null): FileFault {
    return this.record === null ? new FileFault(this.reason, record, serial) : this;
  }
}
